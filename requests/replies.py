"""回复模板 in use: what is offered on the steps of a case, filled in with what is known of it."""

from collections.abc import Iterable

from django.db.models import F

from portal.core import humanize
from portal.core.notifications.wording import fill
from requests.models import ReplyTemplate, ServiceRequest
from requests.types import TEMPLATED_VERBS
from requests.workflow.step import MAX_TEXT


def templates_for(case: ServiceRequest, verbs: Iterable[str]) -> dict[str, list[ReplyTemplate]]:
    """The templates of each of these steps, in one query; none for a step whose words only colleagues read later."""
    asked = [verb for verb in verbs if verb in TEMPLATED_VERBS]
    rows = list(ReplyTemplate.objects.offered(case, *asked)) if asked else []
    return {verb: [row for row in rows if verb in row.verbs] for verb in asked}


def filled(template: ReplyTemplate, case: ServiceRequest) -> str:
    """The text of a template with what is known of the case; what is not known leaves no trace."""
    offer = case.current_dispatch
    unit = (offer.organization or offer.team) if offer is not None else None
    return fill(
        template.text,
        {
            "number": case.number,
            "title": case.title,
            "category": case.category.name if case.category else "",
            # Residents read the names of units, not of staff.
            "unit": str(unit or case.handling_region),
            "station": str(case.station or ""),
            "community": str(case.community or case.region),
            "due": humanize.deadline(case.due_at) if case.due_at else "",
        },
    )


def filled_into(typed: str, template: ReplyTemplate, case: ServiceRequest, verb: str) -> str:
    """What the field holds once a template was chosen. What somebody typed stays, and the template follows it; a
    template that nobody has edited gives way to the next one."""
    typed, text = typed.strip(), filled(template, case)
    offered = ReplyTemplate.objects.offered(case, verb)
    if not typed or typed.replace("\r\n", "\n") in {filled(each, case).strip() for each in offered}:
        return text
    return f"{typed}\n{text}"[:MAX_TEXT]


def begun_with(typed: dict[str, str], case: ServiceRequest, verb: str) -> dict[str, str]:
    """What was typed into a step, with the template that it names put into the text; one that is not offered is
    passed over."""
    chosen = ReplyTemplate.objects.offered(case, verb).filter(pk=number_of(typed.get("template", ""))).first()
    if chosen is None:
        return typed
    return {**typed, "text": filled_into(typed.get("text", ""), chosen, case, verb)}


def number_of(typed: str) -> int | None:
    """The number of a template that a form names; what is no number names none."""
    return int(typed) if typed.isdecimal() and len(typed) <= 18 else None


def count_use(pk: str, case: ServiceRequest, verb: str) -> None:
    """A step was taken with words that began with this template."""
    if number := number_of(pk):
        ReplyTemplate.objects.offered(case, verb).filter(pk=number).order_by().update(use_count=F("use_count") + 1)
