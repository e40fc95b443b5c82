"""Who holds a key of a station: named and taken off by those who run its duty."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.history import acting_as
from portal.core.models import User
from stations.models import Station
from volunteers.guards import refuse, refuse_unless_runs_duty, save
from volunteers.models import KeyHolder, Volunteer
from volunteers.types import VolunteerStatus


def hand_over(station: Station, *, volunteer: Volunteer, by: User, since: date | None = None) -> KeyHolder:
    """Somebody gets a key of the station."""
    refuse_unless_runs_duty(station, by=by)
    today = timezone.localdate(timezone=ZONE)
    if since is not None and since > today:
        refuse("since", _("This day has not come yet."))
    if volunteer.status != VolunteerStatus.ACTIVE:
        refuse("volunteer", _("Only active volunteers can be on duty."))
    holder = KeyHolder(station=station, volunteer=volunteer, since=since or today)
    with transaction.atomic(), acting_as(by.pk):
        save(holder)
    return holder


def take_back(holder: KeyHolder, *, by: User) -> None:
    """The key has come back; shifts that need a key-holder have to find another one."""
    refuse_unless_runs_duty(holder.station, by=by)
    with transaction.atomic(), acting_as(by.pk):
        holder.delete()
