"""From the topic to the resolution: raise, invite, give notice, record the meeting, record what was resolved."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError, NotAllowed, telling
from portal.core.history import acting_as
from portal.core.models import Organization, Person, Region, StoredFile, User
from portal.core.models.regions import codes_on
from portal.core.permissions import Role
from portal.core.text import clean_text
from requests.deliberation_types import (
    DeliberationKind,
    DeliberationSource,
    DeliberationState,
    DeliberationVerb,
    DropGround,
    ParticipantRole,
    Reply,
)
from requests.deliberations.step import Step, allowed, clean, finish, has_account, kept, step, written
from requests.models import Deliberation, DeliberationFile, Participant, Tabling
from requests.models.deliberations import WRITE
from requests.workflow.actors import DISPATCHING_ROLES
from volunteers.guards import refuse, save

S, V = DeliberationState, DeliberationVerb
MAX_PLACE = 100
# What those who raise a topic say of it.
DETAILS = frozenset({"kind", "topic", "text", "region", "estate", "station", "is_confidential", "chair"})
# As long as nobody has met, seats are given and taken.
SEATS_CHANGE = (S.RAISED, S.SCHEDULED)


def chairs_for(region: Region) -> QuerySet[Person]:
    """Who may lead a deliberation: staff and leaders of the region or one above, who see the cases that it takes up."""
    roles = (*DISPATCHING_ROLES, Role.LEADER)
    looks_after = Q(user__memberships__region__isnull=True, user__memberships__role=Role.ADMINISTRATOR)
    looks_after |= Q(user__memberships__region__code__in=codes_on(region.path), user__memberships__role__in=roles)
    held = Person.objects.filter(looks_after, user__is_active=True, user__memberships__is_active=True)
    return Person.objects.filter(pk__in=held.values("pk"))


def raise_topic(
    *, by: User, region: Region, chair: Person, tabled: Collection[Tabling] = (), at: datetime | None = None,
    **details: Any,
) -> Deliberation:  # fmt: skip
    """提出议题: directly, or from requests that wait on the open list, which go onto its agenda."""
    source = DeliberationSource.TABLED if tabled else DeliberationSource.RAISED
    row = Deliberation(
        region=region, chair=chair, source=source, raised_by=by, raised_at=at or timezone.now(), **_known(details)
    )
    _refuse_unfit(row, by=by)
    with transaction.atomic(), acting_as(by.pk):
        save(row)
        if tabled:
            _take_up(row, tabled, by=by)
        finish(Step(row, V.RAISE, by, row.raised_at, ""))
    return row


def taken_up_by(user: User) -> QuerySet[Tabling]:
    """What a new topic may take up: requests that wait on the open list, in the scope of `user`."""
    return Tabling.objects.for_user(user).waiting().filter(deliberation=None)


def _take_up(row: Deliberation, tabled: Collection[Tabling], *, by: User) -> None:
    # Locked: two topics may be made of one request in the same minute.
    pks = [each.pk for each in tabled]
    found = Tabling.objects.select_for_update(of=("self",)).filter(pk__in=taken_up_by(by).values("pk"))
    waiting = [each.pk for each in found.filter(pk__in=pks, request__region__path__startswith=row.region.path)]
    if len(waiting) != len(set(pks)):
        refuse("tabled", _("One of these requests does not wait on the open list any more, or lies elsewhere."))
    Tabling.objects.filter(pk__in=waiting).update(deliberation=row)


def amend(deliberation: Deliberation, *, by: User, at: datetime | None = None, **details: Any) -> Deliberation:
    """Say it otherwise, until it was talked over. What became confidential is seen by fewer people at once."""
    with step(deliberation, V.AMEND, by=by, at=at) as now:
        now.set(**_known(details))
        _refuse_unfit(now.deliberation, by=by)
        _refuse_known_already(now.deliberation)
    return deliberation


def hand_over(
    deliberation: Deliberation, *, by: User, chair: Person, text: str = "", at: datetime | None = None
) -> Deliberation:
    """更换主持人, at any time until it is over: somebody who is away keeps no one waiting."""
    with step(deliberation, V.HAND_OVER, by=by, text=text, at=at) as now:
        if not chairs_for(now.deliberation.region).filter(pk=chair.pk).exists():
            refuse("chair", _("The chair is somebody with an account who looks after this region."))
        now.set(chair=chair)
    return deliberation


def invite(
    deliberation: Deliberation,
    *,
    by: User,
    role: str,
    organization: Organization | None = None,
    person: Person | None = None,
    name: str = "",
) -> Participant:
    """Give a seat to a unit, to somebody with an account, or to somebody by name."""
    with kept(deliberation, by=by) as locked:
        _refuse_after(locked, SEATS_CHANGE)
        if role == ParticipantRole.MEDIATOR and person is None:
            refuse("person", _("A mediator is a person with an account."))
        if person is not None and not has_account(person):
            refuse("person", _("“%(name)s” has no account. Write the name down instead.") % {"name": person})
        seat = Participant(deliberation=locked, role=role, organization=organization, person=person, name=name)
        seat.name = clean_text(name, max_length=60)
        save(seat)
    return seat


def take_seat_away(seat: Participant, *, by: User) -> None:
    """Somebody was invited by mistake."""
    with kept(seat.deliberation, by=by) as locked:
        _refuse_after(locked, SEATS_CHANGE)
        locked.participants.filter(pk=seat.pk).delete()


def reply(seat: Participant, *, by: User, accepts: bool) -> Participant:
    """答复: whoever is invited says whether they come; for those without an account whoever runs it writes it down."""
    is_own = by.person_id == seat.person_id or seat.organization_id in by.scope.organization_ids
    with transaction.atomic(), acting_as(by.pk):
        locked = Deliberation.objects.select_for_update(of=("self",)).get(pk=seat.deliberation_id)
        with telling(lambda: allowed(locked, by=by)):
            if not (is_own or Deliberation.objects.editable_by(by, WRITE).filter(pk=locked.pk).exists()):
                raise NotAllowed(code="not_yours_to_do")
            _refuse_after(locked, SEATS_CHANGE)
        seat.reply = Reply.ACCEPTED if accepts else Reply.DECLINED
        seat.save(update_fields=["reply"])
    return seat


def schedule(
    deliberation: Deliberation, *, by: User, scheduled_for: datetime, place: str, text: str = "",
    at: datetime | None = None,
) -> Deliberation:  # fmt: skip
    """通知: when and where. Those invited are told; a new time is told again."""
    with step(deliberation, V.SCHEDULE, by=by, text=text, at=at) as now:
        place = clean_text(place, max_length=MAX_PLACE)
        if not place:
            refuse("place", _("Please say where it is held."))
        if scheduled_for <= now.at:
            refuse("scheduled_for", _("This time has passed already."))
        if not now.deliberation.participants.exists():
            raise Conflict(_("Nobody is invited yet. Name those who have a part in it first."), code="nobody_invited")
        now.set(state=S.SCHEDULED, scheduled_for=scheduled_for, place=place)
    return deliberation


def hold(
    deliberation: Deliberation,
    *,
    by: User,
    minutes: str,
    attended: Collection[Participant],
    files: Sequence[StoredFile] = (),
    at: datetime | None = None,
) -> Deliberation:
    """议事记录: who came, and what was said."""
    with step(deliberation, V.HOLD, by=by, at=at) as now:
        minutes = written(minutes, name="minutes")
        if now.deliberation.scheduled_for > now.at:
            raise Conflict(_("It has not been held yet: its time is still to come."), code="too_early")
        if not attended:
            refuse("attended", _("Name those who came."))
        came = [seat.pk for seat in attended]
        now.deliberation.participants.filter(pk__in=came).update(attended=True)
        now.deliberation.participants.exclude(pk__in=came).update(attended=False)
        DeliberationFile.objects.bulk_create(
            DeliberationFile(deliberation=now.deliberation, file=each) for each in files
        )
        now.set(state=S.HELD, held_at=now.deliberation.scheduled_for, minutes=minutes)
    return deliberation


def resolve(deliberation: Deliberation, *, by: User, resolution: str, at: datetime | None = None) -> Deliberation:
    """形成决议: in the words that are published, or that the parties of a dispute agreed on. Votes are closed first."""
    with step(deliberation, V.RESOLVE, by=by, at=at) as now:
        resolution = written(resolution, name="resolution")
        if now.deliberation.polls.filter(closed_at=None).exists():
            raise Conflict(_("A vote is still open. Close it first: its result belongs to the resolution."))
        now.set(state=S.RESOLVED, resolved_at=now.at, resolution=resolution)
    return deliberation


def drop(
    deliberation: Deliberation, *, by: User, ground: str, text: str = "", at: datetime | None = None
) -> Deliberation:  # fmt: skip
    """终止 on a ground. Requests on its agenda go onto the open list."""
    with step(deliberation, V.DROP, by=by, text=text, at=at) as now:
        if ground not in DropGround.values:
            refuse("ground", _("Please choose one of the reasons."))
        now.set(state=S.DROPPED, dropped_at=now.at, drop_ground=ground)
        now.deliberation.tablings.update(deliberation=None)
    return deliberation


def _refuse_unfit(row: Deliberation, *, by: User) -> None:
    scope, fields = by.scope.granting(WRITE), {}
    if not (scope.covers(row.region) or (row.station_id is not None and row.station_id in scope.station_ids)):
        fields["region"] = _("This place is not one of yours.")
    elif not row.region.is_current:
        fields["region"] = _("“%(name)s” has been abolished.") % {"name": row.region}
    if not chairs_for(row.region).filter(pk=row.chair_id).exists():
        fields["chair"] = _("The chair is somebody with an account who looks after this region.")
    for name in ("estate", "station"):
        place = getattr(row, name)
        if place is not None and not place.region.path.startswith(row.region.path):
            fields[name] = _("This lies outside of the region.")
    if row.is_confidential and row.kind != DeliberationKind.DISPUTE:
        fields["is_confidential"] = _("Only the mediation of a dispute can be confidential.")
    if fields:
        errors = {name: [message] for name, message in fields.items()}
        raise DomainError("invalid", next(iter(fields.values())), fields=errors)


def _refuse_known_already(row: Deliberation) -> None:
    if row.is_confidential and row.agenda_items.exists():
        refuse("is_confidential", _("It stands on the list of a monthly meeting. Take it off there first."))
    if row.is_confidential and row.surveys.exists():
        refuse("is_confidential", _("A household survey takes its vote: it is known from door to door."))


def _refuse_after(row: Deliberation, states: tuple[str, ...]) -> None:
    if row.state not in states:
        message = _("The deliberation is “%(state)s” by now.") % {"state": row.get_state_display()}
        raise Conflict(message, code="not_possible_now")


def _known(details: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(details) - DETAILS:
        raise TypeError(f"a deliberation has no {sorted(unknown)}")
    if "text" in details:
        details["text"] = clean(details["text"])
    return details
