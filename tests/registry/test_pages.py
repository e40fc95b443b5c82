"""The registry's pages: whose rows they show, and who may write where."""

import re

import pytest

from portal.core.models import Estate, Membership, Organization, Post, Role
from stations.models import Affiliate, Guarantor, PartnershipAgreement, Station
from tests.conftest import make_region, make_user
from tests.registry.conftest import region_text, unit_text

SUBJECTS = ["stations", "organizations", "regions", "estates", "posts", "affiliates", "guarantors", "agreements"]
WRITABLE = [name for name in SUBJECTS if name != "regions"]
NAMES = {
    "stations": "小站", "organizations": "物业公司", "regions": "社区", "estates": "花园", "posts": "王",
    "affiliates": "暖蜂", "guarantors": "王", "agreements": "共建",
}  # fmt: skip


def payload(subject: str, half, rows) -> dict:
    """A form of a new row that is right."""
    region = region_text(half.community)
    return {
        "stations": {
            "name": "新小站", "code": "NEW1", "tier": "station", "station_type": "estate", "status": "open",
            "region": region, "datum": "wgs84", "special-TOTAL_FORMS": "0", "special-INITIAL_FORMS": "0",
        },
        "organizations": {"name": "新公司", "kind": "enterprise", "region": region},
        "estates": {"name": "新花园", "kind": "old", "region": region},
        "posts": {"new_name": "李新", "kind": "grid_worker", "region": region, "starts_on": "2026-03-01"},
        "affiliates": {"kind": "caring_merchant", "name": "新商户", "region": region, "datum": "wgs84"},
        "guarantors": {
            "station": f"{half.station.name} #{half.station.pk}", "organization": unit_text(half.unit),
            "starts_on": "2026-03-01",
        },
        "agreements": {
            "title": "新共建", "region": region, "organization": unit_text(half.unit), "signed_on": "2026-03-01",
            "starts_on": "2026-03-01", "ends_on": "2027-03-01", "pledges-TOTAL_FORMS": "1",
            "pledges-INITIAL_FORMS": "0", "pledges-0-text": "每月一次义诊",
        },
    }[subject]  # fmt: skip


MODELS = {
    "stations": Station, "organizations": Organization, "estates": Estate, "posts": Post, "affiliates": Affiliate,
    "guarantors": Guarantor, "agreements": PartnershipAgreement,
}  # fmt: skip


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_list_and_a_detail_show_the_readers_own_rows_alone(subject, page, north, northern, southern):
    browser, mine, theirs = page(north), getattr(northern, subject), getattr(southern, subject)
    answer = browser.get(f"/desk/{subject}/")
    assert answer.status_code == 200
    shown = [row.pk for _href, row, _cells in answer.context["lines"]]
    assert mine.pk in shown
    assert theirs.pk not in shown
    assert NAMES[subject] in answer.content.decode()
    assert browser.get(f"/desk/{subject}/{mine.pk}/").status_code == 200
    assert browser.get(f"/desk/{subject}/{theirs.pk}/").status_code == 404


@pytest.mark.parametrize("subject", SUBJECTS)
def test_south_sees_nothing_of_the_north(subject, page, south, northern):
    browser, row = page(south), getattr(northern, subject)
    assert row.pk not in [row.pk for _href, row, _cells in browser.get(f"/desk/{subject}/").context["lines"]]
    assert browser.get(f"/desk/{subject}/{row.pk}/").status_code == 404
    assert browser.get(f"/desk/{subject}/{row.pk}/edit/").status_code in (403, 404)
    assert browser.post(f"/desk/{subject}/{row.pk}/edit/", {"name": "南"}).status_code in (403, 404)


@pytest.mark.parametrize("subject", WRITABLE)
def test_helper_reads_and_writes_nothing(subject, page, helper, northern):
    browser, row = page(helper), getattr(northern, subject)
    assert browser.get(f"/desk/{subject}/new/").status_code == 403
    assert browser.get(f"/desk/{subject}/{row.pk}/edit/").status_code == 403
    assert browser.post(f"/desk/{subject}/new/", {}).status_code == 403


@pytest.mark.parametrize("subject", WRITABLE)
def test_north_adds_a_row_in_her_community(subject, page, north, the_north, northern):
    before = MODELS[subject].objects.count()
    answer = page(north).post(f"/desk/{subject}/new/", payload(subject, the_north, northern))
    assert answer.status_code == 302, answer.context["form"].errors
    assert MODELS[subject].objects.count() == before + 1
    assert page(north).get(answer.url).status_code == 200


@pytest.mark.parametrize("subject", WRITABLE)
def test_north_cannot_put_a_row_into_the_south(subject, page, north, the_south, northern, southern):
    before = MODELS[subject].objects.count()
    answer = page(north).post(f"/desk/{subject}/new/", payload(subject, the_south, southern))
    assert answer.status_code == 400
    assert "没有找到" in answer.content.decode()
    assert MODELS[subject].objects.count() == before


@pytest.mark.parametrize("subject", WRITABLE)
def test_a_form_that_is_saved_as_it_is_changes_nothing(subject, page, north, northern):
    from portal.core.models import HistoryEntry  # noqa: PLC0415

    browser, row = page(north), getattr(northern, subject)
    opened = browser.get(f"/desk/{subject}/{row.pk}/edit/")
    assert opened.status_code == 200
    before = HistoryEntry.objects.count()
    answer = browser.post(f"/desk/{subject}/{row.pk}/edit/", as_posted(opened))
    assert answer.status_code == 302, answer.context["form"].errors
    assert HistoryEntry.objects.count() == before


def as_posted(opened) -> dict:
    """What a browser sends of a page's forms when nobody touches them."""
    data = {"seen": opened.context["seen"]}
    for name in ("form", "week_form", "special_days", "pledges"):
        if name not in opened.context:
            continue
        whole = opened.context[name]
        parts = [whole.management_form, *whole.forms] if hasattr(whole, "management_form") else [whole]
        for part in parts:
            for bound in part:
                value = bound.value()
                if value is None or value is False or value == "":
                    continue
                if isinstance(value, list):
                    value = [getattr(each, "pk", each) for each in value]
                data[bound.html_name] = "on" if value is True else value
    return data


def test_an_edit_that_moves_a_row_out_of_the_editors_area_is_refused(page, the_north, the_south, northern):
    """An auditor of the city who runs one community sees both halves, and writes in one."""
    both = make_user("both", Role.COMMUNITY, region=the_north.community)
    Membership.objects.create(user=both, role=Role.AUDITOR, region=the_north.district.parent)
    browser, row = page(both), northern.organizations
    assert browser.get(f"/desk/organizations/{the_south.unit.pk}/").status_code == 200
    assert browser.get(f"/desk/organizations/{the_south.unit.pk}/edit/").status_code == 403
    data = as_posted(browser.get(f"/desk/organizations/{row.pk}/edit/")) | {"region": region_text(the_south.community)}
    answer = browser.post(f"/desk/organizations/{row.pk}/edit/", data)
    assert answer.status_code == 403
    assert "不在您的" in answer.content.decode() or "不属于您" in answer.content.decode()
    row.refresh_from_db()
    assert row.region == the_north.community


def test_two_editors_of_one_row_the_second_is_told(page, north, northern):
    browser, row = page(north), northern.organizations
    data = as_posted(browser.get(f"/desk/organizations/{row.pk}/edit/"))
    Organization.objects.filter(pk=row.pk).update(address="北路1号")
    answer = browser.post(f"/desk/organizations/{row.pk}/edit/", data | {"address": "北路2号"})
    assert answer.status_code == 409
    assert "您编辑期间有人改过" in answer.content.decode()
    assert "北路2号" in answer.content.decode()
    again = browser.post(
        f"/desk/organizations/{row.pk}/edit/", data | {"address": "北路2号", "seen": answer.context["seen"]}
    )
    assert again.status_code == 302


def test_a_region_is_found_by_code_by_name_and_by_proposal(page, north, the_north):
    browser = page(north)
    for written in (the_north.community.code, "北社区", region_text(the_north.community)):
        answer = browser.post(
            "/desk/organizations/new/", {"name": f"公司{written}", "kind": "enterprise", "region": written}
        )
        assert answer.status_code == 302, answer.context["form"].errors


def test_an_abolished_region_is_refused_by_name(page, north, the_north):
    grid = make_region("440306001001001", "老网格", "grid", the_north.community)
    type(grid).objects.filter(pk=grid.pk).update(valid_to="2020-01-01")
    answer = page(north).post("/desk/organizations/new/", {"name": "x", "kind": "enterprise", "region": grid.code})
    assert answer.status_code == 400
    assert "已撤销" in answer.content.decode()


def test_several_rows_of_one_name_are_told_apart(page, north, the_north):
    for number in (1, 2):
        make_region(f"44030600100100{number}", "第一网格", "grid", the_north.community)
    answer = page(north).post("/desk/organizations/new/", {"name": "x", "kind": "enterprise", "region": "第一网格"})
    assert answer.status_code == 400
    assert "440306001001002" in answer.content.decode()


@pytest.mark.parametrize("subject", ["regions", "organizations", "estates", "stations", "people"])
def test_proposals_come_from_the_readers_own_area(subject, page, north, northern, southern, the_south):
    browser = page(north)
    for text in ("社区", "公司", "花园", "小站", "王", "44", "#1"):
        answer = browser.get(f"/desk/{subject}/lookup/", {"q": text})
        assert answer.status_code == 200
        words = " ".join(answer.json()["proposals"])
        assert "南" not in words
        assert "2 #" not in words
    assert browser.get(f"/desk/{subject}/lookup/").json() == {"proposals": []}


@pytest.mark.parametrize("query", ["region=nope", "kind=nope", "page=99", "page=x", "parent=99999999999999999999"])
def test_bad_input_in_a_list_is_never_a_fault_of_ours(query, page, north, northern):
    assert page(north).get(f"/desk/organizations/?{query}").status_code in (400, 404)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_no_browser_asks_for_every_filter_before_it_searches(subject, page, north):
    html = page(north).get(f"/desk/{subject}/").content.decode()
    form = html[html.index('<form class="registry-filters"') : html.index("</form>", html.index("registry-filters"))]
    assert "required" not in form
    assert "选填" not in form
    # A browser sends every control, the empty ones too.
    names = dict.fromkeys(re.findall(r'name="([^"]+)"', form), "")
    assert page(north).get(f"/desk/{subject}/", names).status_code == 200


def test_a_filter_that_makes_no_sense_is_told_and_nothing_is_said_of_the_rows(page, north, northern):
    text = page(north).get("/desk/organizations/?region=nope&page=9").content.decode()
    assert "没有这个代码的区域" in text
    assert "这里还没有内容" not in text and "没有符合条件的结果" not in text and 'class="count"' not in text
    # What is wrong can be taken away by its chip.
    assert "region" not in re.search(r'class="chip" href="([^"]*)"', text)[1]


def test_a_row_with_an_absurd_id_is_not_there(page, north):
    assert page(north).get("/desk/stations/99999999999999999999999999/").status_code == 404


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_queries_of_a_list_do_not_grow(subject, page, north, the_north, northern, django_assert_max_num_queries):
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    browser = page(north)
    browser.get(f"/desk/{subject}/")
    counted = []
    for more in (2, 20):
        for number in range(more):
            _another(subject, the_north, f"{more}-{number}")
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(f"/desk/{subject}/").status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1]
    assert counted[0] <= 14


def _another(subject: str, half, mark: str) -> None:
    model, community = MODELS.get(subject), half.community
    match subject:
        case "stations":
            model.objects.create(code=f"X{mark}", name=mark, station_type="estate", region=community, status="open")
        case "organizations":
            model.objects.create(name=mark, kind="enterprise", region=community)
        case "regions":
            make_region(f"9{int(mark.replace('-', '0')):09d}", mark, "grid", community)
        case "estates":
            model.objects.create(name=mark, region=community)
        case "posts":
            model.objects.create(person_id=Post.objects.first().person_id, kind="delegate", region=community,
                                 starts_on="2026-01-01")  # fmt: skip
        case "affiliates":
            model.objects.create(kind="biz_point", name=mark, region=community)
        case "guarantors":
            model.objects.create(station=half.station, organization=half.unit, starts_on="2026-01-01")
        case "agreements":
            model.objects.create(region=community, organization=half.unit, title=mark, signed_on="2026-01-01",
                                 starts_on="2026-01-01", ends_on="2027-01-01")  # fmt: skip


def test_the_history_of_a_row_is_read_by_those_who_may(page, north, auditor, northern):
    Organization.objects.filter(pk=northern.organizations.pk).update(address="新路1号", region=northern.regions)
    answer = page(auditor).get(f"/desk/organizations/{northern.organizations.pk}/")
    assert "地址：（空） → 新路1号" in answer.content.decode()
    assert page(north).get(f"/desk/organizations/{northern.organizations.pk}/").context["steps"] is None


def test_a_list_without_rows_says_so_and_what_to_do(page, north, the_north):
    assert "这里还没有内容" in page(north).get("/desk/estates/").content.decode()
    text = page(north).get("/desk/organizations/?q=没有这样的单位").content.decode()
    assert "没有符合条件的结果" in text
    assert '<span class="count">0</span>' in text


class TestRowsNamedInFilters:
    """A filter takes an id; on a page one types a name, and is shown one."""

    @pytest.fixture
    def mine(self, the_north):
        return Guarantor.objects.create(station=the_north.station, organization=the_north.unit, starts_on="2026-03-01")

    def test_a_name_an_id_and_a_proposal_find_the_same(self, page, north, the_north, mine):
        station = the_north.station
        for typed in (station.name, str(station.pk), f"{station.name} #{station.pk}"):
            answer = page(north).get("/desk/guarantors/", {"station": typed})
            assert [row for _href, row, _cells in answer.context["lines"]] == [mine]
            text = answer.content.decode()
            assert f'value="{station.name} #{station.pk}"' in text
            assert "（ID）" not in text

    def test_what_nobody_knows_and_what_is_elsewhere_is_told_and_kept(self, page, north, the_north, the_south, mine):
        for typed in ("没有这样的站", the_south.station.name, "a\0b"):
            answer = page(north).get("/desk/guarantors/", {"station": typed})
            assert answer.status_code == 400
            assert "请从提示中选择" in answer.content.decode()
            assert typed.replace("\0", "") in answer.content.decode()

    def test_the_id_of_a_row_elsewhere_shows_no_name(self, page, north, the_south, mine):
        answer = page(north).get("/desk/guarantors/", {"station": str(the_south.station.pk)})
        assert the_south.station.name not in answer.content.decode()
        assert answer.context["lines"] == []


def test_a_part_of_a_name_is_answered_with_the_rows_it_may_stand_for(page, north, northern):
    station = northern.stations
    form = {"station": station.name[:-1], "first_day": "2030-01-01", "last_day": "2030-01-31"}
    text = page(north).post("/desk/duty/rosters/new/", form).content.decode()
    assert f"是不是下面这几个？请填写完整名称：{station.name} #{station.pk}" in text
