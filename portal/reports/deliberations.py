"""`deliberation-summary`: meetings, topics, disputes and follow-up tasks of a place in a period, and the rows behind.

Confidential mediations count as all others do; of them, and of their tasks, a row tells no words and no names.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, TruncDate
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.clock import ZONE
from portal.core.scope import EVERYTHING, NOTHING
from portal.reports.definitions import Span, Unit
from portal.reports.places import Place
from portal.reports.rows import Field, moment_field
from requests.deliberation_types import DeliberationKind, DeliberationState, MeetingState, TaskState
from requests.models import Deliberation, FollowUpTask, Meeting


class Rows(models.TextChoices):
    MEETINGS = "meetings", _("Monthly meetings")
    DELIBERATIONS = "deliberations", _("Deliberations")
    TASKS = "tasks", _("Follow-up tasks")


class DeliberationFigure(models.TextChoices):
    MEETINGS = "meetings", _("Monthly meetings held")
    RAISED = "raised", _("Topics raised")
    HELD = "held", _("Deliberations held")
    RESOLVED = "resolved", _("Resolutions made")
    DISPUTES = "disputes", _("Disputes settled")
    TASKS_DUE = "tasks_due", _("Tasks due")
    TASKS_ON_TIME = "tasks_on_time", _("Tasks done on time")


@dataclass(frozen=True)
class Definition:
    counts: str | Promise
    counted_by: str | Promise
    unit: Unit
    rows: Rows
    of: Callable[[Span], Q]


def _days(column: str) -> Callable[[Span], Q]:
    return lambda span: Q(**{f"{column}__gte": span.period.first, f"{column}__lte": span.period.last})


def _moment(column: str, condition: Q | None = None) -> Callable[[Span], Q]:
    return lambda span: span.within(column) & (Q() if condition is None else condition)


def _due(span: Span) -> Q:
    """Of the period, and either over by now or done already."""
    today = span.asked_for.astimezone(ZONE).date()
    return _days("due_on")(span) & (Q(due_on__lt=today) | Q(state=TaskState.DONE))


F_ = DeliberationFigure
_SETTLED = Q(kind=DeliberationKind.DISPUTE)
DEFINITIONS: dict[str, Definition] = {
    F_.MEETINGS: Definition(
        _("Monthly meetings with minutes"), _("the day of the meeting"), Unit.TIMES, Rows.MEETINGS,
        lambda span: _days("held_on")(span) & Q(state=MeetingState.HELD),
    ),
    F_.RAISED: Definition(
        _("Topics raised, from requests or directly"), _("when it was raised"), Unit.CASES, Rows.DELIBERATIONS,
        _moment("raised_at"),
    ),
    F_.HELD: Definition(
        _("Deliberations with minutes"), _("when it was held"), Unit.TIMES, Rows.DELIBERATIONS, _moment("held_at")
    ),
    F_.RESOLVED: Definition(
        _("Topics on which a resolution was made"), _("the resolution"), Unit.CASES, Rows.DELIBERATIONS,
        _moment("resolved_at"),
    ),
    F_.DISPUTES: Definition(
        _("Of these, mediations of disputes, confidential ones included"), _("the resolution"), Unit.CASES,
        Rows.DELIBERATIONS, _moment("resolved_at", _SETTLED),
    ),
    F_.TASKS_DUE: Definition(
        _("Follow-up tasks whose day has passed, or that are done"), _("the day on which it is due"), Unit.CASES,
        Rows.TASKS, _due,
    ),
    F_.TASKS_ON_TIME: Definition(
        _("Of these, those done on their day or before"), _("the day on which it is due"), Unit.CASES, Rows.TASKS,
        lambda span: _due(span) & Q(done_on__lte=F("due_on")),
    ),
}  # fmt: skip

_REGION = {
    Rows.MEETINGS: "region", Rows.DELIBERATIONS: "region", Rows.TASKS: "deliberation__region"
}  # fmt: skip


@dataclass
class Line:
    """The figures of one region, or (without a key) those of all together."""

    key: str
    name: str
    figures: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DeliberationFigure.values, 0))

    @property
    def on_time_rate(self) -> float | None:
        due = self.figures[F_.TASKS_DUE]
        return self.figures[F_.TASKS_ON_TIME] / due if due else None


@dataclass(frozen=True)
class Summary:
    place: Place
    span: Span
    total: Line
    lines: list[Line]


def summarize(place: Place, span: Span) -> Summary:
    """One statement a figure, however many regions there are."""
    lines: dict[str, Line] = defaultdict(lambda: Line("", ""))
    total = Line("", str(_("Total")))
    for code, told in DEFINITIONS.items():
        path = _REGION[told.rows]
        counted = rows(place, span, figure=code).order_by().values_list(f"{path}__code", f"{path}__short_name")
        for key, name, number in counted.annotate(Count("pk")):
            line = lines[key]
            line.key, line.name = key, name
            line.figures[code] = number
            total.figures[code] += number
    return Summary(place, span, total, sorted(lines.values(), key=lambda line: line.key))


def rows(place: Place, span: Span, *, figure: str) -> QuerySet:
    """The rows behind a figure, by the words that every reader of figures may know."""
    told = DEFINITIONS[figure]
    if told.rows == Rows.MEETINGS:
        return Meeting.objects.filter(_in_regions(place, ""), told.of(span))
    if told.rows == Rows.TASKS:
        found = FollowUpTask.objects.annotate(
            done_on=TruncDate("done_at", tzinfo=ZONE),
            shown_text=_unless("deliberation__is_confidential", F("text")),
            shown_owner=_unless(
                "deliberation__is_confidential", Coalesce(F("organization__name"), F("person__name"))
            ),
        )  # fmt: skip
        return found.filter(_here(place, "deliberation__"), told.of(span))
    found = Deliberation.objects.annotate(shown_topic=_unless("is_confidential", F("topic")))
    return found.filter(_here(place, ""), told.of(span))


def _unless(column: str, words: Any) -> Case:
    return Case(When(**{column: True}, then=Value("")), default=words, output_field=CharField())


def _here(place: Place, prefix: str) -> Q:
    stations = [station.pk for station in place.stations]
    return _in_regions(place, prefix) | (Q(**{f"{prefix}station__in": stations}) if stations else NOTHING)


def _in_regions(place: Place, prefix: str) -> Q:
    """A meeting is of a region, and of no station."""
    if place.everywhere:
        return EVERYTHING
    here = NOTHING
    for region in place.regions:
        here |= Q(**{f"{prefix}region__path__startswith": region.path})
    return here


_YES_NO = [(True, _("yes")), (False, _("no"))]
FIELDS: dict[str, tuple[Field, ...]] = {
    Rows.MEETINGS: (
        Field("held_on", _("day"), "held_on", is_number=True),
        Field("region", _("region"), "region__short_name"),
        Field("place", _("place of the meeting"), "place"),
    ),
    Rows.DELIBERATIONS: (
        Field("topic", _("topic"), "shown_topic"),
        Field("kind", pgettext_lazy("of a deliberation", "kind"), "kind", DeliberationKind.choices),
        Field("is_confidential", _("confidential"), "is_confidential", _YES_NO),
        Field("region", _("region"), "region__short_name"),
        Field("state", _("state"), "state", DeliberationState.choices),
        moment_field("raised_at", _("raised")),
        moment_field("held_at", _("held on")),
        moment_field("resolved_at", _("resolved on")),
    ),
    Rows.TASKS: (
        Field("text", _("what is to be done"), "shown_text"),
        Field("owner", _("who"), "shown_owner"),
        Field("region", _("region"), "deliberation__region__short_name"),
        Field("due_on", _("due on"), "due_on", is_number=True),
        Field("state", _("state"), "state", TaskState.choices),
        moment_field("done_at", _("done on")),
    ),
}
