"""Routing rules: written for one's own regions, tried against past cases, then proposed at dispatch with a reason."""

from datetime import datetime, time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.errors import DomainError
from portal.core.models import Organization
from requests import routing, workflow
from requests.models import Category, RoutingRule, ServiceRequest
from requests.routing import Facts, proposed_for, reasons, trial
from requests.workflow import Staff
from tests.requests.test_duplicates import LIGHT, submit

RULES = "/api/v1/routing-rules/"


@pytest.fixture
def lighting(db):
    return Category.objects.create(name="路灯照明", parent=Category.objects.create(name="市政"))


@pytest.fixture
def rule(the_north, lighting):
    return RoutingRule.objects.create(
        name="路灯归物业", region=the_north.community, category=lighting.parent, keywords="路灯 灯杆",
        unit=the_north.unit,
    )  # fmt: skip


@pytest.fixture
def on(rule, north):
    return routing.switch_on(rule, by=north, days=30)


def case_of(half, user, words=LIGHT, **more):
    case = submit(half, words, **more)
    workflow.accept(case, by=Staff(user))
    return whole(case)


def whole(case):
    return ServiceRequest.objects.select_related("category", "region", "street", "handling_region").get(pk=case.pk)


def facts(at=None, **more):
    given = {"place": "", "categories": frozenset(), "station_id": None, "text": "", "at": at or timezone.now()}
    return Facts(**given | more)


def at_hour(day, hour):
    """That hour of a day of a week that begins with Monday, 5 January 2026."""
    return datetime(2026, 1, 5 + day, hour, tzinfo=ZONE)


def test_it_works(on, the_north, north, lighting):
    proposal = proposed_for(case_of(the_north, north, category=lighting), north)
    assert (proposal.rule, proposal.to) == (on, the_north.unit)
    assert proposal.reasons == ["类别“市政”", "用词含“路灯”"]


def test_every_condition_must_hold(on, the_north, north, lighting):
    assert proposed_for(case_of(the_north, north), north) is None
    assert proposed_for(case_of(the_north, north, "电梯停运", category=lighting), north) is None


def test_what_is_left_empty_says_nothing(the_north):
    anything = RoutingRule(name="全部", region=the_north.community, unit=the_north.unit)
    assert reasons(anything, facts(place=the_north.community.path)) == ["北社区的所有诉求"]
    assert reasons(anything, facts(place=the_north.street.path)) is None


@pytest.mark.parametrize(
    ("day", "hour", "fits"),
    [(0, 19, True), (0, 17, False), (1, 3, True), (1, 8, False), (5, 3, True), (5, 19, False), (0, 3, False)],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(the_north, day, hour, fits):
    night = RoutingRule(
        region=the_north.community, weekdays=[0, 1, 2, 3, 4], hour_from=time(18), hour_until=time(8)
    )  # fmt: skip
    asked = facts(at_hour(day, hour), place=the_north.community.path)
    assert (reasons(night, asked) is not None) is fits


def test_the_first_rule_that_fits_is_taken_and_of_equals_the_nearer_one(on, the_north, north, lighting):
    wide = RoutingRule.objects.create(
        name="街道统一", region=the_north.street, unit=the_north.unit, is_active=True, tried_at=timezone.now()
    )
    case = case_of(the_north, north, category=lighting)
    assert proposed_for(case, north).rule == on
    RoutingRule.objects.filter(pk=wide.pk).update(order=1)
    assert proposed_for(case, north).rule == wide


def test_a_rule_outside_its_dates_or_with_a_unit_that_takes_none_is_passed_over(on, the_north, north, lighting):
    case = case_of(the_north, north, category=lighting)
    yesterday = timezone.localdate() - timedelta(days=1)
    RoutingRule.objects.filter(pk=on.pk).update(valid_until=yesterday)
    assert proposed_for(case, north) is None
    RoutingRule.objects.filter(pk=on.pk).update(valid_until=None)
    Organization.objects.filter(pk=the_north.unit.pk).update(takes_requests=False)
    assert proposed_for(case, north) is None


def test_a_trial_says_what_would_have_gone_where(rule, the_north, north, lighting):
    other = Organization.objects.create(
        name="市政中心", kind=Organization.Kind.DEPARTMENT, region=the_north.community, takes_requests=True
    )
    for to in (the_north.unit, the_north.unit, other):
        workflow.dispatch(case_of(the_north, north, category=lighting), by=Staff(north), to=to)
    case_of(the_north, north, category=lighting)
    submit(the_north, "电梯停运", category=lighting)
    submit(the_north, LIGHT, category=lighting, at=timezone.now() - timedelta(days=40))
    tried = trial(rule, user=north, days=30)
    assert (tried.caught, tried.sent, tried.hits, tried.hit_rate, tried.preceded) == (4, 3, 2, 67, 0)
    assert {each.went_to for each in tried.cases} == {"北物业公司", "市政中心", ""}
    RoutingRule.objects.create(
        name="在前", region=the_north.street, unit=other, order=1, is_active=True, tried_at=timezone.now()
    )
    assert (trial(rule, user=north, days=30).caught, trial(rule, user=north, days=30).preceded) == (0, 4)


def test_it_is_tried_before_it_is_switched_on_and_again_when_it_changes(rule, north):
    with pytest.raises(IntegrityError), transaction.atomic():
        RoutingRule.objects.filter(pk=rule.pk).update(is_active=True)
    on = routing.switch_on(rule, by=north, days=90)
    assert (on.is_active, on.tried_days, on.tried_caught) == (True, 90, 0)
    on.name = "改名不算"
    on.save()
    assert RoutingRule.objects.get().is_active
    on.keywords = "路灯"
    on.save()
    assert (RoutingRule.objects.get().is_active, RoutingRule.objects.get().tried_at) == (False, None)


def test_a_rule_that_has_ended_is_not_switched_on(rule, north):
    RoutingRule.objects.filter(pk=rule.pk).update(valid_until=timezone.localdate() - timedelta(days=1))
    with pytest.raises(DomainError, match="已到期"):
        routing.switch_on(rule, by=north, days=30)


def test_others_neither_see_nor_switch_it(client, rule, south, helper, auditor, north):
    for user, status in ((south, 404), (helper, 403), (auditor, 200), (north, 200)):
        client.force_login(user)
        assert client.get(f"/desk/routing-rules/{rule.pk}/").status_code == status
        assert client.get(f"/desk/routing-rules/{rule.pk}/trial/").status_code == status
        assert client.get(f"{RULES}{rule.pk}/trial/").status_code == status
    for user, status in ((south, 404), (helper, 403), (auditor, 403)):
        client.force_login(user)
        assert client.post(f"/desk/routing-rules/{rule.pk}/trial/", {"days": 30}).status_code == status
        assert client.post(f"{RULES}{rule.pk}/switch-on/", content_type="application/json").status_code == status
    assert not RoutingRule.objects.get().is_active
    client.force_login(south)
    assert client.get(RULES).json()["results"] == []
    with pytest.raises(DomainError):
        routing.switch_on(rule, by=south, days=30)


def test_a_trial_counts_cases_of_ones_own_alone(rule, the_north, north, south, lighting):
    case_of(the_north, north, category=lighting)
    assert trial(rule, user=north, days=30).caught == 1
    assert trial(rule, user=south, days=30).caught == 0


def test_it_is_written_tried_and_switched_on_at_the_desk(client, the_north, north, lighting):
    client.force_login(north)
    typed = {
        "name": "夜间路灯", "order": 10, "region": the_north.community.code, "category": lighting.pk, "keywords":
        "路灯", "weekdays": ["0", "4"], "hour_from": "18:00", "hour_until": "08:00", "unit": the_north.unit.name,
    }  # fmt: skip
    answer = client.post("/desk/routing-rules/new/", typed)
    rule = RoutingRule.objects.get()
    assert answer.url == f"/desk/routing-rules/{rule.pk}/trial/"
    assert (rule.weekdays, rule.is_active) == ([0, 4], False)
    assert "没有符合" in client.get(answer.url).content.decode()
    assert client.post(answer.url, {"days": 30}).status_code == 302
    assert RoutingRule.objects.get().is_active
    assert "18:00–08:00" in client.get("/desk/routing-rules/").content.decode()
    client.post(f"/desk/routing-rules/{rule.pk}/off/")
    assert not RoutingRule.objects.get().is_active


def test_what_is_wrong_with_a_rule_is_said_and_nothing_is_lost(client, the_north, the_south, north):
    client.force_login(north)
    typed = {"name": "夜间路灯", "order": 10, "region": the_north.community.code, "unit": the_north.unit.name}
    for fault, said in (
        ({"unit": ""}, "单位或志愿服务队"),
        ({"hour_from": "18:00"}, "两个时间"),
        ({"region": the_south.community.code}, "errorlist"),
        ({"unit": the_south.unit.name}, "errorlist"),
        ({"valid_from": "2026-05-01", "valid_until": "2026-04-01"}, "早于"),
        ({"order": "x"}, "errorlist"),
        ({"weekdays": ["9"]}, "errorlist"),
    ):
        answer = client.post("/desk/routing-rules/new/", typed | {"keywords": "灯杆"} | fault)
        assert answer.status_code == 400, fault
        assert "灯杆" in answer.content.decode()
        assert said in answer.content.decode(), fault
    assert not RoutingRule.objects.exists()


def test_the_dispatch_form_has_it_preselected_and_sends_nothing(client, on, the_north, north, helper, lighting):
    case = case_of(the_north, north, category=lighting)
    client.force_login(north)
    page = client.get(f"/desk/requests/{case.pk}/").content.decode()
    assert "按规则“路灯归物业”" in page
    assert f'value="unit:{the_north.unit.pk}" required checked' in page
    assert ServiceRequest.objects.get(pk=case.pk).state == "accepted"
    told = client.get(f"/api/v1/service-requests/{case.pk}/routing-proposal/").json()
    assert (told["rule"], told["unit"]["id"]) == ("路灯归物业", the_north.unit.pk)
    routing.switch_off(on, by=north)
    assert client.get(f"/api/v1/service-requests/{case.pk}/routing-proposal/").status_code == 404


def test_the_api_writes_tries_and_switches(client, the_north, the_south, north):
    client.force_login(north)
    body = {"name": "路灯", "region": the_north.community.code, "keywords": "路灯", "unit": the_north.unit.pk}
    made = client.post(RULES, body, content_type="application/json")
    assert made.status_code == 201, made.json()
    address = f"{RULES}{made.json()['id']}/"
    assert made.json()["is_active"] is False
    case_of(the_north, north)
    tried = client.get(f"{address}trial/", {"days": 30}).json()
    assert (tried["caught"], tried["sent"], tried["hit_rate"]) == (1, 0, None)
    assert client.get(f"{address}trial/", {"days": 31}).status_code == 400
    on = client.post(f"{address}switch-on/", {"days": 30}, content_type="application/json").json()
    assert (on["is_active"], on["tried_caught"]) == (True, 1)
    changed = client.patch(address, {"keywords": "灯杆"}, content_type="application/json").json()
    assert (changed["is_active"], changed["tried_at"]) == (False, None)
    (row,) = client.get(RULES, {"is_active": "false"}).json()["results"]
    assert row["conditions"] == ["北社区", "灯杆"]
    for fault in ({"region": the_south.community.code}, {"unit": the_south.unit.pk}, {"weekdays": [7]}):
        bad = client.post(RULES, body | fault, content_type="application/json")
        assert {name.partition(".")[0] for name in bad.json()["error"]["fields"]} == set(fault)


def test_a_proposal_takes_the_same_queries_for_one_rule_and_for_thirty(the_north, north, lighting):
    case = case_of(the_north, north, category=lighting)
    north.scope  # noqa: B018
    for count in (1, 29):
        for number in range(count):
            RoutingRule.objects.create(
                name=f"规则{number}", region=the_north.community, unit=the_north.unit, is_active=True,
                tried_at=timezone.now(),
            )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            assert proposed_for(case, north)
        assert len(queries) == 2
