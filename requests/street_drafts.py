"""撮合草案 of a street: asked for, made by a job, and accepted line by line by the same verbs as on a case's page."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.errors import Conflict
from portal.core.history import acting_as
from portal.core.models import Level, Organization, Person, Region, User
from requests import tasks, workflow
from requests.models import Resource, StreetDraft, StreetDraftLine
from requests.types import State
from requests.workflow import Staff
from volunteers.guards import refuse, refuse_outside
from volunteers.models import Volunteer, VolunteerTeam

CAPABILITY = "requests:act"
LEVELS = (Level.STREET, Level.COMMUNITY)
GIVERS = ("resource__organization", "resource__team", "resource__volunteer__person")
S = StreetDraftLine.Status


def ask(region: Region, *, by: User) -> StreetDraft:
    """Have the open needs of a street or community and what is on offer there put together; the job worker does it."""
    refuse_outside(region, by=by, field="region", capability=CAPABILITY)
    if region.level not in LEVELS:
        refuse("region", _("Please choose a street or a community."))
    with transaction.atomic(), acting_as(by.pk):
        draft = StreetDraft.objects.create(region=region, made_by=by)
        tasks.draft_street.enqueue(draft.pk)
    return draft


def own_region(user: User) -> Region | None:
    """The street or community of somebody who looks after just one."""
    own = list(Region.objects.current().filter(path__in=user.scope.region_paths)[:2])
    return own[0] if len(own) == 1 and own[0].level in LEVELS else None


def accept(
    line: StreetDraftLine, *, by: User, is_dispatched: bool = False, at: datetime | None = None
) -> StreetDraftLine:
    """Claim what the line proposes; `is_dispatched`: a case that waits for it goes to the giver as well, or neither.

    A line that others have overtaken is marked, with the reason, and refused with it.
    """
    at = at or timezone.now()
    try:
        with _proposed(line, by=by) as locked:
            case, resource = locked.request, locked.resource
            workflow.claim(case, by=Staff(by), resource=resource, amount=locked.amount, at=at)
            if is_dispatched and case.state == State.ACCEPTED:
                workflow.dispatch(case, by=Staff(by), to=taker_of(resource), at=at)
            _decide(locked, S.ACCEPTED, by=by, at=at)
    except Conflict as error:
        if error.code != "decided":
            with transaction.atomic(), acting_as(by.pk):
                rows = StreetDraftLine.objects.filter(pk=line.pk, status=S.PROPOSED)
                rows.update(status=S.LAPSED, remark=str(error)[:300], decided_at=at)
        raise
    line.refresh_from_db()
    return line


def pass_over(line: StreetDraftLine, *, by: User, at: datetime | None = None) -> StreetDraftLine:
    """Leave a proposal be. The case and the resource stay as they are."""
    with _proposed(line, by=by) as locked:
        _decide(locked, S.PASSED_OVER, by=by, at=at or timezone.now())
    line.refresh_from_db()
    return line


def taker_of(resource: Resource) -> Organization | Person | VolunteerTeam:
    """Who does what a resource gives: its giver."""
    giver = resource.giver
    return giver.person if isinstance(giver, Volunteer) else giver


def _decide(line: StreetDraftLine, status: str, *, by: User, at: datetime) -> None:
    line.status, line.decided_by, line.decided_at = status, by, at
    line.save(update_fields=["status", "decided_by", "decided_at"])


@contextmanager
def _proposed(line: StreetDraftLine, *, by: User) -> Iterator[StreetDraftLine]:
    """The line, locked, for those who look after the draft's region. What was decided already is refused."""
    refuse_outside(line.draft.region, by=by, field="region", capability=CAPABILITY)
    with transaction.atomic(), acting_as(by.pk):
        rows = StreetDraftLine.objects.select_for_update(of=("self",))
        locked = rows.select_related(
            "request", "resource__organization", "resource__team", "resource__volunteer__person"
        ).get(pk=line.pk)
        if locked.status != S.PROPOSED:
            message = _("This proposal is “%(state)s” by now.") % {"state": locked.get_status_display()}
            raise Conflict(message, code="decided")
        yield locked
