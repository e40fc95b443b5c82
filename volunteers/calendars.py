"""Duty as calendar files (RFC 5545), for phones and mail programs.

An event keeps its UID for ever, and SEQUENCE counts what changed in it (`revision`, which the database counts); what
was given back or called off stays, as CANCELLED, for programs that had it before. Calendars leave the portal: other
people stand in them by their masked names, and no phone but the station's.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone

from portal.core import crypto
from portal.core.clock import ZONE
from portal.core.masking import mask_name
from stations.models import Station
from volunteers.models import Assignment, CalendarFeed, DutyShift, Volunteer, VolunteerTeam
from volunteers.models.assignments import AssignmentQuerySet
from volunteers.types import HOLDING, AssignmentStatus, MemberStatus, ShiftStatus

CONTENT_TYPE = "text/calendar; charset=utf-8"
# What a program has had for so long need not be sent to it again.
BACK = timedelta(days=60)
FETCH_AGAIN = timedelta(hours=1)
CONFIRMED, TENTATIVE, CANCELLED = "CONFIRMED", "TENTATIVE", "CANCELLED"
STATUS = {
    AssignmentStatus.CONFIRMED: CONFIRMED,
    AssignmentStatus.PROPOSED: TENTATIVE,
    AssignmentStatus.WAITING: TENTATIVE,
}


@dataclass
class OnShift:
    """Who is on one shift, and how often that has changed."""

    names: list[tuple[int, str]] = field(default_factory=list)
    changes: int = 0


def of_feed(feed: CalendarFeed) -> bytes | None:
    """What an address shows; None when there is nothing that it could stand for any more."""
    if feed.station:
        return of_station(feed.station)
    if feed.team:
        return of_team(feed.team)
    volunteer = Volunteer.objects.current().filter(person=feed.user.person_id).first()
    return of_volunteer(volunteer) if volunteer else None


def of_volunteer(volunteer: Volunteer) -> bytes:
    """The volunteer's own duty, just past and to come."""
    places = volunteer.assignments.filter(shift__ends_at__gte=timezone.now() - BACK)
    return _of_places(places)


def of_place(place: Assignment) -> bytes:
    """One shift of somebody's own; the same event as in their feed."""
    return _of_places(Assignment.objects.filter(pk=place.pk))


def of_station(station: Station) -> bytes:
    shifts = DutyShift.objects.filter(station=station, ends_at__gte=timezone.now() - BACK).select_related("station")
    on = _who_is_on(Assignment.objects.filter(shift__in=shifts))
    events = [_shared(shift, on[shift.pk], uid=f"shift {shift.pk}") for shift in shifts]
    return _file(_("Duty at %(name)s") % {"name": station}, events)


def of_team(team: VolunteerTeam) -> bytes:
    """Shifts that members of the team are on, each with the members on it."""
    members = team.members.filter(status=MemberStatus.ACTIVE).values("volunteer")
    places = Assignment.objects.filter(volunteer__in=members, shift__ends_at__gte=timezone.now() - BACK)
    on = _who_is_on(places)
    shifts = DutyShift.objects.filter(pk__in=on).select_related("station")
    events = [_shared(shift, on[shift.pk], uid=f"team {team.pk} shift {shift.pk}", is_team=True) for shift in shifts]
    return _file(_("Duty of %(name)s") % {"name": team}, events)


def _of_places(places: AssignmentQuerySet) -> bytes:
    places = places.select_related("shift__station").order_by("shift__starts_at", "pk")
    on = _who_is_on(Assignment.objects.filter(shift__in=places.values("shift")))
    return _file(_("My duty"), [_own(place, on[place.shift_id]) for place in places])


def _own(place: Assignment, on: OnShift) -> Event:
    status = STATUS.get(AssignmentStatus(place.status), CANCELLED)
    title = place.shift.title
    if status != CONFIRMED:
        title = _("%(title)s (%(state)s)") % {"title": title, "state": place.get_status_display()}
    others = [name for volunteer_id, name in on.names if volunteer_id != place.volunteer_id]
    sequence = place.revision + place.shift.revision
    return _event(
        place.shift, uid=f"assignment {place.pk}", title=title, status=status, names=others, sequence=sequence
    )


def _shared(shift: DutyShift, on: OnShift, *, uid: str, is_team: bool = False) -> Event:
    is_off = shift.status == ShiftStatus.CALLED_OFF or (is_team and not on.names)
    title = _("%(title)s (%(on)d of %(wanted)d)") % {
        "title": shift.title, "on": shift.taken, "wanted": shift.min_people,
    }  # fmt: skip
    return _event(
        shift, uid=uid, title=shift.title if is_off or is_team else title, status=CANCELLED if is_off else CONFIRMED,
        names=[name for _volunteer, name in on.names], sequence=shift.revision + on.changes,
    )  # fmt: skip


def _event(
    shift: DutyShift, *, uid: str, title: str, status: str, names: Iterable[str], sequence: int
) -> Event:  # fmt: skip
    station, event = shift.station, Event()
    event.add("uid", f"{crypto.keyed_hash(uid, purpose='calendar-uid')[:32]}@xiaozhan")
    event.add("dtstamp", timezone.now())
    event.add("sequence", sequence)
    event.add("status", status)
    event.add("transp", "TRANSPARENT" if status == CANCELLED else "OPAQUE")
    event.add("summary", title)
    event.add("dtstart", _local(shift.starts_at))
    event.add("dtend", _local(shift.ends_at))
    event.add("location", f"{station.name} {station.address}".strip())
    if station.latitude is not None and station.longitude is not None:
        event.add("geo", (station.latitude, station.longitude))
    names = list(names)
    lines = [
        shift.note,
        shift.called_off_reason,
        _("On duty: %(names)s") % {"names": _(", ").join(names)} if names else "",
        _("Phone of the station: %(phone)s") % {"phone": station.phone} if station.phone else "",
    ]
    event.add("description", "\n".join(line for line in lines if line))
    return event


def _who_is_on(places: AssignmentQuerySet) -> dict[int, OnShift]:
    """One query for all shifts. Each row that was ever made counts as one change, and each of its own."""
    found: dict[int, OnShift] = defaultdict(OnShift)
    rows = places.order_by("pk").values_list("shift", "volunteer", "volunteer__person__name", "status", "revision")
    for shift_id, volunteer_id, name, status, revision in rows:
        found[shift_id].changes += 1 + revision
        if status in HOLDING:
            found[shift_id].names.append((volunteer_id, mask_name(name)))
    return found


def _file(name: str, events: Iterable[Event]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Xiaozhan//Duty//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", str(ZONE))
    calendar.add("refresh-interval", FETCH_AGAIN, parameters={"VALUE": "DURATION"})
    # Since 1991 the city's clock has not been put forward.
    calendar.add_component(Timezone.from_tzinfo(ZONE, first_date=date(1992, 1, 1)))
    for event in events:
        calendar.add_component(event)
    return calendar.to_ical()


def _local(moment: datetime) -> datetime:
    return moment.astimezone(ZONE)
