"""Whom deliberations, their tasks and tabled requests concern, and how they are told.

No notice carries the words of a topic, whether or not it is confidential: it names its number, and time and place to
those who are invited. Webhooks hear nothing of a confidential one.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from portal.core import humanize
from portal.core.models import Person, User
from portal.core.notifications.kinds import Channel, Group, Kind, Text, register, register_group
from portal.core.notifications.outbox import notify
from portal.core.notifications.recipients import Phone, contacts_of, read_to_tell
from portal.core.notifications.webhooks import announce
from portal.core.permissions import CAPABILITIES
from requests import notices
from requests.deliberation_types import DeliberationVerb
from requests.deliberations import follow_up, publicity
from requests.deliberations.step import Step, after_step
from requests.models import Deliberation, FollowUpTask, Objection
from requests.notices import RESIDENTS, SMS_ALONE
from requests.types import State, Verb
from requests.workflow.step import Step as CaseStep
from requests.workflow.step import after_step as after_case_step

DELIBERATIONS = register_group(
    Group(
        "deliberations", gettext_lazy("Deliberations in which I have a part"),
        roles=frozenset(CAPABILITIES["deliberations:read"]),
    )
)  # fmt: skip
NUMBER = {"number": "YS000123"}
EVENT = frozenset({"number", "kind", "from_state", "to_state"})
READ = "deliberations:read"


def _kind(name: str, label: str, subject: str, body: str, sample: dict[str, str], **event: object) -> Kind:
    mail = Text(subject=subject, body=body)
    texts = {Channel.DESK: mail, Channel.EMAIL: mail}
    return register(
        Kind(name=name, label=label, group=DELIBERATIONS.name, texts=texts, sample=sample, **event)  # type: ignore[arg-type]
    )


INVITED = _kind(
    "deliberation_scheduled",
    gettext_lazy("I am invited to a deliberation"),
    gettext_lazy("You are invited to deliberation {number}"),
    gettext_lazy("On {when}, at {place}. Sign in to the portal to say whether you come."),
    {**NUMBER, "when": "3月2日 18:00", "place": "春园社区会议室"},
    event=EVENT,
    event_label=gettext_lazy("Notice of a deliberation is given"),
    needs=READ,
)
OBJECTED = _kind(
    "deliberation_objected",
    gettext_lazy("Somebody objects to a resolution of mine"),
    gettext_lazy("An objection to the resolution of deliberation {number}"),
    gettext_lazy("It has to be answered before the resolution comes in force. Objections are heard until {until}."),
    {**NUMBER, "until": "3月9日 18:00"},
)
TASK_GIVEN = _kind(
    "deliberation_task",
    gettext_lazy("A task of a deliberation is given to me or my unit"),
    gettext_lazy("A task follows from deliberation {number}"),
    gettext_lazy("It is due on {due}. Sign in to the portal to see it, and to say when it is done."),
    {**NUMBER, "due": "2026-03-31"},
)
TASK_LATE = _kind(
    "deliberation_task_late",
    gettext_lazy("A task of a deliberation is overdue"),
    gettext_lazy("A task of deliberation {number} is overdue"),
    gettext_lazy("It was due on {due}. Sign in to the portal to say what became of it."),
    {**NUMBER, "due": "2026-03-31"},
)
ANSWERED = register(
    Kind(
        name="deliberation_objection_answered",
        label=gettext_lazy("To the resident: an objection is answered"),
        group=RESIDENTS.name,
        texts={
            Channel.SMS: Text(
                gettext_lazy("Your objection to resolution {number} has been answered: {answer}"),
            )
        },
        sample={**NUMBER, "answer": "已安排复测，结果下周公布。"},
        by_default=SMS_ALONE,
    )
)
TABLED = register(
    Kind(
        name="case_tabled",
        label=gettext_lazy("To the resident: talked over with neighbours"),
        group=RESIDENTS.name,
        texts={
            Channel.SMS: Text(
                gettext_lazy(
                    "Your matter {number} is going to be talked over with neighbours. See where it stands at {address} "
                    "with the code of your receipt."
                )
            )
        },
        sample={**notices.NUMBER, "address": "https://xiaozhan.example/track/"},
        by_default=SMS_ALONE,
        event=notices.EVENT,
        event_label=gettext_lazy("A case is tabled"),
        needs=notices.READ,
    )
)
CONCLUDED = register(
    Kind(
        name="case_concluded",
        label=gettext_lazy("To the resident: what neighbours agreed on"),
        group=RESIDENTS.name,
        texts={
            Channel.SMS: Text(
                gettext_lazy(
                    "Your matter {number} has been talked over and goes on. Read what was agreed at {address} with the "
                    "code of your receipt."
                )
            )
        },
        sample={**notices.NUMBER, "address": "https://xiaozhan.example/track/"},
        by_default=SMS_ALONE,
        event=notices.EVENT,
        event_label=gettext_lazy("A case was talked over and goes on"),
        needs=notices.READ,
    )
)
LAPSED = register(
    Kind(
        name="case_topic_lapsed",
        label=gettext_lazy("A case was talked over for too long"),
        group=notices.CASES.name,
        texts={
            Channel.DESK: Text(
                subject=gettext_lazy("Nothing was agreed about case {number} in time"),
                body=gettext_lazy("It goes on where it was tabled: {title}"),
            ),
            Channel.EMAIL: Text(
                subject=gettext_lazy("Nothing was agreed about case {number} in time"),
                body=gettext_lazy("It goes on where it was tabled.\n\nSign in to the portal to open it."),
            ),
        },
        sample={**notices.NUMBER, "title": "路灯坏了"},
        event=notices.EVENT,
        event_label=gettext_lazy("A case was talked over for too long"),
        needs=notices.READ,
    )
)


@after_step
def tell(step: Step) -> None:
    """Tell whom a step of a deliberation concerns."""
    row = step.deliberation
    if step.verb == DeliberationVerb.SCHEDULE:
        words = {"number": row.number, "when": humanize.deadline(row.scheduled_for), "place": row.place}
        _tell(INVITED, invited(row), words, once=f"{row.pk}:{step.at:%s}", about=row, by=step.by)
        if not row.is_confidential:
            data = {"number": row.number, "kind": row.kind, "from_state": step.from_state, "to_state": row.state}
            announce(kind=INVITED.name, region=row.region, data=data, dedupe_key=f"deliberation:{row.pk}:{step.at:%s}")
    elif step.verb == DeliberationVerb.ANSWER and step.objection is not None:
        _tell_objector(step.objection, row)


@follow_up.on_give
def tell_owner(task: FollowUpTask, by: User) -> None:
    _tell(
        TASK_GIVEN, owners(task), _task_words(task), once=f"task:{task.pk}", about=task.deliberation, by=by, task=task
    )


@after_case_step
def tell_of_topics(step: CaseStep) -> None:
    """Tell whom it concerns that a case is talked over, and what came of it; a result is told as every result is,
    a project as every project."""
    if step.verb == Verb.TABLE:
        notices.tell_resident(step, TABLED)
    elif step.verb == Verb.CONCLUDE and step.case.state not in (State.RESOLVED, State.IN_PROJECT):
        notices.tell_resident(step, CONCLUDED)
    elif step.verb == Verb.EXPIRE and step.from_state == State.DELIBERATING:
        words = {"number": step.case.number, "title": step.case.title}
        people = notices.dispatchers_of(step.case, step.case.current_dispatch)
        notices.tell_staff(step, LAPSED, people, words)


@publicity.on_objection
def tell_objected(objection: Objection) -> None:
    row = objection.deliberation
    words = {"number": row.number, "until": humanize.deadline(row.publicity_ends_at)}
    _tell(OBJECTED, people_of([row.chair_id]), words, once=f"objection:{objection.pk}", about=row)


@transaction.atomic
def remind_of_tasks() -> int:
    """Tell the owners of tasks whose day has passed, once each; returns how many tasks."""
    late = follow_up.to_remind(timezone.now())
    for task in late:
        _tell(TASK_LATE, owners(task), _task_words(task), once=f"late:{task.pk}", about=task.deliberation, task=task)
    return len(late)


def invited(row: Deliberation) -> Iterable[Person]:
    """Those with an account: by name and, unless it is confidential, the contacts of units."""
    seats = row.participants.all()
    named = set(seats.filter(person__isnull=False).values_list("person", flat=True))
    if not row.is_confidential:
        for organization in seats.filter(organization__isnull=False).values_list("organization", flat=True):
            named |= {contact.pk for contact in contacts_of(organization)}
    return people_of(named)


def owners(task: FollowUpTask) -> Iterable[Person]:
    return people_of([task.person_id]) if task.person_id else contacts_of(task.organization_id)


def people_of(pks: Iterable[int]) -> Iterable[Person]:
    return read_to_tell(Person.objects.filter(Q(pk__in=list(pks)), user__is_active=True))


def _task_words(task: FollowUpTask) -> dict[str, str]:
    return {"number": task.deliberation.number, "due": task.due_on.isoformat()}


def _tell(
    kind: Kind, people: Iterable[Person], words: dict[str, str], *, once: str, about: Deliberation,
    by: User | None = None, task: FollowUpTask | None = None,
) -> None:  # fmt: skip
    told = [each for each in people if by is None or each.pk != by.person_id]
    page = reverse("requests:deliberation_detail", args=[about.pk])
    if task is not None:
        page = reverse("requests:task_detail", args=[task.pk])
    if told:
        key = f"deliberation:{once}"
        notify(kind=kind.name, to=told, context=words, dedupe_key=key, about=_about(about), link=page)


def _tell_objector(objection: Objection, row: Deliberation) -> None:
    phone = Phone(objection.phone, objection.phone_masked, objection.phone_hash)
    words = {"number": row.number, "answer": objection.answer}
    notify(
        kind=ANSWERED.name, to=phone, context=words, dedupe_key=f"deliberation:answer:{objection.pk}",
        about=_about(row),
    )  # fmt: skip


def _about(row: Deliberation) -> str:
    return f"{Deliberation._meta.db_table}/{row.pk}"
