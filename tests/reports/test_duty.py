"""`duty-summary`: how stations are staffed, what needs attention first, and the rows behind each number."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.models import Role
from portal.reports import duty, serializers
from portal.reports.duty import DutyFigure
from tests.conftest import make_user
from tests.volunteers.conftest import enrol, make_shift  # noqa: F401
from volunteers import attendance, ledger, places
from volunteers.models import HourClaim, HourEntry
from volunteers.types import CheckMethod, ClaimKind

REPORT = "/api/v1/reports/duty-summary/"
ROWS = f"{REPORT}rows/"
PAGE = "/desk/reports/duty/"
TODAY = timezone.now().astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
# A day that is over and in the same month as the period that is asked for.
DAY = (TODAY - timedelta(days=3)).replace(hour=9)
PERIOD = {"from": f"{DAY - timedelta(days=1):%Y-%m-%d}", "to": f"{DAY + timedelta(days=10):%Y-%m-%d}"}


@pytest.fixture
def worked(the_north, the_south, north, south, make_shift, enrol):  # noqa: F811
    """In the north two served, one did not come, one shift is short soon; in the south one is covered."""
    over = make_shift(DAY, min_people=2, max_people=4)
    long, short, missed = (enrol(weekly_minutes=minutes) for minutes in (120, 240, 240))
    on_it = [places.assign(over, volunteer=each, by=north) for each in (long, short, missed)]
    for place, hours in ((on_it[0], 3), (on_it[1], 2)):
        attendance.check_in(place, by=north, how=CheckMethod.SHEET, at=DAY)
        attendance.check_out(place, by=north, how=CheckMethod.SHEET, at=DAY + timedelta(hours=hours))
    attendance.no_show(on_it[2], by=north, is_excused=True)
    second = make_shift(DAY + timedelta(days=1), min_people=1)
    places.assign(second, volunteer=long, by=north)
    make_shift(timezone.now() + timedelta(hours=30), min_people=2, title="缺人的班")
    elsewhere = make_shift(DAY, station=the_south.station, district=the_south.district, min_people=1)
    places.assign(elsewhere, volunteer=enrol(home_region=the_south.community), by=south)
    return over


@pytest.fixture
def pull(client):
    def pull(user, address=REPORT, **params):
        client.force_login(user)
        answer = client.get(address, {**PERIOD, **params})
        assert answer.status_code == 200, answer.content
        return answer.json()

    return pull


def test_it_works(worked, leader, pull, the_north):
    report = pull(leader)
    (line,) = report["stations"]
    assert (line["key"], line["name"]) == (the_north.station.code, "北小站")
    assert line["figures"] == {
        "shifts": 3, "places": 5, "filled": 3, "uncovered": 1, "no_shows": 1, "recorded_minutes": 300,
        "approved_minutes": 300, "fairness_spread": 324, "fill_rate": 0.6,
    }  # fmt: skip
    assert report["total"] == line["figures"]
    serializer = serializers.DutySummary(data=report)
    assert serializer.is_valid(), serializer.errors


def test_fairness_is_measured_by_what_each_has_declared(worked, leader, pull, the_north):
    rows = pull(leader, ROWS, figure="fairness_spread", key=the_north.station.code)["results"]
    # 720 minutes in all for 600 declared: one declared 120 and holds 360, each of the others 240 and holds 180.
    told = {row["volunteer"]: (row["minutes"], row["share"], row["deviation"]) for row in rows}
    assert sorted(told.values()) == [(180, 288, -108), (180, 288, -108), (360, 144, 216)]


def test_the_spread_is_that_of_its_rows(worked, leader, pull, the_north):
    figure = pull(leader)["stations"][0]["figures"]["fairness_spread"]
    rows = pull(leader, ROWS, figure="fairness_spread", key=the_north.station.code)["results"]
    assert figure == max(row["deviation"] for row in rows) - min(row["deviation"] for row in rows)


def test_every_number_is_that_of_its_rows(worked, leader, pull, the_north):
    figures = pull(leader)["total"]
    for key in ("", the_north.station.code):
        rows = {
            code: pull(leader, ROWS, figure=code, key=key) for code in DutyFigure.values if code != "fairness_spread"
        }
        for code in ("shifts", "uncovered", "no_shows"):
            assert rows[code]["count"] == figures[code], code
        for code in ("recorded_minutes", "approved_minutes"):
            assert sum(row["minutes"] for row in rows[code]["results"]) == figures[code]
        needed = rows["places"]["results"]
        assert sum(row["min_people"] for row in needed) == figures["places"]
        assert sum(min(row["taken"], row["min_people"]) for row in needed) == figures["filled"]
    for told in rows.values():
        serializer = serializers.DutyRowsPage(data=told)
        assert serializer.is_valid(), serializer.errors


@pytest.fixture
def supplement(worked, leader, north, the_north):
    asked = ledger.claim(
        worked.assignments.first().volunteer, kind=ClaimKind.SUPPLEMENT, region=the_north.community, on=DAY.date(),
        minutes=120, reason="没有网络", by=north,
    )  # fmt: skip
    return ledger.decide(asked, by=leader, granted=True)


@pytest.mark.parametrize("kind", ["a district", "a community"])
def test_the_minutes_of_a_region_are_those_of_its_ledger(supplement, leader, pull, the_north, kind):
    region = the_north.district if kind == "a district" else the_north.community
    report = pull(leader, region=region.code)
    told = {line["key"]: line["figures"]["approved_minutes"] for line in report["stations"]}
    assert told == {the_north.station.code: 300, "no-shift": 120}
    for code, account in duty.ACCOUNTS.items():
        entries = HourEntry.objects.filter(region__path__startswith=region.path, account=account)
        minutes = sum(entries.values_list("minutes", flat=True))
        assert report["total"][code] == minutes == 420
        rows = pull(leader, ROWS, figure=code, region=region.code)["results"]
        assert sum(row["minutes"] for row in rows) == minutes


def test_what_no_shift_stands_behind_has_rows_of_its_own(supplement, leader, pull, client):
    (row,) = pull(leader, ROWS, figure="approved_minutes", key="no-shift")["results"]
    assert (row["minutes"], row["station"], row["on"]) == (120, None, f"{DAY:%Y-%m-%d}")
    page = client.get(f"{PAGE}rows/", {**PERIOD, "figure": "approved_minutes", "key": "no-shift"}).content.decode()
    assert f"/desk/volunteers/{supplement.volunteer_id}/" in page
    assert "no-shift" in client.get(PAGE, PERIOD).content.decode()


def test_a_supplement_is_nobody_elses(supplement, south, keeper, pull):
    assert "no-shift" not in {line["key"] for line in pull(south)["stations"]}
    assert "no-shift" not in {line["key"] for line in pull(keeper)["stations"]}


def test_above_the_rows_stands_the_number_that_was_clicked(worked, leader, client):
    client.force_login(leader)
    for code in DutyFigure.values:
        cell = client.get(PAGE, PERIOD).context["page"].lines[0].cells[code]
        assert client.get(cell.href).context["value"] == cell.words, code


def test_what_needs_attention_comes_first(worked, city, pull, the_south, make_shift, the_north):  # noqa: F811
    everybody = make_user("admin", Role.ADMINISTRATOR)
    assert [line["key"] for line in pull(everybody)["stations"]] == ["S6", "S5"]
    for hours in (20, 40):
        make_shift(timezone.now() + timedelta(hours=hours), station=the_south.station, district=the_south.district)
    assert [line["key"] for line in pull(everybody)["stations"]] == ["S5", "S6"]


def test_three_people(worked, north, helper, south, keeper, pull, client, the_north):
    assert pull(north)["total"]["shifts"] == 3
    assert pull(keeper)["total"]["shifts"] == 3
    assert pull(south)["total"]["shifts"] == 1
    client.force_login(helper)
    for address in (REPORT, f"{ROWS}?figure=shifts", PAGE, f"{PAGE}rows/?figure=shifts"):
        assert client.get(address).status_code == 403
    client.force_login(south)
    for params in ({"region": the_north.district.code}, {"figure": "shifts", "key": the_north.station.code}):
        assert client.get(ROWS, {"figure": "shifts", **PERIOD, **params}).status_code == 404
        assert client.get(f"{PAGE}rows/", {"figure": "shifts", **PERIOD, **params}).status_code == 404


def test_no_name_stands_in_the_rows(worked, leader, client):
    client.force_login(leader)
    for code in ("no_shows", "recorded_minutes"):
        answer = client.get(ROWS, {**PERIOD, "figure": code, "format": "csv"})
        assert "王小明" not in b"".join(answer.streaming_content).decode()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_report_and_its_rows_are_files(worked, leader, auditor, client, kind, the_north):
    client.force_login(leader)
    for code in DutyFigure.values:
        answer = client.get(ROWS, {**PERIOD, "figure": code, "key": the_north.station.code, "format": kind})
        assert answer.status_code == 200
        assert b"".join(answer.streaming_content)
    answer = client.get(REPORT, {**PERIOD, "format": kind})
    assert answer.status_code == 200
    if kind == "csv":
        lines = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
        assert [line["站点"] for line in lines] == ["北小站", "合计"]
        assert lines[0]["72 小时内缺人班次（班）"] == "1"
    client.force_login(auditor)
    assert client.get(REPORT, {**PERIOD, "format": kind}).status_code == 403


@pytest.mark.parametrize(
    ("address", "params", "status"),
    [
        (REPORT, {"from": "2026-03-02"}, 400),
        (REPORT, {"date": "x"}, 400),
        (REPORT, {"nonsense": "1"}, 400),
        (ROWS, {}, 400),
        (ROWS, {"figure": "nonsense"}, 400),
        (ROWS, {"figure": "fairness_spread"}, 400),
        (f"{PAGE}rows/", {"figure": "fairness_spread"}, 400),
        (f"{PAGE}rows/", {}, 400),
        (PAGE, {"date": "x"}, 400),
    ],
)
def test_bad_input_is_told(leader, client, address, params, status):
    client.force_login(leader)
    assert client.get(address, params).status_code == status


class TestPage:
    def test_it_works(self, worked, leader, client, the_north):
        client.force_login(leader)
        answer = client.get(PAGE, PERIOD)
        page = answer.content.decode()
        for words in ("北小站", "60.0%", "3/5", "5 小时", "<circle"):
            assert words in page, words
        key = the_north.station.code
        for code in DutyFigure.values:
            href = answer.context["page"].lines[0].cells[code].href
            assert key in href
            assert client.get(href).status_code == 200, href

    def test_without_a_period_it_is_this_month(self, worked, leader, client):
        client.force_login(leader)
        answer = client.get(PAGE)
        assert answer.context["query"].span.period.first == timezone.localdate().replace(day=1)

    def test_where_there_is_no_duty_it_says_so(self, leader, client):
        client.force_login(leader)
        assert "没有班次" in client.get(PAGE).content.decode()

    def test_a_leader_sees_what_waits_for_a_decision(self, worked, leader, north, client, the_north):
        HourClaim.objects.create(
            volunteer=worked.assignments.first().volunteer, region=the_north.community, decided_in=the_north.district,
            kind=ClaimKind.SUPPLEMENT, on=DAY.date(), minutes=60, reason="补录",
        )  # fmt: skip
        for user, shown in ((leader, True), (north, False)):
            client.force_login(user)
            assert ("待您审批的时长" in client.get(PAGE).content.decode()) is shown

    def test_the_count_of_queries_does_not_grow(self, worked, leader, client, the_north, make_shift, enrol, north):  # noqa: F811
        def count() -> int:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(PAGE, PERIOD).status_code == 200
            return len(queries)

        client.force_login(leader)
        count()
        few = count()
        stations = [_station(the_north, number) for number in range(5)]
        for station in stations:
            for hour in (9, 14):
                shift = make_shift(DAY.replace(hour=hour), station=station)
                place = places.assign(shift, volunteer=enrol(), by=None)
                attendance.no_show(place, by=None)
        assert count() == few


def _station(half, number):
    return type(half.station).objects.create(
        code=f"N{number}", name=f"站{number}", station_type="estate", status="open", region=half.community
    )


def test_the_definitions_name_every_figure(leader, pull):
    listed = {each["name"]: each for each in pull(leader, "/api/v1/reports/")["results"]}
    assert [each["code"] for each in listed["duty-summary"]["figures"]] == DutyFigure.values
    assert set(duty.DEFINITIONS) == set(DutyFigure.values)
