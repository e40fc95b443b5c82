"""Who is told of whistles, of the parts that other units do, and of what is said about departments."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from portal.core import humanize
from portal.core.notifications.kinds import Channel, Kind, Text, register
from portal.core.notifications.outbox import notify
from portal.core.notifications.recipients import contacts_of
from requests.limit_notices import having, leaders_over
from requests.models import Approval, Assist, DepartmentRating
from requests.notices import CASES, EVENT, NUMBER, READ, about, announce_step, tell_staff
from requests.types import Verb, WhistleGround
from requests.workflow.step import Step, after_step

ABOUT = {**NUMBER, "title": "路灯坏了"}


def _kind(
    name: str, label: str, subject: str, body: str, mail: str, event_label: str, sample: dict, sms: str = ""
) -> Kind:
    texts = {
        Channel.DESK: Text(subject=subject, body=body),
        # What leaves the portal names the case and not its words.
        Channel.EMAIL: Text(subject=subject, body=mail),
    }
    if sms:
        texts[Channel.SMS] = Text(sms)
    return register(
        Kind(
            name=name, label=label, group=CASES.name, texts=texts, sample=sample, event=EVENT, event_label=event_label,
            needs=READ, is_urgent=bool(sms),
        )
    )  # fmt: skip


WHISTLED = _kind(
    "case_whistled",
    gettext_lazy("A whistle waits for my decision"),
    gettext_lazy("Whistle for case {number}"),
    gettext_lazy("{ground}, for {region}: {title}"),
    gettext_lazy("For case {number} the departments of {region} are called. Sign in to the portal to decide."),
    gettext_lazy("A whistle is to be decided"),
    {**ABOUT, "ground": "需联合执法", "region": "新安街道"},
)
# Passes quiet hours: somebody is in danger.
WHISTLED_AT_ONCE = _kind(
    "case_whistled_emergency",
    gettext_lazy("An emergency whistle waits for my decision"),
    gettext_lazy("Emergency: whistle for case {number}"),
    gettext_lazy("For {region}, at once: {title}"),
    gettext_lazy("Emergency: for case {number} the departments of {region} are called. Sign in to decide at once."),
    gettext_lazy("An emergency whistle is to be decided"),
    {**ABOUT, "region": "新安街道"},
    sms=gettext_lazy("Emergency: for case {number} the departments of {region} are called. Please decide at once."),
)
WHISTLE_DECIDED = _kind(
    "case_whistle_decided",
    gettext_lazy("A whistle of mine is decided"),
    gettext_lazy("Whistle for case {number}: {decision}"),
    gettext_lazy("{region}: {title}"),
    gettext_lazy("The whistle for case {number} ({region}): {decision}."),
    gettext_lazy("A whistle is decided"),
    {**ABOUT, "region": "新安街道", "decision": "已同意"},
)
WHISTLE_LAPSED = _kind(
    "case_whistle_lapsed",
    gettext_lazy("A whistle that I asked for or was to decide lapses"),
    gettext_lazy("Case {number}: the whistle has lapsed"),
    gettext_lazy("The case went another way; there is nothing to decide any more: {title}"),
    gettext_lazy("The whistle for case {number} has lapsed: the case went another way. There is nothing to decide."),
    gettext_lazy("A whistle lapses"),
    ABOUT,
)
ASSIST_ASKED = _kind(
    "case_assist_asked",
    gettext_lazy("My unit is asked to assist"),
    gettext_lazy("{unit} is asked to assist with case {number}"),
    gettext_lazy("By {due}: {title}"),
    gettext_lazy("{unit} is asked to assist with case {number} by {due}.\n\nSign in to the portal to open it."),
    gettext_lazy("A unit is asked to assist"),
    {**ABOUT, "unit": "新安街道综合行政执法办", "due": "3月2日 18:00"},
)
ASSIST_OVER = _kind(
    "case_assist_over",
    gettext_lazy("My unit need not assist any more"),
    gettext_lazy("Case {number}: {unit} need not assist any more"),
    gettext_lazy("Your part is over: {title}"),
    gettext_lazy("{unit} need not assist with case {number} any more."),
    gettext_lazy("An assistance is called off"),
    {**ABOUT, "unit": "新安街道综合行政执法办"},
)
ASSIST_ANSWERED = _kind(
    "case_assist_answered",
    gettext_lazy("A unit answers about its part of my case"),
    gettext_lazy("Case {number}, {unit}: {state}"),
    gettext_lazy("Assistance with: {title}"),
    gettext_lazy("{unit} on its part of case {number}: {state}.\n\nSign in to the portal to read it."),
    gettext_lazy("A unit takes, finishes or declines its part"),
    {**ABOUT, "unit": "新安街道综合行政执法办", "state": "已完成"},
)
DEPARTMENT_RATED = _kind(
    "department_rated",
    gettext_lazy("My unit is rated after a whistle"),
    gettext_lazy("Case {number}: {unit} is rated"),
    gettext_lazy("{rating}: {title}"),
    gettext_lazy("{unit} was rated for case {number}: {rating}."),
    gettext_lazy("A department is rated"),
    {**ABOUT, "unit": "新安街道综合行政执法办", "rating": "满意"},
)

ANSWERS = (Verb.TAKE_ASSIST, Verb.FINISH_ASSIST, Verb.DECLINE_ASSIST)


@after_step
def tell_of_others(step: Step) -> None:
    """Tell leaders of a whistle, units of their parts, and whoever holds the case of what they answer."""
    if step.verb == Verb.WHISTLE:
        _tell_leaders(step)
    elif step.verb == Verb.DECIDE_WHISTLE:
        _tell_who_whistled(step)
    elif step.verb == Verb.RATE_DEPARTMENTS:
        _tell_departments(step)
    elif step.verb in ANSWERS:
        assist = Assist.objects.select_related("organization").get(pk=step.data["assist"])
        words = {**_words(step), "unit": str(assist), "state": assist.get_state_display()}
        tell_staff(step, ASSIST_ANSWERED, having(step.case), words)
    if "whistle_lapsed" in step.data:
        _tell_of_lapse(step)
    if "assists" in step.data:
        _tell_units(step, ASSIST_ASKED, Assist.objects.filter(pk__in=step.data["assists"]))
    if "called_off" in step.data:
        _tell_units(step, ASSIST_OVER, Assist.objects.filter(pk__in=step.data["called_off"]))


def _tell_leaders(step: Step) -> None:
    case, words = step.case, {**_words(step), "region": step.data["region"]}
    if step.data["ground"] == WhistleGround.EMERGENCY:
        tell_staff(step, WHISTLED_AT_ONCE, leaders_over(case.handling_region), words)
    else:
        words["ground"] = WhistleGround(step.data["ground"]).label
        tell_staff(step, WHISTLED, leaders_over(case.handling_region), words)


def _tell_who_whistled(step: Step) -> None:
    asked = step.case.approvals.filter(kind=Approval.Kind.WHISTLE).select_related("asked_by").order_by("-pk")[0]
    words = {**_words(step), "region": step.data["region"], "decision": asked.get_outcome_display()}
    tell_staff(step, WHISTLE_DECIDED, [asked.asked_by] if asked.asked_by else [], words)


def _tell_of_lapse(step: Step) -> None:
    """The leaders who were asked, and whoever asked, where that is somebody else than who took the step."""
    asked = step.case.approvals.filter(kind=Approval.Kind.WHISTLE).select_related("region", "asked_by")
    last = asked.order_by("-pk")[0]
    people = [*leaders_over(last.region), *filter(None, [last.asked_by])]
    tell_staff(step, WHISTLE_LAPSED, list(dict.fromkeys(people)), _words(step))


def _tell_departments(step: Step) -> None:
    rated = DepartmentRating.objects.filter(request=step.case, at=step.at).select_related("organization")
    for rating in rated:
        words = {**_words(step), "unit": str(rating.organization), "rating": rating.get_code_display()}
        _tell_contacts(step, DEPARTMENT_RATED, rating.organization_id, words, link=reverse("desk:assist_list"))
    announce_step(step, DEPARTMENT_RATED)


def _tell_units(step: Step, kind: Kind, assists: QuerySet[Assist]) -> None:
    for assist in assists.select_related("organization"):
        words = {**_words(step), "unit": str(assist)}
        if kind is ASSIST_ASKED:
            words["due"] = humanize.deadline(assist.due_at)
        _tell_contacts(step, kind, assist.organization_id, words, link=reverse("desk:case", args=[step.case.pk]))
    announce_step(step, kind)


def _tell_contacts(step: Step, kind: Kind, unit: int, words: dict[str, str], *, link: str) -> None:
    """The contacts of one unit among several that a step concerns: each reads the name of their own."""
    actor = step.by.user
    told = [person for person in contacts_of(unit) if actor is None or person.pk != actor.person_id]
    if told:
        notify(
            kind=kind.name, to=told, context=words, dedupe_key=f"case:{step.case.pk}:{step.case.version}:unit:{unit}",
            about=about(step.case), link=link,
        )  # fmt: skip


def _words(step: Step) -> dict[str, str]:
    return {"number": step.case.number, "title": step.case.title}
