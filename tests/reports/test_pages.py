"""The desk's pages of reports: for whom, with links to the rows behind each number."""

import re
from html import unescape

import pytest

from portal.reports.groups import GroupBy
from portal.reports.periods import PeriodKind
from tests.reports.conftest import MARCH

PAGE, NETWORK = "/desk/reports/", "/desk/reports/network/"
PAGES = [
    (PAGE, {}),
    ("/desk/reports/rows/", {"figure": "received"}),
    (NETWORK, {}),
    ("/desk/reports/network/rows/", {"figure": "stations"}),
]


@pytest.fixture
def page(client):
    def get(user, address=PAGE, status=200, **params):
        client.force_login(user)
        response = client.get(address, params)
        assert response.status_code == status, response.content
        return response.content.decode()

    return get


def test_it_works(cases, district, page):
    shown = page(district, **MARCH, group="street")
    assert "北区 · 2026" in shown
    assert "收件量" in shown
    assert "33.3%" in shown
    assert "北街道" in shown
    assert "不适用" not in page(district, **MARCH, group="").split("definitions")[0].split("重办率")[0]


@pytest.mark.parametrize("group_by", ["street", "unit", "station"])
def test_every_number_leads_to_as_many_rows(cases, district, page, group_by):
    shown = page(district, **MARCH, group=group_by)
    links = re.findall(r'<a href="(/desk/reports/rows/[^"]+)">([\d,]+)</a>', shown)
    assert len(links) > 20
    for href, number in dict(links).items():
        path, _mark, query = unescape(href).partition("?")
        rows = page(district, f"{path}?{query}")
        assert f"：{number} " in rows, href
        assert len(re.findall(r'<th scope="row">', rows)) == int(number)


def test_three_people(cases, the_north, north, helper, south, keeper, page, client):
    for address, params in PAGES:
        assert client.get(address, params).status_code == 302
    for address, params in PAGES:
        page(helper, address, status=403, **params)
        page(keeper, address, **params)
    assert cases[0].number in page(north, "/desk/reports/rows/", figure="received", **MARCH)
    assert cases[0].number not in page(south, "/desk/reports/rows/", figure="received", **MARCH)
    assert the_north.station.name in page(north, "/desk/reports/network/rows/", figure="stations")
    assert the_north.station.name not in page(south, "/desk/reports/network/rows/", figure="stations")


@pytest.mark.parametrize("address, params", PAGES)
def test_a_region_that_is_not_mine_is_not_found(south, the_north, page, address, params):
    page(south, address, status=404, region=the_north.community.code, **params)


def test_an_auditor_is_offered_no_files(cases, auditor, district, page):
    for address, params in PAGES:
        assert "format=csv" not in page(auditor, address, **params)
        assert "format=csv" in page(district, address, **params)


def test_every_choice_can_be_shown(cases, district, page):
    chosen = [(kind, "") for kind in PeriodKind.values] + [("month", group_by) for group_by in GroupBy.values]
    for kind, group_by in chosen:
        page(district, period=kind, group=group_by, compare=["previous", "last_year"])


def test_choosing_a_period_of_ones_own_asks_for_its_days(district, page):
    shown = page(district, period="custom", date="2026-03-01")
    assert 'name="from"' in shown and 'name="to"' in shown and 'name="date"' not in shown


def test_a_bad_day_is_said_and_the_page_stays(district, page):
    shown = page(district, status=400, period="month", date="2026-02-30")
    assert "error-summary" in shown


def test_the_network_page_counts_stations(cases, district, page):
    shown = page(district, NETWORK)
    assert "小区" in shown
    assert re.search(r'network/rows/\?[^"]*section=tier[^"]*key=station', unescape(shown))
