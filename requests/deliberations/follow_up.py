"""Tasks that carry a resolution out. When the last one is done, so is the deliberation."""

from collections.abc import Callable
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import Conflict, NotAllowed, NotFound, telling
from portal.core.history import acting_as
from portal.core.models import Organization, Person, User
from portal.core.text import clean_text
from requests.deliberation_types import DeliberationState, DeliberationVerb, TaskState
from requests.deliberations.step import Step, finish, has_account, keeps, kept, step, written
from requests.models import Deliberation, FollowUpTask
from volunteers.guards import refuse, save

S, V = DeliberationState, DeliberationVerb
TAKES_TASKS = (S.RESOLVED, S.PUBLIC, S.IN_FORCE)
MAX_TASK = 200

Hook = Callable[[FollowUpTask, User], None]
_on_give: list[Hook] = []


def on_give(hook: Hook) -> Hook:
    """Have `hook(task, by)` run in the transaction in which a task is given: it tells the owner."""
    _on_give.append(hook)
    return hook


def give(
    deliberation: Deliberation,
    *,
    by: User,
    text: str,
    due_on: date,
    organization: Organization | None = None,
    person: Person | None = None,
    at: datetime | None = None,
) -> FollowUpTask:
    """Have a unit or somebody with an account do something until a day."""
    at = at or timezone.now()
    with kept(deliberation, by=by) as locked:
        if locked.state not in TAKES_TASKS:
            raise Conflict(_("Tasks follow from a resolution. Record it first."), code="not_possible_now")
        if due_on < at.astimezone(ZONE).date():
            refuse("due_on", _("This day has passed already."))
        task = FollowUpTask(
            deliberation=locked, text=clean_text(text, max_length=MAX_TASK), due_on=due_on, organization=organization,
            person=person, created_at=at,
        )  # fmt: skip
        save(task)
        for hook in _on_give:
            hook(task, by)
    return task


def pass_on(task: FollowUpTask, *, by: User, to: Person) -> FollowUpTask:
    """Have somebody else do what one person by name was to do; its day stays."""
    with kept(task.deliberation, by=by):
        locked = FollowUpTask.objects.select_for_update(of=("self",)).get(pk=task.pk)
        if locked.state != TaskState.OPEN:
            raise Conflict(_("This task has been done already."), code="not_possible_now")
        if not has_account(to):
            refuse("person", _("“%(name)s” has no account, and would not learn of it.") % {"name": to})
        locked.organization, locked.person = None, to
        save(locked)
    task.refresh_from_db()
    return task


def may_report(task: FollowUpTask, *, by: User) -> bool:
    """Whoever runs the deliberation, and the task's owner: the person, or the contacts of the unit."""
    return FollowUpTask.objects.mine(by.scope).filter(pk=task.pk).exists() or keeps(task.deliberation, by=by)


def report(task: FollowUpTask, *, by: User, result: str, at: datetime | None = None) -> FollowUpTask:
    """完成 with the result. The last one done finishes a deliberation that is in force."""
    at = at or timezone.now()
    with transaction.atomic(), acting_as(by.pk):
        deliberation = Deliberation.objects.select_for_update(of=("self",)).get(pk=task.deliberation_id)
        locked = FollowUpTask.objects.select_for_update(of=("self",)).for_user(by).filter(pk=task.pk).first()
        if locked is None:
            raise NotFound()
        may, is_open = may_report(locked, by=by), locked.state == TaskState.OPEN
        with telling(lambda: ["report"] if may and is_open else []):
            if not may:
                raise NotAllowed(code="not_yours_to_do")
            if not is_open:
                raise Conflict(_("This task has been done already."), code="not_possible_now")
        locked.result = written(result, name="result")
        locked.state, locked.done_at, locked.done_by = TaskState.DONE, at, by
        locked.save(update_fields=["result", "state", "done_at", "done_by"])
        if deliberation.state == S.IN_FORCE and not deliberation.tasks.open().exists():
            now = Step(deliberation, V.FINISH, by, at, deliberation.state)
            now.set(state=S.DONE, done_at=at)
            finish(now)
    task.refresh_from_db()
    return task


def finish_deliberation(deliberation: Deliberation, *, by: User, at: datetime | None = None) -> Deliberation:
    """落实: where nothing was to be done by anybody, or all of it was done before it came in force."""
    with step(deliberation, V.FINISH, by=by, at=at) as now:
        if now.deliberation.tasks.open().exists():
            raise Conflict(_("There are tasks to be done still."), code="tasks_open")
        now.set(state=S.DONE, done_at=now.at)
    return deliberation


def to_remind(at: datetime) -> list[FollowUpTask]:
    """Marks the tasks whose day has passed as reminded, and returns them: each one once."""
    late = FollowUpTask.objects.open().filter(due_on__lt=at.astimezone(ZONE).date(), reminded_at=None)
    rows = late.select_for_update(of=("self",), skip_locked=True).select_related("deliberation__region")
    found = list(rows.order_by("pk")[:500])
    FollowUpTask.objects.filter(pk__in=[task.pk for task in found]).update(reminded_at=at)
    return found
