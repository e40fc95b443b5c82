"""评价 and 回访: the resident judges, staff call back, the case is closed."""

from datetime import datetime

from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError
from portal.core.text import clean_text
from requests import limits
from requests.models import Rating, Requester, ServiceRequest
from requests.types import AnswerSource, CloseGround, RatingCode, State, Verb
from requests.workflow.actors import CLOCK, By
from requests.workflow.handling import begin_again
from requests.workflow.step import MAX_TEXT, Step, has_rated, step

CALL_BACK_GROUNDS = (
    CloseGround.CALL_BACK_SOLVED,
    CloseGround.CALL_BACK_UNREASONABLE,
    CloseGround.CALL_BACK_UNREACHABLE,
)
REDO = "redo"


def rate(
    case: ServiceRequest,
    *,
    by: By,
    code: str,
    solved: bool,
    comment: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """评价: one of five levels and whether it is solved. Not solved has staff call back; solved closes the case, with
    several who asked once all of them have said so."""
    if code not in RatingCode.values or solved not in (True, False):
        fields = {} if code in RatingCode.values else {"code": [_("Please choose one of the five levels.")]}
        if solved not in (True, False):
            fields["solved"] = [_("Please say whether it is solved.")]
        raise DomainError("invalid", next(iter(fields.values()))[0], fields=fields)
    comment = clean_text(comment, max_length=MAX_TEXT, multiline=True)
    with step(case, Verb.RATE, by=by, version=version, at=at) as now:
        if has_rated(now.case, by.requester):
            raise Conflict(_("You have already rated this."), code="already_rated")
        now.data.update(code=code, solved=solved)
        # The comment goes to the case's staff with the rating; the timeline of others' eyes has the level only.
        now.text = comment
        requester = by.requester
        Rating.objects.create(
            request=now.case, district_id=now.case.district_id, requester=requester, round=now.case.redo_count,
            source=AnswerSource.RATING, code=code, solved=solved, comment=comment, at=now.at,
        )  # fmt: skip
        now.set(last_rating_at=now.at)
        answers = _answered(now)
        if not solved:
            now.set(call_back_due_at=now.case.call_back_due_at or limits.due(now.at, limits.CALL_BACK))
        elif now.case.last_solved and len(answers) == now.case.requesters.count():
            _close(now, CloseGround.RATED)
    return case


def call_back(
    case: ServiceRequest,
    *,
    by: By,
    reached: bool,
    outcome: str,
    text: str = "",
    solved: bool | None = None,
    code: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """回访. `outcome` is a closing ground or "redo"; what the resident said counts as an answer if reached."""
    if outcome != REDO and outcome not in CALL_BACK_GROUNDS:
        message = _("Please choose what follows from the call.")
        raise DomainError("invalid", message, fields={"outcome": [message]})
    if reached == (outcome == CloseGround.CALL_BACK_UNREACHABLE):
        message = _("Whether the resident was reached does not fit what follows from the call.")
        raise DomainError("invalid", message, fields={"outcome": [message]})
    if code and code not in RatingCode.values:
        message = _("Please choose one of the five levels.")
        raise DomainError("invalid", message, fields={"code": [message]})
    if outcome == CloseGround.CALL_BACK_SOLVED:
        solved = True
    elif outcome == REDO:
        solved = False
    with step(case, Verb.CALL_BACK, by=by, version=version, text=text, text_required=True, at=at) as now:
        now.data.update(reached=reached, outcome=outcome, solved=solved if reached else None)
        if reached and (solved is not None or code):
            Rating.objects.create(
                request=now.case, district_id=now.case.district_id, requester=_called(now),
                round=now.case.redo_count, source=AnswerSource.CALL_BACK, code=code, solved=solved, at=now.at,
            )  # fmt: skip
            if code:
                now.set(last_rating_at=now.at)
            _answered(now)
        if outcome == REDO:
            begin_again(now)
        else:
            _close(now, outcome)
    return case


def close(case: ServiceRequest, *, by: By = CLOCK, at: datetime | None = None) -> ServiceRequest:
    """归档 when the window for ratings has passed."""
    with step(case, Verb.CLOSE, by=by, at=at) as now:
        _close(now, CloseGround.WINDOW)
    return case


def _called(now: Step) -> Requester | None:
    """Whom one calls back: of several who asked, the one who last said that it is not solved."""
    unhappy = now.case.ratings.filter(round=now.case.redo_count, solved=False).order_by("-id").first()
    return unhappy.requester if unhappy else now.case.requesters.first()


def _answered(now: Step) -> list[Rating]:
    """Work out what the case's people say together, from the last answer of each in this round.

    It is solved when nobody says no; the level is the lowest that anybody gave. Returns those answers.
    """
    last: dict[int, Rating] = {}
    levels: dict[int, str] = {}
    for rating in now.case.ratings.filter(round=now.case.redo_count).order_by("id"):
        if rating.solved is not None:
            last[rating.requester_id] = rating
        if rating.code:
            levels[rating.requester_id] = rating.code
    if levels:
        now.set(last_rating=max(levels.values(), key=RatingCode.values.index))
    if last:
        answers = last.values()
        now.set(last_solved=all(each.solved for each in answers), last_answer_at=max(each.at for each in answers))
    return list(last.values())


def _close(now: Step, ground: str) -> None:
    now.data["ground"] = ground
    now.set(state=State.CLOSED, close_ground=ground, ended_at=now.at, call_back_due_at=None)
