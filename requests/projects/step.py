"""What every verb of a project does around its own change: lock, guard, event."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.errors import Conflict, NotAllowed, NotFound
from portal.core.history import acting_as
from portal.core.models import User
from portal.core.text import clean_text
from requests.models import ProjectEvent, ServiceProject
from requests.project_types import ProjectState, ProjectVerb
from requests.projects.table import TABLE, Who
from volunteers.guards import refuse, save

MAX_TEXT = 2_000


@dataclass
class Step:
    """One step under way on a locked project."""

    project: ServiceProject
    verb: ProjectVerb
    by: User
    at: datetime
    from_state: str
    text: str = ""
    about: str = ""
    changed: set[str] = field(default_factory=set)

    def set(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self.project, name, value)
        self.changed.update(values)


Hook = Callable[[Step], None]
_after_step: list[Hook] = []


def after_project_step(hook: Hook) -> Hook:
    """Have `hook(step)` run after every step of a project, in its transaction."""
    _after_step.append(hook)
    return hook


@contextmanager
def step(
    project: ServiceProject,
    verb: ProjectVerb,
    *,
    by: User,
    text: str = "",
    needs_text: bool = False,
    about: str = "",
    at: datetime | None = None,
) -> Iterator[Step]:
    """Run one verb: yields the locked project; afterwards saves it with its event. The passed `project` is brought up
    to date."""
    text = clean_text(text, max_length=MAX_TEXT, multiline=True)
    if needs_text and not text:
        refuse("text", _("Please write a few words."))
    with transaction.atomic(), acting_as(by.pk):
        # Lock first: of two people who spend the last money of a line, the second is refused.
        locked = ServiceProject.objects.select_for_update(of=("self",)).select_related("region").filter(pk=project.pk)
        found = locked.first()
        if found is None:
            raise NotFound()
        _guard(found, verb, by=by)
        current = Step(found, verb, by, at or timezone.now(), found.state, text=text, about=about)
        yield current
        if current.changed:
            save(found, fields=sorted(current.changed))
        log(current)
        for hook in _after_step:
            hook(current)
    project.__dict__.update(found.__dict__)


def log(current: Step) -> None:
    ProjectEvent.objects.create(
        project=current.project, at=current.at, verb=current.verb, from_state=current.from_state,
        to_state=current.project.state, user=current.by, text=current.text, about=current.about[:200],
    )  # fmt: skip


def _guard(project: ServiceProject, verb: ProjectVerb, *, by: User) -> None:
    if project.state not in TABLE[verb].states:
        raise Conflict(
            _("“%(verb)s” is not possible while the project is “%(state)s”.")
            % {"verb": verb.label, "state": ProjectState(project.state).label},
            code="not_possible_now",
            extra={"state": project.state, "allowed": allowed_verbs(project, by=by)},
        )
    if TABLE[verb].who not in capacities(project, by=by):
        raise NotAllowed(
            _("“%(verb)s” is not for you to do in this project.") % {"verb": verb.label}, code="not_yours_to_do",
            extra={"allowed": allowed_verbs(project, by=by)},
        )  # fmt: skip


def capacities(project: ServiceProject, *, by: User) -> set[Who]:
    """In which capacity `by` acts on the project."""
    row = ServiceProject.objects.filter(pk=project.pk)
    held = set()
    if row.run_by(by).exists():
        held.add(Who.RUNNER)
    if project.state == ProjectState.APPLIED and by.scope.can("projects:review") and row.to_review(by).exists():
        held.add(Who.REVIEWER)
    return held


def allowed_verbs(project: ServiceProject, *, by: User) -> list[ProjectVerb]:
    """What `by` may do with the project as it stands, in the order of the table."""
    held = capacities(project, by=by)
    return [
        ProjectVerb(verb)
        for verb, rule in TABLE.items()
        if project.state in rule.states and rule.who in held and _makes_sense(project, verb)
    ]


def _makes_sense(project: ServiceProject, verb: str) -> bool:
    if verb == ProjectVerb.PUBLISH:
        return project.published_at is None
    if verb == ProjectVerb.UNPUBLISH:
        return project.published_at is not None
    return True


def mine(project: ServiceProject, part: Any, field: str) -> Any:
    """A part of this project, locked; of another one it is not there."""
    model: type[Model] = type(part)
    found = model._default_manager.select_for_update(of=("self",)).filter(pk=part.pk, project=project).first()
    if found is None:
        refuse(field, _("This is not a part of the project."))
    return found
