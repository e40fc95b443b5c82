"""What a list of projects looks like as a file: no names of people but of whoever leads it."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from requests.models.projects import ProjectQuerySet
from requests.project_types import KEPT, NeedOutcome, ProjectKind, ProjectState

HEADER: list[str | Promise] = [
    _("Number"), pgettext_lazy("of a project", "name"), pgettext_lazy("of a project", "kind"),
    pgettext_lazy("of a project", "state"), _("region"), _("estate"), _("lead unit"), _("planned from"),
    _("planned until"), _("drafted"), _("started"), _("finished"), _("needs"), _("of them resolved"),
]  # fmt: skip


def lines(rows: ProjectQuerySet) -> Iterator[list[Any]]:
    """One line a project, for CSV and XLSX."""
    counted = with_counts(rows).order_by("pk").values_list(
        "pk", "name", "kind", "state", "region__short_name", "estate__name", "organization__name", "planned_start",
        "planned_end", "created_at", "started_at", "finished_at", "need_count", "resolved_count",
    )  # fmt: skip
    for pk, name, kind, state, *rest in counted.iterator(chunk_size=2000):
        cells = [_cell(each) for each in rest]
        yield [f"XM{pk:06d}", name, str(ProjectKind(kind).label), str(ProjectState(state).label), *cells]


def with_counts(rows: ProjectQuerySet) -> ProjectQuerySet:
    """The rows with how many needs are or were in each and not taken out, and how many of these are resolved."""
    kept = Q(needs__outcome__in=KEPT)
    return rows.annotate(
        need_count=Count("needs", filter=kept),
        resolved_count=Count("needs", filter=Q(needs__outcome=NeedOutcome.RESOLVED)),
    )


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if hasattr(value, "hour"):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return f"{value:%Y-%m-%d}" if hasattr(value, "year") else value
