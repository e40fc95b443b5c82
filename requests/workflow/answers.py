"""评价 and 回访: the resident judges, staff call back, the case is closed."""

from datetime import datetime

from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError
from portal.core.text import clean_text
from requests import limits
from requests.models import Rating, ServiceRequest
from requests.types import AnswerSource, CloseGround, RatingCode, State, Verb
from requests.workflow.actors import CLOCK, By
from requests.workflow.handling import begin_again
from requests.workflow.step import MAX_TEXT, Step, step

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
    """评价: one of five levels and whether it is solved. Solved closes the case; not solved has staff call back."""
    if code not in RatingCode.values or solved not in (True, False):
        fields = {} if code in RatingCode.values else {"code": [_("Please choose one of the five levels.")]}
        if solved not in (True, False):
            fields["solved"] = [_("Please say whether it is solved.")]
        raise DomainError("invalid", next(iter(fields.values()))[0], fields=fields)
    comment = clean_text(comment, max_length=MAX_TEXT, multiline=True)
    with step(case, Verb.RATE, by=by, version=version, at=at) as now:
        if now.case.call_back_due_at is not None:
            raise Conflict(_("You have already rated this. We are going to call you back."), code="already_rated")
        now.data.update(code=code, solved=solved)
        # The comment goes to the case's staff with the rating; the timeline of others' eyes has the level only.
        now.text = comment
        requester = by.requester
        Rating.objects.create(
            request=now.case, district_id=now.case.district_id, requester=requester, round=now.case.redo_count,
            source=AnswerSource.RATING, code=code, solved=solved, comment=comment, at=now.at,
        )  # fmt: skip
        now.set(last_rating=code, last_rating_at=now.at)
        _answered(now, solved=solved)
        if solved:
            _close(now, CloseGround.RATED)
        else:
            now.set(call_back_due_at=limits.due(now.at, limits.CALL_BACK))
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
                request=now.case, district_id=now.case.district_id, requester=now.case.requesters.first(),
                round=now.case.redo_count, source=AnswerSource.CALL_BACK, code=code, solved=solved, at=now.at,
            )  # fmt: skip
            if solved is not None:
                _answered(now, solved=solved)
            if code:
                now.set(last_rating=code, last_rating_at=now.at)
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


def _answered(now: Step, *, solved: bool) -> None:
    now.set(last_solved=solved, last_answer_at=now.at)


def _close(now: Step, ground: str) -> None:
    now.data["ground"] = ground
    now.set(state=State.CLOSED, close_ground=ground, ended_at=now.at, call_back_due_at=None)
