"""What every verb does around its own change: lock, guard, version, event."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError, NotAllowed, NotFound, telling
from portal.core.history import acting_as
from portal.core.instances import Columns
from portal.core.models import Region, StoredFile, Webhook
from portal.core.permissions import LABELS
from portal.core.text import clean_text
from requests import limits
from requests.models import Approval, RequestAttachment, Requester, RequestEvent, ServiceRequest
from requests.types import OPEN_STATES, REVIEWED_VERBS, Actor, AnswerSource, State, Verb, verb_label
from requests.workflow.actors import By, Resident, Staff
from requests.workflow.lapsing import lapse, refuse_lapsed_whistle
from requests.workflow.table import BY_STATE, Rule

MAX_TEXT = 2_000


@dataclass
class Step:
    """One step under way on a locked case. Verbs change `case` and say what to save and to tell."""

    case: ServiceRequest
    verb: Verb
    by: By
    actor: Actor
    at: datetime
    from_state: str
    changed: set[str] = field(default_factory=set)
    text: str = ""
    is_public: bool = True
    data: dict[str, Any] = field(default_factory=dict)
    files: Sequence[StoredFile] = ()
    event: RequestEvent | None = None

    @cached_property
    def listening(self) -> Sequence[Webhook]:
        """The webhooks of the place that the case has come to: read once for all that the step announces."""
        return list(Webhook.objects.listening(self.case.handling_region))

    def set(self, **values: Any) -> None:
        """Change columns of the case; only these are written."""
        for name, value in values.items():
            setattr(self.case, name, value)
        self.changed.update(values)


Hook = Callable[[Step], None]
_after_step: list[Hook] = []


def after_step(hook: Hook) -> Hook:
    """Have `hook(step)` run after every step, in its transaction: what it writes is there when the step is, or neither.

    It tells, and lets go of what the case held; the case itself stays as the step left it, and nothing in it may wait
    for the world outside.
    """
    _after_step.append(hook)
    return hook


@contextmanager
def step(
    case: ServiceRequest,
    verb: Verb,
    *,
    by: By,
    version: int | None = None,
    text: str = "",
    text_required: bool = False,
    at: datetime | None = None,
    files: Sequence[StoredFile] = (),
) -> Iterator[Step]:
    """Run one verb: yields the locked case; afterwards saves it with its event, all in one transaction.

    `version` is the version that the person saw (None: a job, or a caller that has just read the case).
    The passed `case` is brought up to date with what was saved.
    """
    text = clean_text(text, max_length=MAX_TEXT, multiline=True)
    refusing = telling(lambda: _allowed_now(case.pk, by=by))
    with refusing, transaction.atomic(), acting_as(by.user.pk if by.user else None):
        locked = _lock(case.pk)
        actor = _guard(locked, verb, by=by, version=version)
        if text_required and not text:
            message = _("Please write a few words.")
            raise DomainError("text_required", message, fields={"text": [message]})
        current = Step(
            case=locked, verb=verb, by=by, actor=actor, at=at or timezone.now(), from_state=locked.state, text=text,
            files=files,
        )  # fmt: skip
        yield current
        _finish(current)
    case.__dict__.update(locked.__dict__)


# What no verb reads is left where it is.
_UNREAD = frozenset({
    "search", "description", "address_text", "latitude", "longitude", "datum", "recorded_by_id", "erased_at",
    "listed_title", "listed_text", "listed_outcome",
})  # fmt: skip
_CASE = Columns(ServiceRequest, "request", *{field.attname for field in ServiceRequest._meta.concrete_fields} - _UNREAD)
_REGION = Columns(Region, "region", "path", "code")
# Lock first: two dispatchers may send the same request. Only the case's own row is locked; an offer is read when there
# is one, for half of the verbs need none.
_LOCK = f"""
SELECT {_CASE.sql}, {_REGION.sql}
  FROM requests_servicerequest request JOIN core_region region ON region.id = request.handling_region_id
 WHERE request.id = %s FOR UPDATE OF request
"""  # noqa: S608 - names of columns, all of them above


def _lock(pk: int) -> ServiceRequest:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [pk])
        found = cursor.fetchone()
    if found is None:
        raise NotFound
    values = iter(found)
    case, region = _CASE.take(values), _REGION.take(values)
    assert case is not None and region is not None, "the columns of both may not be null"
    case.handling_region = region
    return case


def refuse_stale(case: ServiceRequest, *, by: By, version: int | None) -> None:
    """Refuse to act on a locked case that has changed since `version` was seen, and tell what happened."""
    if version is not None and version != case.version:
        raise Conflict(
            _("Somebody else acted on this case while you had it open. Please look at what happened and decide again."),
            code="stale",
            extra={
                "version": case.version,
                "state": case.state,
                "since": _since(case, version),
                "allowed": allowed_verbs(case, by=by),
            },
        )


def _allowed_now(pk: int, *, by: By) -> list[str]:
    """Once a refused step has been undone."""
    with transaction.atomic():
        return allowed_verbs(_lock(pk), by=by)


def refuse_out_of_turn(case: ServiceRequest, verb: Verb, *, by: By) -> None:
    """The refusal of a step by the state of the case or by who takes it, whatever is wrong with its input."""
    with transaction.atomic():
        _guard(_lock(case.pk), verb, by=by, version=None)


def _guard(case: ServiceRequest, verb: Verb, *, by: By, version: int | None) -> Actor:
    """The capacity in which `by` may take this step now, or the refusal that fits."""
    capacities = by.actors_on(case)
    if verb == Verb.DECIDE_WHISTLE and Actor.LEADER in capacities:
        refuse_lapsed_whistle(case, allowed=lambda: allowed_verbs(case, by=by))
    refuse_stale(case, by=by, version=version)
    rule = BY_STATE[case.state].get(verb)
    if rule is None:
        raise Conflict(
            _("“%(verb)s” is not possible while the case is “%(state)s”.")
            % {"verb": verb_label(verb, case.state), "state": State(case.state).label},
            code="not_possible_now",
            extra={"state": case.state, "allowed": allowed_verbs(case, by=by)},
        )
    capacities &= rule.actors
    if not capacities:
        raise _not_yours(case, verb, rule, by=by)
    # The most particular capacity names the step: a dispatcher who also holds the offer acts as its handler.
    return min(capacities, key=_PRECEDENCE.index)


def _not_yours(case: ServiceRequest, verb: Verb, rule: Rule, *, by: By) -> NotAllowed:
    allowed = {"allowed": allowed_verbs(case, by=by)}
    if isinstance(by, Staff) and (lacking := by.token_lacks(case, rule.actors)):
        return NotAllowed(
            _("“%(verb)s” is for the chair: a token does it for them with the permission “%(permission)s”.")
            % {"verb": verb_label(verb, case.state), "permission": LABELS[lacking]},
            code="missing_permission",
            extra={"permission": lacking, **allowed},
        )
    message = _("“%(verb)s” is not for you to do on this case.") % {"verb": verb_label(verb, case.state)}
    return NotAllowed(message, code="not_yours_to_do", extra=allowed)


_PRECEDENCE = [
    Actor.JOB,
    Actor.RESIDENT,
    Actor.ASSISTANT,
    Actor.HANDLER,
    Actor.KEEPER,
    Actor.PROJECT_LEAD,
    Actor.CHAIR,
    Actor.DISPATCHER,
    Actor.APPEAL_LEADER,
    Actor.EXCLUSION_LEADER,
    Actor.LEADER,
]


def allowed_verbs(case: ServiceRequest, *, by: By) -> list[str]:
    """The verbs that `by` may use on the case as it stands, in the order of the table."""
    capacities = by.actors_on(case)
    return [
        verb
        for verb, rule in BY_STATE[case.state].items()
        if rule.is_offered and capacities & rule.actors and _is_open_to(case, verb, by=by)
    ]


def _is_open_to(case: ServiceRequest, verb: str, *, by: By) -> bool:
    """What the table cannot say: conditions on the case beside its state."""
    if verb in (Verb.APPEAL, Verb.DECIDE_APPEAL):
        has_pending = any(approval.is_pending(Approval.Kind.APPEAL) for approval in case.approvals.all())
        return has_pending if verb == Verb.DECIDE_APPEAL else not has_pending and not case.appeal_upheld
    if verb == Verb.REQUEST_EXTENSION:
        return case.extension_until is None and case.due_at is not None and timezone.now() <= case.due_at
    if verb == Verb.DECIDE_EXTENSION:
        return case.extension_until is not None
    if verb in (Verb.EXCLUDE, Verb.DECIDE_EXCLUSION):
        return case.exclusion_asked == (verb == Verb.DECIDE_EXCLUSION)
    if verb in (Verb.WHISTLE, Verb.DECIDE_WHISTLE):
        return case.whistle_asked == (verb == Verb.DECIDE_WHISTLE)
    if verb in REVIEWED_VERBS and case.reply_held:
        return False
    if verb == Verb.REVIEW_REPLY:
        return case.reply_held and any(
            each.is_pending(Approval.Kind.REPLY) and each.asked_by != by.user for each in case.approvals.all()
        )
    if verb == Verb.TAKE_OVER:
        held = case.current_dispatch
        return held is not None and held.is_held and held.person_id is not None
    if verb == Verb.CALL_OFF_ASSIST:
        return case.open_assists > 0
    if verb in (Verb.TAKE_ASSIST, Verb.FINISH_ASSIST):
        return isinstance(by, Staff) and any(
            (assist.taken_at is None) == (verb == Verb.TAKE_ASSIST) for assist in by.assists_with(case)
        )
    if verb == Verb.RATE_DEPARTMENTS:
        return case.departments_to_rate > 0 and isinstance(by, Staff) and by.runs(case.handling_region_id)
    if verb == Verb.REDO and case.state == State.CLOSED:
        return redo_window_open(case)
    if verb == Verb.RATE:
        return isinstance(by, Resident) and not has_rated(case, by.requester)
    if verb == Verb.RELEASE:
        return case.listing_agreed_at is not None
    if verb == Verb.HIDE:
        return case.listed_at is not None
    if verb == Verb.AGREE:
        return case.erased_at is None and isinstance(by, Resident) and by.requester.is_main
    if verb == Verb.WITHDRAW:
        # Others asked for it, too, and still wait for it.
        return case.requesters.count() == 1
    return True


def has_rated(case: ServiceRequest, requester: Requester) -> bool:
    """Whether one of those who asked has said how this round of the work went."""
    ratings = case.ratings.filter(requester=requester, source=AnswerSource.RATING, round=case.redo_count)
    return ratings.exists()


def redo_window_open(case: ServiceRequest, at: datetime | None = None) -> bool:
    """Whether a closed case can still be redone: the window counts from the last resolve."""
    return case.resolved_at is not None and (at or timezone.now()) <= limits.due(case.resolved_at, limits.RATING_WINDOW)


def _since(case: ServiceRequest, version: int) -> list[dict[str, Any]]:
    """What happened after the version that somebody saw, told to that person."""
    events = case.events.filter(version__gt=version).select_related("user__person", "organization").order_by("id")
    return [
        {"at": event.at.isoformat(), "verb": event.verb, "label": str(event.label), "by": who(event)}
        for event in events
    ]


def who(event: RequestEvent) -> str:
    """The person and unit behind an event, as staff may read it."""
    names: Iterable[str] = filter(
        None, [str(event.organization or ""), event.user.get_full_name() if event.user else ""]
    )
    return " ".join(names) or event.get_actor_display()


def _keep_round(current: Step) -> None:
    """When a round begins or ends, keep what figures of the past will ask: when it was open and past due."""
    case, at = current.case, current.at
    was_open, is_open = current.from_state in OPEN_STATES, case.state in OPEN_STATES
    if is_open and not was_open:
        current.set(reopened_at=at)
    elif was_open and not is_open and (late_since := case.late_since) is not None and late_since < at:
        current.set(late_during=(*(case.late_during or ()), (late_since, at)))


def _finish(current: Step) -> None:
    _keep_round(current)
    lapse(current)
    case = current.case
    case.version += 1
    case.save(update_fields=[*sorted(current.changed), "version"])
    user = current.by.user
    if isinstance(current.by, Resident):
        # Of several who asked: whose words these are.
        current.data["requester"] = current.by.requester.pk
    current.event = RequestEvent.objects.create(
        request=case,
        district_id=case.district_id,
        at=current.at,
        verb=current.verb,
        from_state=current.from_state,
        to_state=case.state,
        actor=current.actor,
        user=user,
        organization_id=_acting_organization(current),
        text=current.text,
        data=current.data,
        is_public=current.is_public,
        version=case.version,
    )
    attach(case, current.files, event=current.event, is_public=current.is_public)
    for hook in _after_step:
        hook(current)


def _acting_organization(current: Step) -> int | None:
    offer = current.case.current_dispatch
    if current.actor in (Actor.HANDLER, Actor.ASSISTANT):
        return current.data.get("organization") or (offer.organization_id if offer else None)
    return None


def attach(case: ServiceRequest, files: Sequence[StoredFile], *, event: RequestEvent | None, is_public: bool) -> None:
    if files:
        RequestAttachment.objects.bulk_create(
            RequestAttachment(request=case, event=event, file=file, is_public=is_public) for file in files
        )
