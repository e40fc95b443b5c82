"""Stations from spreadsheets: what is right goes in, what is wrong comes back, and twice changes nothing."""

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.html import escape

from portal.core.models import HistoryEntry, Organization, Role
from portal.desk import import_jobs
from portal.desk.models import SheetImport
from stations.models import Amenity, Station, StationFunction
from stations.types import StationType, Tier
from tests.conftest import make_region, make_user

HEADERS = ["代码", "名称", "层级", "站点类型", "区域"]


def xlsx(*lines, headers=HEADERS, title=None) -> SimpleUploadedFile:
    book = openpyxl.Workbook()
    for line in [*([title] if title else []), headers, *lines]:
        book.active.append(line)
    target = io.BytesIO()
    book.save(target)
    return SimpleUploadedFile("站点.xlsx", target.getvalue())


def station_line(code="T1", name="一号站", region="北街道/北社区"):
    return [code, name, "站点", "小区", region]


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def desk(client, north):
    client.force_login(north)
    return client


def send(client, sheet, kind="stations") -> SheetImport:
    """Send a file, and let the worker check it."""
    response = client.post(reverse("desk:import_upload", args=[kind]), {"sheet": sheet})
    assert response.status_code == 302, response.context["kinds"]
    kept = SheetImport.objects.latest("pk")
    import_jobs.work(kept.pk)
    kept.refresh_from_db()
    return kept


def load(client, sheet, kind="stations") -> SheetImport:
    kept = send(client, sheet, kind)
    response = client.post(reverse("desk:import_review", args=[kind, kept.key]), {"load": "1"}, follow=True)
    assert response.status_code == 200
    import_jobs.work(kept.pk)
    kept.refresh_from_db()
    assert kept.state == SheetImport.State.LOADED, kept.refusal
    return kept


def counts(kept) -> tuple[int, ...]:
    return tuple(kept.outcome[name] for name in ("new", "changed", "unchanged", "wrong"))


def errors(kept) -> list[tuple[int, str, str]]:
    return [(row["number"], *error) for row in kept.outcome["rows"] for error in row["errors"]]


def refusal(client, sheet, kind="stations") -> str:
    kept = send(client, sheet, kind)
    assert kept.state == SheetImport.State.FAILED
    page = client.get(reverse("desk:import_review", args=[kind, kept.key])).content.decode()
    assert escape(kept.refusal) in page
    return kept.refusal


@pytest.mark.smoke
def test_it_works(desk, north, the_north):
    kept = send(desk, xlsx(station_line()))
    assert counts(kept) == (1, 0, 0, 0), errors(kept)
    assert not Station.objects.filter(code="T1").exists()
    page = desk.get(reverse("desk:import_review", args=["stations", kept.key]))
    assert "一号站" in page.content.decode()
    desk.post(reverse("desk:import_review", args=["stations", kept.key]), {"load": "1"})
    import_jobs.work(kept.pk)
    station = Station.objects.get(code="T1")
    assert (station.name, station.region, station.station_type) == ("一号站", the_north.community, StationType.ESTATE)
    entries = HistoryEntry.objects.filter(table="stations_station", row_id=station.pk)
    assert [entry.actor_id for entry in entries] == [north.pk]


def test_the_same_file_twice_changes_nothing(desk):
    assert counts(load(desk, xlsx(station_line()))) == (1, 0, 0, 0)
    before = HistoryEntry.objects.count()
    assert counts(load(desk, xlsx(station_line()))) == (0, 0, 1, 0)
    assert HistoryEntry.objects.count() == before


def test_good_rows_are_loaded_although_others_are_wrong(desk):
    kept = load(
        desk, xlsx(station_line(), station_line("T2", "二号站", "没有街道/没有社区"), station_line("T3", "三号站"))
    )
    assert counts(kept) == (2, 0, 0, 1)
    [(number, header, sentence)] = errors(kept)
    assert (number, header) == (3, "区域")
    assert sentence.startswith("没有这个区域")
    assert set(Station.objects.filter(code__startswith="T").values_list("code", flat=True)) == {"T1", "T3"}


def test_the_failed_rows_come_back_as_a_file_that_loads_once_corrected(desk):
    kept = load(
        desk, xlsx(station_line(), station_line("T2", "二号站", "哪里"), ["T3", "'=三号站", "站点", "小区", None])
    )
    file = b"".join(desk.get(reverse("desk:import_failed", args=["stations", kept.key])).streaming_content)
    book = openpyxl.load_workbook(io.BytesIO(file))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]][:2] == ["代码", "名称*"]
    assert "没有这个区域" in sheet.cell(2, 6).value
    assert [sheet.cell(line, 1).value for line in (2, 3)] == ["T2", "T3"]
    for line in (2, 3):
        sheet.cell(line, 5).value = "北社区"
    target = io.BytesIO()
    book.save(target)
    again = load(desk, SimpleUploadedFile("again.xlsx", target.getvalue()))
    assert counts(again) == (2, 0, 0, 0), errors(again)
    assert Station.objects.get(code="T3").name == "=三号站"


def test_somebody_elses_region_is_as_unknown_as_one_that_does_not_exist(desk, the_south):
    sheet = xlsx(
        station_line("T1", "一号站", "南社区"), station_line("T2", "二号站", "天上社区"),
        station_line("T3", "三号站", the_south.community.code),
    )  # fmt: skip
    kept = load(desk, sheet)
    sentences = [sentence.replace("南社区", "…").replace("天上社区", "…").replace(the_south.community.code, "…")
                 for _number, _header, sentence in errors(kept)]  # fmt: skip
    assert len(sentences) == 3
    assert len(set(sentences)) == 1


def test_somebody_elses_station_is_not_changed_by_its_code(desk, the_south):
    kept = load(desk, xlsx(station_line("S5", "我的了")))
    assert counts(kept) == (0, 0, 0, 1)
    the_south.station.refresh_from_db()
    assert the_south.station.name == "南小站"
    assert "南" not in str(errors(kept))


def test_another_persons_file_is_not_found(desk, client, south):
    kept = send(desk, xlsx(station_line()))
    client.force_login(south)
    for name in ("desk:import_review", "desk:import_failed"):
        assert client.get(reverse(name, args=["stations", kept.key])).status_code == 404
    assert client.post(reverse("desk:import_review", args=["stations", kept.key]), {"load": 1}).status_code == 404
    assert not Station.objects.filter(code="T1").exists()


def test_one_comes_back_to_ones_own_file_after_signing_in_again(desk, client, north, south):
    kept = send(desk, xlsx(station_line()))
    client.logout()
    client.force_login(north)
    there = reverse("desk:import_review", args=["stations", kept.key])
    assert there in client.get(reverse("desk:imports")).content.decode()
    assert client.get(there).status_code == 200
    client.force_login(south)
    assert there not in client.get(reverse("desk:imports")).content.decode()


def test_who_may_not_import_is_refused(client, keeper, helper, auditor, leader):
    for user in (keeper, helper, auditor, leader):
        client.force_login(user)
        assert client.get(reverse("desk:imports")).status_code == 403
        assert client.post(reverse("desk:import_upload", args=["stations"]), {"sheet": xlsx()}).status_code == 403


def test_a_leader_elsewhere_imports_only_where_they_work(client, north, the_north, the_south):
    north.memberships.create(role=Role.LEADER, region=the_south.district)
    client.force_login(north)
    assert counts(load(client, xlsx(station_line("T1", "一号站", "南社区"), station_line("T2", "二号站")))) == (
        1,
        0,
        0,
        1,
    )


def test_a_change_says_what_was_and_what_will_be(desk, the_north):
    kept = send(desk, xlsx(["S6", "北小站（新）", "站点", "小区", "北社区"]))
    [row] = kept.outcome["rows"]
    assert row["changes"] == [["名称", "北小站", "北小站（新）"]]
    the_north.station.refresh_from_db()
    assert the_north.station.name == "北小站"


def test_a_column_that_is_missing_stays_and_an_empty_cell_empties(desk, the_north):
    Station.objects.update(phone="0755-00000000", brand="红棉")
    load(desk, xlsx(["S6", None], headers=["代码", "品牌"]))
    the_north.station.refresh_from_db()
    assert (the_north.station.phone, the_north.station.brand) == ("0755-00000000", "")


def test_without_a_code_a_row_is_found_by_region_and_name(desk, the_north):
    kept = load(desk, xlsx(["北小站", "北社区", "红棉"], headers=["名称", "区域", "品牌"]))
    assert counts(kept) == (0, 1, 0, 0)
    the_north.station.refresh_from_db()
    assert (the_north.station.brand, the_north.station.code) == ("红棉", "S6")


def test_a_new_station_needs_a_code(desk):
    kept = load(desk, xlsx(["新站", "北社区", "小区"], headers=["名称", "区域", "站点类型"]))
    assert [header for _number, header, _sentence in errors(kept)] == ["代码"]


def test_a_name_taken_by_a_station_with_another_code_is_an_error(desk):
    kept = load(desk, xlsx(station_line("T9", "北小站")))
    assert errors(kept)[0][1] == "代码"
    assert "S6" in errors(kept)[0][2]


def test_two_rows_for_one_station_are_an_error_of_the_second(desk):
    kept = load(desk, xlsx(station_line(), station_line("T1", "另一个名字"), station_line("T1", "第三个")))
    assert counts(kept) == (1, 0, 0, 2)
    assert "第 2 行" in errors(kept)[0][2]


@pytest.mark.parametrize(
    "spelling", ["2019.07.09", "2019/7/9", "2019-07-09", "2019年7月9日", "20190709", dt.datetime(2019, 7, 9), 43655]
)
def test_dates_come_in_all_spellings(desk, the_north, spelling):
    load(desk, xlsx(["S6", spelling], headers=["代码", "启用日期"]))
    the_north.station.refresh_from_db()
    assert the_north.station.opened_on == dt.date(2019, 7, 9)


def test_a_bad_date_names_its_row_and_column(desk):
    kept = send(desk, xlsx(["S6", "去年夏天"], headers=["代码", "启用日期"], title=["小站台账"]))
    [(number, header, sentence)] = errors(kept)
    assert (number, header) == (3, "启用日期")
    assert "去年夏天" in sentence


def test_a_code_that_excel_has_rounded_is_told(desk):
    kept = send(desk, xlsx([4.4030600100100112e17, "一号站", "站点", "小区", "北社区"]))
    assert "文本" in errors(kept)[0][2]
    assert errors(kept)[0][1] == "代码"


def test_a_long_code_stays_whole(desk):
    load(desk, xlsx(station_line("440306001001001123")))
    assert Station.objects.filter(code="440306001001001123").exists()


def test_numbers_as_text_and_several_entries_between_commas(desk, the_north):
    entries = [Amenity.objects.create(code=f"a{name}", name=name) for name in ("充电", "雨具", "热水")]
    StationFunction.objects.create(code="meet", name="居民议事")
    sheet = xlsx(["S6", "1,070.5", "８", "充电、雨具，热水", "meet"],
                 headers=["代码", "面积（㎡）", "房间数", "便民设施", "服务功能"])  # fmt: skip
    kept = load(desk, sheet)
    assert counts(kept) == (0, 1, 0, 0), errors(kept)
    station = Station.objects.get(code="S6")
    assert (station.area_m2, station.room_count) == (Decimal("1070.5"), 8)
    assert set(station.amenities.all()) == set(entries)
    assert station.functions.get().name == "居民议事"
    again = xlsx(["S6", "热水;雨具;充电；没有的"], headers=["代码", "便民设施"])
    assert "没有的" in errors(send(desk, again))[0][2]


def test_enumerations_by_code_and_in_english(desk):
    kept = load(desk, xlsx(["T1", "一号站", "station", "Office building", "北社区"]))
    assert counts(kept) == (1, 0, 0, 0), errors(kept)
    assert Station.objects.get(code="T1").station_type == StationType.OFFICE_BUILDING
    kept = load(desk, xlsx(["T2", "二号", "商场", "小区", "北社区"]))
    assert "站点" in errors(kept)[0][2]


def test_a_centre_with_a_type_is_refused_in_words(desk):
    kept = load(desk, xlsx(["T1", "社区中心", "社区中心", "小区", "北社区"]))
    assert counts(kept) == (0, 0, 0, 1)
    assert not Station.objects.filter(tier=Tier.COMMUNITY_CENTRE).exists()


def test_points_are_stored_in_wgs84_and_checked(desk, the_north):
    headers = ["代码", "纬度", "经度", "来源坐标系"]
    sheet = xlsx(["S6", 22.5631, 113.8812, "gcj02"], headers=headers)
    assert counts(load(desk, sheet)) == (0, 1, 0, 0)
    the_north.station.refresh_from_db()
    assert the_north.station.latitude == pytest.approx(22.566, abs=0.01)
    assert the_north.station.latitude != 22.5631
    sheet.seek(0)
    assert counts(load(desk, sheet)) == (0, 0, 1, 0)
    swapped = send(desk, xlsx(["S6", 113.8812, 22.5631, "WGS-84 / CGCS2000"], headers=headers))
    assert "颠倒" in errors(swapped)[0][2] or "反" in errors(swapped)[0][2]
    outside = send(desk, xlsx(["S6", 39.9, 116.4, "wgs84"], headers=headers))
    assert counts(outside) == (0, 0, 0, 1)


def test_a_region_of_the_same_name_needs_its_street(client, the_north, city):
    other = make_region("440306002", "东街道", "street", the_north.district)
    make_region("440306002001", "北社区", "community", other)
    client.force_login(make_user("district", Role.DISTRICT, region=the_north.district))
    sheet = xlsx(station_line("T1", "一号站", "北社区"), station_line("T2", "二号站", "东街道/北社区"))
    kept = load(client, sheet)
    assert counts(kept) == (1, 0, 0, 1)
    assert "东街道/北社区" in errors(kept)[0][2]
    assert Station.objects.get(code="T2").region.parent == other


def test_a_unit_and_an_estate_by_name(desk, the_north):
    kept = load(desk, xlsx(["S6", "北物业公司"], headers=["代码", "运营单位"]))
    assert counts(kept) == (0, 1, 0, 0), errors(kept)
    kept = load(desk, xlsx(["S6", "南物业公司"], headers=["代码", "运营单位"]))
    assert counts(kept) == (0, 0, 0, 1)
    assert Station.objects.get(code="S6").organization == the_north.unit


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\r\n\x1a\n" + b"\0" * 100, b"PK\x03\x04broken", b"<html><table></table></html>", b"\xd0\xcf\x11\xe0" * 9],
)
def test_a_file_that_is_not_what_it_says(desk, content):
    assert refusal(desk, SimpleUploadedFile("站点.xlsx", content))


def test_a_file_without_our_columns(desk):
    assert "名称、区域" in refusal(desk, xlsx([1, 2], headers=["甲", "乙"]))
    assert "区域" in refusal(desk, xlsx(["一号站"], headers=["名称"]))
    assert refusal(desk, xlsx())


def test_a_file_of_100000_rows_is_refused(desk):
    content = "名称,区域\n" + "站,北社区\n" * 100_000
    assert "20000" in refusal(desk, SimpleUploadedFile("站点.csv", content.encode())).replace(",", "")


def test_csv_in_the_encoding_of_excel(desk):
    content = ",".join(HEADERS) + "\r\n" + ",".join(station_line()) + "\r\n"
    assert counts(load(desk, SimpleUploadedFile("站点.csv", content.encode("gb18030")))) == (1, 0, 0, 0)


def test_merged_headers(desk):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["站点台账", None, None, None, None])
    sheet.append(["代码", "名称", "分类", None, "区域"])
    sheet.append([None, None, "层级", "站点类型", None])
    for cells in ("A1:E1", "A2:A3", "B2:B3", "C2:D2", "E2:E3"):
        sheet.merge_cells(cells)
    sheet.append(station_line())
    target = io.BytesIO()
    book.save(target)
    kept = load(desk, SimpleUploadedFile("台账.xlsx", target.getvalue()))
    assert counts(kept) == (1, 0, 0, 0), errors(kept)


def test_the_file_is_gone_once_it_is_loaded_and_after_a_day(desk, settings, django_capture_on_commit_callbacks):
    def files() -> int:
        return len([path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()])

    with django_capture_on_commit_callbacks(execute=True):
        load(desk, xlsx(station_line()))
    assert files() == 0
    kept = send(desk, xlsx(station_line("T2", "二号站", "哪里")))
    assert files() == 2
    assert import_jobs.forget_old() == 0
    SheetImport.objects.filter(pk=kept.pk).update(created_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    with django_capture_on_commit_callbacks(execute=True):
        assert import_jobs.forget_old() == 1
    assert files() == 0


def test_loading_is_done_once(desk):
    kept = load(desk, xlsx(station_line()))
    Station.objects.filter(code="T1").update(name="后来改的")
    desk.post(reverse("desk:import_review", args=["stations", kept.key]), {"load": "1"})
    assert Station.objects.get(code="T1").name == "后来改的"


def test_a_unit_is_found_again_by_its_credit_code(desk, the_north):
    headers = ["名称", "类别", "统一社会信用代码", "区域", "成员数"]
    line = ["北社区党委", "社区党委", "91440300MA5EXAMPL1", "北社区", "128"]
    assert counts(load(desk, xlsx(line, headers=headers), "organizations")) == (1, 0, 0, 0)
    line[0] = "中共北社区委员会"
    assert counts(load(desk, xlsx(line, headers=headers), "organizations")) == (0, 1, 0, 0)
    organization = Organization.objects.get(credit_code="91440300MA5EXAMPL1")
    assert (organization.name, organization.member_count) == ("中共北社区委员会", 128)
    line[2] = "123"
    assert counts(send(desk, xlsx(line, headers=headers), "organizations"))[3] == 1


def test_a_superior_may_stand_above_in_the_same_file(desk):
    headers = ["名称", "类别", "区域", "上级组织"]
    sheet = xlsx(
        ["北社区党委", "社区党委", "北社区", None],
        ["北苑党支部", "小区党支部", "北社区", "北社区党委"],
        headers=headers,
    )
    assert counts(load(desk, sheet, "organizations")) == (2, 0, 0, 0)
    assert Organization.objects.get(name="北苑党支部").parent.name == "北社区党委"


def test_the_template_offers_only_ones_own_regions(desk, the_south):
    file = b"".join(desk.get(reverse("desk:import_template", args=["stations"])).streaming_content)
    book = openpyxl.load_workbook(io.BytesIO(file))
    assert book.sheetnames[2] == "填写说明" and book["可选值"].sheet_state == "veryHidden"
    words = {cell.value for line in book["可选值"].iter_rows() for cell in line}
    assert "北区/北街道/北社区" in words
    assert not any("南" in str(word) for word in words)
    assert book.worksheets[0].data_validations.dataValidation
