"""Whom the steps of a case concern, and how they are told. Verbs know nothing of it: they run the one hook at the end.

A resident's SMS names the number of the case, never its words and never the tracking code (docs/decisions/0060).
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core import humanize
from portal.core.models import Membership, Person, User
from portal.core.notifications.kinds import Channel, Group, Kind, Text, register, register_group
from portal.core.notifications.outbox import notify
from portal.core.notifications.recipients import Phone, contacts_of, read_to_tell
from portal.core.notifications.webhooks import announce
from portal.core.permissions import CAPABILITIES, Role
from requests.models import Claim, Dispatch, Requester, ServiceRequest
from requests.types import DispatchOutcome, State, Verb
from requests.workflow.actors import DISPATCHING_ROLES
from requests.workflow.step import Step, after_step
from volunteers.models import TeamMember
from volunteers.types import MemberStatus

CASES = register_group(
    Group("cases", gettext_lazy("Cases that I handle or dispatch"), roles=frozenset(CAPABILITIES["requests:act"]))
)
RESIDENTS = register_group(Group("residents", gettext_lazy("Messages to residents"), is_chosen=False))

EVENT = frozenset({"number", "verb", "from_state", "to_state", "due_at"})
READ = "requests:read"
SMS_ALONE = frozenset({Channel.SMS})
NUMBER = {"number": "202603-000123"}

OFFERED = register(
    Kind(
        name="case_offered",
        label=gettext_lazy("A case is dispatched to me or my unit"),
        group=CASES.name,
        texts={
            Channel.DESK: Text(
                subject=gettext_lazy("Case {number} waits for {to}"),
                body=gettext_lazy("To be taken by {due}: {title}"),
            ),
            # Mail and SMS leave the portal: they name the case and not its words.
            Channel.EMAIL: Text(
                subject=gettext_lazy("Case {number} waits for {to}"),
                body=gettext_lazy(
                    "Case {number} was dispatched to {to}. Please take it by {due}.\n\n"
                    "Sign in to the portal to open it."
                ),
            ),
            Channel.SMS: Text(gettext_lazy("Case {number} was dispatched to {to}. Please take it by {due}.")),
        },
        sample={**NUMBER, "to": "春风物业公司", "title": "路灯坏了", "due": "3月2日 18:00"},
        event=EVENT,
        event_label=gettext_lazy("A case is dispatched"),
        needs=READ,
    )
)
RETURNED = register(
    Kind(
        name="case_returned",
        label=gettext_lazy("A case that I dispatched comes back"),
        group=CASES.name,
        texts={
            Channel.DESK: Text(
                subject=gettext_lazy("Case {number} is back"),
                body=gettext_lazy("{from}: {reason}. To be dispatched anew: {title}"),
            ),
            Channel.EMAIL: Text(
                subject=gettext_lazy("Case {number} is back"),
                body=gettext_lazy(
                    "{from}: {reason}. Case {number} has to be dispatched anew.\n\nSign in to the portal to open it."
                ),
            ),
        },
        sample={**NUMBER, "from": "春风物业公司", "title": "路灯坏了", "reason": "不属于职责范围"},
        event=EVENT,
        event_label=gettext_lazy("A case comes back"),
        needs=READ,
    )
)
ACCEPTED = register(
    Kind(
        name="case_accepted",
        label=gettext_lazy("To the resident: accepted"),
        group=RESIDENTS.name,
        texts={
            Channel.SMS: Text(
                gettext_lazy(
                    "Your matter {number} has been accepted. See where it stands at {address} with the code of your "
                    "receipt."
                )
            )
        },
        sample={**NUMBER, "address": "https://xiaozhan.example/track/"},
        by_default=SMS_ALONE,
        event=EVENT,
        event_label=gettext_lazy("A case is accepted"),
        needs=READ,
    )
)
ASKED = register(
    Kind(
        name="case_asked",
        label=gettext_lazy("To the resident: a question"),
        group=RESIDENTS.name,
        texts={
            Channel.SMS: Text(
                gettext_lazy(
                    "There is a question about your matter {number}. Please answer by {due} at {address} with the code "
                    "of your receipt."
                )
            )
        },
        sample={**NUMBER, "due": "3月5日 18:00", "address": "https://xiaozhan.example/track/"},
        by_default=SMS_ALONE,
        event=EVENT,
        event_label=gettext_lazy("The resident is asked"),
        needs=READ,
    )
)
RESOLVED = register(
    Kind(
        name="case_resolved",
        label=gettext_lazy("To the resident: resolved"),
        group=RESIDENTS.name,
        texts={
            Channel.SMS: Text(
                gettext_lazy(
                    "Your matter {number} has been dealt with. Read the result and rate it at {address} with the code "
                    "of your receipt."
                )
            )
        },
        sample={**NUMBER, "address": "https://xiaozhan.example/track/"},
        by_default=SMS_ALONE,
        event=EVENT,
        event_label=gettext_lazy("A case is resolved"),
        needs=READ,
    )
)


MERGED = register(
    Kind(
        name="case_merged",
        label=gettext_lazy("To the resident: dealt with together with another"),
        group=RESIDENTS.name,
        texts={
            Channel.SMS: Text(
                gettext_lazy(
                    "Your matter {number} is dealt with together with {other}, about the same. Your code now shows "
                    "how far that one is: {address}"
                )
            )
        },
        sample={**NUMBER, "other": "202603-000122", "address": "https://xiaozhan.example/track/"},
        by_default=SMS_ALONE,
        event=EVENT,
        event_label=gettext_lazy("A case is merged into another"),
        needs=READ,
    )
)
PARTED = register(
    Kind(
        name="case_parted",
        label=gettext_lazy("To the resident: dealt with on its own"),
        group=RESIDENTS.name,
        texts={
            Channel.SMS: Text(
                gettext_lazy(
                    "Your matter {number} is dealt with on its own again. See where it stands at {address} with the "
                    "code of your receipt."
                )
            )
        },
        sample={**NUMBER, "address": "https://xiaozhan.example/track/"},
        by_default=SMS_ALONE,
        event=EVENT,
        event_label=gettext_lazy("A merged case goes its own way again"),
        needs=READ,
    )
)
SPLIT = register(
    Kind(
        name="case_split",
        label=gettext_lazy("To the resident: several matters"),
        group=RESIDENTS.name,
        texts={
            Channel.SMS: Text(
                gettext_lazy(
                    "Your message {number} held several matters: {numbers}. See where each stands at {address} with "
                    "the code of your receipt."
                )
            )
        },
        sample={**NUMBER, "numbers": "202603-000124、202603-000125", "address": "https://xiaozhan.example/track/"},
        by_default=SMS_ALONE,
        event=EVENT,
        event_label=gettext_lazy("A case is split"),
        needs=READ,
    )
)
REFERRED = register(
    Kind(
        name="case_referred",
        label=gettext_lazy("To the resident: referred"),
        group=RESIDENTS.name,
        texts={
            Channel.SMS: Text(
                gettext_lazy(
                    "Your matter {number} has been referred to {body}. See where it stands at {address} with the code "
                    "of your receipt."
                )
            )
        },
        sample={**NUMBER, "body": "市供电局", "address": "https://xiaozhan.example/track/"},
        by_default=SMS_ALONE,
        event=EVENT,
        event_label=gettext_lazy("A case is referred"),
        needs=READ,
    )
)


CLAIMED = register(
    Kind(
        name="resource_claimed",
        label=gettext_lazy("Something that I or my unit give is claimed"),
        group=CASES.name,
        texts={
            Channel.DESK: Text(
                subject=gettext_lazy("Claimed of “{resource}”: {amount} {unit}"),
                body=gettext_lazy("For case {number}. Say what was used when it is done."),
            ),
            Channel.EMAIL: Text(
                subject=gettext_lazy("Claimed of “{resource}”: {amount} {unit}"),
                body=gettext_lazy(
                    "Of {code} “{resource}” {amount} {unit} were claimed for case {number}.\n\n"
                    "Sign in to the portal to see it, and say there what was used."
                ),
            ),
        },
        sample={**NUMBER, "code": "ZY100001", "resource": "义务理发", "amount": "2", "unit": "次"},
        event=EVENT,
        event_label=gettext_lazy("A resource is claimed for a case"),
        needs="resources:read",
    )
)


def about(case: ServiceRequest) -> str:
    """By what erasing the case finds what was told of it."""
    return f"{ServiceRequest._meta.db_table}/{case.pk}"


@after_step
def tell(step: Step) -> None:
    """Tell whoever the step concerns, and the webhooks of the case's place."""
    case = step.case
    begins = step.from_state == State.SUBMITTED or step.verb == Verb.DECIDE_APPEAL
    if "dispatch" in step.data:
        _tell_offered(step)
    elif step.verb == Verb.SEND_BACK or (step.verb == Verb.EXPIRE and step.from_state == State.DISPATCHED):
        _tell_returned(step)
    elif begins and case.state == State.ACCEPTED:
        tell_resident(step, ACCEPTED)
    elif step.verb == Verb.MERGE:
        tell_resident(step, MERGED, of=Requester.objects.filter(came_with=case.pk), other=step.data["into"])
    elif step.verb == Verb.RESTORE and step.from_state == State.MERGED:
        tell_resident(step, PARTED)
    elif step.verb == Verb.SPLIT:
        tell_resident(step, SPLIT, numbers="、".join(step.data["parts"]))
    elif step.verb == Verb.CLAIM:
        _tell_giver(step)
    elif step.verb == Verb.REFER:
        tell_resident(step, REFERRED, body=step.data["body"])
    elif step.verb == Verb.ASK:
        tell_resident(step, ASKED, due=humanize.deadline(case.waiting_due_at))
    elif case.state == State.RESOLVED and step.from_state != State.RESOLVED:
        tell_resident(step, RESOLVED)


def _tell_offered(step: Step) -> None:
    offer = step.case.current_dispatch
    tell_staff(step, OFFERED, offered_to(offer), dispatched_words(offer), link=page_of(offer))


def offered_to(offer: Dispatch) -> Iterable[Person]:
    """The people who may take it."""
    if offer.person is not None:
        return [offer.person]
    return contacts_of(offer.organization_id) if offer.team_id is None else leaders_of(offer.team_id)


def page_of(offer: Dispatch) -> str:
    """Where whoever is offered a case works on it: volunteers on their phone, everybody else at the desk."""
    posts = Membership.objects.filter(user__person=offer.person_id, is_active=True)
    roles = set(posts.values_list("role", flat=True)) if offer.person_id is not None else set()
    is_volunteers = offer.team_id is not None or roles == {Role.VOLUNTEER}
    return reverse("own_cases:case" if is_volunteers else "desk:case", args=[offer.request_id])


def dispatched_words(offer: Dispatch) -> dict[str, Any]:
    """What fills the wording of an offer."""
    return {**_words(offer), "to": str(offer), "due": humanize.deadline(offer.accept_due_at)}


def _tell_giver(step: Step) -> None:
    given = Claim.objects.select_related("resource__volunteer__person").get(pk=step.data["claim"]).resource
    if given.volunteer_id is not None:
        people: Iterable[Person] = [given.volunteer.person]
    else:
        people = leaders_of(given.team_id) if given.team_id is not None else contacts_of(given.organization_id)
    said = {name: step.data[name] for name in ("code", "resource", "unit")}
    said["amount"] = humanize.quantity(Decimal(step.data["amount"]))
    # The case may be none of theirs; what they give is.
    link = reverse("desk:resource_detail", args=[given.pk])
    tell_staff(step, CLAIMED, people, {"number": step.case.number, **said}, link=link)


def _tell_returned(step: Step) -> None:
    ended = Dispatch.objects.select_related("request", "organization", "person", "team").filter(request=step.case)
    offer = ended.order_by("-id").first()
    tell_staff(step, RETURNED, dispatchers_of(step.case, offer), returned_words(offer))


def returned_words(offer: Dispatch) -> dict[str, Any]:
    """What fills the wording of an offer that came back."""
    is_expired = offer.outcome == DispatchOutcome.EXPIRED
    reason = _("not taken in time") if is_expired else offer.get_return_ground_display()
    return {**_words(offer), "from": str(offer), "reason": reason}


def _words(offer: Dispatch) -> dict[str, Any]:
    return {"number": offer.request.number, "title": offer.request.title}


def leaders_of(team_id: int) -> Iterable[Person]:
    """The leaders of a team who can sign in, ready to be told."""
    led = TeamMember.objects.filter(team=team_id, is_leader=True, status=MemberStatus.ACTIVE)
    return read_to_tell(Person.objects.filter(user__is_active=True, volunteer__memberships__in=led).distinct())


def dispatchers_of(case: ServiceRequest, offer: Dispatch | None) -> Iterable[User]:
    """Whoever dispatched it, while they still do so for this region; else everybody who does."""
    roles = Membership.objects.filter(
        region=case.handling_region_id, role__in=DISPATCHING_ROLES, is_active=True, user__is_active=True
    )
    found = [membership.user for membership in roles.select_related("user")]
    own = [user for user in found if offer is not None and user.pk == offer.offered_by_id]
    return own or found


def tell_staff(
    step: Step, kind: Kind, people: Iterable[User | Person], words: dict[str, Any], *, link: str = ""
) -> None:
    case, actor = step.case, step.by.user
    # Who took the step knows of it.
    told = [each for each in people if actor is None or _person_id(each) != actor.person_id]
    if told:
        notify(
            kind=kind.name,
            to=told,
            context=words,
            dedupe_key=_once(step),
            about=about(case),
            link=link or reverse("desk:case", args=[case.pk]),
        )
    announce_step(step, kind)


def _person_id(each: User | Person) -> int:
    return each.person_id if isinstance(each, User) else each.pk


def tell_resident(step: Step, kind: Kind, of: QuerySet[Requester] | None = None, **values: Any) -> None:
    """Everybody who asked, or those `of` them whom this step concerns."""
    asked = step.case.requesters.all() if of is None else of
    holders = asked.exclude(phone_hash="").only("phone", "phone_masked", "phone_hash")
    phones = [Phone(holder.phone, holder.phone_masked, holder.phone_hash) for holder in holders]
    if phones:
        notify(
            kind=kind.name,
            to=phones,
            context={"number": step.case.number, "address": track_address(), **values},
            dedupe_key=_once(step),
            about=about(step.case),
        )
    announce_step(step, kind)


def track_address() -> str:
    """The page that asks for the code; without `PUBLIC_URL` its path alone, since a job knows no host."""
    return settings.PUBLIC_URL.rstrip("/") + reverse("public:track")


def announce_step(step: Step, kind: Kind) -> None:
    """Tell the webhooks of the case's place."""
    announce(
        kind=kind.name,
        region=step.case.handling_region,
        data=event_of(step.case, verb=step.verb, from_state=step.from_state),
        dedupe_key=_once(step),
        listening=step.listening,
    )


def event_of(case: ServiceRequest, *, verb: str = Verb.DISPATCH, from_state: str = State.ACCEPTED) -> dict[str, Any]:
    """What webhooks are told of a case: numbers, codes and times."""
    return {
        "number": case.number,
        "verb": verb,
        "from_state": from_state,
        "to_state": case.state,
        "due_at": case.due_at.isoformat() if case.due_at else None,
    }


def _once(step: Step) -> str:
    return f"case:{step.case.pk}:{step.case.version}"
