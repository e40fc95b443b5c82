"""Lists: pages by keyset, checked filters, a fast path that equals its serializer, a constant count of queries."""

from datetime import timedelta

import django_filters
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from portal.core.filtering import BooleanFilter, FilterSet
from portal.core.rest.rows import plan_of
from requests import workflow
from requests.models import Dispatch, ServiceRequest
from requests.serializers.rows import DispatchRow, ServiceRequestRow, ServiceRequestWhole
from requests.workflow import Staff
from requests.workflow.intake import Contact

LIST = "/api/v1/service-requests/"


@pytest.fixture
def cases(the_north, north, helper):
    """Seven cases in several states, two of them submitted in the same moment."""
    now, made = timezone.now(), []
    for number in range(7):
        submitted = workflow.submit(
            description=f"第{number}盏路灯坏了", contact=Contact(phone=f"1380000{number:04}", name="张小北"),
            region=the_north.community, station=the_north.station if number % 2 else None,
            at=now - timedelta(minutes=number // 2),
        )  # fmt: skip
        made.append(submitted.case)
    workflow.accept(made[0], by=Staff(north))
    workflow.dispatch(made[0], by=Staff(north), to=the_north.unit)
    workflow.accept(made[1], by=Staff(north))
    workflow.dispatch(made[1], by=Staff(north), to=helper.person)
    workflow.ask(made[2], by=Staff(north), text="哪一盏？")
    workflow.accept(made[3], by=Staff(north))
    workflow.resolve(made[3], by=Staff(north), text="修好了")
    return made


def numbers(answer):
    return [row["id"] for row in answer.json()["results"]]


def walk(client, address):
    """All pages forwards, then all pages backwards from the last one."""
    pages, back = [], []
    while address:
        answer = client.get(address).json()
        pages.append([row["id"] for row in answer["results"]])
        address, previous = answer["next"], answer["previous"]
    while previous:
        answer = client.get(previous).json()
        back.insert(0, [row["id"] for row in answer["results"]])
        previous = answer["previous"]
    return pages, back


@pytest.mark.parametrize(
    "ordering", ["", "submitted_at", "-due_at", "due_at", "-finished_at", "finished_at", "id", "-id"]
)
def test_pages_show_every_row_once_in_both_directions(api, north, cases, ordering):
    client = api(north)
    whole = numbers(client.get(LIST, {"ordering": ordering}))
    assert sorted(whole) == sorted(case.pk for case in cases)
    pages, back = walk(client, f"{LIST}?limit=2&ordering={ordering}")
    assert [pk for page in pages for pk in page] == whole
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    assert back == pages[:-1]


def test_rows_without_a_value_come_last(api, north, cases):
    for ordering in ("finished_at", "-finished_at"):
        assert numbers(api(north).get(LIST, {"ordering": ordering}))[0] == cases[3].pk


def test_a_new_row_shifts_no_page(api, north, cases, the_north):
    client = api(north)
    first = client.get(LIST, {"limit": 3}).json()
    workflow.submit(description="新的", contact=Contact(phone="13800007777"), region=the_north.community)
    second = client.get(first["next"]).json()
    shown = [row["id"] for row in first["results"] + second["results"]]
    assert len(shown) == len(set(shown)) == 6


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"limit": "9" * 50}, "limit"),
        ({"limit": "１０"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "W10"}, "cursor"),
        ({"cursor": "WzEsMiwzXQ"}, "cursor"),
        ({"cursor": "W251bGwsMSwwXQ"}, "cursor"),
        ({"cursor": "WyJ4IiwxLDBd"}, "cursor"),
        ({"cursor": "路"}, "cursor"),
        ({"cursor": "[" * 9999}, "cursor"),
        ({"ordering": "phone"}, "ordering"),
        ({"ordering": "--id"}, "ordering"),
        ({"state": "gone"}, "state"),
        ({"region": "99"}, "region"),
        ({"region": "\x00"}, "region"),
        ({"category": "x"}, "category"),
        ({"category": "9" * 40}, "category"),
        ({"unit": "-1"}, "unit"),
        ({"due_from": "gestern"}, "due_from"),
        ({"due_from": "2026-01-01", "due_to": "morgen"}, "due_to"),
        ({"submitted_from": "2026-02-30"}, "submitted_from"),
        ({"due_to": "2026-02-31"}, "due_to"),
        ({"phone": "13800000003"}, "phone"),
        ({"overdue": "maybe"}, "overdue"),
        ({"is_open": "2"}, "is_open"),
        ({"caller": "13800000003"}, "caller"),
        ({"caller": "\x00" * 64}, "caller"),
        ({"q": "长" * 300}, "q"),
        ({"q": "\x00"}, "q"),
        ({"colour": "red"}, "colour"),
        ({"stat": "accepted"}, "stat"),
    ],
)
def test_a_bad_parameter_is_named(api, north, case, params, field):
    answer = api(north).get(LIST, params)
    assert answer.status_code == 400, answer.content
    assert field in answer.json()["error"]["fields"]


def test_who_misspells_a_filter_is_told_which_there_are(api, north, case):
    error = api(north).get(LIST, {"regoin": "440306"}).json()["error"]
    assert "region" in error["fields"]["regoin"][0]


def test_options_names_the_methods_and_where_the_schema_is(api, north, case):
    told = api(north).options(LIST)
    assert told.status_code == 200
    assert set(told.json()["methods"]) >= {"GET", "POST"}
    assert told.json()["schema"].endswith("/api/schema/")


@pytest.mark.parametrize("serializer_class", [ServiceRequestRow, ServiceRequestWhole])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_fast_path_gives_what_the_serializer_gives(cases, serializer_class, language):
    with translation.override(language):
        rows = ServiceRequest.objects.order_by("pk")
        fast = plan_of(serializer_class, ServiceRequest).rows(rows)
        assert fast == [dict(serializer_class(case).data) for case in rows]
        assert list(fast[0]) == list(serializer_class().fields)


def test_the_fast_path_of_offers_gives_what_the_serializer_gives(cases):
    rows = Dispatch.objects.order_by("pk")
    assert plan_of(DispatchRow, Dispatch).rows(rows) == [dict(DispatchRow(offer).data) for offer in rows]
    assert len(rows) == 2


def count_queries(client, address):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_a_list_costs_the_same_queries_from_3_rows_to_300(machine, north, case, the_north):
    client = machine(north)
    client.get(LIST)  # notes the day on which the token was used
    counts = {}
    for size in (3, 300):
        template = ServiceRequest.objects.defer("search").get(pk=case.pk)
        missing = size - ServiceRequest.objects.count()
        for _copy in range(missing):
            template.pk, template._state.adding = None, True
            template.save()
        assert len(client.get(LIST, {"limit": size}).json()["results"]) == size
        counts[size] = count_queries(client, f"{LIST}?limit={size}")
    assert counts[3] == counts[300] <= 4


def test_a_detail_costs_the_same_queries_however_long_its_timeline(machine, north, case):
    client = machine(north)
    client.get(LIST)
    before = count_queries(client, f"{LIST}{case.pk}/")
    for _note in range(12):
        workflow.note(case, by=Staff(north), text="记一笔")
    assert count_queries(client, f"{LIST}{case.pk}/") == before <= 8


def test_whoever_has_the_newest_content_is_told_so(api, north, case):
    client = api(north)
    for address in (LIST, f"{LIST}{case.pk}/"):
        first = client.get(address)
        assert first["ETag"].startswith('W/"')
        again = client.get(address, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    workflow.note(case, by=Staff(north), text="记一笔")
    assert client.get(LIST, headers={"If-None-Match": first["ETag"]}).status_code == 200


FILTERS = {
    "state=accepted": 0,
    "state=dispatched": 2,
    "state=dispatched&state=waiting": 3,
    "is_open=true": 6,
    "is_open=false": 1,
    "overdue=true": 0,
    "overdue=false": 7,
    "mine=true": 0,
    "mine=false": 7,
    "kind=demand": 7,
    "kind=hazard": 0,
    "channel=web": 7,
    "channel=phone": 0,
    "time_limit=general": 7,
    "time_limit=emergency": 0,
    "station_type=estate": 3,
    "station_type=school": 0,
    "submitted_from=2020-01-01": 7,
    "submitted_to=2020-01-01": 0,
    "accepted_from=2020-01-01": 3,
    "finished_from=2020-01-01": 1,
    "finished_to=2020-01-01": 0,
    "ended_from=2020-01-01": 0,
    "due_from=2020-01-01": 3,
    "due_to=2020-01-01": 0,
    "ended_to=2020-01-01": 0,
    "accepted_to=2020-01-01": 0,
    "excluded=true": 0,
    "excluded=false": 7,
    "assisting=true": 0,
    "assisting=false": 7,
    "whistled=true": 0,
    "whistled=false": 7,
    "rating=satisfied": 0,
    "solved=true": 0,
    "redone=true": 0,
    "redone=false": 7,
    f"caller={'0' * 64}": 0,
    "q=路灯": 7,
    "q=灯": 7,
    "q=第3盏": 1,
    "q=井盖": 0,
    "region=440306": 7,
    "region=440306001001": 7,
    "region=440305": 0,
    "handling_region=440306001": 7,
    "handling_region=440305": 0,
    "number=XZ999999999": 0,
    "number=nonsense": 0,
    "q=XZ999999999": 0,
    "category=999": 0,
    "station=999": 0,
    "unit=999": 0,
    "handler=999": 0,
    "team=999": 0,
    "supervised=true": 0,
    "supervised=false": 7,
    "supervision=2": 0,
}


@pytest.mark.parametrize("query", FILTERS)
def test_each_filter_includes_and_excludes(api, north, cases, the_south, query):
    assert len(api(north).get(f"{LIST}?{query}").json()["results"]) == FILTERS[query]


def test_filters_by_row_find_their_rows(api, north, cases, the_north, helper):
    client = api(north)
    assert numbers(client.get(LIST, {"unit": the_north.unit.pk})) == [cases[0].pk]
    assert numbers(client.get(LIST, {"handler": helper.person.pk})) == [cases[1].pk]
    assert len(numbers(client.get(LIST, {"station": the_north.station.pk}))) == 3
    for query in ({"number": cases[4].number}, {"q": cases[4].number.lower()}):
        assert numbers(client.get(LIST, query)) == [cases[4].pk]
    assert numbers(api(helper).get(LIST, {"mine": "true"})) == [cases[0].pk]


@pytest.mark.parametrize("phone", ["138 0000 0003", "+86 138-0000-0003"])
def test_a_caller_is_looked_up_by_a_post_and_filtered_by(api, north, south, cases, phone):
    found = api(north).post(f"{LIST}callers/", {"phone": phone}).json()
    assert found["count"] == 1
    assert "0003" not in found["caller"]
    assert numbers(api(north).get(LIST, {"caller": found["caller"]})) == [cases[3].pk]
    assert api(south).post(f"{LIST}callers/", {"phone": phone}).json() == {**found, "count": 0}
    assert numbers(api(south).get(LIST, {"caller": found["caller"]})) == []


@pytest.mark.parametrize("body", [{}, {"phone": "12"}, {"phone": None}, {"phone": ["13800000003"]}])
def test_what_is_no_number_is_named(api, north, body):
    answer = api(north).post(f"{LIST}callers/", body, format="json")
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"]["phone"]


def test_a_phone_in_an_address_is_refused_with_what_to_do_instead(api, north, cases):
    answer = api(north).get(LIST, {"phone": "13800000003"})
    assert answer.status_code == 400
    assert "callers/" in answer.json()["error"]["fields"]["phone"][0]


def test_a_tracking_code_finds_its_case_within_the_scope(api, north, south, submitted):
    code = submitted.tracking_code
    assert numbers(api(north).get(LIST, {"q": code})) == [submitted.case.pk]
    assert numbers(api(south).get(LIST, {"q": code})) == []


@pytest.mark.parametrize("yes, no", [("true", "false"), ("True", "False"), ("1", "0")])
def test_yes_and_no_are_written_as_programs_write_them(api, north, cases, yes, no):
    open_ones, ended = (set(numbers(api(north).get(LIST, {"is_open": word}))) for word in (yes, no))
    assert cases[0].pk in open_ones
    assert open_ones | ended == {case.pk for case in cases}
    assert not open_ones & ended
    assert len(numbers(api(north).get(LIST, {"is_open": ""}))) == len(cases)


def test_no_filter_takes_rubbish_for_not_asked():
    known = [FilterSet]
    for filterset in known:
        known += filterset.__subclasses__()
        for name, filter_ in filterset.base_filters.items():
            if isinstance(filter_, django_filters.BooleanFilter):
                assert isinstance(filter_, BooleanFilter), f"{filterset.__name__}.{name}: of portal.core.filtering"


def test_every_filter_is_tried_here():
    from requests.filters import ServiceRequestFilter  # noqa: PLC0415

    tried = {part.partition("=")[0] for query in FILTERS for part in query.split("&")}
    assert ServiceRequestFilter.parameters() - {"phone"} <= tried
