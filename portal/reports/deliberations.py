"""`deliberation-summary`: meetings, topics, disputes and follow-up tasks of a place in a period, and the rows behind.

Confidential mediations count as all others do; of them, and of their tasks, a row tells no words and no names.
"""

from typing import Any

from django.db import models
from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.clock import ZONE
from portal.core.scope import NOTHING
from portal.reports.by_region import ByRegion, Definition, Rows, Share, days, in_regions, moment
from portal.reports.definitions import Span, Unit
from portal.reports.places import Place
from portal.reports.rows import Field, moment_field
from requests.deliberation_types import DeliberationKind, DeliberationState, MeetingState, TaskState
from requests.models import Deliberation, FollowUpTask, Meeting


class Kind(models.TextChoices):
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


def _due(span: Span) -> Q:
    """Of the period, and either over by now or done already."""
    today = span.asked_for.astimezone(ZONE).date()
    return days("due_on")(span) & (Q(due_on__lt=today) | Q(state=TaskState.DONE))


def _meetings(place: Place) -> QuerySet:
    """A meeting is of a region, and of no station."""
    return Meeting.objects.filter(in_regions(place, "region"))


def _deliberations(place: Place) -> QuerySet:
    found = Deliberation.objects.annotate(shown_topic=_unless("is_confidential", F("topic")))
    return found.filter(_here(place, ""))


def _tasks(place: Place) -> QuerySet:
    found = FollowUpTask.objects.annotate(
        done_on=TruncDate("done_at", tzinfo=ZONE),
        shown_text=_unless("deliberation__is_confidential", F("text")),
        shown_owner=_unless("deliberation__is_confidential", Coalesce(F("organization__name"), F("person__name"))),
    )
    return found.filter(_here(place, "deliberation__"))


def _unless(column: str, words: Any) -> Case:
    return Case(When(**{column: True}, then=Value("")), default=words, output_field=CharField())


def _here(place: Place, prefix: str) -> Q:
    stations = [station.pk for station in place.stations]
    return in_regions(place, f"{prefix}region") | (Q(**{f"{prefix}station__in": stations}) if stations else NOTHING)


F_ = DeliberationFigure
_YES_NO = [(True, _("yes")), (False, _("no"))]
DELIBERATIONS = ByRegion(
    figures=DeliberationFigure,
    kinds=Kind,
    share=Share("on_time_rate", _("On time"), above=F_.TASKS_ON_TIME, below=F_.TASKS_DUE),
    definitions={
        F_.MEETINGS: Definition(
            _("Monthly meetings with minutes"), _("the day of the meeting"), Unit.TIMES, Kind.MEETINGS,
            lambda span: days("held_on")(span) & Q(state=MeetingState.HELD),
        ),
        F_.RAISED: Definition(
            _("Topics raised, from requests or directly"), _("when it was raised"), Unit.CASES, Kind.DELIBERATIONS,
            moment("raised_at"),
        ),
        F_.HELD: Definition(
            _("Deliberations with minutes"), _("when it was held"), Unit.TIMES, Kind.DELIBERATIONS, moment("held_at")
        ),
        F_.RESOLVED: Definition(
            _("Topics on which a resolution was made"), _("the resolution"), Unit.CASES, Kind.DELIBERATIONS,
            moment("resolved_at"),
        ),
        F_.DISPUTES: Definition(
            _("Of these, mediations of disputes, confidential ones included"), _("the resolution"), Unit.CASES,
            Kind.DELIBERATIONS, moment("resolved_at", Q(kind=DeliberationKind.DISPUTE)),
        ),
        F_.TASKS_DUE: Definition(
            _("Follow-up tasks whose day has passed, or that are done"), _("the day on which it is due"), Unit.CASES,
            Kind.TASKS, _due,
        ),
        F_.TASKS_ON_TIME: Definition(
            _("Of these, those done on their day or before"), _("the day on which it is due"), Unit.CASES, Kind.TASKS,
            lambda span: _due(span) & Q(done_on__lte=F("due_on")),
        ),
    },
    rows_of={
        Kind.MEETINGS: Rows(
            _meetings, "region",
            (
                Field("held_on", _("day"), "held_on", is_number=True),
                Field("region", _("region"), "region__short_name"),
                Field("place", _("place of the meeting"), "place"),
            ),
        ),
        Kind.DELIBERATIONS: Rows(
            _deliberations, "region",
            (
                Field("topic", _("topic"), "shown_topic"),
                Field("kind", pgettext_lazy("of a deliberation", "kind"), "kind", DeliberationKind.choices),
                Field("is_confidential", _("confidential"), "is_confidential", _YES_NO),
                Field("region", _("region"), "region__short_name"),
                Field("state", _("state"), "state", DeliberationState.choices),
                moment_field("raised_at", _("raised")),
                moment_field("held_at", _("held on")),
                moment_field("resolved_at", _("resolved on")),
            ),
        ),
        Kind.TASKS: Rows(
            _tasks, "deliberation__region",
            (
                Field("text", _("what is to be done"), "shown_text"),
                Field("owner", _("who"), "shown_owner"),
                Field("region", _("region"), "deliberation__region__short_name"),
                Field("due_on", _("due on"), "due_on", is_number=True),
                Field("state", _("state"), "state", TaskState.choices),
                moment_field("done_at", _("done on")),
            ),
        ),
    },
)  # fmt: skip
