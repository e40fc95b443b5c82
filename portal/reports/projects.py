"""`projects-funnel`: needs -> projects -> finished, with the share that goes on at each step.

Each figure is counted by one date. What is "of these" follows the same rows to today, so that no share exceeds one
because of work that was begun earlier.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.errors import read_form
from portal.core.models import User
from portal.core.scope import NOTHING
from portal.reports.definitions import Span, Unit
from portal.reports.places import Place, place_for
from portal.reports.query import PeriodForm, asked
from portal.reports.rows import CASE_FIELDS, Field, moment_field
from portal.reports.sources import CASES
from requests.models import ProjectNeed, ServiceProject, ServiceRequest
from requests.project_types import DECIDED_STATES, KEPT, NeedOutcome, ProjectKind, ProjectState
from requests.types import GONE_STATES, Kind, State


class ProjectFigure(models.TextChoices):
    NEEDS = "needs", pgettext_lazy("figure of projects", "Needs")
    PROJECTS = "projects", pgettext_lazy("figure of projects", "Projects decided on")
    FINISHED = "finished", pgettext_lazy("figure of projects", "Projects finished")
    ADOPTED = "adopted", pgettext_lazy("figure of projects", "Needs put into projects")
    RESOLVED = "resolved", pgettext_lazy("figure of projects", "Needs resolved by projects")


class ProjectRate(models.TextChoices):
    NEEDS_TO_PROJECTS = "needs_to_projects", pgettext_lazy("figure of projects", "Projects for each need")
    PROJECTS_FINISHED = "projects_finished", pgettext_lazy("figure of projects", "Share of projects finished")
    NEEDS_RESOLVED = "needs_resolved", pgettext_lazy("figure of projects", "Share of needs resolved")


class Rows(models.TextChoices):
    REQUESTS = "requests", _("requests")
    PROJECTS = "projects", _("projects")
    NEEDS = "project_needs", _("needs in projects")


@dataclass(frozen=True)
class Definition:
    counts: str | Promise
    counted_by: str | Promise
    unit: Unit
    rows: Rows
    found: Callable[[Place, Span], QuerySet]


def _needs(place: Place, span: Span) -> QuerySet:
    known = ~Q(state__in=[State.REJECTED, *GONE_STATES])
    return ServiceRequest.objects.filter(place.condition(CASES), known, span.within("submitted_at"), kind=Kind.NEED)


def _projects(place: Place, span: Span) -> QuerySet:
    here = _here(place, "")
    return ServiceProject.objects.filter(here, span.within("reviewed_at"), state__in=DECIDED_STATES)


def _finished(place: Place, span: Span) -> QuerySet:
    return _projects(place, span).filter(state=ProjectState.FINISHED)


def _adopted(place: Place, span: Span) -> QuerySet:
    return ProjectNeed.objects.filter(_here(place, "project__"), span.within("added_at"), outcome__in=KEPT)


def _resolved(place: Place, span: Span) -> QuerySet:
    return _adopted(place, span).filter(outcome=NeedOutcome.RESOLVED)


def _here(place: Place, prefix: str) -> Q:
    """Projects of the place: of its regions, and of its stations."""
    if place.everywhere:
        return Q()
    here = Q(**{f"{prefix}station__in": [station.pk for station in place.stations]}) if place.stations else NOTHING
    for region in place.regions:
        here |= Q(**{f"{prefix}region__path__startswith": region.path})
    return here


_DECISION, _ADDED = _("the day of the decision"), _("the day on which it was put into the project")
DEFINITIONS: dict[str, Definition] = {
    ProjectFigure.NEEDS: Definition(
        _("Requests of the kind “need” that were neither rejected, withdrawn, merged nor split"), _("submission"),
        Unit.CASES, Rows.REQUESTS, _needs,
    ),
    ProjectFigure.PROJECTS: Definition(
        _("Projects that a leader decided to do, also those that were stopped later"), _DECISION, Unit.PROJECTS,
        Rows.PROJECTS, _projects,
    ),
    ProjectFigure.FINISHED: Definition(
        _("Of these projects, those that are finished by now"), _DECISION, Unit.PROJECTS, Rows.PROJECTS, _finished
    ),
    ProjectFigure.ADOPTED: Definition(
        _("Requests of any kind that are in a project or were resolved by it; those taken out are not counted"), _ADDED,
        Unit.CASES, Rows.NEEDS, _adopted,
    ),
    ProjectFigure.RESOLVED: Definition(
        _("Of these, those that the project has resolved by now"), _ADDED, Unit.CASES, Rows.NEEDS, _resolved
    ),
}  # fmt: skip
# Above and below the line.
RATES: dict[str, tuple[str, str]] = {
    ProjectRate.NEEDS_TO_PROJECTS: (ProjectFigure.PROJECTS, ProjectFigure.NEEDS),
    ProjectRate.PROJECTS_FINISHED: (ProjectFigure.FINISHED, ProjectFigure.PROJECTS),
    ProjectRate.NEEDS_RESOLVED: (ProjectFigure.RESOLVED, ProjectFigure.ADOPTED),
}
_PROJECT = (
    Field("kind", pgettext_lazy("of a project", "kind"), "kind", ProjectKind.choices),
    Field("project_state", pgettext_lazy("of a project", "state"), "state", ProjectState.choices),
    Field("region", _("region"), "region__short_name"),
    Field("lead_unit", _("lead unit"), "organization__name"),
    moment_field("reviewed_at", _("decided")),
    moment_field("started_at", _("started")),
    moment_field("project_finished_at", _("finished"), "finished_at"),
)
FIELDS: dict[str, tuple[Field, ...]] = {
    Rows.REQUESTS: CASE_FIELDS,
    Rows.PROJECTS: (Field("name", pgettext_lazy("of a project", "name"), "name"), *_PROJECT),
    Rows.NEEDS: (
        Field("name", pgettext_lazy("of a project", "name"), "project__name"),
        Field("request_title", _("title"), "request__title"),
        Field("request_state", _("state"), "request__state", State.choices),
        Field("outcome", _("outcome"), "outcome", NeedOutcome.choices),
        moment_field("added_at", _("added")),
        moment_field("ended_at", _("ended")),
    ),
}


@dataclass(frozen=True)
class Funnel:
    place: Place
    span: Span
    counts: dict[str, int]

    def rate(self, code: str) -> float | None:
        """Nothing divided by nothing is not applicable."""
        above, below = (self.counts[each] for each in RATES[code])
        return above / below if below else None


def summarize(place: Place, span: Span) -> Funnel:
    return Funnel(place, span, {code: rows(place, span, figure=code).count() for code in ProjectFigure.values})


def rows(place: Place, span: Span, *, figure: str) -> QuerySet:
    """What the figure counts."""
    return DEFINITIONS[figure].found(place, span)


class ProjectRowsForm(PeriodForm):
    """The rows behind one figure of `projects-funnel`."""

    figure = forms.ChoiceField(label=_("Figure"), choices=ProjectFigure.choices)


@dataclass(frozen=True)
class FunnelQuery:
    place: Place
    span: Span
    params: Mapping[str, Any]
    figure: str = ""


def read_funnel(
    user: User, params: Mapping[str, Any], *, form: type[PeriodForm] = PeriodForm, now: datetime | None = None
) -> FunnelQuery:
    """Raises `DomainError` that names what is wrong; a region that is not the user's is not found."""
    read = form(params)
    values = read_form(read)
    period = read.chosen_period()
    span = Span(period, now or timezone.now())
    return FunnelQuery(place_for(user, values["region"]), span, asked(read, period), values.get("figure", ""))


def read_funnel_rows(user: User, params: Mapping[str, Any]) -> FunnelQuery:
    return read_funnel(user, params, form=ProjectRowsForm)
