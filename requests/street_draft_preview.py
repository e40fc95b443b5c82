"""What accepting lines of a street's draft would do: shown before it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import humanize
from portal.core.clock import ZONE
from portal.core.errors import DomainError
from portal.core.models import Membership, Role
from requests.models import Absence, Resource, StreetDraftLine
from requests.street_drafts import Decision, goes_out, taker_of
from requests.workflow.offers import can_take, refuse_unable
from volunteers.models import TeamMember, Volunteer
from volunteers.types import MemberStatus


@dataclass(frozen=True)
class Foreseen:
    """One line: whether its case goes out, how many people are told, and why it cannot be done (empty: it can)."""

    line: StreetDraftLine
    is_dispatched: bool
    told: int
    refused: str = ""


def foresee(lines: Sequence[StreetDraftLine], *, do: str, at: datetime | None = None) -> list[Foreseen]:
    """`lines` with their givers. A fixed number of queries, unless somebody is away."""
    at = at or timezone.now()
    told, away = _told_by([line.resource for line in lines]), _away(lines, at)
    left = {line.resource_id: line.resource.free for line in lines}
    found = []
    for line in lines:
        is_dispatched = do == Decision.DISPATCH and goes_out(line.request)
        refused = _decided(line)
        if not refused and do != Decision.PASS_OVER:
            refused = _too_little(line, left=left[line.resource_id])
        if not refused and is_dispatched:
            refused = _unable(line, away=away, at=at)
        if not refused:
            left[line.resource_id] -= line.amount
        found.append(Foreseen(line, is_dispatched, told.get(line.resource_id, 0), refused))
    return found


def _decided(line: StreetDraftLine) -> str:
    if line.status == StreetDraftLine.Status.PROPOSED:
        return ""
    return _("This proposal is “%(state)s” by now.") % {"state": line.get_status_display()}


def _too_little(line: StreetDraftLine, *, left: Decimal) -> str:
    if left >= line.amount:
        return ""
    words = {"name": line.resource, "left": humanize.quantity(left), "unit": line.resource.unit}
    return _("Of “%(name)s” only %(left)s %(unit)s are left.") % words


def _unable(line: StreetDraftLine, *, away: set[int], at: datetime) -> str:
    """The sentence by which the verb itself would refuse to dispatch."""
    taker = taker_of(line.resource)
    if can_take(taker) and not (line.resource.volunteer_id is not None and taker.pk in away):
        return ""
    try:
        refuse_unable(taker, at=at)
    except DomainError as error:
        return str(error)
    return ""


def _away(lines: Sequence[StreetDraftLine], at: datetime) -> set[int]:
    people = [line.resource.volunteer.person_id for line in lines if line.resource.volunteer_id is not None]
    absences = Absence.objects.on(at.astimezone(ZONE).date()).filter(person__in=people)
    return set(absences.values_list("person", flat=True))


def _told_by(resources: Sequence[Resource]) -> dict[int, int]:
    """How many people hear of a claim on each: contacts of a unit, leaders of a team, the volunteer."""
    units = Membership.objects.filter(
        organization__in=[each.organization_id for each in resources], role=Role.UNIT_CONTACT, is_active=True,
        user__is_active=True,
    )  # fmt: skip
    leaders = TeamMember.objects.filter(
        team__in=[each.team_id for each in resources], is_leader=True, status=MemberStatus.ACTIVE,
        volunteer__person__user__is_active=True,
    )  # fmt: skip
    volunteers = Volunteer.objects.filter(
        pk__in=[each.volunteer_id for each in resources], person__user__is_active=True
    )
    people = Count("user__person", distinct=True)
    of_unit = dict(units.order_by().values_list("organization").annotate(people))
    of_team = dict(leaders.order_by().values_list("team").annotate(Count("volunteer", distinct=True)))
    of_volunteer = dict.fromkeys(volunteers.values_list("pk", flat=True), 1)
    return {
        each.pk: of_unit.get(each.organization_id, 0) + of_team.get(each.team_id, 0)
        + of_volunteer.get(each.volunteer_id, 0) for each in resources
    }  # fmt: skip
