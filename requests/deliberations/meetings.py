"""会商: the region's meeting. Its list is made of what is open, then put in order; its minutes are written once."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import Conflict, NotAllowed, NotFound, telling
from portal.core.history import acting_as
from portal.core.models import Person, Region, User
from portal.core.text import clean_text
from requests.deliberation_types import MeetingState
from requests.deliberations.step import written
from requests.deliberations.topics import MAX_PLACE, chairs_for
from requests.models import AgendaItem, Deliberation, Meeting, Tabling
from requests.models.deliberations import WRITE
from volunteers.guards import refuse, refuse_outside, save

# Minutes are sometimes written some days later.
MOST_LATE = timedelta(days=30)


def keeps(meeting: Meeting, *, by: User) -> bool:
    """Staff of the region, and the chair."""
    scope = by.scope.granting(WRITE)
    return scope.can(WRITE) and (scope.covers(meeting.region) or meeting.chair_id == scope.person_id)


def call(*, by: User, region: Region, held_on: date, chair: Person, place: str = "") -> Meeting:
    """A meeting on a day, with the list of what is open by now."""
    refuse_outside(region, by=by, field="region", capability=WRITE)
    if held_on < timezone.localdate(timezone=ZONE) - MOST_LATE:
        refuse("held_on", _("A meeting can be written down until thirty days after it was held."))
    if not chairs_for(region).filter(pk=chair.pk).exists():
        refuse("chair", _("The chair is somebody with an account who looks after this region."))
    meeting = Meeting(
        region=region, held_on=held_on, chair=chair, place=clean_text(place, max_length=MAX_PLACE), called_by=by
    )
    with transaction.atomic(), acting_as(by.pk):
        save(meeting)
        _gather(meeting)
    return meeting


def gather(meeting: Meeting, *, by: User) -> int:
    """Add what has come up since; returns how many items that is."""
    with transaction.atomic(), acting_as(by.pk):
        return _gather(_planned(meeting, by=by))


def move(item: AgendaItem, *, by: User, up: bool) -> None:
    """One place up or down the list."""
    with transaction.atomic(), acting_as(by.pk):
        meeting = _planned(item.meeting, by=by)
        order = list(meeting.items.order_by("position", "pk"))
        at = next((number for number, each in enumerate(order) if each.pk == item.pk), None)
        if at is None:
            raise NotFound()
        other = at - 1 if up else at + 1
        if 0 <= other < len(order):
            order[at], order[other] = order[other], order[at]
        for number, each in enumerate(order, 1):
            each.position = number
        AgendaItem.objects.bulk_update(order, ["position"])


def strike(item: AgendaItem, *, by: User) -> None:
    """Off the list; it stays open for another meeting."""
    with transaction.atomic(), acting_as(by.pk):
        _planned(item.meeting, by=by).items.filter(pk=item.pk).delete()


def hold(meeting: Meeting, *, by: User, minutes: str) -> Meeting:
    """The meeting was held. What its items came to, each says itself."""
    minutes = written(minutes, name="minutes")
    with transaction.atomic(), acting_as(by.pk):
        locked = _planned(meeting, by=by)
        locked.minutes, locked.state = minutes, MeetingState.HELD
        locked.save(update_fields=["minutes", "state"])
    meeting.refresh_from_db()
    return meeting


def _planned(meeting: Meeting, *, by: User) -> Meeting:
    rows = Meeting.objects.select_for_update(of=("self",)).select_related("region")
    locked = rows.for_user(by).filter(pk=meeting.pk).first()
    if locked is None:
        raise NotFound()
    # One that was held stays as it is, and nobody but its keepers does anything with it.
    with telling(list):
        if not keeps(locked, by=by):
            raise NotAllowed(code="not_yours_to_do")
        if locked.state != MeetingState.PLANNED:
            raise Conflict(_("This meeting has been held already."), code="not_possible_now")
    return locked


def _gather(meeting: Meeting) -> int:
    """Topics of the region that wait, and its cases on no deliberation's agenda. Confidential ones are on no list."""
    path, listed = meeting.region.path, meeting.items
    topics = Deliberation.objects.to_be_held().filter(region__path__startswith=path, is_confidential=False)
    topics = topics.exclude(pk__in=listed.filter(deliberation__isnull=False).values("deliberation"))
    cases = Tabling.objects.waiting().filter(deliberation=None, request__region__path__startswith=path)
    cases = cases.exclude(pk__in=listed.filter(tabling__isnull=False).values("tabling"))
    last = listed.aggregate(last=Max("position"))["last"] or 0
    found = [*({"deliberation": row} for row in topics.order_by("raised_at", "pk"))]
    found += [{"tabling": row} for row in cases.order_by("tabled_at", "pk")]
    AgendaItem.objects.bulk_create(
        AgendaItem(meeting=meeting, position=last + number, **each) for number, each in enumerate(found, 1)
    )
    return len(found)
