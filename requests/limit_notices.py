"""Who is told about the time limits of a case: little time left, reminders, supervision, more time asked for."""

from collections.abc import Iterable, Sequence

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy

from portal.core import humanize
from portal.core.models import Level, Membership, Person, Region, User
from portal.core.models.regions import codes_on
from portal.core.notifications.kinds import Channel, Kind, Text, register
from portal.core.notifications.outbox import notify
from portal.core.permissions import Role
from requests.models import Approval, ServiceRequest
from requests.notices import (
    CASES,
    EVENT,
    NUMBER,
    READ,
    RESIDENTS,
    SMS_ALONE,
    about,
    dispatchers_of,
    offered_to,
    page_of,
    tell_resident,
    tell_staff,
)
from requests.types import Supervision, Verb
from requests.workflow.step import Step, after_step
from requests.workflow.watching import after_warning

DUE = {**NUMBER, "title": "路灯坏了", "due": "3月2日 18:00"}


def _staff_kind(name: str, label: str, subject: str, body: str, mail: str, event_label: str, sample: dict) -> Kind:
    texts = {
        Channel.DESK: Text(subject=subject, body=body),
        # Mail leaves the portal: it names the case and not its words.
        Channel.EMAIL: Text(subject=subject, body=mail),
    }
    return register(
        Kind(
            name=name, label=label, group=CASES.name, texts=texts, sample=sample, event=EVENT, event_label=event_label,
            needs=READ,
        )
    )  # fmt: skip


WARNED = _staff_kind(
    "case_due_soon",
    gettext_lazy("Little time is left for a case"),
    gettext_lazy("Case {number} is due soon"),
    gettext_lazy("Due by {due}: {title}"),
    gettext_lazy("Case {number} is due by {due}.\n\nSign in to the portal to open it."),
    gettext_lazy("Little time is left for a case"),
    DUE,
)
REMINDED = _staff_kind(
    "case_reminded",
    gettext_lazy("I am reminded of a case"),
    gettext_lazy("Please deal with case {number}"),
    gettext_lazy("Due by {due}: {title}"),
    gettext_lazy("You are reminded of case {number}, due by {due}.\n\nSign in to the portal to open it."),
    gettext_lazy("Somebody is reminded of a case"),
    DUE,
)
SUPERVISED = _staff_kind(
    "case_supervised",
    gettext_lazy("A case comes under my supervision"),
    gettext_lazy("Case {number} does not get on"),
    gettext_lazy("{level}. Due by {due}: {title}"),
    gettext_lazy("Case {number}, due by {due}, is now supervised: {level}.\n\nSign in to the portal to open it."),
    gettext_lazy("Supervision of a case rises"),
    {**DUE, "level": "街道督办"},
)
EXTENSION_ASKED = _staff_kind(
    "case_extension_asked",
    gettext_lazy("Somebody asks me for more time"),
    gettext_lazy("More time is asked for on case {number}"),
    gettext_lazy("Until {until} instead of {due}: {title}"),
    gettext_lazy(
        "For case {number} more time is asked for: until {until} instead of {due}.\n\nSign in to the portal to decide."
    ),
    gettext_lazy("More time is asked for"),
    {**DUE, "until": "3月9日 18:00"},
)
EXTENSION_DECIDED = _staff_kind(
    "case_extension_decided",
    gettext_lazy("More time that I asked for is decided"),
    gettext_lazy("Case {number}: {decision}"),
    gettext_lazy("Due by {due}: {title}"),
    gettext_lazy("About more time for case {number}: {decision}. It is due by {due}."),
    gettext_lazy("More time is decided about"),
    {**DUE, "decision": "已同意"},
)
EXTENDED = register(
    Kind(
        name="case_extended",
        label=gettext_lazy("To the resident: more time is needed"),
        group=RESIDENTS.name,
        texts={
            Channel.SMS: Text(
                gettext_lazy(
                    "Your matter {number} takes longer: it is to be dealt with by {due}. Read why at {address} with "
                    "the code of your receipt."
                )
            )
        },
        sample={**NUMBER, "due": "3月9日 18:00", "address": "https://xiaozhan.example/track/"},
        by_default=SMS_ALONE,
        event=EVENT,
        event_label=gettext_lazy("A time limit is extended"),
        needs=READ,
    )
)

EXCLUSION_ASKED = _staff_kind(
    "case_exclusion_asked",
    gettext_lazy("Somebody asks me to leave a case out of rates"),
    gettext_lazy("Case {number} is to be left out of rates"),
    gettext_lazy("{rates}: {title}"),
    gettext_lazy("Case {number} is to be left out of: {rates}.\n\nSign in to the portal to decide."),
    gettext_lazy("Leaving a case out of rates is asked for"),
    {**NUMBER, "title": "路灯坏了", "rates": "满意率"},
)
EXCLUSION_DECIDED = _staff_kind(
    "case_exclusion_decided",
    gettext_lazy("Leaving out that I asked for is decided"),
    gettext_lazy("Case {number}, left out of rates: {decision}"),
    gettext_lazy("{rates}: {title}"),
    gettext_lazy("Case {number} was to be left out of: {rates}. {decision}."),
    gettext_lazy("Leaving a case out of rates is decided about"),
    {**NUMBER, "title": "路灯坏了", "rates": "满意率", "decision": "已同意"},
)

# Whose leaders watch over a case at each level.
_LEVELS = {
    Supervision.COMMUNITY: (Level.COMMUNITY, Level.STREET, Level.DISTRICT, Level.CITY),
    Supervision.STREET: (Level.STREET, Level.DISTRICT, Level.CITY),
    Supervision.DISTRICT: (Level.DISTRICT, Level.CITY),
}


@after_step
def tell_of_limits(step: Step) -> None:
    """Tell whom a step about the time limit concerns."""
    case = step.case
    if step.verb == Verb.REMIND:
        tell_staff(step, REMINDED, having(case), _words(case), link=_page_of(case))
    elif step.verb == Verb.SUPERVISE:
        level = Supervision(case.supervision_level)
        people = leaders_over(case.handling_region, *_LEVELS[level])
        tell_staff(step, SUPERVISED, people, {**_words(case), "level": level.label})
    elif step.verb == Verb.REQUEST_EXTENSION:
        people = leaders_over(case.handling_region)
        until = humanize.deadline(case.extension_until)
        tell_staff(step, EXTENSION_ASKED, people, {**_words(case), "until": until})
    elif step.verb == Verb.EXCLUDE:
        approval = _last(case, Approval.Kind.EXCLUSION)
        tell_staff(step, EXCLUSION_ASKED, leaders_over(_above(approval.region)), _exclusion_words(case, approval))
    elif step.verb == Verb.DECIDE_EXCLUSION:
        approval = _last(case, Approval.Kind.EXCLUSION)
        words = {**_exclusion_words(case, approval), "decision": approval.get_outcome_display()}
        tell_staff(step, EXCLUSION_DECIDED, [approval.asked_by] if approval.asked_by else [], words)
    elif step.verb == Verb.DECIDE_EXTENSION:
        granted = step.data["granted"]
        decision = Approval.Outcome.GRANTED.label if granted else Approval.Outcome.REFUSED.label
        tell_staff(step, EXTENSION_DECIDED, having(case), {**_words(case), "decision": decision}, link=_page_of(case))
        if granted:
            tell_resident(step, EXTENDED, due=humanize.deadline(case.due_at))


@after_warning
def tell_of_little_time(cases: Sequence[ServiceRequest]) -> None:
    """Tell whoever has these cases that little time is left: once for each due time."""
    for case in cases:
        people = list(having(case))
        if people:
            notify(
                kind=WARNED.name,
                to=people,
                context=_words(case),
                dedupe_key=f"case:{case.pk}:due:{case.due_at:%s}",
                about=about(case),
                link=_page_of(case),
            )


def having(case: ServiceRequest) -> Iterable[User | Person]:
    """Who has to act on a case under way: whoever holds it, or else whoever dispatches it."""
    offer = case.current_dispatch
    return offered_to(offer) if offer is not None and offer.is_held else dispatchers_of(case, offer)


def _page_of(case: ServiceRequest) -> str:
    """Where those who have it work on it."""
    offer = case.current_dispatch
    return page_of(offer) if offer is not None and offer.is_held else reverse("desk:case", args=[case.pk])


def leaders_over(region: Region, *levels: str) -> list[User]:
    """Those who lead the nearest region (of `levels`, if named) that `region` lies in and that has a leader."""
    found = Membership.objects.filter(
        Q(region__code__in=codes_on(region.path)), role=Role.LEADER, is_active=True, user__is_active=True
    )
    if levels:
        found = found.filter(region__level__in=levels)
    nearest_first = list(found.select_related("user", "region").order_by("-region__depth", "pk"))
    return [each.user for each in nearest_first if each.region_id == nearest_first[0].region_id]


def _last(case: ServiceRequest, kind: str) -> Approval:
    return case.approvals.filter(kind=kind).select_related("region__parent", "asked_by").order_by("-pk")[0]


def _above(region: Region) -> Region:
    """The region whose leaders decide about what `region` asks: the one above, or itself where there is none."""
    return region.parent or region


def _exclusion_words(case: ServiceRequest, approval: Approval) -> dict[str, str]:
    return {"number": case.number, "title": case.title, "rates": approval.rates_in_words}


def _words(case: ServiceRequest) -> dict[str, str]:
    return {"number": case.number, "title": case.title, "due": humanize.deadline(case.due_at)}
