"""A few cases in every state, in the north and in the south, and callers of the API."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from portal.core.models import Role
from requests import workflow
from requests.types import RejectGround, ReturnGround
from requests.workflow import Resident, Staff
from requests.workflow.intake import Contact
from tests.api.conftest import _no_calls_yet, api, machine  # noqa: F401
from tests.conftest import make_user

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.get_default_timezone())
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MARCH = {"period": "month", "date": "2026-03-15"}


@pytest.fixture
def district(the_north):
    """Runs the district of the north."""
    return make_user("district", Role.DISTRICT, region=the_north.district)


def submit(half, at=MONDAY, **kwargs):
    return workflow.submit(
        description="路灯坏了。", contact=Contact(phone="13800001234"), region=half.community, at=at, **kwargs
    )


@pytest.fixture
def cases(the_north, the_south, north, helper, south):
    """In the north: closed, returned and redone, rejected, withdrawn, open and overdue; in the south one more."""
    by, unit = Staff(north), Staff(helper)
    made = []
    for days, code in [(1, "satisfied"), (9, "dissatisfied")]:
        submitted = submit(the_north, station=the_north.station)
        case = submitted.case
        workflow.accept(case, by=by, at=MONDAY + HOUR)
        workflow.dispatch(case, by=by, to=the_north.unit, at=MONDAY + HOUR)
        if code == "dissatisfied":
            at = MONDAY + 2 * HOUR
            workflow.send_back(case, by=unit, ground=ReturnGround.WRONG_AREA, text="不在本片区", at=at)
            workflow.dispatch(case, by=by, to=the_north.unit, at=at)
        workflow.take(case, by=unit, at=MONDAY + 3 * HOUR)
        workflow.contact(case, by=unit, reached=True, at=MONDAY + 4 * HOUR)
        workflow.resolve(case, by=unit, text="已修好。", at=MONDAY + days * DAY)
        solved = code == "satisfied"
        resident = Resident(submitted.requester)
        workflow.rate(case, by=resident, code=code, solved=solved, at=MONDAY + days * DAY + HOUR)
        if not solved:
            at = MONDAY + days * DAY + 2 * HOUR
            workflow.call_back(case, by=by, reached=True, outcome="redo", text="没有修好", at=at)
        made.append(case)
    rejected, withdrawn, late = submit(the_north), submit(the_north), submit(the_north, channel="phone")
    workflow.reject(rejected.case, by=by, ground=RejectGround.DUPLICATE, text="重复", at=MONDAY + HOUR)
    workflow.withdraw(withdrawn.case, by=Resident(withdrawn.requester), at=MONDAY + HOUR)
    workflow.accept(late.case, by=by, at=MONDAY + HOUR)
    elsewhere = submit(the_south)
    workflow.accept(elsewhere.case, by=Staff(south), at=MONDAY + HOUR)
    return [*made, rejected.case, withdrawn.case, late.case, elsewhere.case]
