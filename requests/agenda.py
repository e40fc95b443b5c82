"""The list of a meeting as somebody may read it."""

from typing import Any

from portal.core.models import User
from requests.models import AgendaItem, Deliberation, Meeting, ServiceRequest


def lines_of(meeting: Meeting, user: User) -> list[dict[str, Any]]:
    """The list in its order, with what the reader may open of it; what they may not see shows its number alone."""
    items = list(meeting.items.select_related("deliberation", "tabling__request").order_by("position", "pk"))
    topics = Deliberation.objects.for_user(user).filter(agenda_items__meeting=meeting)
    cases = ServiceRequest.objects.for_user(user).filter(tablings__agenda_items__meeting=meeting)
    seen = set(topics.values_list("pk", flat=True)), set(cases.values_list("pk", flat=True))
    return [_line(item, *seen) for item in items]


def _line(item: AgendaItem, topics: set[int], cases: set[int]) -> dict[str, Any]:
    topic = item.deliberation
    if topic is not None:
        page = "requests:deliberation_detail"
        return {"item": item, "row": topic, "is_seen": topic.pk in topics, "page": page, "words": topic.topic}
    case = item.tabling.request
    return {
        "item": item, "row": case, "is_seen": case.pk in cases, "page": "desk:case", "words": case.title, "case": case
    }  # fmt: skip
