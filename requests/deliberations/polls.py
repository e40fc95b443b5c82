"""Votes by seat or by household. Staff take them down from paper or from hands, or at the door (`requests.surveys`);
the result is counted, never typed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.errors import Conflict, NotFound
from portal.core.humanize import absolute_time
from portal.core.models import User
from portal.core.text import clean_text
from requests.deliberation_types import DeliberationState, PollBy
from requests.deliberations.step import kept
from requests.models import Deliberation, Household, Participant, Poll, PollOption, Vote
from volunteers.guards import refuse, save

# A question is put when it is talked over, and until the resolution is made.
TAKES_VOTES = (DeliberationState.SCHEDULED, DeliberationState.HELD)
FEWEST, MOST, MAX_OPTION = 2, 10, 60
# So many are named in a refusal.
NAMED = 5


# Votes and floor area by option; None: abstained.
Counted = dict[int | None, tuple[int, Decimal]]


@dataclass(frozen=True)
class Whole:
    """Who has a voice, and over how much floor area."""

    number: int = 0
    # None: seats have none.
    area: Decimal | None = None
    unmeasured: int = 0


@dataclass(frozen=True)
class Tally:
    """What was voted for one option (None: abstained)."""

    option: PollOption | None
    votes: int
    # Of those who voted; by floor area, of what is known of it.
    share: Decimal | None
    area_share: Decimal | None


@dataclass(frozen=True)
class Result:
    entitled: int
    voted: int
    turnout: Decimal | None
    # By floor area, of what is known of it.
    area_turnout: Decimal | None
    # Households whose floor area nobody has written down.
    unmeasured: int
    tallies: list[Tally]
    has_quorum: bool
    # The option that has the majority by now, with a quorum: by households alone while floor areas are missing.
    ahead: PollOption | None
    is_closed: bool

    @property
    def carried(self) -> PollOption | None:
        """What the vote has decided. It has to be over, and no missing floor area counts as consent."""
        return self.ahead if self.is_closed and not self.unmeasured else None


def put(
    deliberation: Deliberation, *, by: User, question: str, options: Sequence[str], voted: str, quorum: int,
    majority: int, at: datetime | None = None,
) -> Poll:  # fmt: skip
    """Put a question with its options to those who have a seat, or to the households of the estate."""
    with kept(deliberation, by=by) as locked:
        _refuse_unless_votes(locked)
        if voted == PollBy.HOUSEHOLD and (locked.estate is None or not locked.estate.households.exists()):
            refuse("voted", _("There is no list of the estate's households yet. Write it down first."))
        poll = Poll(
            deliberation=locked, question=clean_text(question, max_length=200), by=voted, quorum=quorum,
            majority=majority, opened_at=at or timezone.now(),
        )  # fmt: skip
        lay_out(poll, options)
    return poll


def lay_out(poll: Poll, options: Sequence[str]) -> None:
    """Save a question with its options in their order."""
    texts = list(dict.fromkeys(filter(None, (clean_text(each, max_length=MAX_OPTION) for each in options))))
    if not FEWEST <= len(texts) <= MOST:
        refuse("options", _("Give %(fewest)d to %(most)d options, one a line.") % {"fewest": FEWEST, "most": MOST})
    save(poll)
    PollOption.objects.bulk_create(
        PollOption(poll=poll, text=text, position=number) for number, text in enumerate(texts, 1)
    )


def entitled(poll: Poll) -> QuerySet[Household] | QuerySet[Participant]:
    """Who has a voice."""
    if poll.by == PollBy.HOUSEHOLD:
        return Household.objects.filter(estate=_estate_of(poll))
    return Participant.objects.filter(deliberation=poll.deliberation_id)


def record(
    poll: Poll,
    *,
    by: User,
    voters: Sequence[Household | Participant],
    option: PollOption | None,
    at: datetime | None = None,
) -> int:
    """Take down how these voted; `option` None: they abstained. All of them or, where one has voted already, none."""
    _refuse_from_door_to_door(poll)
    with kept(poll.deliberation, by=by) as deliberation:
        locked = _open(poll, deliberation)
        if option is not None and option.poll_id != locked.pk:
            raise NotFound()
        column = "household" if locked.by == PollBy.HOUSEHOLD else "participant"
        pks = {voter.pk for voter in voters}
        if not pks or entitled(locked).filter(pk__in=pks).count() != len(pks):
            refuse("voters", _("Name those who voted; they must be among those entitled."))
        if locked.by == PollBy.SEAT:
            _refuse_unless_there(locked, pks, at=at or timezone.now())
        already = Vote.objects.filter(poll=locked, **{f"{column}__in": pks}).select_related(
            "household", "participant__organization", "participant__person"
        )
        if names := [str(vote.household or vote.participant) for vote in already[:NAMED]]:
            message = _("These have voted already: %(names)s. Nothing was recorded.") % {"names": "、".join(names)}
            raise Conflict(message, code="voted_already", fields={"voters": [message]})
        Vote.objects.bulk_create(
            Vote(poll=locked, option=option, recorded_by=by, recorded_at=at or timezone.now(), **{f"{column}_id": pk})
            for pk in sorted(pks)
        )
    return len(pks)


def close(poll: Poll, *, by: User, at: datetime | None = None) -> Poll:
    """No more votes: the result stands."""
    _refuse_from_door_to_door(poll)
    at = at or timezone.now()
    with kept(poll.deliberation, by=by) as deliberation:
        locked = _open(poll, deliberation)
        if not locked.has_begun(at):
            message = _("Seats vote at the meeting, which begins at %(at)s; the vote cannot be closed before.")
            words = {"at": absolute_time(deliberation.scheduled_for)}
            raise Conflict(message % words, code="not_possible_now")
        locked.closed_at = at
        locked.save(update_fields=["closed_at"])
    poll.refresh_from_db()
    return poll


def result(poll: Poll) -> Result:
    """Counted from the votes."""
    return results([poll])[0][1]


def results(polls: Iterable[Poll]) -> list[tuple[Poll, Result]]:
    """Each question with its result, in a few statements however many there are. The deliberation or the survey of each
    is at hand."""
    polls = list(polls)
    whole = _entitled_to(polls)
    options: dict[int, list[PollOption]] = {poll.pk: [] for poll in polls}
    for option in PollOption.objects.filter(poll__in=options):
        options[option.poll_id].append(option)
    counted: dict[int, Counted] = {poll.pk: {} for poll in polls}
    votes = Vote.objects.filter(poll__in=counted).order_by().values_list("poll", "option")
    for poll, option, number, floor in votes.annotate(Count("pk"), Sum("household__area_m2")):
        counted[poll][option] = (number, floor or Decimal(0))
    return [(poll, _result(poll, options[poll.pk], counted[poll.pk], whole[poll.pk])) for poll in polls]


def _entitled_to(polls: Sequence[Poll]) -> dict[int, Whole]:
    estates = {poll.pk: _estate_of(poll) for poll in polls if poll.by == PollBy.HOUSEHOLD}
    known = {
        estate: Whole(number, area or Decimal(0), number - measured)
        for estate, number, measured, area in Household.objects.filter(estate__in=set(estates.values()))
        .order_by()
        .values_list("estate")
        .annotate(Count("pk"), Count("area_m2"), Sum("area_m2"))
    }
    of_seats = {poll.deliberation_id for poll in polls if poll.by == PollBy.SEAT}
    seated = Participant.objects.filter(deliberation__in=of_seats).order_by().values_list("deliberation")
    seats = dict(seated.annotate(Count("pk")))
    return {
        poll.pk: known.get(estates[poll.pk], Whole())
        if poll.pk in estates
        else Whole(seats.get(poll.deliberation_id, 0))
        for poll in polls
    }


def _result(poll: Poll, options: Sequence[PollOption], counted: Counted, whole: Whole) -> Result:
    voted = sum(votes for votes, _area in counted.values())
    voted_area = sum((floor for _votes, floor in counted.values()), Decimal(0))
    # By law both have to be reached; what is known of a part of the flats alone says nothing about the rest.
    by_area = whole.area is not None and not whole.unmeasured
    tallies, ahead = [], None
    has_quorum = whole.number > 0 and voted * 100 >= poll.quorum * whole.number
    has_quorum = has_quorum and (not by_area or voted_area * 100 >= poll.quorum * (whole.area or 0))
    for option in [*options, None]:
        votes, floor = counted.get(option.pk if option else None, (0, Decimal(0)))
        tallies.append(Tally(option, votes, _share(votes, voted), _share(floor, voted_area) if whole.area else None))
        has_most = votes > 0 and votes * 100 >= poll.majority * voted
        has_most = has_most and (not by_area or floor * 100 >= poll.majority * voted_area)
        if option is not None and has_quorum and has_most and _is_most(votes, counted):
            ahead = option
    return Result(
        entitled=whole.number, voted=voted, turnout=_share(voted, whole.number),
        area_turnout=_share(voted_area, whole.area) if whole.area else None, unmeasured=whole.unmeasured,
        tallies=tallies, has_quorum=has_quorum, ahead=ahead, is_closed=poll.closed_at is not None,
    )  # fmt: skip


def _is_most(votes: int, counted: Counted) -> bool:
    """More than any other option has: with a majority of less than half, two could have it."""
    return sum(other >= votes for pk, (other, _area) in counted.items() if pk is not None) == 1


def _estate_of(poll: Poll) -> int | None:
    return poll.survey.estate_id if poll.survey is not None else poll.deliberation.estate_id


def _share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    return round(Decimal(part) * 100 / Decimal(whole), 2) if whole else None


def _refuse_unless_votes(deliberation: Deliberation) -> None:
    if deliberation.state not in TAKES_VOTES:
        message = _("Votes are taken from the notice until the resolution.")
        raise Conflict(message, code="not_possible_now")


def _refuse_unless_there(poll: Poll, seats: Collection[int], *, at: datetime) -> None:
    """Seats vote at the table: not before the meeting begins, and not for who was not there. Households get their
    papers with the notice, and may hand them in from then on."""
    if not poll.has_begun(at):
        message = _("Seats vote at the meeting, which begins at %(at)s. Households can vote from the notice on.")
        raise Conflict(message % {"at": absolute_time(poll.deliberation.scheduled_for)}, code="not_possible_now")
    absent = Participant.objects.filter(pk__in=seats, attended=False).select_related("organization", "person")
    if names := [str(seat) for seat in absent[:NAMED]]:
        message = _("These were not at the meeting and have no vote: %(names)s. Nothing was recorded.")
        refuse("voters", message % {"names": "、".join(names)})


def _refuse_from_door_to_door(poll: Poll) -> None:
    if poll.survey_id is not None:
        message = _("This question is asked from door to door: record the answer with the household.")
        raise Conflict(message, code="not_possible_now")


def _open(poll: Poll, deliberation: Deliberation) -> Poll:
    _refuse_unless_votes(deliberation)
    locked = Poll.objects.select_for_update(of=("self",)).get(pk=poll.pk, deliberation=deliberation)
    locked.deliberation = deliberation
    if locked.closed_at is not None:
        raise Conflict(_("This vote is closed."), code="not_possible_now")
    return locked
