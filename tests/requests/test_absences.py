"""代理: who is away, who stands in, and what a deputy takes over."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.core.errors import Conflict, DomainError
from portal.core.models import Notification, Person, Role
from requests import workflow
from requests.absences import hand_back, hand_over, held_by_absent, lent_cases, waiting_for_absent
from requests.deliberations import follow_up
from requests.models import Absence, Dispatch, FollowUpTask, ServiceRequest
from requests.timeline import lines
from requests.types import Actor, State
from tests.conftest import make_user
from tests.registry.conftest import api  # noqa: F401
from tests.requests.builders import case_in, deliberation, new_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(the_north):
    return make_user("worker", Role.COMMUNITY, region=the_north.community)


@pytest.fixture
def deputy(the_north):
    return make_user("deputy", Role.COMMUNITY, region=the_north.community)


@pytest.fixture
def absence(worker, deputy):
    today = timezone.localdate()
    return Absence.objects.create(person=worker.person, deputy=deputy.person, starts_on=today, ends_on=today)


def with_worker(cast, worker, *, taken=True):
    case, _resident = case_in(State.ACCEPTED, cast)
    workflow.dispatch(case, by=cast.dispatcher, to=worker.person)
    if taken:
        workflow.take(case, by=workflow.Staff(worker))
    return case


def test_it_works(cast, worker, deputy):
    taken, offered = with_worker(cast, worker), with_worker(cast, worker, taken=False)
    before = list(Dispatch.objects.order_by("pk").values("accept_due_at", "taken_at", "outcome"))
    today = timezone.localdate()
    absence = Absence.objects.create(person=worker.person, deputy=deputy.person, starts_on=today, ends_on=today)
    handed = hand_over(absence, by=cast.leader.user, keys=[f"case:{taken.pk}", f"case:{offered.pk}"])
    assert [each.refused for each in handed] == ["", ""]
    assert list(Dispatch.objects.order_by("pk").values("accept_due_at", "taken_at", "outcome")) == before
    assert set(Dispatch.objects.values_list("person", flat=True)) == {deputy.person.pk}
    workflow.take(offered, by=workflow.Staff(deputy))
    workflow.resolve(taken, by=workflow.Staff(deputy), text="好了。")
    told = Notification.objects.filter(kind="case_taken_over").values_list("person__name", flat=True)
    assert sorted(told) == ["Deputy", "Deputy", "Worker", "Worker"]
    assert Actor.HANDLER not in workflow.Staff(worker).actors_on(offered)


def test_nothing_is_dispatched_to_who_is_away_and_the_deputy_is_named(cast, worker, absence):
    case, _resident = case_in(State.ACCEPTED, cast)
    with pytest.raises(DomainError) as refusal:
        workflow.dispatch(case, by=cast.dispatcher, to=worker.person)
    assert (refusal.value.code, refusal.value.extra["deputy"]) == ("away", absence.deputy_id)
    assert "Deputy" in str(refusal.value.fields["to"])
    absence.delete()
    workflow.dispatch(case, by=cast.dispatcher, to=worker.person)


def test_what_is_redone_goes_to_the_deputy(cast, worker, deputy):
    case = with_worker(cast, worker)
    workflow.resolve(case, by=workflow.Staff(worker), text="好了。")
    today = timezone.localdate()
    Absence.objects.create(person=worker.person, deputy=deputy.person, starts_on=today, ends_on=today)
    workflow.redo(case, by=cast.leader, text="没修好。")
    assert case.current_dispatch.person == deputy.person


def test_a_case_of_a_unit_is_nobodys_to_take_over(cast, deputy):
    case, _resident = case_in(State.IN_PROGRESS, cast)
    assert "take_over" not in workflow.allowed_verbs(case, by=cast.leader)
    with pytest.raises(Conflict):
        workflow.take_over(case, by=cast.leader, to=deputy.person, text="出差。")


def test_one_refusal_holds_up_no_other(cast, worker, absence, south):
    absence.delete()
    case = with_worker(cast, worker)
    away = timezone.localdate()
    row = Absence.objects.create(person=worker.person, deputy=south.person, starts_on=away, ends_on=away)
    Absence.objects.create(person=south.person, deputy=worker.person, starts_on=away, ends_on=away)
    (handed,) = hand_over(row, by=cast.leader.user, keys=[f"case:{case.pk}", "case:1000000000", "?"])
    assert "South" in handed.refused
    assert Dispatch.objects.get(request=case).person == worker.person


def test_the_page_hands_over_and_says_of_each_what_became_of_it(cast, worker, deputy, client, south):
    case, today = with_worker(cast, worker), timezone.localdate()
    client.force_login(cast.leader.user)
    values = {"person": "Worker", "deputy": "Deputy", "starts_on": today, "ends_on": today}
    assert client.post(reverse("requests:absence_create"), values).status_code == 302
    row = Absence.objects.get()
    address = reverse("requests:absence_hand_over", args=[row.pk])
    assert case.title in client.get(reverse("requests:absence_detail", args=[row.pk])).content.decode()
    assert client.post(address, {}).status_code == 200
    assert Dispatch.objects.get().person == worker.person
    answer = client.post(address, {"held": [f"case:{case.pk}", "abc"]})
    assert case.number in answer.content.decode()
    assert Dispatch.objects.get().person == deputy.person
    client.force_login(south)
    assert client.post(address, {"held": f"case:{case.pk}"}).status_code == 404
    client.force_login(cast.handler.user)
    assert client.post(address, {"held": f"case:{case.pk}"}).status_code == 403


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"ends_on": "2026-01-01"}, "ends_on"),
        ({"deputy": "Worker"}, "代理"),
        ({"person": "Nobody"}, "person"),
        ({"starts_on": "x"}, "starts_on"),
    ],
)
def test_a_bad_absence_is_refused_and_loses_nothing(cast, worker, deputy, client, values, said):
    client.force_login(cast.leader.user)
    entry = {"person": "Worker", "deputy": "Deputy", "starts_on": "2026-03-02", "ends_on": "2026-03-05", **values}
    answer = client.post(reverse("requests:absence_create"), entry)
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not Absence.objects.exists()


def test_nobody_is_away_twice_at_a_time(worker, deputy, absence, north, api):  # noqa: F811
    body = {
        "person": worker.person.pk, "deputy": deputy.person.pk, "starts_on": absence.starts_on.isoformat(),
        "ends_on": (absence.ends_on + timedelta(days=3)).isoformat(),
    }  # fmt: skip
    assert api(north).post("/api/v1/absences/", body).status_code == 400


def test_the_api_hands_over(cast, worker, deputy, north, south, api):  # noqa: F811
    case, today = with_worker(cast, worker), timezone.localdate().isoformat()
    body = {"person": worker.person.pk, "deputy": deputy.person.pk, "starts_on": today, "ends_on": today}
    made = api(north).post("/api/v1/absences/", body)
    assert made.json()["deputy"]["name"] == "Deputy"
    address = f"/api/v1/absences/{made.json()['id']}/hand-over/"
    assert api(south).post(address, {}).status_code == 404
    refused = api(north).post(address, {"cases": [case.pk, 1000000000], "tasks": [7]})
    assert refused.status_code == 400
    fields = refused.json()["error"]["fields"]
    assert "1000000000" in fields["cases"][0] and str(case.pk) not in fields["cases"][0] and "7" in fields["tasks"][0]
    assert Dispatch.objects.get(request=case).person == worker.person
    assert api(north).post(address, {"cases": [case.pk]}).json() == [
        {"kind": "case", "id": case.pk, "number": case.number, "refused": ""}
    ]


@pytest.fixture
def lent(cast, worker):
    """A case that the deputy has taken over."""
    return with_worker(cast, worker)


@pytest.fixture
def ended(lent, absence, cast, deputy):
    """The worker was away until yesterday; the deputy has a case of their own, too."""
    hand_over(absence, by=cast.leader.user, keys=[f"case:{lent.pk}"])
    with_worker(cast, deputy)
    yesterday = timezone.localdate() - timedelta(days=1)
    Absence.objects.update(starts_on=yesterday, ends_on=yesterday)
    absence.refresh_from_db()
    return absence


def test_what_the_deputy_still_has_goes_back(client, lent, ended, cast, worker, south):
    due = ServiceRequest.objects.get(pk=lent.pk).due_at
    assert [each.row for each in lent_cases(ended, by=cast.leader.user)] == [lent]
    assert lent_cases(ended, by=south) == []
    client.force_login(cast.chair.user)
    page = client.get(f"/desk/absences/{ended.pk}/").content.decode()
    assert lent.title in page and "交还给Worker" in page
    answer = client.post(f"/desk/absences/{ended.pk}/hand-back/", {"held": f"case:{lent.pk}"}).content.decode()
    assert "1 件已交给Worker" in answer
    lent.refresh_from_db()
    assert (lent.current_dispatch.person, lent.due_at) == (worker.person, due)
    assert Actor.HANDLER in workflow.Staff(worker).actors_on(lent)
    line = lines(lent, audience="staff")[-1]
    assert line.sentence == "Chair把Deputy代理的诉求交还给Worker"
    assert lent_cases(ended, by=cast.leader.user) == []
    assert "交还给Worker" not in client.get(f"/desk/absences/{ended.pk}/").content.decode()
    client.force_login(south)
    assert client.post(f"/desk/absences/{ended.pk}/hand-back/").status_code == 404


def test_nothing_goes_back_to_who_is_still_away(lent, ended, cast, deputy):
    Absence.objects.update(ends_on=timezone.localdate())
    (kept,) = hand_back(ended, by=cast.leader.user, keys=[f"case:{lent.pk}"])
    assert "不在岗" in kept.refused
    assert Dispatch.objects.get(request=lent).person == deputy.person


def test_the_api_gives_back(lent, ended, worker, north, south, api):  # noqa: F811
    address = f"/api/v1/absences/{ended.pk}/hand-back/"
    assert api(south).post(address, {}).status_code == 404
    assert api(north).post(address, {"cases": [1000000000]}).status_code == 400
    assert api(north).post(address, {}).json() == [
        {"kind": "case", "id": lent.pk, "number": lent.number, "refused": ""}
    ]
    assert Dispatch.objects.get(request=lent).person == worker.person


def test_absences_of_others_are_not_seen(absence, south, helper, north, api):  # noqa: F811
    assert len(api(north).get("/api/v1/absences/?current=true").json()["results"]) == 1
    assert api(north).get("/api/v1/absences/?current=false").json()["results"] == []
    assert api(south).get("/api/v1/absences/").json()["results"] == []
    assert api(helper).get("/api/v1/absences/").status_code == 403


def test_only_what_the_reader_sees_is_listed(cast, worker, absence, south):
    absence.delete()
    case = with_worker(cast, worker)
    row = Absence(person=worker.person, deputy=south.person, starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 2))
    assert list(held_by_absent(row, by=cast.leader.user)) == [case]
    assert list(held_by_absent(row, by=south)) == []


def test_an_absence_that_is_over_is_refused_and_one_under_way_is_not(client, cast, worker, deputy):
    client.force_login(cast.chair.user)
    names = {
        "person": f"{worker.person.name} #{worker.person.pk}", "deputy": f"{deputy.person.name} #{deputy.person.pk}"
    }  # fmt: skip
    today = timezone.localdate()
    past = client.post("/desk/absences/new/", {**names, "starts_on": "2020-01-01", "ends_on": "2020-01-02"})
    assert past.status_code == 400
    assert "请核对年份" in past.content.decode()
    now = client.post("/desk/absences/new/", {**names, "starts_on": today - timedelta(days=1), "ends_on": today})
    assert now.status_code == 302


@pytest.fixture
def all_kinds(cast, worker):
    """A case, a task, a project and a deliberation that wait for the worker alone."""
    led = deliberation(cast, topic="停车位怎么分", chair=worker.person)
    task = FollowUpTask.objects.create(
        deliberation=deliberation(cast), text="划好车位", person=worker.person, due_on=timezone.localdate()
    )
    project = new_project(cast.half.community, lead_person=worker.person)
    return {"case": with_worker(cast, worker), "task": task, "project": project, "deliberation": led}


def handed_over_today(worker, deputy):
    today = timezone.localdate()
    return Absence.objects.create(person=worker.person, deputy=deputy.person, starts_on=today, ends_on=today)


def test_all_that_waits_for_one_person_goes_over_in_one_step(cast, worker, deputy, all_kinds):
    absence = handed_over_today(worker, deputy)
    by = cast.dispatcher.user
    keys = [each.key for each in waiting_for_absent(absence, by=by)]
    assert keys == [f"{kind}:{row.pk}" for kind, row in all_kinds.items()]
    assert [each.refused for each in hand_over(absence, by=by, keys=keys)] == [""] * 4
    for row in all_kinds.values():
        row.refresh_from_db()
    assert all_kinds["case"].current_dispatch.person == deputy.person
    assert all_kinds["task"].person == all_kinds["project"].lead_person == deputy.person
    assert all_kinds["deliberation"].chair == deputy.person
    assert waiting_for_absent(absence, by=by) == []
    told = Notification.objects.filter(kind="handed_to_deputy").values_list("person__name", flat=True)
    assert sorted(told) == ["Deputy"] * 3 + ["Worker"] * 3


def test_a_deputy_who_may_not_lead_is_refused_and_the_rest_goes_over(cast, worker, south, all_kinds):
    absence = handed_over_today(worker, south)
    by = cast.dispatcher.user
    keys = [each.key for each in waiting_for_absent(absence, by=by)]
    refused = {each.waiting.kind: bool(each.refused) for each in hand_over(absence, by=by, keys=keys)}
    assert refused["deliberation"] and not refused["task"] and not refused["project"]
    all_kinds["deliberation"].refresh_from_db()
    assert all_kinds["deliberation"].chair == worker.person


def test_what_is_confidential_or_elsewhere_is_not_told_to_who_records_an_absence(
    cast, worker, deputy, all_kinds, south
):
    secret = deliberation(cast, kind="dispute", is_confidential=True, chair=worker.person, topic="两户相争")
    FollowUpTask.objects.create(deliberation=secret, text="道歉", person=worker.person, due_on=timezone.localdate())
    absence = handed_over_today(worker, deputy)
    titles = [each.title for each in waiting_for_absent(absence, by=cast.dispatcher.user)]
    assert len(titles) == 4 and not {"两户相争", "道歉"} & set(titles)
    assert waiting_for_absent(absence, by=south) == []


def test_the_page_lists_all_kinds_and_says_what_needs_no_deputy(cast, worker, deputy, all_kinds, client):
    absence = handed_over_today(worker, deputy)
    client.force_login(cast.dispatcher.user)
    page = client.get(reverse("requests:absence_detail", args=[absence.pk])).content.decode()
    assert all(f'value="{kind}:{row.pk}"' in page for kind, row in all_kinds.items())
    assert "按角色" in page
    body = {"held": [f"task:{all_kinds['task'].pk}", f"project:{all_kinds['project'].pk}"]}
    done = client.post(reverse("requests:absence_hand_over", args=[absence.pk]), body).content.decode()
    assert "划好车位" in done and "篮球场微改造" in done


def test_a_task_that_is_done_or_goes_to_nobody_with_an_account_is_not_passed_on(cast, worker, all_kinds):
    task, by = all_kinds["task"], cast.dispatcher.user
    with pytest.raises(DomainError):
        follow_up.pass_on(task, by=by, to=Person.objects.create(name="没有账号"))
    follow_up.report(task, by=by, result="划好了。")
    with pytest.raises(Conflict):
        follow_up.pass_on(task, by=by, to=cast.dispatcher.user.person)
