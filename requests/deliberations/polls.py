"""Votes by seat or by household. Staff take them down from paper or from hands; the result is counted, never typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError, NotFound
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


@dataclass(frozen=True)
class Tally:
    """What was voted for one option (None: abstained)."""

    option: PollOption | None
    votes: int
    # Of those who voted; by floor area, where that is known of every household.
    share: Decimal | None
    area_share: Decimal | None


@dataclass(frozen=True)
class Result:
    entitled: int
    voted: int
    turnout: Decimal | None
    # By floor area, where that is known of every household.
    area_turnout: Decimal | None
    tallies: list[Tally]
    has_quorum: bool
    # The option that has the majority, with a quorum.
    carried: PollOption | None


def put(
    deliberation: Deliberation, *, by: User, question: str, options: Sequence[str], voted: str, quorum: int,
    majority: int, at: datetime | None = None,
) -> Poll:  # fmt: skip
    """Put a question with its options to those who have a seat, or to the households of the estate."""
    with kept(deliberation, by=by) as locked:
        _refuse_unless_votes(locked)
        texts = list(dict.fromkeys(filter(None, (clean_text(each, max_length=MAX_OPTION) for each in options))))
        if not FEWEST <= len(texts) <= MOST:
            refuse("options", _("Give %(fewest)d to %(most)d options, one a line.") % {"fewest": FEWEST, "most": MOST})
        if voted == PollBy.HOUSEHOLD and (locked.estate is None or not locked.estate.households.exists()):
            refuse("voted", _("There is no list of the estate's households yet. Write it down first."))
        poll = Poll(
            deliberation=locked, question=clean_text(question, max_length=200), by=voted, quorum=quorum,
            majority=majority, opened_at=at or timezone.now(),
        )  # fmt: skip
        save(poll)
        PollOption.objects.bulk_create(
            PollOption(poll=poll, text=text, position=number) for number, text in enumerate(texts, 1)
        )
    return poll


def entitled(poll: Poll) -> QuerySet[Household] | QuerySet[Participant]:
    """Who has a voice."""
    if poll.by == PollBy.HOUSEHOLD:
        return Household.objects.filter(estate=poll.deliberation.estate_id)
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
    with kept(poll.deliberation, by=by) as deliberation:
        locked = _open(poll, deliberation)
        if option is not None and option.poll_id != locked.pk:
            raise NotFound()
        column = "household" if locked.by == PollBy.HOUSEHOLD else "participant"
        pks = {voter.pk for voter in voters}
        if not pks or entitled(locked).filter(pk__in=pks).count() != len(pks):
            refuse("voters", _("Name those who voted; they must be among those entitled."))
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
    with kept(poll.deliberation, by=by) as deliberation:
        locked = _open(poll, deliberation)
        locked.closed_at = at or timezone.now()
        locked.save(update_fields=["closed_at"])
    poll.refresh_from_db()
    return poll


def result(poll: Poll) -> Result:
    """Counted from the votes, in a few statements however many there are."""
    voters = entitled(poll)
    number, area = voters.count(), _whole_area(poll)
    counted: dict[int | None, tuple[int, Decimal]] = {
        option: (votes, floor or Decimal(0))
        for option, votes, floor in Vote.objects.filter(poll=poll)
        .order_by()
        .values_list("option")
        .annotate(Count("pk"), Sum("household__area_m2"))
    }
    voted = sum(votes for votes, _area in counted.values())
    voted_area = sum((floor for _votes, floor in counted.values()), Decimal(0))
    tallies, carried = [], None
    has_quorum = number > 0 and voted * 100 >= poll.quorum * number
    has_quorum = has_quorum and (area is None or voted_area * 100 >= poll.quorum * area)
    for option in [*poll.options.all(), None]:
        votes, floor = counted.get(option.pk if option else None, (0, Decimal(0)))
        area_share = None if area is None else _share(floor, voted_area)
        tallies.append(Tally(option, votes, _share(votes, voted), area_share))
        has_most = votes > 0 and votes * 100 >= poll.majority * voted
        has_most = has_most and (area is None or floor * 100 >= poll.majority * voted_area)
        if option is not None and has_quorum and has_most and _is_most(votes, counted):
            carried = option
    turnout, area_turnout = _share(voted, number), None if area is None else _share(voted_area, area)
    return Result(number, voted, turnout, area_turnout, tallies, has_quorum, carried)


def _is_most(votes: int, counted: dict[int | None, tuple[int, Decimal]]) -> bool:
    """More than any other option has: with a majority of less than half, two could have it."""
    return sum(other >= votes for pk, (other, _area) in counted.items() if pk is not None) == 1


def _whole_area(poll: Poll) -> Decimal | None:
    """The floor area of all households; None where that is not known of every one, or seats vote."""
    if poll.by != PollBy.HOUSEHOLD:
        return None
    known = entitled(poll).aggregate(all=Count("pk"), known=Count("area_m2"), area=Sum("area_m2"))
    return known["area"] if known["all"] and known["all"] == known["known"] else None


def _share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    return round(Decimal(part) * 100 / Decimal(whole), 2) if whole else None


def _refuse_unless_votes(deliberation: Deliberation) -> None:
    if deliberation.state not in TAKES_VOTES:
        message = _("Votes are taken from the notice until the resolution.")
        raise Conflict(message, code="not_possible_now")


def _open(poll: Poll, deliberation: Deliberation) -> Poll:
    _refuse_unless_votes(deliberation)
    locked = Poll.objects.select_for_update(of=("self",)).get(pk=poll.pk, deliberation=deliberation)
    locked.deliberation = deliberation
    if locked.closed_at is not None:
        raise Conflict(_("This vote is closed."), code="not_possible_now")
    return locked


def add_households(deliberation: Deliberation, *, by: User, lines: str) -> int:
    """Write down the estate's households, one a line: the flat, and after a comma its floor area where it is known."""
    with kept(deliberation, by=by) as locked:
        if locked.estate is None:
            raise Conflict(_("The deliberation names no estate."), code="no_estate")
        made = [_household(locked, line) for line in lines.splitlines() if line.strip()]
        if not made:
            refuse("lines", _("Write one flat a line."))
        before = set(locked.estate.households.values_list("label", flat=True))
        fresh = {each.label: each for each in made if each.label not in before}
        Household.objects.bulk_create(fresh.values())
    return len(fresh)


def _household(deliberation: Deliberation, line: str) -> Household:
    label, _comma, area = line.replace("，", ",").partition(",")
    label = clean_text(label, max_length=40)
    try:
        floor = Decimal(area.strip()) if area.strip() else None
        if not label or (floor is not None and not 0 < floor < 100_000):
            raise ArithmeticError
    except ArithmeticError as error:
        message = _("This line cannot be read: “%(line)s”. Write: 3栋501, 89.5") % {"line": line.strip()[:40]}
        raise DomainError("invalid", message, fields={"lines": [message]}) from error
    return Household(estate=deliberation.estate, label=label, area_m2=floor)
