"""How much contact data an account may see, and who reads what has been seen."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.core import disclosures
from portal.core.models import DisclosureRecord, Role
from requests import privacy
from tests.api.conftest import _no_calls_yet, api, machine  # noqa: F401
from tests.conftest import make_user

PHONE = "13800001234"
LIST = "/api/v1/disclosures/"


@pytest.fixture
def look(client, submitted):
    """Look at the requester of the case, at the desk."""

    def at(user, **fields):
        client.force_login(user)
        address = reverse("desk:reveal", args=[submitted.case.pk, submitted.requester.pk])
        return client.post(address, {"why": "call"} | fields)

    return at


@pytest.fixture
def seen(submitted, north):
    return privacy.reveal(submitted.requester, by=north, reason="居民来电询问进度")


def seen_before(user, count, ago, kind="reveal", rows=1):
    """Records of the past: `at` is the database's own, and nothing may change it later."""
    DisclosureRecord.objects.bulk_create(
        DisclosureRecord(user=user, kind=kind, subject="x", reason="x", count=rows, at=timezone.now() - ago)
        for _number in range(count)
    )


def test_it_works(page, seen, case, auditor, north):
    text = page(auditor, reverse("desk:disclosure_list")).content.decode()
    assert case.number in text and "居民来电询问进度" in text and "North" in text
    assert PHONE not in text


@pytest.mark.parametrize("query", [{"at_from": "gestern"}, {"region": "nope"}, {"kind": "nope"}])
def test_a_filter_that_makes_no_sense_does_not_say_that_nobody_looked(page, seen, auditor, query):
    answer = page(auditor, reverse("desk:disclosure_list"), **query)
    text = answer.content.decode()
    assert answer.status_code == 400
    assert "error-summary" in text
    assert "没有人查看过联系方式" not in text


def test_auditors_and_administrators_read_their_region(page, seen, case, the_south, helper, south, north, leader):
    far = make_user("far-auditor", Role.AUDITOR, region=the_south.district)
    chief = make_user("chief", Role.ADMINISTRATOR)
    for user, status, found in [(far, 200, False), (chief, 200, True)]:
        answer = page(user, reverse("desk:disclosure_list"))
        assert (answer.status_code, case.number in answer.content.decode()) == (status, found)
    for user in (north, helper, south, leader):
        assert page(user, reverse("desk:disclosure_list")).status_code == 403


def test_who_audits_one_place_and_works_in_another_reads_of_the_first_alone(api, seen, the_north, the_south, submitted):  # noqa: F811
    user = make_user("both", Role.AUDITOR, region=the_south.district)
    user.memberships.create(role=Role.COMMUNITY, region=the_north.community)
    assert api(user).get(LIST).json()["results"] == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=north", 1), ("q=North", 1), ("q=某某", 0), ("kind=reveal", 1), ("kind=full", 0), ("region=440306001", 1),
        ("region=440305", 0), ("about=xz1", 0), ("at_from=2020-01-01", 1), ("at_to=2020-01-01", 0), ("user=999", 0),
    ],
)  # fmt: skip
def test_each_filter_includes_and_excludes(api, seen, auditor, the_south, query, found):  # noqa: F811
    assert len(api(auditor).get(f"{LIST}?{query}").json()["results"]) == found


def test_the_api_says_who_what_when_and_why(api, seen, case, auditor, north, south):  # noqa: F811
    (row,) = api(auditor).get(f"{LIST}?about={case.number}").json()["results"]
    assert (row["account"], row["about"], row["reason"]) == ("north", case.number, "居民来电询问进度")
    assert api(auditor).get(f"{LIST}{row['id']}/").json() == row
    assert api(south).get(LIST).status_code == 403
    assert api(auditor).get(LIST, {"at_from": "x"}).status_code == 400


def test_the_list_costs_the_same_for_any_length(page, seen, auditor, north, the_north):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            page(auditor, reverse("desk:disclosure_list"))
        return len(captured)

    queries()
    first = queries()
    for _number in range(20):
        disclosures.record(by=north, subject="x", reason="x", region=the_north.community)
    assert queries() == first


@pytest.mark.parametrize(
    ("ago", "setting"), [(timedelta(minutes=50), "REVEALS_AN_HOUR"), (timedelta(hours=20), "REVEALS_A_DAY")]
)
def test_an_account_looks_only_so_often(look, api, settings, submitted, north, ago, setting):  # noqa: F811
    setattr(settings, setting, 3)
    seen_before(north, 2, ago)
    assert PHONE in look(north).content.decode()
    refused = look(north, why="other", words="居民来电")
    text = refused.content.decode()
    assert refused.status_code == 429
    assert PHONE not in text and "已查看联系方式 3 次" in text and "居民来电" in text
    answer = api(north).post(f"/api/v1/service-requests/{submitted.case.pk}/reveal/", {"reason": "来电"})
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "too_much_shown"
    assert 0 < int(answer["Retry-After"]) <= 86_400
    assert DisclosureRecord.objects.filter(user=north).count() == 3


def test_what_is_long_past_and_what_others_saw_does_not_count(look, settings, north, south):
    settings.REVEALS_AN_HOUR = settings.REVEALS_A_DAY = 1
    seen_before(north, 3, timedelta(hours=25))
    seen_before(south, 3, timedelta(minutes=1))
    seen_before(north, 3, timedelta(minutes=1), kind="export")
    assert PHONE in look(north).content.decode()


def test_a_limit_of_nothing_shows_nothing(look, settings, north):
    settings.REVEALS_AN_HOUR = 0
    assert look(north).status_code == 429


def test_exports_in_full_have_a_limit_of_their_own(client, many, settings, north):
    many(3)
    client.force_login(north)
    settings.ROWS_IN_FULL_A_DAY = 5
    address, form = reverse("desk:export"), {"format": "xlsx", "full": "on", "reason": "年度回访"}
    assert client.post(address, form).status_code == 200
    refused = client.post(address, form)
    assert refused.status_code == 429
    assert "每天最多可导出 5 件" in refused.content.decode() and "年度回访" in refused.content.decode()
    assert client.post(address, {"format": "xlsx"}).status_code == 200
    kinds = DisclosureRecord.objects.values_list("kind", "count").order_by("id")
    assert list(kinds) == [("full", 3), ("export", 3)]


def test_an_export_belongs_to_the_region_that_the_account_looks_after(client, many, north, auditor, api):  # noqa: F811
    many(1)
    client.force_login(north)
    client.post(reverse("desk:export"), {"format": "xlsx"})
    (row,) = api(auditor).get(LIST).json()["results"]
    assert (row["region"], row["count"], row["about"]) == ("440306001001", 1, "")
