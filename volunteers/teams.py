"""Teams: who is in, who asks to join, who leads. A team's leaders decide about members; staff may, too."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import Conflict
from portal.core.models import User
from volunteers.guards import OWN, held, held_team, may_change, refuse
from volunteers.models import TeamMember, Volunteer, VolunteerTeam
from volunteers.models.volunteers import CURRENT
from volunteers.types import MemberStatus, VolunteerStatus


def ask_to_join(team: VolunteerTeam, *, volunteer: Volunteer, by: User) -> TeamMember:
    """A volunteer asks; a leader or staff decide."""
    with held(volunteer, by=by, capability=OWN, expects=CURRENT) as locked:
        _refuse_inactive(team)
        return _make(team, locked, status=MemberStatus.ASKED)


def add_member(
    team: VolunteerTeam, *, volunteer: Volunteer, by: User, joined_on: date | None = None, is_leader: bool = False
) -> TeamMember:
    """Put somebody into the team at once: on a list of paper they are in it already."""
    with held_team(team, by=by) as locked:
        _refuse_inactive(locked)
        if not may_change(volunteer, by=by) and not Volunteer.objects.for_user(by).filter(pk=volunteer.pk).exists():
            refuse("volunteer", _("There is no such entry, or it is not yours to use."))
        if volunteer.status not in (VolunteerStatus.ACTIVE, VolunteerStatus.PAUSED):
            refuse("volunteer", _("“%(name)s” is not on the register (any more).") % {"name": volunteer})
        today = timezone.localdate(timezone=ZONE)
        if joined_on is not None and joined_on > today:
            refuse("joined_on", _("This day has not come yet."))
        asked = TeamMember.objects.filter(team=locked, volunteer=volunteer, status=MemberStatus.ASKED).first()
        if asked is not None:
            return _admit(asked, by=by, joined_on=joined_on or today, is_leader=is_leader)
        return _make(
            locked, volunteer, status=MemberStatus.ACTIVE, decided_by=by, joined_on=joined_on or today,
            is_leader=is_leader,
        )  # fmt: skip


def admit(member: TeamMember, *, by: User) -> TeamMember:
    """Say yes to somebody who asked."""
    with held_team(member.team, by=by):
        fresh = _expecting(member, MemberStatus.ASKED)
        if fresh.volunteer.status != VolunteerStatus.ACTIVE:
            raise Conflict(_("This person has to be confirmed as a volunteer first."), code="not_active")
        return _admit(fresh, by=by, joined_on=timezone.localdate(timezone=ZONE))


def turn_down(member: TeamMember, *, by: User) -> TeamMember:
    """Say no to somebody who asked."""
    with held_team(member.team, by=by):
        fresh = _expecting(member, MemberStatus.ASKED)
        fresh.status, fresh.decided_by = MemberStatus.REFUSED, by
        fresh.save(update_fields=["status", "decided_by"])
    return fresh


def end_membership(member: TeamMember, *, by: User) -> TeamMember:
    """Somebody leaves the team, or is taken out of it."""
    is_own = by.scope.can(OWN) and member.volunteer.person_id == by.person_id
    if is_own:
        with held(member.volunteer, by=by, capability=OWN):
            return _leave(member)
    with held_team(member.team, by=by):
        return _leave(member)


def make_leader(member: TeamMember, *, by: User, is_leader: bool = True) -> TeamMember:
    """Name a leader, or take that back. For staff alone: leaders do not choose each other."""
    with held_team(member.team, by=by, leaders=False):
        fresh = _expecting(member, MemberStatus.ACTIVE)
        fresh.is_leader = is_leader
        fresh.save(update_fields=["is_leader"])
    return fresh


def _leave(member: TeamMember) -> TeamMember:
    fresh = _expecting(member, MemberStatus.ASKED, MemberStatus.ACTIVE)
    fresh.status, fresh.is_leader, fresh.left_on = MemberStatus.LEFT, False, timezone.localdate(timezone=ZONE)
    fresh.save(update_fields=["status", "is_leader", "left_on"])
    return fresh


def _admit(member: TeamMember, *, by: User, joined_on: date, is_leader: bool = False) -> TeamMember:
    member.status, member.decided_by, member.joined_on, member.is_leader = (
        MemberStatus.ACTIVE, by, joined_on, is_leader,
    )  # fmt: skip
    member.save(update_fields=["status", "decided_by", "joined_on", "is_leader"])
    return member


def _make(team: VolunteerTeam, volunteer: Volunteer, **values: object) -> TeamMember:
    try:
        with transaction.atomic():
            return TeamMember.objects.create(team=team, volunteer=volunteer, **values)
    except IntegrityError as error:
        message = _("This person is in the team already, or has asked to join.")
        raise Conflict(message, code="already_there", fields={"volunteer": [message]}) from error


def _expecting(member: TeamMember, *statuses: str) -> TeamMember:
    fresh = TeamMember.objects.select_for_update(of=("self",)).select_related("volunteer__person").get(pk=member.pk)
    if fresh.status not in statuses:
        message = _("This is “%(state)s” by now.") % {"state": fresh.get_status_display()}
        raise Conflict(message, code="not_possible_now")
    return fresh


def _refuse_inactive(team: VolunteerTeam) -> None:
    if not team.is_active:
        raise Conflict(_("This team is not active any more."), code="not_active")
