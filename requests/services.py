"""Cases that people resolved, for the statements of double check-in (`volunteers.statements`)."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from portal.core.clock import ZONE
from requests.models import Dispatch
from requests.types import DispatchOutcome
from volunteers.statements import counts_services


@counts_services
def resolved_by(people: Collection[int], first: date, last: date) -> Iterable[tuple[int, date]]:
    """One for each case that somebody took, for themselves or for their team, and resolved."""
    since = datetime.combine(first, time(), ZONE)
    until = datetime.combine(last + timedelta(days=1), time(), ZONE)
    done = Dispatch.objects.filter(
        Q(person__in=people) | Q(team__isnull=False, taken_by__person__in=people),
        outcome=DispatchOutcome.DONE, ended_at__gte=since, ended_at__lt=until,
    )  # fmt: skip
    for person, taken_by, ended_at in done.values_list("person", "taken_by__person", "ended_at"):
        yield person or taken_by, ended_at.astimezone(ZONE).date()
