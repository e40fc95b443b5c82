"""The screen on a station's wall, and the address by which a device shows it on which nobody signs in.

It is made by whoever runs the station's duty, shown once, replaced, revoked; like those of calendars
(`volunteers.feeds`), addresses are kept as keyed hashes.
"""

import secrets
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, time

from django.db import transaction
from django.utils import timezone

from portal.core import crypto
from portal.core.clock import DAY, ZONE
from portal.core.history import acting_as
from portal.core.models import User
from stations.models import Station
from volunteers.guards import refuse_unless_runs_duty
from volunteers.models import Assignment, DutyShift, WallLink


@dataclass(frozen=True)
class Screen:
    """What a station's screen shows: shifts with the people on them, whose names are masked."""

    moment: datetime
    now: list[tuple[DutyShift, list[Assignment]]] = field(default_factory=list)
    later: list[tuple[DutyShift, list[Assignment]]] = field(default_factory=list)


def screen(station: Station, moment: datetime) -> Screen:
    """The duty of the moment and of the rest of the day, read with two queries: for everybody in the station to see, so
    nothing of it depends on who asks."""
    midnight = datetime.combine(moment.astimezone(ZONE), time(), ZONE)
    # A night's duty began yesterday.
    shifts = DutyShift.objects.open().filter(
        station=station, starts_at__gte=midnight - DAY, starts_at__lt=midnight + DAY, ends_at__gt=moment
    )  # fmt: skip
    found = list(shifts.select_related("unit_on_turn").order_by("starts_at", "pk"))
    people = defaultdict(list)
    rows = Assignment.objects.holding().filter(shift__in=found, is_no_show=False)
    for each in rows.select_related("volunteer__person").order_by("checked_in_at", "pk"):
        people[each.shift_id].append(each)
    lines = [(shift, people[shift.pk]) for shift in found]
    return Screen(
        moment,
        now=[line for line in lines if line[0].starts_at <= moment],
        later=[line for line in lines if line[0].starts_at > moment],
    )


def renew(station: Station, *, by: User) -> tuple[WallLink, str]:
    """A new address of the station's screen; the one before it ends. Returns its text, too, which is shown once."""
    refuse_unless_runs_duty(station, by=by)
    token = secrets.token_urlsafe(24)
    with transaction.atomic(), acting_as(by.pk):
        # Two presses of the button make one address that lives.
        Station.objects.select_for_update().only("pk").get(pk=station.pk)
        _end(station)
        link = WallLink.objects.create(station=station, digest=_digest_of(token))
    return link, token


def revoke(station: Station, *, by: User) -> None:
    """The address opens nothing any more, whoever made it."""
    refuse_unless_runs_duty(station, by=by)
    with transaction.atomic(), acting_as(by.pk):
        _end(station)


def current(station: Station) -> WallLink | None:
    return WallLink.objects.live().filter(station=station).first()


def find(token: str) -> Station | None:
    """The station whose screen an address opens."""
    link = WallLink.objects.live().select_related("station").filter(digest=_digest_of(token)).first()
    if link is None:
        return None
    today = timezone.localdate()
    if link.last_used_on != today:
        WallLink.objects.filter(pk=link.pk).update(last_used_on=today)
    return link.station


def _end(station: Station) -> None:
    WallLink.objects.live().filter(station=station).update(revoked_at=timezone.now())


def _digest_of(token: str) -> str:
    return crypto.keyed_hash(token, purpose="wall")
