"""What happens when a limit passes: offers that nobody took, questions that nobody answered, topics that nobody
concluded, ratings not given, cases that are late (`watching`).

`run_due` is safe to run twice and after an outage of days: it looks for what is due, and each step is guarded anew.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from portal.core.errors import Conflict
from requests import limits
from requests.models import ServiceRequest
from requests.types import DispatchOutcome, LimitStep, ResolveGround, State, Verb
from requests.workflow import offers
from requests.workflow.actors import CLOCK, By
from requests.workflow.answers import close
from requests.workflow.handling import resolved
from requests.workflow.step import step
from requests.workflow.tabling import lapse
from requests.workflow.watching import watch

SILENCES = 2


def expire(case: ServiceRequest, *, by: By = CLOCK, at: datetime | None = None) -> ServiceRequest:
    """A limit has passed: an offer goes back to the dispatcher, an unanswered question, and a topic that nobody
    concluded, to where they came from."""
    with step(case, Verb.EXPIRE, by=by, at=at) as now:
        if now.case.state == State.DISPATCHED:
            if now.case.current_dispatch.accept_due_at > now.at:
                raise Conflict(code="not_due")
            now.is_public = False
            now.data["organization"] = now.case.current_dispatch.organization_id
            offers.end(now.case.current_dispatch, DispatchOutcome.EXPIRED, at=now.at)
            offers.back_to_dispatcher(now)
        else:
            if now.case.waiting_due_at > now.at:
                raise Conflict(code="not_due")
            if now.case.state == State.WAITING:
                _silence(now)
            else:
                lapse(now)
    return case


def _silence(now) -> None:
    came_from, silences = now.case.waiting_from, now.case.silence_count + 1
    offers.stop_waiting(now)
    now.set(silence_count=silences)
    now.data["silence"] = silences
    # Others still work on a part of it: the case cannot end before they have.
    if silences < SILENCES or now.case.open_assists:
        now.set(state=came_from)
    else:
        if now.case.accepted_at is None:
            now.set(accepted_at=now.at, due_at=limits.due_for(now.case, LimitStep.RESOLVE, now.at))
        resolved(now, ground=ResolveGround.NO_REPLY)


def run_due(*, at: datetime | None = None, batch: int = 500) -> dict[str, int]:
    """Take every step whose time has come; returns how many of each. Rows that somebody holds wait for the next run."""
    at = at or timezone.now()
    cases = ServiceRequest.objects.defer("search", "description")
    due = {
        "offers": (cases.filter(state=State.DISPATCHED, current_dispatch__accept_due_at__lte=at), expire),
        "questions": (cases.filter(state=State.WAITING, waiting_due_at__lte=at), expire),
        "topics": (cases.filter(state=State.DELIBERATING, waiting_due_at__lte=at), expire),
        "ratings": (
            cases.filter(
                state=State.RESOLVED,
                resolved_at__lte=at - limits.RATING_WINDOW.length,
                call_back_due_at__isnull=True,
            ),
            close,
        ),
    }
    done = dict.fromkeys(due, 0)
    for name, (queryset, verb) in due.items():
        for case in queryset.order_by("id")[:batch]:
            try:
                with transaction.atomic():
                    verb(case, at=at)
                done[name] += 1
            except Conflict:
                # Somebody acted in between; what they did stands.
                continue
    return done | watch(at=at)
