"""Reports over the API: for whom, in which format, and down to the rows."""

import csv
import io
import json

import openpyxl
import pytest

from portal.core.models import Role
from portal.reports import serializers
from portal.reports.definitions import BY_CODE, COUNTS, Count
from portal.reports.groups import GroupBy
from tests.conftest import make_user
from tests.reports.conftest import MARCH

SUMMARY = "/api/v1/reports/requests-summary/"
ROWS = f"{SUMMARY}rows/"
NETWORK = "/api/v1/reports/network-summary/"
ADDRESSES = [
    ("/api/v1/reports/", {}),
    (SUMMARY, {}),
    (ROWS, {"figure": "received"}),
    (NETWORK, {}),
    (f"{NETWORK}rows/", {"figure": "stations"}),
]


@pytest.fixture
def pull(machine):
    """What the machine token of somebody reads, as JSON."""

    def get(user, address=SUMMARY, **params):
        period = MARCH if address in (SUMMARY, ROWS) else {}
        response = machine(user, "reports:read").get(address, {**period, **params})
        assert response.status_code == 200, response.content
        return response.json()

    return get


def read_csv(response) -> list[dict[str, str]]:
    assert response.status_code == 200, response.content
    return list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


@pytest.mark.smoke
def test_it_works(cases, district, pull):
    report = pull(district, group="street")
    assert report["region"] == {"code": "440306", "name": "北区", "level": "district"}
    assert report["period"] == {"kind": "month", "from": "2026-03-01", "to": "2026-03-31", "label": "2026年3月"}
    total = report["total"]
    assert {code: total[code] for code in ["received", "accepted", "dispatched", "finished", "rejected"]} == {
        "received": 4, "accepted": 3, "dispatched": 4, "finished": 2, "rejected": 1,
    }  # fmt: skip
    assert total["on_time_completion_rate"]["gross"] == {"numerator": 1, "denominator": 3, "rate": 0.3333}
    assert [(line["key"], line["name"]) for line in report["groups"]] == [("440306001", "北街道")]
    assert report["groups"][0]["figures"] == total


def test_three_people_on_every_report(cases, north, helper, south, pull, api):
    assert pull(north)["total"]["received"] == 4
    assert pull(south)["total"]["received"] == 1
    assert pull(north, NETWORK)["total"]["stations"] == 1
    assert {row["case"]["id"] for row in pull(south, ROWS, figure="received")["results"]} == {cases[-1].pk}
    assert [row["code"] for row in pull(south, f"{NETWORK}rows/", figure="stations")["results"]] == ["S5"]
    for address, params in ADDRESSES:
        # A unit's contact has no figures; a stranger nothing at all.
        assert api(helper).get(address, params).status_code == 403
        assert api().get(address, params).status_code == 401


@pytest.mark.parametrize("address, params", ADDRESSES[1:])
def test_a_region_that_is_not_mine_is_not_found(cases, south, the_north, city, machine, address, params):
    for region in [the_north.community, the_north.district, city]:
        response = machine(south, "reports:read").get(address, {**params, "region": region.code})
        assert response.status_code == 404
    assert machine(south, "reports:read").get(address, {**params, "region": "nowhere"}).status_code == 404


def test_a_token_is_bound_to_its_region(cases, district, the_north, machine):
    client = machine(district, "reports:read", region=the_north.community)
    assert client.get(SUMMARY, MARCH).json()["region"]["code"] == the_north.community.code
    assert client.get(SUMMARY, {**MARCH, "region": the_north.community.code}).status_code == 200
    assert client.get(SUMMARY, {**MARCH, "region": the_north.district.code}).status_code == 404


def test_a_token_without_the_permission_is_refused(cases, district, machine):
    response = machine(district, "requests:read").get(SUMMARY)
    assert response.status_code == 403
    assert response.json()["error"]["code"] == "missing_permission"


def test_a_keeper_reads_the_figures_of_the_station(cases, keeper, pull):
    report = pull(keeper)
    assert (report["region"], report["place"]) == (None, "北小站")
    assert report["total"]["received"] == 2


@pytest.mark.parametrize("group_by", ["", *GroupBy.values])
def test_every_figure_has_as_many_rows_as_it_says(cases, district, pull, group_by):
    report = pull(district, group=group_by)
    lines = [({}, report["total"])]
    lines += [({"group": group_by, "key": line["key"]}, line["figures"]) for line in report["groups"]]
    for chosen, told in lines:
        for figure in BY_CODE.values():
            if isinstance(figure, Count):
                rows = pull(district, ROWS, figure=figure.code, **chosen)
                assert rows["count"] == len(rows["results"]) == told[figure.code], (figure.code, chosen)
                assert rows["unit"] == figure.unit
                continue
            for part in ("numerator", "denominator"):
                rows = pull(district, ROWS, figure=figure.code, part=part, **chosen)
                assert rows["count"] == told[figure.code]["gross"][part], (figure.code, part, chosen)


def test_rows_are_told_in_the_unit_of_the_figure(cases, district, pull):
    [returned] = pull(district, ROWS, figure="returned")["results"]
    assert (returned["offer"]["outcome"], returned["offer"]["return_ground"]) == ("returned", "wrong_area")
    assert {row["rating"]["code"] for row in pull(district, ROWS, figure="rated")["results"]} == {
        "satisfied", "dissatisfied",
    }  # fmt: skip
    [redo] = pull(district, ROWS, figure="redos")["results"]
    assert (redo["redo"]["verb"], redo["case"]["number"]) == ("call_back", cases[1].number)
    [redone] = pull(district, ROWS, figure="redone")["results"]
    assert redone["id"] == cases[1].pk


def test_rows_come_in_pages(cases, district, machine):
    client = machine(district, "reports:read")
    first = client.get(ROWS, {**MARCH, "figure": "received", "limit": 3}).json()
    second = client.get(first["next"]).json()
    assert [first["count"], len(first["results"]), len(second["results"])] == [4, 3, 1]
    assert second["next"] is None


def test_the_answers_are_as_the_schema_says(cases, district, pull):
    """The serializers describe what is answered without making it: nothing more, nothing less."""
    for answer, serializer in [
        (pull(district, group="street", compare="previous"), serializers.RequestsSummary),
        (pull(district, ROWS, figure="returned"), serializers.RequestRowsPage),
        (pull(district, ROWS, figure="rated"), serializers.RequestRowsPage),
        (pull(district, NETWORK), serializers.NetworkSummary),
        (pull(district, f"{NETWORK}rows/", figure="open"), serializers.NetworkRowsPage),
        (pull(district, "/api/v1/reports/"), serializers.ReportList),
    ]:
        # The test server's name is no address that a URL field takes.
        answer = json.loads(json.dumps(answer).replace("http://testserver", "https://portal.example"))
        check = serializer(data=answer)
        assert check.is_valid(), check.errors
        assert_same_names(serializer(), answer)


def assert_same_names(serializer, answer):
    if answer is None:
        return
    if hasattr(serializer, "child"):
        for each in answer:
            assert_same_names(serializer.child, each)
    elif hasattr(serializer, "fields"):
        assert set(serializer.fields) == set(answer)
        for name, field in serializer.fields.items():
            assert_same_names(field, answer[name])


def test_definitions_are_complete(district, pull):
    reports = {report["name"]: report for report in pull(district, "/api/v1/reports/")["results"]}
    told = {figure["code"]: figure for figure in reports["requests-summary"]["figures"]}
    assert set(told) == set(BY_CODE)
    for figure in [*told.values(), *reports["network-summary"]["figures"]]:
        assert figure["name"] and figure["counts"] and figure["counted_by"] and figure["unit_name"]
        assert figure["code"].endswith("_rate") == bool(figure["numerator"] and figure["denominator"])
    assert told["dispatched"]["unit_name"] == "次"
    assert told["received"]["unit_name"] == "件"
    assert reports["network-summary"]["figures"][0]["unit_name"] == "个"


def test_other_periods_to_compare_with(cases, district, pull):
    april = {"date": "2026-04-01", "compare": ["previous", "last_year"], "group": "street"}
    report = pull(district, **april)
    before, last_year = report["comparisons"]
    assert (before["with"], before["period"]["from"], before["total"]["received"]) == ("previous", "2026-03-01", 4)
    assert before["change"]["received"] == -1.0
    assert before["groups"][0]["change"]["received"] == -1.0
    assert (last_year["period"]["from"], last_year["change"]["received"]) == ("2025-04-01", None)


@pytest.mark.parametrize("group_by", ["", "street"])
def test_a_report_as_csv(cases, district, machine, group_by):
    lines = read_csv(machine(district, "reports:read").get(SUMMARY, {**MARCH, "group": group_by, "format": "csv"}))
    total = lines[-1]
    assert (total["分组"], total["收件量（件）"], total["派单量（次）"]) == ("合计", "4", "4")
    assert total["按时办结率（%）"] == "33.33"
    assert len(lines) == (2 if group_by else 1)


def test_what_is_not_applicable_is_no_nought(district, the_north, machine):
    [total] = read_csv(machine(district, "reports:read").get(SUMMARY, {**MARCH, "format": "csv"}))
    assert (total["收件量（件）"], total["满意率（%）"]) == ("0", "不适用")


def test_a_report_as_a_workbook(cases, district, machine):
    accept = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response = machine(district, "reports:read").get(SUMMARY, {**MARCH, "group": "street"}, headers={"Accept": accept})
    sheet = openpyxl.load_workbook(io.BytesIO(response.getvalue())).active
    header, line, total = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert line[header.index("分组编码")] == "440306001"
    assert total[header.index("收件量（件）")] == 4


def test_rows_as_files_are_as_many(cases, district, machine, pull):
    client, told = machine(district, "reports:read"), pull(district)["total"]
    for figure in COUNTS:
        params = {**MARCH, "figure": figure.code}
        assert len(read_csv(client.get(ROWS, {**params, "format": "csv"}))) == told[figure.code]
        book = openpyxl.load_workbook(io.BytesIO(client.get(ROWS, {**params, "format": "xlsx"}).getvalue()))
        assert book.active.max_row == told[figure.code] + 1


def test_files_of_rows_say_nothing_about_people_and_run_no_formula(cases, district, machine):
    cases[0].__class__.objects.update(title="=cmd|calc")
    response = machine(district, "reports:read").get(ROWS, {**MARCH, "figure": "received", "format": "csv"})
    body = response.getvalue().decode()
    assert "'=cmd|calc" in body
    assert "1380000" not in body


def test_an_auditor_reads_and_takes_nothing_away(cases, auditor, keeper, api, machine):
    for user in (auditor, keeper):
        for address, params in ADDRESSES[1:]:
            for client in (api(user), machine(user, "reports:read")):
                assert client.get(address, params).status_code == 200
                for kind in ("csv", "xlsx"):
                    refusal = client.get(address, {**params, "format": kind})
                    assert refusal.status_code == 403
                    assert refusal.json()["error"]["code"] == "missing_permission"


@pytest.mark.parametrize("role", [Role.DISTRICT, Role.STREET, Role.COMMUNITY, Role.LEADER, Role.ADMINISTRATOR])
def test_who_may_export_does(cases, the_north, api, machine, role):
    user = make_user("exporter", role, region=the_north.district)
    for client in (api(user), machine(user, "reports:read")):
        assert client.get(SUMMARY, {"format": "csv"}).status_code == 200


@pytest.mark.parametrize(
    "params, field",
    [
        ({"period": "fortnight"}, "period"),
        ({"date": "2026-02-30"}, "date"),
        ({"date": "0001-01-01"}, "date"),
        ({"date": "9999-12-31"}, "date"),
        ({"from": "2026-01-01"}, "to"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, "to"),
        ({"period": "month", "from": "2026-01-01", "to": "2026-02-01"}, "from"),
        ({"group": "planet"}, "group"),
        ({"compare": "tomorrow"}, "compare"),
        ({"grouping": "street"}, "grouping"),
    ],
)
def test_a_bad_parameter_is_named(district, machine, params, field):
    response = machine(district, "reports:read").get(SUMMARY, params)
    assert response.status_code == 400
    assert field in response.json()["error"]["fields"]


@pytest.mark.parametrize(
    "params, field",
    [
        ({}, "figure"),
        ({"figure": "happiness"}, "figure"),
        ({"figure": "received", "key": "440306001"}, "group"),
        ({"figure": "received", "group": "street", "key": "nowhere"}, "key"),
        ({"figure": "received", "group": "unit", "key": "9" * 30}, "key"),
        ({"figure": "received", "group": "channel", "key": "\x00"}, "key"),
        ({"figure": "received", "cursor": "rubbish"}, "cursor"),
        ({"figure": "received", "ordering": "number"}, "ordering"),
    ],
)
def test_a_bad_question_for_rows_is_named(district, machine, params, field):
    response = machine(district, "reports:read").get(ROWS, params)
    assert response.status_code == 400
    assert field in response.json()["error"]["fields"]


def test_an_unknown_format_is_no_fault_of_ours(district, machine):
    assert machine(district, "reports:read").get(SUMMARY, {"format": "pdf"}).status_code == 406


def test_a_format_in_the_address_counts_for_more_than_the_accept_header(district, machine):
    client = machine(district, "reports:read")
    answer = client.get(SUMMARY, {"format": "csv"}, headers={"accept": "application/json"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert client.get(SUMMARY, {"format": "json"}, headers={"accept": "text/csv"})["Content-Type"] == "application/json"
    assert client.get(SUMMARY, headers={"accept": "text/csv"})["Content-Type"] == "text/csv; charset=utf-8"
    assert client.get(SUMMARY, headers={"accept": "image/png"}).status_code == 406


def test_queries_do_not_grow_with_the_cases(cases, district, machine, the_north, django_assert_max_num_queries):
    client = machine(district, "reports:read")
    with django_assert_max_num_queries(12) as few:
        client.get(SUMMARY, {**MARCH, "group": "street"})
    with django_assert_max_num_queries(12) as few_rows:
        client.get(ROWS, {**MARCH, "figure": "received"})
    model = cases[0].__class__
    template = {
        field.attname: getattr(cases[0], field.attname)
        for field in model._meta.concrete_fields
        if field.attname not in ("id", "search", "current_dispatch_id") and not field.generated
    }
    model.objects.bulk_create([model(**template) for _ in range(40)])
    with django_assert_max_num_queries(len(few)):
        assert client.get(SUMMARY, {**MARCH, "group": "street"}).json()["total"]["received"] == 44
    with django_assert_max_num_queries(len(few_rows)):
        client.get(ROWS, {**MARCH, "figure": "received"})
