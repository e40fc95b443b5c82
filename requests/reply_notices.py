"""Who is told of replies that are reviewed, of cases that a deputy takes over, and what residents had not been told."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy

from portal.core.models import Membership, Person, User
from portal.core.models.regions import codes_on
from portal.core.notifications.kinds import Channel, Kind, Text, register
from portal.core.permissions import Role
from requests.limit_notices import leaders_over
from requests.models import Approval, ServiceRequest
from requests.notices import (
    CASES,
    EVENT,
    NUMBER,
    READ,
    RESIDENTS,
    SMS_ALONE,
    dispatchers_of,
    offered_to,
    page_of,
    tell_resident,
    tell_staff,
)
from requests.types import DONE_STATES, State, Verb, verb_label
from requests.workflow.actors import DISPATCHING_ROLES
from requests.workflow.step import Step, after_step

ABOUT = {**NUMBER, "title": "路灯坏了"}
ADDRESS = {**NUMBER, "address": "https://xiaozhan.example/track/"}


def _staff_kind(name: str, label: str, subject: str, body: str, mail: str, event_label: str, **sample: str) -> Kind:
    return register(
        Kind(
            name=name, label=label, group=CASES.name, sample={**ABOUT, **sample}, needs=READ,
            event=EVENT, event_label=event_label,
            # Mail leaves the portal: it names the case and not its words.
            texts={Channel.DESK: Text(subject=subject, body=body), Channel.EMAIL: Text(subject=subject, body=mail)},
        )
    )  # fmt: skip


def _resident_kind(name: str, label: str, text: str, event_label: str, **sample: str) -> Kind:
    return register(
        Kind(
            name=name, label=label, group=RESIDENTS.name, texts={Channel.SMS: Text(text)}, by_default=SMS_ALONE,
            sample={**ADDRESS, **sample}, event=EVENT, event_label=event_label, needs=READ,
        )
    )  # fmt: skip


REPLY_HELD = _staff_kind(
    "case_reply_held",
    gettext_lazy("A reply waits to be reviewed by me"),
    gettext_lazy("The reply to case {number} is to be reviewed"),
    gettext_lazy("{verb}: {title}"),
    gettext_lazy("A reply to case {number} was handed in. Sign in to read it, and send it or give it back."),
    gettext_lazy("A reply is handed in to be reviewed"),
    verb="办结",
)
REPLY_REVIEWED = _staff_kind(
    "case_reply_reviewed",
    gettext_lazy("A reply of mine was reviewed"),
    gettext_lazy("Your reply to case {number}: {decision}"),
    gettext_lazy("{title}"),
    gettext_lazy("Your reply to case {number} was reviewed: {decision}.\n\nSign in to the portal to open it."),
    gettext_lazy("A reply is reviewed"),
    decision="已发出",
)
TAKEN_OVER = _staff_kind(
    "case_taken_over",
    gettext_lazy("A case goes from who is away to the deputy, or back"),
    gettext_lazy("Case {number} goes from {from} to {to}"),
    gettext_lazy("Its time limits go on as they were: {title}"),
    gettext_lazy(
        "Case {number} goes from {from} to {to}. Its time limits go on as they were.\n\n"
        "Sign in to the portal to open it."
    ),
    gettext_lazy("A deputy takes a case over, or gives it back"),
    **{"from": "王芳", "to": "李强"},
)
ANSWERED = _staff_kind(
    "case_answered",
    gettext_lazy("A resident answered the question on a case of mine"),
    gettext_lazy("The resident answered on case {number}"),
    gettext_lazy("{title}"),
    gettext_lazy("The question on case {number} was answered.\n\nSign in to the portal to read it."),
    gettext_lazy("The resident answers"),
)
NOT_SOLVED = _staff_kind(
    "case_not_solved",
    gettext_lazy("A resident says that it is not solved"),
    gettext_lazy("Case {number} is not solved: please call back"),
    gettext_lazy("{title}"),
    gettext_lazy("The resident of case {number} says that it is not solved. Please call back.\n\nSign in to open it."),
    gettext_lazy("A resident says that it is not solved"),
)
WITHDRAWN = _staff_kind(
    "case_withdrawn",
    gettext_lazy("A case of mine was withdrawn"),
    gettext_lazy("The resident withdrew case {number}"),
    gettext_lazy("There is nothing more to do: {title}"),
    gettext_lazy("The resident withdrew case {number}. There is nothing more to do."),
    gettext_lazy("A resident withdraws"),
)
RECALLED = _staff_kind(
    "case_recalled",
    gettext_lazy("A dispatch to me or my unit was taken back"),
    gettext_lazy("The dispatch of case {number} was taken back"),
    gettext_lazy("There is nothing to take any more: {title}"),
    gettext_lazy("The dispatch of case {number} was taken back. There is nothing to take any more."),
    gettext_lazy("A dispatch is taken back"),
)
APPEALED = _staff_kind(
    "case_appealed",
    gettext_lazy("A resident appeals to me"),
    gettext_lazy("An appeal on case {number} waits for your decision"),
    gettext_lazy("{title}"),
    gettext_lazy("The resident of case {number} appeals against the rejection.\n\nSign in to the portal to decide."),
    gettext_lazy("A resident appeals"),
)
REJECTED = _resident_kind(
    "case_rejected",
    gettext_lazy("To the resident: not taken on"),
    gettext_lazy(
        "Your matter {number} was not taken on. Read why, and how to appeal, at {address} with the code of your "
        "receipt."
    ),
    gettext_lazy("A case is rejected"),
)
APPEAL_DECIDED = _resident_kind(
    "case_appeal_refused",
    gettext_lazy("To the resident: the appeal was refused"),
    gettext_lazy("Your appeal on {number} was decided. Read the decision at {address} with the code of your receipt."),
    gettext_lazy("An appeal is refused"),
)
REDONE = _resident_kind(
    "case_redone",
    gettext_lazy("To the resident: done again"),
    gettext_lazy(
        "Your matter {number} is being dealt with again. See where it stands at {address} with the code of your "
        "receipt."
    ),
    gettext_lazy("A case is done again"),
)
RETAKEN = _resident_kind(
    "case_restored",
    gettext_lazy("To the resident: taken up again"),
    gettext_lazy(
        "Your matter {number} has been taken up again. See where it stands at {address} with the code of your receipt."
    ),
    gettext_lazy("A case is taken up again"),
)
BEYOND = _resident_kind(
    "case_whistled_for",
    gettext_lazy("To the resident: departments above are asked"),
    gettext_lazy(
        "Departments above the community deal with your matter {number} now. See where it stands at {address} with the "
        "code of your receipt."
    ),
    gettext_lazy("A whistle is granted"),
)


@after_step
def tell_of_replies(step: Step) -> None:
    """Tell reviewers, writers, the absent and their deputies."""
    if step.verb == Verb.HAND_IN:
        words = {**_words(step), "verb": verb_label(step.data["of"], step.case.state)}
        tell_staff(step, REPLY_HELD, reviewers_of(step.case), words)
    elif step.verb == Verb.REVIEW_REPLY:
        reply = step.case.approvals.filter(kind=Approval.Kind.REPLY).select_related("asked_by").order_by("-pk")[0]
        decision = SENT if step.data["granted"] else GIVEN_BACK
        tell_staff(
            step, REPLY_REVIEWED, [reply.asked_by] if reply.asked_by else [], {**_words(step), "decision": decision}
        )
    elif step.verb == Verb.TAKE_OVER:
        both = Person.objects.filter(pk__in=[step.data["from_id"], step.case.current_dispatch.person_id])
        words = {**_words(step), "from": step.data["from"], "to": step.data["to"]}
        tell_staff(step, TAKEN_OVER, both, words, link=page_of(step.case.current_dispatch))


SENT, GIVEN_BACK = gettext_lazy("sent to the resident"), gettext_lazy("given back to be written anew")


@after_step
def tell_the_other_side(step: Step) -> None:
    """What a resident does is told to whoever has the case; what ends or begins again, to the resident."""
    case, words = step.case, _words(step)
    if step.verb == Verb.REPLY:
        tell_staff(step, ANSWERED, holders_of(case), words)
    elif step.verb == Verb.RATE and not step.data["solved"]:
        tell_staff(step, NOT_SOLVED, dispatchers_of(case, case.current_dispatch), words)
    elif step.verb == Verb.WITHDRAW:
        tell_staff(step, WITHDRAWN, holders_of(case), words)
    elif step.verb == Verb.RECALL and step.from_state == State.DISPATCHED:
        ended = case.dispatches.select_related("organization", "person", "team").order_by("-id")[0]
        tell_staff(step, RECALLED, offered_to(ended), words)
    elif step.verb == Verb.APPEAL:
        appeal = case.approvals.filter(kind=Approval.Kind.APPEAL).select_related("region__parent").order_by("-pk")[0]
        tell_staff(step, APPEALED, leaders_over(appeal.region.parent or appeal.region), words)
    if case.state == State.REJECTED and step.from_state != State.REJECTED:
        tell_resident(step, REJECTED)
    elif step.verb == Verb.DECIDE_APPEAL and not step.data["granted"]:
        tell_resident(step, APPEAL_DECIDED)
    elif step.from_state in DONE_STATES and case.state not in DONE_STATES:
        tell_resident(step, REDONE)
    elif step.verb == Verb.RESTORE and step.from_state != State.MERGED:
        tell_resident(step, RETAKEN)
    elif step.verb == Verb.DECIDE_WHISTLE and step.data["granted"]:
        tell_resident(step, BEYOND)


def holders_of(case: ServiceRequest) -> Iterable[User | Person]:
    """Whoever the case was offered to last, and had it until this step; else whoever dispatches it."""
    offer = case.current_dispatch
    return offered_to(offer) if offer is not None else dispatchers_of(case, None)


def reviewers_of(case: ServiceRequest) -> list[User]:
    """Who dispatches or leads the nearest region that has somebody who does, beside whoever wrote it."""
    roles = Membership.objects.filter(
        region__code__in=codes_on(case.handling_region.path), role__in=[*DISPATCHING_ROLES, Role.LEADER],
        is_active=True, user__is_active=True,
    )  # fmt: skip
    writers = case.approvals.filter(kind=Approval.Kind.REPLY, outcome=Approval.Outcome.PENDING).values("asked_by")
    nearest = list(roles.exclude(user__in=writers).select_related("user", "region").order_by("-region__depth", "pk"))
    return list({each.user_id: each.user for each in nearest if each.region_id == nearest[0].region_id}.values())


def _words(step: Step) -> dict[str, str]:
    return {"number": step.case.number, "title": step.case.title}
