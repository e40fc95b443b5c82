"""Which limit holds for which case, and who sets it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from portal.core.clock import Limit
from portal.core.models import HistoryEntry, Level, Role
from portal.core.regions import merge_regions
from requests import limits, workflow
from requests.models import Category, LimitRule, ServiceRequest
from requests.types import LimitStep, State, TimeLimit
from tests.conftest import make_region, make_user
from tests.registry.conftest import api, page  # noqa: F401
from tests.requests.builders import case_in, new_case

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 3, 4, 4, tzinfo=UTC)
WHEN = date(2026, 1, 1)


@pytest.fixture
def tree(db):
    """环境 / 噪音 / 夜间施工."""
    top = Category.objects.create(name="环境")
    middle = Category.objects.create(name="噪音", parent=top)
    return top, middle, Category.objects.create(name="夜间施工", parent=middle)


def rule(amount, **given) -> LimitRule:
    values = {"step": LimitStep.RESOLVE, "unit": "hours", "starts_on": WHEN, **given}
    return LimitRule.objects.create(amount=amount, **values)


def decided(half, category=None, *, kind="demand", time_limit="general", step=LimitStep.RESOLVE, at=NOON):
    matter = limits.Matter(time_limit, kind, category.pk if category else None, half.district.pk)
    return limits.decide(matter, step, at)


def test_it_works(cast, the_north):
    made = rule(36, district=the_north.district)
    case, _resident = new_case(the_north, at=NOON)
    workflow.accept(case, by=cast.dispatcher, at=NOON)
    assert case.due_at == NOON + 36 * HOUR
    assert decided(the_north).rule.id == made.pk


def test_without_rules_the_defaults_of_the_class_hold(the_north):
    assert decided(the_north) == limits.Decided(Limit(7, "days"), None)


def test_a_rule_of_one_district_is_not_that_of_another(the_north, the_south):
    rule(36, district=the_north.district)
    assert decided(the_south).rule is None


def test_the_most_particular_rule_wins(the_north, tree):
    top, middle, leaf = tree
    for amount, given in enumerate(
        [
            {},
            {"district": the_north.district},
            {"time_limit": "general"},
            {"kind": "demand"},
            {"kind": "demand", "district": the_north.district},
            {"category": top},
            {"category": middle},
            {"category": middle, "kind": "demand", "time_limit": "general", "district": the_north.district},
            {"category": leaf},
        ],
        start=1,
    ):
        rule(amount, **given)
        assert decided(the_north, leaf).limit.amount == amount
    # What stands beside or above the leaf has the rule of its own place in the tree.
    assert decided(the_north, middle).limit.amount == 8
    assert decided(the_north, top).limit.amount == 6


def test_a_rule_without_a_class_leaves_urgent_matters_alone(the_north, tree):
    rule(240, category=tree[0], district=the_north.district)
    assert decided(the_north, tree[2], time_limit="emergency").limit == Limit(2, "hours")
    rule(1, category=tree[0], time_limit="emergency")
    assert decided(the_north, tree[2], time_limit="emergency").limit == Limit(1, "hours")


def test_a_rule_holds_from_its_first_day_to_its_last_one_in_the_city(the_north):
    rule(36, starts_on=date(2026, 3, 4), ends_on=date(2026, 3, 5))
    midnight = datetime(2026, 3, 3, 16, tzinfo=UTC)
    just_before = timedelta(seconds=1)
    assert decided(the_north, at=midnight - just_before).rule is None
    assert decided(the_north, at=midnight).rule is not None
    assert decided(the_north, at=midnight + 2 * DAY - just_before).rule is not None
    assert decided(the_north, at=midnight + 2 * DAY).rule is None


@pytest.mark.parametrize(
    ("step", "column"),
    [
        ("acknowledge", "dispatch_due_at"),
        ("dispatch", "dispatch_due_at"),
        ("contact", "contact_due_at"),
        ("resolve", "due_at"),
    ],  # fmt: skip
)
def test_every_clock_of_a_case_goes_by_the_rules(cast, step, column):
    rule(5, step=step)
    case, _resident = new_case(cast.half, at=NOON)
    if step != "acknowledge":
        workflow.accept(case, by=cast.dispatcher, at=NOON)
    if step == "contact":
        workflow.dispatch(case, by=cast.dispatcher, to=cast.half.unit, at=NOON)
        workflow.take(case, by=cast.handler, at=NOON)
    assert getattr(case, column) == NOON + 5 * HOUR


def test_an_offer_is_to_be_taken_by_the_rule(cast):
    rule(5, step="accept")
    case, _resident = new_case(cast.half, at=NOON)
    workflow.accept(case, by=cast.dispatcher, at=NOON)
    workflow.dispatch(case, by=cast.dispatcher, to=cast.half.unit, at=NOON)
    assert case.current_dispatch.accept_due_at == NOON + 5 * HOUR


def test_a_pause_is_measured_on_the_clock_of_the_rule(cast):
    # Friday noon to Monday noon: the clock of working days stood still for one of them alone.
    rule(5, unit="working_days")
    friday = datetime(2026, 3, 6, 4, tzinfo=UTC)
    case, resident = new_case(cast.half, at=friday)
    workflow.accept(case, by=cast.dispatcher, at=friday)
    assert case.due_at == friday + 7 * DAY
    workflow.ask(case, by=cast.dispatcher, text="是哪一层楼？", at=friday)
    workflow.reply(case, by=resident, text="三楼。", at=friday + 3 * DAY)
    assert case.due_at == friday + 10 * DAY


def test_a_category_put_right_brings_its_limit(cast, tree):
    rule(36, category=tree[0])
    case, _resident = new_case(cast.half)
    workflow.accept(case, by=cast.dispatcher)
    workflow.amend(case, by=cast.dispatcher, category=tree[2])
    assert case.due_at == case.accepted_at + 36 * HOUR


def test_no_step_of_a_case_asks_the_database_for_rules(cast, django_assert_max_num_queries):
    rule(36)
    case, _resident = case_in(State.ACCEPTED, cast)
    with django_assert_max_num_queries(100) as asked:
        workflow.dispatch(case, by=cast.dispatcher, to=cast.half.unit)
        workflow.take(case, by=cast.handler)
    assert not [query for query in asked.captured_queries if "limitrule" in query["sql"]]


def test_two_rules_for_the_same_cases_cannot_hold_at_once(the_north):
    rule(36, district=the_north.district, ends_on=date(2026, 6, 30))
    with pytest.raises(IntegrityError), transaction.atomic():
        rule(48, district=the_north.district, starts_on=date(2026, 6, 30))
    rule(48, district=the_north.district, starts_on=date(2026, 7, 1))
    rule(48)
    again = LimitRule(amount=9, step="resolve", unit="hours", starts_on=WHEN)
    with pytest.raises(ValidationError, match="已经有一条"):
        again.full_clean()


def test_a_street_has_no_limits_of_its_own(the_north):
    with pytest.raises(ValidationError):
        LimitRule(amount=1, step="resolve", unit="hours", district=the_north.street).full_clean()


def test_a_merged_district_has_the_limits_of_the_one_that_took_it_in(city, the_north):
    third = make_region("440307", "东区", Level.DISTRICT, city)
    old = rule(36, district=third)
    rule(48, district=third, starts_on=date(2099, 1, 1), step="contact")
    merge_regions([third], into=the_north.district, by=None)
    old.refresh_from_db()
    assert old.ends_on is not None
    assert LimitRule.objects.count() == 1


# Pages and API


@pytest.fixture
def district(the_north):
    return make_user("district", Role.DISTRICT, region=the_north.district)


@pytest.fixture
def administrator(db):
    return make_user("admin", Role.ADMINISTRATOR)


def typed(**values) -> dict:
    return {"step": "resolve", "amount": "5", "unit": "working_days", "starts_on": "2026-03-01", **values}


def test_a_district_sets_a_limit_of_its_own_and_reads_its_history(page, district, the_north):  # noqa: F811
    browser = page(district)
    made = browser.post("/desk/limits/new/", typed(district=the_north.district.pk))
    assert made.status_code == 302, made.context["form"].errors
    row = LimitRule.objects.get()
    assert (row.district, row.limit) == (the_north.district, Limit(5, "working_days"))
    assert HistoryEntry.objects.filter(table="requests_limitrule", actor_id=district.pk).exists()
    assert "5 个工作日" in browser.get("/desk/limits/").content.decode()
    assert browser.get(made.url).status_code == 200


def test_a_limit_for_every_district_is_for_who_looks_after_all(page, district, administrator):  # noqa: F811
    refused = page(district).post("/desk/limits/new/", typed())
    assert refused.status_code == 400
    assert "district" in refused.context["form"].errors
    assert page(administrator).post("/desk/limits/new/", typed()).status_code == 302
    row = LimitRule.objects.get()
    assert page(district).get(f"/desk/limits/{row.pk}/").status_code == 200
    assert page(district).get(f"/desk/limits/{row.pk}/edit/").status_code == 403


def test_another_districts_limits_are_not_there(page, api, district, south, the_south, north):  # noqa: F811
    theirs = rule(36, district=the_south.district)
    everybodys = rule(36)
    assert page(district).get(f"/desk/limits/{theirs.pk}/").status_code == 404
    assert api(district).get(f"/api/v1/limits/{theirs.pk}/").status_code == 404
    assert api(district).patch(f"/api/v1/limits/{everybodys.pk}/", {"amount": 1}).status_code == 403
    assert [row["id"] for row in api(north).get("/api/v1/limits/").json()["results"]] == [everybodys.pk]
    # Who works in one of its communities reads what holds there, and changes nothing.
    assert page(south).get(f"/desk/limits/{theirs.pk}/").status_code == 200
    assert page(south).get(f"/desk/limits/{theirs.pk}/edit/").status_code == 403
    assert page(south).get("/desk/limits/new/").status_code == 403


def test_a_unit_reads_the_limits_of_its_district(page, helper, the_north, the_south):  # noqa: F811
    mine, theirs = rule(36, district=the_north.district), rule(36, district=the_south.district)
    shown = [row.pk for _href, row, _cells in page(helper).get("/desk/limits/").context["lines"]]
    assert shown == [mine.pk]
    assert page(helper).get(f"/desk/limits/{theirs.pk}/").status_code == 404


def test_a_second_limit_for_the_same_is_refused_in_words_and_keeps_what_was_typed(page, administrator):  # noqa: F811
    rule(36)
    refused = page(administrator).post("/desk/limits/new/", typed(amount="7"))
    assert refused.status_code == 400
    assert "已经有一条" in refused.content.decode()
    assert 'value="7"' in refused.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "0"), ("amount", "9999"), ("amount", "x"), ("unit", "weeks"), ("step", "sleep"), ("starts_on", "soon"),
     ("ends_on", "2025-01-01"), ("kind", "wish"), ("category", "999"), ("district", "999")],
)  # fmt: skip
def test_bad_input_is_refused_by_page_and_api_alike(page, api, administrator, field, value):  # noqa: F811
    refused = page(administrator).post("/desk/limits/new/", typed(**{field: value}))
    assert refused.status_code == 400
    answer = api(administrator).post("/api/v1/limits/", typed(**{field: value}))
    assert answer.status_code == 400
    assert LimitRule.objects.count() == 0


def test_the_api_reads_and_writes_limits(api, district, the_north, tree):  # noqa: F811
    body = typed(district=the_north.district.code, category=tree[0].pk, time_limit=TimeLimit.COMPLEX)
    made = api(district).post("/api/v1/limits/", body)
    assert made.status_code == 201, made.json()
    assert made.json()["category_path"] == "环境"
    assert made.json()["unit_label"] == "个工作日"
    assert api(district).post("/api/v1/limits/", typed()).status_code == 403
    assert LimitRule.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [("step=resolve", True), ("step=contact", False), ("region=440306", True), ("region=440305", False),
     ("current=true", True), ("current=false", False), ("kind=demand", True), ("kind=enquiry", False),
     ("time_limit=general", True), ("time_limit=complex", False)],
)  # fmt: skip
def test_a_filter_includes_and_excludes(api, administrator, the_north, the_south, query, found):  # noqa: F811
    rule(36, district=the_north.district, kind="demand", time_limit="general")
    assert len(api(administrator).get(f"/api/v1/limits/?{query}").json()["results"]) == found


def test_the_list_takes_the_same_queries_for_three_rows_and_thirty(
    page, administrator, tree, django_assert_num_queries, django_assert_max_num_queries  # noqa: F811
):  # fmt: skip
    browser = page(administrator)
    for amount in range(1, 4):
        rule(amount, category=tree[0], starts_on=date(2026, amount, 1), ends_on=date(2026, amount, 2))
    with django_assert_max_num_queries(40) as asked:
        browser.get("/desk/limits/")
    for year in range(2027, 2054):
        rule(9, category=tree[1], starts_on=date(year, 1, 1), ends_on=date(year, 1, 2))
    with django_assert_num_queries(len(asked.captured_queries)):
        browser.get("/desk/limits/")


def test_cases_under_way_keep_their_due_time(cast):
    case, _resident = case_in(State.IN_PROGRESS, cast)
    before = case.due_at
    rule(1, starts_on=date.today())
    case = ServiceRequest.objects.get(pk=case.pk)
    workflow.contact(case, by=cast.handler, reached=True)
    assert case.due_at == before
