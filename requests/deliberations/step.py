"""What every step of a deliberation does around its own change: lock, guard, event."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.errors import Conflict, NotAllowed, NotFound, telling
from portal.core.history import acting_as
from portal.core.models import Person, User
from portal.core.text import clean_text
from requests.deliberation_types import STEPS, DeliberationState, DeliberationVerb
from requests.models import Deliberation, DeliberationEvent, Objection
from requests.models.deliberations import WRITE
from volunteers.guards import refuse, save

MAX_TEXT = 5_000


@dataclass
class Step:
    """One step under way on a locked deliberation."""

    deliberation: Deliberation
    verb: DeliberationVerb
    by: User
    at: datetime
    from_state: str
    text: str = ""
    changed: set[str] = field(default_factory=set)
    # The objection that the step answers.
    objection: Objection | None = None

    def set(self, **values: Any) -> None:
        """Change columns; only these are written."""
        for name, value in values.items():
            setattr(self.deliberation, name, value)
        self.changed.update(values)


Hook = Callable[[Step], None]
_after_step: list[Hook] = []


def after_step(hook: Hook) -> Hook:
    """Have `hook(step)` run after every step, in its transaction: it tells those whom the step concerns."""
    _after_step.append(hook)
    return hook


def keeps(deliberation: Deliberation, *, by: User) -> bool:
    """Whether `by` runs it: staff of its region and its chair; of a confidential one the chair and its mediators."""
    return Deliberation.objects.editable_by(by, WRITE).filter(pk=deliberation.pk).exists()


def allowed(deliberation: Deliberation, *, by: User) -> list[str]:
    """The steps that `by` may take on it as it stands."""
    if not keeps(deliberation, by=by):
        return []
    return [verb for verb, states in STEPS.items() if deliberation.state in states and _is_open(deliberation, verb)]


def _is_open(deliberation: Deliberation, verb: str) -> bool:
    """What the table cannot say: there is no publicity for what is confidential, and none is skipped otherwise."""
    if verb == DeliberationVerb.PUBLISH:
        return not deliberation.is_confidential
    if verb == DeliberationVerb.ENACT:
        return deliberation.state == DeliberationState.PUBLIC or deliberation.is_confidential
    return True


@contextmanager
def kept(deliberation: Deliberation, *, by: User) -> Iterator[Deliberation]:
    """The deliberation, locked in a transaction in which `by` acts, once it is sure that they run it."""
    with transaction.atomic(), acting_as(by.pk):
        # Locked first: two people may record one meeting in the same minute.
        rows = Deliberation.objects.select_for_update(of=("self",)).select_related("region", "chair", "estate")
        locked = rows.for_user(by).filter(pk=deliberation.pk).first()
        if locked is None:
            raise NotFound()
        with telling(lambda: allowed(locked, by=by)):
            if not keeps(locked, by=by):
                raise NotAllowed(code="not_yours_to_do")
            yield locked


@contextmanager
def step(
    deliberation: Deliberation, verb: DeliberationVerb, *, by: User, text: str = "", at: datetime | None = None
) -> Iterator[Step]:
    """Run one verb of the table: yields the step; afterwards saves the row with its event."""
    with kept(deliberation, by=by) as locked:
        if locked.state not in STEPS[verb] or not _is_open(locked, verb):
            message = _("“%(verb)s” is not possible while the deliberation is “%(state)s”.")
            words = {"verb": verb.label, "state": locked.get_state_display()}
            raise Conflict(message % words, code="not_possible_now")
        current = Step(locked, verb, by, at or timezone.now(), locked.state, clean(text))
        yield current
        finish(current)
    deliberation.refresh_from_db()


def finish(current: Step) -> None:
    """Save what was changed, with its line on the timeline, and tell."""
    if current.changed:
        save(current.deliberation, fields=sorted(current.changed))
    DeliberationEvent.objects.create(
        deliberation=current.deliberation, at=current.at, verb=current.verb, from_state=current.from_state,
        to_state=current.deliberation.state, user=current.by, text=current.text,
    )  # fmt: skip
    for hook in _after_step:
        hook(current)


def has_account(person: Person) -> bool:
    user = getattr(person, "user", None)
    return user is not None and user.is_active


def clean(text: str) -> str:
    return clean_text(text, max_length=MAX_TEXT, multiline=True)


def written(text: str, *, name: str) -> str:
    """A text that has to be there; `name` is the field that asks for it."""
    cleaned = clean(text)
    if not cleaned:
        refuse(name, _("Please write a few words."))
    return cleaned
