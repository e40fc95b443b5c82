"""撮合草案 of a street: asked for, made by a job, and accepted line by line by the same verbs as on a case's page."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.core.errors import Conflict
from portal.core.history import acting_as
from portal.core.models import Level, Organization, Person, Region, User
from portal.core.text import clean_text
from requests import tasks, workflow
from requests.models import Resource, ServiceRequest, StreetDraft, StreetDraftLine
from requests.types import DraftGround, State
from requests.workflow import Staff
from volunteers.guards import refuse, refuse_outside
from volunteers.models import Volunteer, VolunteerTeam

CAPABILITY = "requests:act"
LEVELS = (Level.STREET, Level.COMMUNITY)
MOST_WORDS = 300
GIVERS = ("resource__organization", "resource__team", "resource__volunteer__person")
S = StreetDraftLine.Status


class Decision(models.TextChoices):
    """What is done with the lines that are ticked."""

    DISPATCH = "dispatch", gettext_lazy("Claim and dispatch")
    ACCEPT = "accept", pgettext_lazy("step of a case", "Claim")
    PASS_OVER = "pass_over", gettext_lazy("Pass over")


def ask(region: Region, *, by: User) -> StreetDraft:
    """Have the open needs of a street or community and what is on offer there put together; the job worker does it."""
    refuse_outside(region, by=by, field="region", capability=CAPABILITY)
    if region.level not in LEVELS:
        refuse("region", _("Please choose a street or a community."))
    with transaction.atomic(), acting_as(by.pk):
        draft = StreetDraft.objects.create(region=region, made_by=by)
        tasks.draft_street.enqueue(draft.pk)
    return draft


@dataclass(frozen=True)
class Tally:
    """What people decided about proposals: how many were taken up, and for which reasons the others were not."""

    decided: int
    accepted: int
    grounds: list[tuple[str, int]]

    @property
    def share(self) -> float | None:
        return self.accepted / self.decided if self.decided else None


def tally(user: User, *, since: datetime) -> Tally:
    """Over the drafts that `user` sees, by when each line was decided. What others had overtaken is no decision."""
    rows = StreetDraftLine.objects.filter(draft__in=StreetDraft.objects.for_user(user).values("pk"))
    decided = rows.filter(status__in=(S.ACCEPTED, S.PASSED_OVER), decided_at__gte=since).order_by()
    counts = decided.values_list("status", "ground").annotate(count=models.Count("pk"))
    found = {(status, ground): count for status, ground, count in counts}
    grounds = [(str(each.label), found.get((S.PASSED_OVER, each), 0)) for each in DraftGround]
    told = sorted(((label, count) for label, count in grounds if count), key=lambda each: -each[1])
    accepted = sum(count for (status, _ground), count in found.items() if status == S.ACCEPTED)
    return Tally(sum(found.values()), accepted, told)


def own_region(user: User) -> Region | None:
    """The street or community of somebody who looks after just one."""
    own = list(Region.objects.current().filter(path__in=user.scope.region_paths)[:2])
    return own[0] if len(own) == 1 and own[0].level in LEVELS else None


def accept(
    line: StreetDraftLine,
    *,
    by: User,
    is_dispatched: bool = False,
    version: int | None = None,
    at: datetime | None = None,
) -> StreetDraftLine:
    """Claim what the line proposes; `is_dispatched`: a case that waits for it goes to the giver as well, or neither.

    A line that others have overtaken is marked, with the reason, and refused with it. `version` of the case is the one
    that the person saw: what happened to it since is told, and the line stays to be decided.
    """
    at = at or timezone.now()
    try:
        with _proposed(line, by=by) as locked:
            case, resource = locked.request, locked.resource
            workflow.claim(case, by=Staff(by), resource=resource, amount=locked.amount, version=version, at=at)
            if is_dispatched and goes_out(case):
                workflow.dispatch(case, by=Staff(by), to=taker_of(resource), at=at)
            _decide(locked, S.ACCEPTED, by=by, at=at)
    except Conflict as error:
        if error.code not in ("decided", "stale"):
            with transaction.atomic(), acting_as(by.pk):
                rows = StreetDraftLine.objects.filter(pk=line.pk, status=S.PROPOSED)
                rows.update(status=S.LAPSED, remark=str(error)[:300], decided_at=at)
        raise
    line.refresh_from_db()
    return line


def pass_over(
    line: StreetDraftLine, *, by: User, ground: str, text: str = "", at: datetime | None = None
) -> StreetDraftLine:
    """不采纳: leave a proposal be, for a reason that later drafts respect. Case and resource stay as they are."""
    if ground not in DraftGround.values:
        refuse("ground", _("Please choose one of the reasons."))
    remark = clean_text(text, max_length=MOST_WORDS)
    if ground == DraftGround.OTHER and not remark:
        refuse("text", _("Please write a few words."))
    with _proposed(line, by=by) as locked:
        locked.ground, locked.remark = ground, remark
        _decide(locked, S.PASSED_OVER, by=by, at=at or timezone.now())
    line.refresh_from_db()
    return line


def goes_out(case: ServiceRequest) -> bool:
    """Whether it waits to be dispatched; any other is only claimed for."""
    return case.state == State.ACCEPTED


def taker_of(resource: Resource) -> Organization | Person | VolunteerTeam:
    """Who does what a resource gives: its giver."""
    giver = resource.giver
    return giver.person if isinstance(giver, Volunteer) else giver


def _decide(line: StreetDraftLine, status: str, *, by: User, at: datetime) -> None:
    line.status, line.decided_by, line.decided_at = status, by, at
    line.save(update_fields=["status", "ground", "remark", "decided_by", "decided_at"])


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
