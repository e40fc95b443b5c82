"""Addresses of calendars: made, shown once, replaced, revoked. Like machine tokens, they are kept as keyed hashes."""

import secrets

from django.db import transaction
from django.utils import timezone

from portal.core import crypto
from portal.core.errors import NotAllowed
from portal.core.history import acting_as
from portal.core.models import User
from stations.models import Station
from volunteers.guards import DUTY, OWN, TEAMS
from volunteers.models import CalendarFeed, Volunteer, VolunteerTeam


def renew(*, by: User, station: Station | None = None, team: VolunteerTeam | None = None) -> tuple[CalendarFeed, str]:
    """A new address for one's own duty, or that of a station or team one looks after; the one before it ends.

    Returns its text, too, which is shown this once.
    """
    if not may_read(by, station=station, team=team):
        raise NotAllowed()
    token = secrets.token_urlsafe(24)
    with transaction.atomic(), acting_as(by.pk):
        # Two presses of the button make one address that lives.
        User.objects.select_for_update().only("pk").get(pk=by.pk)
        _end(by, station=station, team=team)
        feed = CalendarFeed.objects.create(user=by, station=station, team=team, digest=_digest_of(token))
    return feed, token


def revoke(*, by: User, station: Station | None = None, team: VolunteerTeam | None = None) -> None:
    """The address opens nothing any more."""
    with transaction.atomic(), acting_as(by.pk):
        _end(by, station=station, team=team)


def current(*, by: User, station: Station | None = None, team: VolunteerTeam | None = None) -> CalendarFeed | None:
    return CalendarFeed.objects.for_user(by).live().filter(station=station, team=team).first()


def find(token: str) -> CalendarFeed | None:
    """What an address opens, as long as its owner may read it."""
    feeds = CalendarFeed.objects.live().select_related("user", "station", "team")
    feed = feeds.filter(digest=_digest_of(token)).first()
    if feed is None or not may_read(feed.user, station=feed.station, team=feed.team):
        return None
    today = timezone.localdate()
    if feed.last_used_on != today:
        CalendarFeed.objects.filter(pk=feed.pk).update(last_used_on=today)
    return feed


def may_read(user: User, *, station: Station | None, team: VolunteerTeam | None) -> bool:
    """A station's duty is for those who run it; a team's for its leaders and those who look after it."""
    if station is not None:
        return Station.objects.editable_by(user, DUTY).filter(pk=station.pk).exists()
    if team is not None:
        is_staff = VolunteerTeam.objects.editable_by(user, TEAMS).filter(pk=team.pk).exists()
        return is_staff or (user.scope.can(OWN) and team.is_led_by(user.person_id))
    return user.scope.can(OWN) and Volunteer.objects.current().filter(person=user.person_id).exists()


def _end(by: User, *, station: Station | None, team: VolunteerTeam | None) -> None:
    feeds = CalendarFeed.objects.filter(user=by, station=station, team=team, revoked_at__isnull=True)
    feeds.update(revoked_at=timezone.now())


def _digest_of(token: str) -> str:
    return crypto.keyed_hash(token, purpose="calendar")
