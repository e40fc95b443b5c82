"""Honours of teams and volunteers: listed by the staff who look after them, and taken off the list again."""

from contextlib import AbstractContextManager
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.models import User
from volunteers.guards import held, held_team, refuse, save
from volunteers.models import Honour, Volunteer, VolunteerTeam


def award(who: VolunteerTeam | Volunteer, *, title: str, awarded_by: str, awarded_on: date, by: User) -> Honour:
    """List an honour of a team or a volunteer."""
    if awarded_on > timezone.localdate(timezone=ZONE):
        refuse("awarded_on", _("This day has not come yet."))
    with _held(who, by=by) as locked:
        name = "team" if isinstance(locked, VolunteerTeam) else "volunteer"
        honour = Honour(title=title, awarded_by=awarded_by, awarded_on=awarded_on, **{name: locked})
        save(honour)
    return honour


def remove(honour: Honour, *, by: User) -> None:
    """Take an honour off the list, where it was listed by mistake."""
    who = honour.team or honour.volunteer
    if who is not None:
        with _held(who, by=by):
            honour.delete()


def _held(who: VolunteerTeam | Volunteer, *, by: User) -> AbstractContextManager[Any]:
    if isinstance(who, VolunteerTeam):
        return held_team(who, by=by, leaders=False)
    return held(who, by=by)
