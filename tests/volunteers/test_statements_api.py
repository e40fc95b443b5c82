"""Quarterly statements under /api/v1/statements/: who reads them, who takes them away, and what they say."""

import csv
import io

import openpyxl
import pytest

from portal.core.models import DisclosureRecord
from volunteers import member_reports
from volunteers.quarters import Quarter

API = "/api/v1/statements/"
QUARTER = Quarter.now()


def lines_of(answer) -> list[list[str]]:
    assert answer.status_code == 200, answer.content
    return list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


@pytest.fixture
def addresses(branch):
    return [API, f"{API}{branch.pk}/", f"{API}{branch.pk}/rows/"]


def test_it_works(api, north, branch, reported, wang, the_north):
    about = {"quarter": QUARTER.code, "first": str(QUARTER.first), "last": str(QUARTER.last)}
    ref = {"id": branch.pk, "name": branch.name}
    sums = {"branch": ref, "members": 1, "active": 1, "shifts": 0, "minutes": 95, "services": 0}
    line = {
        "report": reported.pk, "volunteer": wang.pk, "name": "王小明", "number": wang.number,
        "region": {"code": the_north.community.code, "name": "北社区"}, "reported_on": str(reported.reported_on),
        "shifts": 0, "minutes": 95, "services": 0,
    }  # fmt: skip
    caller = api(north)
    assert caller.get(API).json() == {**about, "results": [sums]}
    assert caller.get(f"{API}{branch.pk}/").json() == {**about, **sums}
    assert caller.get(f"{API}{branch.pk}/rows/").json() == {**about, **sums, "results": [line]}


def test_files_hold_what_json_says_and_those_that_name_people_are_logged(api, secretary, branch, reported, addresses):
    for address in addresses[:2]:
        _head, line = lines_of(api(secretary).get(address, {"format": "csv"}))
        assert line == [branch.name, "1", "1", "0", "95", "0"]
    assert not DisclosureRecord.objects.exists()
    _head, line, total = lines_of(api(secretary).get(addresses[2], {"format": "csv"}))
    assert line[1:] == ["王小明", "北社区", str(reported.reported_on), "0", "95", "0"]
    assert total[-3:] == ["0", "95", "0"]
    answer = api(secretary).get(addresses[2], {"format": "xlsx"})
    assert QUARTER.code in answer["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.getvalue()))
    assert [row[5] for row in book.active.iter_rows(values_only=True)][1:] == [95, 95]
    assert list(DisclosureRecord.objects.values_list("user", "count")) == [(secretary.pk, 1)] * 2


def test_an_auditor_reads_masked_names_and_takes_nothing(api, auditor, reported, addresses):
    assert api(auditor).get(addresses[2]).json()["results"][0]["name"] == "王**"
    for address in addresses:
        refused = api(auditor).get(address, {"format": "csv"})
        assert refused.status_code == 403
        assert refused.json()["error"]["permission"] == "double:statement"


def test_others_find_no_statement(api, south, helper, client, person, reported, addresses):
    for user in (south, helper):
        assert api(user).get(API).json()["results"] == []
        for address in addresses[1:]:
            for kind in ("json", "csv"):
                assert api(user).get(address, {"format": kind}).status_code == 404
    _volunteer, account = person("李小红")
    for address in addresses:
        assert api(account).get(address).status_code == 403
        assert client.get(address).status_code == 401
    assert api(south).get(f"{API}999999/").status_code == 404


def test_the_own_report_of_staff_opens_no_statement_of_the_branch(api, south, wang, reported, addresses):
    south.person = wang.person
    south.save()
    assert api(south).get(API).json()["results"] == []
    assert [api(south).get(address).status_code for address in addresses[1:]] == [404, 404]


def test_a_token_reads_by_one_permission_and_takes_away_by_another(machine, north, the_north, reported, addresses):
    reader = machine(north, "double:read", region=the_north.community)
    taker = machine(north, "double:read", "double:statement", region=the_north.community)
    for address in addresses:
        assert reader.get(address).status_code == 200
        assert reader.get(address, {"format": "csv"}).status_code == 403
        assert taker.get(address, {"format": "csv"}).status_code == 200
        assert machine(north, "volunteers:read").get(address).status_code == 403


def test_quarter_and_region_narrow_it(api, north, branch, reported, the_north):
    before = api(north).get(f"{API}{branch.pk}/", {"quarter": QUARTER.previous.code}).json()
    assert (before["members"], before["minutes"]) == (0, 0)
    assert api(north).get(API, {"quarter": QUARTER.previous.code}).json()["results"] == []
    assert len(api(north).get(API, {"region": the_north.community.code}).json()["results"]) == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"quarter": "2026Q9"}, "quarter"), ({"quarter": "1999Q1"}, "quarter"), ({"region": "440305"}, "region"),
        ({"region": "没有"}, "region"), ({"quartier": "2026Q1"}, "quartier"),
    ],
)  # fmt: skip
def test_a_bad_parameter_is_named(query, field, api, north, the_south, reported, addresses):
    for address in addresses:
        for kind in ({}, {"format": "csv"}):
            answer = api(north).get(address, {**query, **kind})
            assert answer.status_code == 400
            assert field in answer.json()["error"]["fields"]


def test_the_queries_do_not_grow_with_members(api, north, branch, member, addresses, django_assert_max_num_queries):
    for number in range(12):
        member_reports.report(member(f"党员{number}"), branch=branch, by=north)
    caller = api(north)
    for address in addresses:
        with django_assert_max_num_queries(12):
            assert caller.get(address).status_code == 200
