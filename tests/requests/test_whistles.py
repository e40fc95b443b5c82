"""吹哨, 协办, 评价部门: departments above are called, units assist, and nobody resolves before they have finished."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import Level, Notification, Organization, Role
from requests import privacy, workflow
from requests.forms import STEP_FORMS
from requests.models import Approval, Assist, DepartmentRating, ServiceRequest
from requests.queues import QUEUES
from requests.timeline import lines
from requests.types import AssistState, State, Verb
from requests.workflow import Staff
from requests.workflow.assists import Ask
from requests.workflow.departments import Judgement
from tests.conftest import make_region, make_user
from tests.registry.conftest import api, page  # noqa: F401
from tests.requests.builders import case_in, make_department

pytestmark = pytest.mark.django_db

WHY = {"ground": "joint_enforcement", "text": "社区没有执法权。"}
HOUR = timedelta(hours=1)


@pytest.fixture
def second(cast):
    """Another department of the street."""
    return make_department(cast.half, "市政办")


def department(region, name):
    return Organization.objects.create(name=name, kind=Organization.Kind.DEPARTMENT, region=region, takes_requests=True)


@pytest.fixture
def mender(second):
    return Staff(make_user("mender", Role.UNIT_CONTACT, organization=second))


def told(kind) -> list[str]:
    return [row.person.user.username for row in Notification.objects.filter(kind=kind).order_by("pk")]


def whistled(cast, second=None, *, state=State.IN_PROGRESS):
    case, _resident = case_in(state, cast)
    assisting = [second] if second else []
    workflow.whistle(case, by=cast.dispatcher, to_level="street", lead=cast.department, assisting=assisting, **WHY)
    return case


def granted(cast, second=None, **how):
    case = whistled(cast, second, **how)
    workflow.decide_whistle(case, by=cast.leader, granted=True, text="同意。")
    return case


def assisted(cast):
    """A case that the community's unit works on, with a part asked of the department."""
    near(cast, cast.department)
    case, _resident = case_in(State.IN_PROGRESS, cast)
    workflow.add_assist(case, by=cast.handler, to=cast.department, text="请来清运。")
    return case, case.assists.get()


def near(cast, unit):
    """The unit sits in the community, where it can be asked without a whistle."""
    unit.region = cast.half.community
    unit.save()


def test_it_works(cast, second, mender):
    case = whistled(cast, second)
    assert (case.state, case.whistle_asked) == (State.IN_PROGRESS, True)
    assert told("case_whistled") == ["community-leader"]
    workflow.decide_whistle(case, by=cast.leader, granted=True, text="同意。")
    assert (case.state, case.whistle_asked, case.open_assists) == (State.DISPATCHED, False, 1)
    assert case.current_dispatch.organization == cast.department
    assert case.handling_region == cast.half.community
    assert told("case_whistle_decided") == ["dispatcher"]
    assert told("case_offered")[-1:] == ["assistant"]
    assert told("case_assist_asked") == ["mender"]
    workflow.take(case, by=cast.assistant)
    part = case.assists.get()
    assert part.asked == "社区没有执法权。"
    workflow.take_assist(case, by=mender, assist=part)
    workflow.finish_assist(case, by=mender, assist=part, text="已修补路面。")
    workflow.resolve(case, by=cast.assistant, text="摊贩已劝离。")
    assert case.departments_to_rate == 2
    said = [Judgement(cast.department, "very_satisfied"), Judgement(second, "dissatisfied", "来得晚。")]
    workflow.rate_departments(case, by=cast.dispatcher, ratings=said)
    assert case.departments_to_rate == 0
    kept = DepartmentRating.objects.order_by("pk").values_list("organization", "code", "was_lead")
    assert list(kept) == [(cast.department.pk, "very_satisfied", True), (second.pk, "dissatisfied", False)]
    assert sorted(told("department_rated")) == ["assistant", "mender"]


def test_nobody_resolves_a_case_before_every_part_is_finished(cast):
    case, part = assisted(cast)
    for by in (cast.handler, cast.dispatcher):
        with pytest.raises(Conflict) as refusal:
            workflow.resolve(case, by=by, text="办好了。")
        assert refusal.value.code == "assists_open"
        assert refusal.value.extra["units"] == [str(cast.department)]
        assert "北街道执法办" in str(refusal.value)
    workflow.call_off_assist(case, by=cast.handler, assist=part, text="不用了。")
    assert told("case_assist_over") == ["assistant"]
    workflow.resolve(case, by=cast.handler, text="办好了。")


def test_the_database_refuses_it_too(cast):
    case, _part = assisted(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceRequest.objects.filter(pk=case.pk).update(state=State.CLOSED)


def test_a_resident_who_does_not_answer_ends_no_case_that_others_work_on(cast):
    case, _part = assisted(cast)
    at = timezone.now()
    for _time in range(2):
        workflow.ask(case, by=cast.handler, text="是哪一层楼？", at=at)
        at = case.waiting_due_at + HOUR
        workflow.expire(case, at=at)
    assert (case.state, case.open_assists) == (State.IN_PROGRESS, 1)


@pytest.mark.parametrize("way", ["send_back", "withdraw", "merge"])
def test_open_parts_end_with_the_work_and_their_units_are_told(cast, way):
    case, part = assisted(cast)
    other, _resident = case_in(State.ACCEPTED, cast)
    if way == "send_back":
        workflow.send_back(case, by=cast.handler, ground="not_our_duty", text="不归我们。")
    elif way == "withdraw":
        workflow.withdraw(case, by=workflow.Resident(case.requesters.get()))
    else:
        workflow.merge(case, by=cast.dispatcher, into=other)
    part.refresh_from_db()
    assert (part.state, case.open_assists) == (AssistState.CALLED_OFF, 0)
    assert told("case_assist_over") == ["assistant"]


def test_parts_go_over_to_whoever_the_case_is_handed_to(cast, second):
    case, part = assisted(cast)
    workflow.transfer(
        case, by=cast.handler, to=second, text="归市政办。", assisting=[Ask(cast.half.unit, "继续看守。")]
    )
    part.refresh_from_db()
    assert (part.dispatch, part.is_open, case.open_assists) == (case.current_dispatch, True, 2)


def test_whoever_gets_the_case_has_no_part_of_its_own_any_more(cast):
    case, part = assisted(cast)
    workflow.transfer(case, by=cast.handler, to=cast.department, text="归执法办。")
    part.refresh_from_db()
    assert (part.state, case.open_assists) == (AssistState.CALLED_OFF, 0)


def test_a_dispatch_may_name_units_that_assist(cast, second):
    case, _resident = case_in(State.ACCEPTED, cast)
    asks = [Ask(cast.department, "请来清运。"), Ask(second, "请来修路。", timezone.now() + HOUR)]
    workflow.dispatch(case, by=cast.dispatcher, to=cast.half.unit, assisting=asks)
    assert [str(part) for part in case.assists.order_by("pk")] == ["北街道执法办", "北街道市政办"]
    assert case.assists.order_by("pk")[0].due_at == case.due_at


@pytest.mark.parametrize(
    ("unit", "asked"), [("lead", "请来。"), ("twice", "请来。"), ("closed", "请来。"), ("new", " ")]
)
def test_a_unit_that_cannot_assist_is_refused_by_name_and_nothing_changes(cast, second, unit, asked):
    case, _part = assisted(cast)
    second.takes_requests = unit != "closed"
    near(cast, second)
    to = {"lead": cast.half.unit, "twice": cast.department, "closed": second, "new": second}[unit]
    with pytest.raises(DomainError) as refusal:
        workflow.add_assist(case, by=cast.handler, to=to, text=asked)
    assert list(refusal.value.fields) == ["text" if unit == "new" else "to"]
    assert Assist.objects.count() == 1


def test_units_elsewhere_or_above_are_not_asked_without_a_whistle(cast, second, the_south):
    case, _part = assisted(cast)
    for unit in (second, the_south.unit):
        for by in (cast.handler, cast.dispatcher):
            with pytest.raises(DomainError) as refusal:
                workflow.add_assist(case, by=by, to=unit, text="请来。")
            assert list(refusal.value.fields) == ["to"]
    cast.department.region = cast.half.street
    cast.department.save()
    called = granted(cast, state=State.ACCEPTED)
    workflow.take(called, by=cast.assistant)
    workflow.add_assist(called, by=cast.assistant, to=second, text="请来。")


def test_a_unit_answers_for_its_own_part_alone(cast, second, mender):
    case, part = assisted(cast)
    with pytest.raises(NotAllowed):
        workflow.take_assist(case, by=mender, assist=part)
    near(cast, second)
    workflow.add_assist(case, by=cast.handler, to=second, text="请来修路。")
    with pytest.raises(NotAllowed):
        workflow.take_assist(case, by=mender, assist=part)
    workflow.decline_assist(
        case, by=mender, assist=case.assists.get(organization=second), ground="wrong_area", text="不是。"
    )
    assert told("case_assist_answered") == ["handler"]
    with pytest.raises(NotAllowed):
        workflow.take_assist(case, by=mender, assist=part)


def test_a_part_is_taken_once_and_finished_after_it_was_taken(cast):
    case, part = assisted(cast)
    with pytest.raises(Conflict) as refusal:
        workflow.finish_assist(case, by=cast.assistant, assist=part, text="好了。")
    assert refusal.value.code == "not_taken"
    assert Verb.FINISH_ASSIST not in workflow.allowed_verbs(case, by=cast.assistant)
    workflow.take_assist(case, by=cast.assistant, assist=part)
    with pytest.raises(Conflict) as refusal:
        workflow.take_assist(case, by=cast.assistant, assist=part)
    assert refusal.value.code == "already_taken"
    workflow.finish_assist(case, by=cast.assistant, assist=part, text="好了。")
    with pytest.raises(Conflict) as refusal:
        workflow.call_off_assist(case, by=cast.handler, assist=part, text="不用了。")
    assert refusal.value.code == "assist_over"


def test_an_assisting_unit_sees_the_case_and_contact_data_only_while_it_assists(cast):
    case, part = assisted(cast)
    user, requester = cast.assistant.user, case.requesters.get()
    assert ServiceRequest.objects.for_user(user).filter(pk=case.pk).exists()
    assert not ServiceRequest.objects.for_user(cast.stranger.user).filter(pk=case.pk).exists()
    assert privacy.reveal(requester, by=user, reason="约时间").phone == "13800005678"
    workflow.decline_assist(case, by=cast.assistant, assist=part, ground="not_our_duty", text="不归我们。")
    assert ServiceRequest.objects.for_user(user).filter(pk=case.pk).exists()
    assert not privacy.may_reveal(ServiceRequest.objects.get(pk=case.pk), user)


def test_queues_show_each_what_is_theirs_to_do(cast, second):
    case = whistled(cast, second)
    assert list(QUEUES["whistles"].of(cast.leader.user)) == [case]
    assert not QUEUES["whistles"].of(cast.dispatcher.user).exists()
    workflow.decide_whistle(case, by=cast.leader, granted=True, text="同意。", lead=second, assisting=[cast.department])
    assert list(QUEUES["assists"].of(cast.assistant.user)) == [case]
    assert not QUEUES["assists"].of(cast.handler.user).exists()
    workflow.take_assist(case, by=cast.assistant, assist=case.assists.get())
    workflow.finish_assist(case, by=cast.assistant, assist=case.assists.get(), text="好了。")
    workflow.take(case, by=Staff(make_user("mender", Role.UNIT_CONTACT, organization=second)))
    workflow.resolve(case, by=cast.dispatcher, text="好了。")
    assert list(QUEUES["departments"].of(cast.dispatcher.user)) == [case]
    street = make_user("street", Role.STREET, region=cast.half.street)
    assert not QUEUES["departments"].of(street).exists()


def test_a_refused_whistle_leaves_the_case_where_it_was(cast):
    case = whistled(cast)
    before = len(lines(case, audience="public"))
    workflow.decide_whistle(case, by=cast.leader, granted=False, text="社区先办。")
    assert (case.state, case.whistle_asked, case.whistled_at) == (State.IN_PROGRESS, False, None)
    assert case.current_dispatch.organization == cast.half.unit
    assert len(lines(case, audience="public")) == before
    with pytest.raises(Conflict):
        workflow.decide_whistle(case, by=cast.leader, granted=True, text="同意。")


def test_whoever_whistles_does_not_decide(cast):
    both = Staff(make_user("both", Role.COMMUNITY, region=cast.half.community))
    both.user.memberships.create(role=Role.LEADER, region=cast.half.community)
    case, _resident = case_in(State.ACCEPTED, cast)
    workflow.whistle(case, by=both, to_level="street", **WHY)
    with pytest.raises(NotAllowed) as refusal:
        workflow.decide_whistle(case, by=both, granted=True, text="同意。", lead=cast.department)
    assert refusal.value.code == "asked_by_yourself"


@pytest.mark.parametrize("level", ["community", "city", ""])
def test_a_whistle_calls_a_level_above(cast, level):
    case, _resident = case_in(State.ACCEPTED, cast)
    with pytest.raises(DomainError) as refusal:
        workflow.whistle(case, by=cast.dispatcher, to_level=level, **WHY)
    assert list(refusal.value.fields) == ["to_level"]


def test_only_departments_of_the_called_level_get_the_case(cast, the_south):
    case = whistled(cast)
    for stranger in (cast.half.unit, the_south.unit):
        with pytest.raises(DomainError) as refusal:
            workflow.decide_whistle(case, by=cast.leader, granted=True, text="同意。", lead=stranger)
        assert list(refusal.value.fields) == ["lead"]
    Approval.objects.update(lead=None)
    with pytest.raises(DomainError) as refusal:
        workflow.decide_whistle(case, by=cast.leader, granted=True, text="同意。")
    assert list(refusal.value.fields) == ["lead"]


def test_the_form_offers_the_departments_of_the_level_and_street_alone(cast):
    case, _resident = case_in(State.ACCEPTED, cast)
    elsewhere = make_region("440306002", "邻街道", Level.STREET, cast.half.district)
    neighbour = department(elsewhere, "邻街道执法办")
    of_district = department(cast.half.district, "区城管局")
    form = STEP_FORMS[Verb.WHISTLE](case=case, user=cast.dispatcher.user)
    assert set(form.departments.values()) == {cast.department, of_district}
    lead = str(form["lead"])
    assert f'value="{cast.department.pk}" data-levels="street district"' in lead
    assert f'value="{of_district.pk}" data-levels="district"' in lead
    with pytest.raises(DomainError) as refusal:
        workflow.whistle(case, by=cast.dispatcher, to_level="district", lead=neighbour, **WHY)
    assert list(refusal.value.fields) == ["lead"]


def test_a_street_can_only_whistle_for_the_district(cast):
    case, _resident = case_in(State.ACCEPTED, cast)
    ServiceRequest.objects.filter(pk=case.pk).update(handling_region=cast.half.street)
    case = ServiceRequest.objects.get(pk=case.pk)
    form = STEP_FORMS[Verb.WHISTLE](case=case, user=cast.dispatcher.user)
    assert form.fields["to_level"].choices == [("district", "区及区级部门")]
    assert form.fields["to_level"].initial == "district"


def test_one_whistle_at_a_time_and_none_outlives_the_state(cast):
    case = whistled(cast)
    with pytest.raises(Conflict) as refusal:
        workflow.whistle(case, by=cast.dispatcher, to_level="street", **WHY)
    assert refusal.value.code == "whistle_pending"
    workflow.resolve(case, by=cast.handler, text="自己办好了。")
    assert not case.whistle_asked
    assert Approval.objects.get().outcome == "lapsed"


def test_a_whistle_lapses_aloud_when_the_case_is_dispatched_meanwhile(cast, page, api):  # noqa: F811
    case = whistled(cast, state=State.ACCEPTED)
    opened = case.version
    workflow.dispatch(case, by=cast.dispatcher, to=cast.half.unit)
    assert told("case_whistle_lapsed") == ["community-leader"]
    assert "吹哨因此失效" in lines(case, audience="staff")[-1].sentence
    assert "吹哨" not in lines(case, audience="public")[-1].sentence
    decision = {"granted": True, "text": "同意。"}
    address = f"/api/v1/service-requests/{case.pk}/decide-whistle/"
    for version in (opened, case.version):
        late = api(cast.leader.user).post(address, {"version": version, **decision})
        assert (late.status_code, late.json()["error"]["code"]) == (409, "whistle_lapsed")
        assert "失效" in late.json()["error"]["message"] and "decide_whistle" not in late.json()["error"]["allowed"]
    assert api(cast.handler.user).post(address, {"version": case.version, **decision}).status_code == 409
    posted = page(cast.leader.user).post(
        f"/desk/requests/{case.pk}/do/decide_whistle/", {"version": opened, **decision}, follow=True
    )
    assert posted.status_code == 409 and "失效" in posted.content.decode()
    workflow.send_back(case, by=cast.handler, ground="not_our_duty", text="不归我们。")
    workflow.whistle(case, by=cast.dispatcher, to_level="street", lead=cast.department, **WHY)
    workflow.decide_whistle(case, by=cast.leader, version=case.version, granted=True, text="同意。")


def test_who_asked_for_a_whistle_hears_that_it_lapsed_by_another(cast):
    case = whistled(cast)
    workflow.resolve(case, by=cast.handler, text="自己办好了。")
    assert sorted(told("case_whistle_lapsed")) == ["community-leader", "dispatcher"]


def test_what_the_departments_send_back_comes_to_the_community(cast):
    case = granted(cast)
    workflow.send_back(case, by=cast.assistant, ground="not_our_duty", text="不归我们。")
    assert (case.state, case.handling_region) == (State.ACCEPTED, cast.half.community)
    assert case in QUEUES["dispatch"].of(cast.dispatcher.user)
    workflow.dispatch(case, by=cast.dispatcher, to=cast.half.unit)
    workflow.take(case, by=cast.handler)
    workflow.resolve(case, by=cast.handler, text="好了。")
    # Nobody of the departments took it, so that there is nothing to say about them.
    assert case.departments_to_rate == 0


def test_an_emergency_is_told_at_once(cast):
    case, _resident = case_in(State.ACCEPTED, cast)
    workflow.whistle(case, by=cast.dispatcher, to_level="district", ground="emergency", text="外墙要掉了。")
    assert told("case_whistled_emergency") == ["community-leader"]
    assert not told("case_whistled")


@pytest.mark.parametrize("ratings", ["nothing", "without words", "not there", "unknown"])
def test_a_rating_that_cannot_be_kept_is_refused(cast, second, ratings):
    case = granted(cast)
    workflow.take(case, by=cast.assistant)
    workflow.resolve(case, by=cast.assistant, text="好了。")
    said = {
        "nothing": [],
        "without words": [Judgement(cast.department, "very_dissatisfied", "  ")],
        "not there": [Judgement(cast.department, "satisfied"), Judgement(second, "satisfied")],
        "unknown": [Judgement(cast.department, "great")],
    }[ratings]
    with pytest.raises(DomainError):
        workflow.rate_departments(case, by=cast.dispatcher, ratings=said)
    assert DepartmentRating.objects.count() == 0


def test_each_department_is_rated_once_by_the_region_that_whistled(cast):
    case = granted(cast)
    workflow.take(case, by=cast.assistant)
    workflow.resolve(case, by=cast.assistant, text="好了。")
    said = {"ratings": [Judgement(cast.department, "satisfied")]}
    street = Staff(make_user("street", Role.STREET, region=cast.half.street))
    with pytest.raises(NotAllowed):
        workflow.rate_departments(case, by=street, **said)
    assert Verb.RATE_DEPARTMENTS not in workflow.allowed_verbs(case, by=street)
    workflow.rate_departments(case, by=cast.dispatcher, **said)
    with pytest.raises(Conflict) as refusal:
        workflow.rate_departments(case, by=cast.dispatcher, **said)
    assert refusal.value.code == "nothing_to_rate"


def test_residents_read_plain_words_and_no_remark_of_the_departments(cast, second, mender):
    case = granted(cast, second)
    workflow.take(case, by=cast.assistant)
    part = case.assists.get()
    workflow.take_assist(case, by=mender, assist=part, text="内部说明甲")
    workflow.finish_assist(case, by=mender, assist=part, text="内部说明乙")
    read = " ".join(f"{line.sentence} {line.said}" for line in lines(case, audience="public"))
    assert "已请街道相关部门一起处理" in read
    assert not {word for word in ("内部说明", "社区没有执法权", "市政办", "协办") if word in read}


def test_erasing_a_case_takes_numbers_out_of_what_was_asked_and_said(cast):
    case, part = assisted(cast)
    workflow.take_assist(case, by=cast.assistant, assist=part)
    workflow.finish_assist(case, by=cast.assistant, assist=part, text="已联系13800005678。")
    workflow.resolve(case, by=cast.handler, text="好了。")
    workflow.close(case, at=timezone.now() + timedelta(days=60))
    admin = make_user("admin-of-all", Role.ADMINISTRATOR)
    privacy.erase(case, by=admin, reason="到期")
    part.refresh_from_db()
    assert "13800005678" not in part.result


def test_the_page_of_a_unit_lists_its_parts_and_the_south_sees_none(cast, page, south):  # noqa: F811
    case, _part = assisted(cast)
    mine = page(cast.assistant.user).get(reverse("desk:assist_list")).content.decode()
    assert case.number in mine and "请来清运。" in mine
    assert case.number not in page(south).get(reverse("desk:assist_list")).content.decode()
    assert page(south).get(reverse("desk:case", args=[case.pk])).status_code == 404


def test_the_queries_of_the_units_page_do_not_grow(cast, page, django_assert_max_num_queries):  # noqa: F811
    assisted(cast)
    address, reader = reverse("desk:assist_list"), page(cast.assistant.user)
    reader.get(address)
    with django_assert_max_num_queries(40) as few:
        reader.get(address)
    for _time in range(5):
        assisted(cast)
    with django_assert_max_num_queries(len(few)):
        reader.get(address)


def test_it_all_goes_over_the_api(cast, second, mender, api):  # noqa: F811
    case, _resident = case_in(State.IN_PROGRESS, cast)
    address = f"/api/v1/service-requests/{case.pk}"

    def post(by, name, **body):
        case.refresh_from_db(fields=["version"])
        return api(by.user).post(f"{address}/{name}/", {"version": case.version, **body}, format="json")

    called = {"to_level": "street", "ground": "beyond_power", "text": "请街道出面。", "lead": cast.department.pk}
    assert post(cast.dispatcher, "whistle", **called).status_code == 200
    decided = post(cast.leader, "decide-whistle", granted=True, text="同意。", assisting=[second.pk])
    assert (decided.status_code, decided.json()["state"]) == (200, "dispatched")
    assert post(cast.assistant, "take").status_code == 200
    added = post(cast.assistant, "assists", unit=cast.half.unit.pk, asked="请带路。")
    assert added.status_code == 200
    parts = {row["unit"]["id"]: row["id"] for row in api(cast.dispatcher.user).get(f"{address}/assists/").json()}
    assert set(parts) == {second.pk, cast.half.unit.pk}
    assert post(cast.assistant, f"assists/{parts[cast.half.unit.pk]}/call-off", text="不用了。").status_code == 200
    mine = f"assists/{parts[second.pk]}"
    assert post(mender, f"{mine}/take").status_code == 200
    refused = post(cast.assistant, "resolve", text="好了。")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "assists_open")
    assert post(mender, f"{mine}/finish", text="好了。").status_code == 200
    assert post(cast.assistant, "resolve", text="好了。").status_code == 200
    rated = post(cast.dispatcher, "rate-departments", ratings=[{"unit": second.pk, "code": "satisfied"}])
    assert rated.status_code == 200
    assert (
        post(cast.stranger, "rate-departments", ratings=[{"unit": second.pk, "code": "satisfied"}]).status_code == 404
    )
    assert api(cast.stranger.user).get(f"{address}/assists/").status_code == 404


def test_a_part_of_another_case_is_not_found(cast, api):  # noqa: F811
    case, _part = assisted(cast)
    other, _resident = case_in(State.IN_PROGRESS, cast)
    workflow.add_assist(other, by=cast.handler, to=cast.department, text="请来清运。")
    address = f"/api/v1/service-requests/{case.pk}/assists/{other.assists.get().pk}/take/"
    answer = api(cast.assistant.user).post(address, {"version": case.version}, format="json")
    assert answer.status_code == 404


def test_dispatching_with_assisting_units_from_the_form_keeps_what_was_typed(cast, second, client):
    case, _resident = case_in(State.ACCEPTED, cast)
    client.force_login(cast.dispatcher.user)
    address = reverse("desk:step", args=[case.pk, "dispatch"])
    sent = {
        "version": case.version, "to": f"unit:{cast.half.unit.pk}", "assisting": [f"unit:{second.pk}"], "asked": "",
        "text": "请尽快。",
    }  # fmt: skip
    refused = client.post(address, sent)
    assert refused.status_code == 422
    assert "请尽快。" in refused.content.decode()
    assert client.post(address, {**sent, "assisting": ["unit:x"], "asked": "修路"}).status_code == 422
    in_community = make_department(cast.half, "物业站")
    in_community.region = cast.half.community
    in_community.save()
    sent |= {"assisting": [f"unit:{in_community.pk}"], "asked": "修路"}
    assert client.post(address, sent).status_code == 302
    assert case.assists.get().asked == "修路"
