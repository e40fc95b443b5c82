"""The whole path of a request: submitted, accepted, dispatched, taken, resolved, rated."""

import pytest

from portal.core.errors import Conflict, DomainError, NotAllowed
from requests import workflow
from requests.models import ServiceRequest
from requests.types import State
from requests.workflow import Resident, Staff
from requests.workflow.intake import Contact


@pytest.mark.smoke
def test_it_works(submitted, north, helper, the_north):
    case, resident = submitted.case, Resident(submitted.requester)
    workflow.accept(case, by=Staff(north), version=1)
    workflow.dispatch(case, by=Staff(north), version=2, to=the_north.unit)
    workflow.take(case, by=Staff(helper), version=3)
    workflow.contact(case, by=Staff(helper), reached=True)
    workflow.resolve(case, by=Staff(helper), text="路灯已经修好。")
    workflow.rate(case, by=resident, code="satisfied", solved=True)
    case = ServiceRequest.objects.get(pk=case.pk)
    assert case.state == State.CLOSED
    assert case.last_solved is True
    assert case.finished_at <= case.finish_due_at
    assert [event.verb for event in case.events.all()] == [
        "submit", "accept", "dispatch", "take", "contact", "resolve", "rate",
    ]  # fmt: skip


def test_the_second_dispatcher_is_told_what_happened(case, north, the_north):
    workflow.accept(case, by=Staff(north), version=1)
    with pytest.raises(Conflict) as refusal:
        workflow.reject(case, by=Staff(north), version=1, ground="duplicate", text="重复")
    assert refusal.value.code == "stale"
    assert [event["verb"] for event in refusal.value.extra["since"]] == ["accept"]


def test_somebody_from_elsewhere_may_not_act(case, south):
    with pytest.raises(NotAllowed):
        workflow.accept(case, by=Staff(south))


def test_a_helper_sees_a_case_only_after_it_was_dispatched(case, north, helper, south, the_north):
    assert not ServiceRequest.objects.for_user(helper).exists()
    workflow.accept(case, by=Staff(north))
    workflow.dispatch(case, by=Staff(north), to=the_north.unit)
    assert ServiceRequest.objects.for_user(helper).get() == case
    assert not ServiceRequest.objects.for_user(south).exists()


def test_staff_record_only_for_places_of_their_own_area(north, south, keeper, the_north):
    asked = {"description": "电梯停了。", "contact": Contact(phone="13800001234"), "region": the_north.community}
    assert workflow.submit(**asked, by=Staff(north)).case.recorded_by == north
    assert workflow.submit(**asked, by=Staff(keeper)).case.recorded_by == keeper
    with pytest.raises(DomainError, match="辖区") as refusal:
        workflow.submit(**asked, by=Staff(south))
    assert list(refusal.value.fields) == ["region"]
