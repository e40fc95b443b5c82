"""Whom the steps of a case tell, and what leaves the portal."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.core.errors import Conflict
from portal.core.masking import mask_phone
from portal.core.models import Notification, OutboxMessage, Role
from requests import privacy, workflow
from requests.models import Requester
from requests.types import ReturnGround, State
from requests.workflow import Resident, Staff
from tests.conftest import make_user
from tests.requests.builders import case_in

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, str]]:
    return [(row.person.user.username, row.kind) for row in Notification.objects.order_by("pk")]


def texts() -> list[tuple[str, dict[str, str]]]:
    return [(row.kind, row.values) for row in OutboxMessage.objects.order_by("pk")]


def test_it_works(cast):
    case, _resident = case_in(State.RESOLVED, cast)
    assert told() == [("handler", "case_offered")]
    assert [kind for kind, _values in texts()] == ["case_accepted", "case_resolved"]
    assert Notification.objects.get().link == f"/desk/requests/{case.pk}/"


def test_a_members_own_offer_and_every_contact_of_a_unit_are_told(cast, the_north):
    second = make_user("second", Role.UNIT_CONTACT, organization=the_north.unit)
    ended = make_user("ended", Role.UNIT_CONTACT, organization=the_north.unit)
    ended.memberships.update(is_active=False)
    case, _resident = case_in(State.IN_PROGRESS, cast)
    assert told() == [("handler", "case_offered"), ("second", "case_offered")]
    worker = make_user("worker", Role.COMMUNITY, region=the_north.community)
    workflow.transfer(case, by=cast.handler, to=worker.person, text="请社区来办。")
    assert told()[2:] == [("worker", "case_offered")]
    assert second.person.notifications.count() == 1


def test_who_took_the_step_is_not_told_of_it(cast):
    case, _resident = case_in(State.ACCEPTED, cast)
    workflow.dispatch(case, by=cast.dispatcher, to=cast.dispatcher.user.person)
    assert told() == []


def test_who_dispatched_it_is_told_that_it_comes_back(cast, the_north):
    make_user("colleague", Role.COMMUNITY, region=the_north.community)
    case, _resident = case_in(State.DISPATCHED, cast)
    workflow.send_back(case, by=cast.handler, ground=ReturnGround.values[0], text="不是我们的。")
    assert told()[1:] == [("dispatcher", "case_returned")]
    # What the unit wrote is on the case, for those who may open it.
    assert "不是我们的" not in json.dumps(Notification.objects.last().values, ensure_ascii=False)


def test_everybody_who_dispatches_is_told_when_the_one_has_left(cast, the_north):
    make_user("colleague", Role.COMMUNITY, region=the_north.community)
    case, _resident = case_in(State.DISPATCHED, cast)
    cast.dispatcher.user.memberships.update(is_active=False)
    workflow.expire(case, at=timezone.now() + timedelta(days=30))
    assert told()[1:] == [("colleague", "case_returned")]


def test_the_resident_is_asked_by_sms(cast):
    case_in(State.WAITING, cast)
    kind, values = texts()[-1]
    assert kind == "case_asked"
    assert set(values) == {"number", "due", "address"}


def test_an_sms_holds_neither_the_tracking_code_nor_the_words_of_the_case(cast, settings):
    settings.PUBLIC_URL = "https://xiaozhan.example/"
    case, _resident = case_in(State.RESOLVED, cast)
    code = Requester.objects.get(request=case).code.reveal()
    said = json.dumps([values for _kind, values in texts()], ensure_ascii=False)
    assert code not in said.replace("-", "")
    assert "楼道" not in said
    assert texts()[0][1] == {"number": case.number, "address": "https://xiaozhan.example/track/"}


def test_a_resident_without_a_mobile_phone_is_not_sent_an_sms(cast):
    case, _resident = case_in(State.SUBMITTED, cast)
    Requester.objects.filter(request=case).update(phone_masked=mask_phone("0755-27778888"))
    workflow.accept(case, by=cast.dispatcher)
    assert texts() == []


def test_a_refused_step_tells_nobody(cast):
    case, _resident = case_in(State.ACCEPTED, cast)
    before = len(texts())
    with pytest.raises(Conflict):
        workflow.dispatch(case, by=cast.dispatcher, to=cast.half.unit, version=case.version - 1)
    assert (told(), len(texts())) == ([], before)


def test_erasing_a_case_erases_what_was_told_of_it(cast, the_north):
    case, resident = case_in(State.CLOSED, cast)
    assert isinstance(resident, Resident)
    district = make_user("district", Role.DISTRICT, region=the_north.district)
    assert told()
    privacy.erase(case, by=district, reason="当事人申请")
    assert (told(), texts()) == ([], [])


def test_the_south_is_told_nothing_of_the_north(cast, south):
    case_in(State.RESOLVED, cast)
    assert not Notification.objects.for_user(south).exists()
    assert Staff(south).actors_on(case_in(State.ACCEPTED, cast)[0]) == frozenset()
