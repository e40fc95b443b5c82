"""After which verbs of surveys, appraisals and elections somebody is told: they say so, and know nothing of whom."""

from collections.abc import Callable
from dataclasses import dataclass

from portal.core.models import User
from requests.deliberation_types import AppraisalVerb, ElectionVerb, SurveyVerb
from requests.models import Appraisal, Candidate, Election, Survey


@dataclass(frozen=True)
class Done:
    verb: SurveyVerb | AppraisalVerb | ElectionVerb
    # Of a candidate who is struck off, the election: the candidate is gone.
    row: Survey | Appraisal | Candidate | Election
    by: User


Hook = Callable[[Done], None]
_after_verb: list[Hook] = []


def after_verb(hook: Hook) -> Hook:
    """Have `hook(done)` run in the transaction of the verb: it tells those whom it concerns."""
    _after_verb.append(hook)
    return hook


def done(
    verb: SurveyVerb | AppraisalVerb | ElectionVerb, row: Survey | Appraisal | Candidate | Election, *, by: User
) -> None:
    for hook in _after_verb:
        hook(Done(verb, row, by))
