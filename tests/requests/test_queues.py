"""The order of a queue is that of the limits which its lines show."""

from datetime import timedelta

from django.utils import timezone

from portal.desk.rows import fetch, next_due
from requests.models import ServiceRequest
from requests.queues import AREA
from requests.types import State
from tests.requests.builders import case_in


def test_what_is_open_is_ordered_by_the_limit_that_each_line_shows(cast):
    late = timezone.now() - timedelta(hours=3)
    for state in (State.SUBMITTED, State.ACCEPTED, State.DISPATCHED, State.IN_PROGRESS, State.WAITING):
        case_in(state, cast)
    ServiceRequest.objects.filter(state=State.ACCEPTED).update(dispatch_due_at=late)
    rows = AREA["open"].of(cast.dispatcher.user)
    lines = fetch(rows)
    shown = [next_due(line)[0] for line in lines if line["state"] != State.WAITING]
    assert shown == sorted(shown)
    assert (lines[0]["state"], lines[-1]["state"]) == (State.ACCEPTED, State.WAITING)
