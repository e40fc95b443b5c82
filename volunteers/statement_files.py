"""Statements of double check-in as the cells of a file."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.models import Organization
from volunteers.statements import Line, Statement

Table = tuple[Sequence[Any], list[list[Any]]]
SUMS = (_("Shifts"), _("Approved minutes"), _("Services"))


def name_of(made: Statement, branch: Organization | None = None) -> str:
    """The name of the file, without what says its format."""
    return "-".join(str(part) for part in (_("Double check-in"), branch, made.quarter.code) if part is not None)


def table_of_members(made: Statement) -> Table:
    header = (_("volunteer number"), _("Name"), _("community"), _("reported on"), *SUMS)
    rows: list[list[Any]] = [
        [
            line.volunteer.number, line.volunteer.shown_name, str(line.report.region), line.report.reported_on,
            *_sums(line),
        ]
        for line in made.lines
    ]  # fmt: skip
    return header, [*rows, [gettext("Total"), "", "", "", *_sums(made)]]


def table_of_branches(parts: list[tuple[Organization, Statement]]) -> Table:
    header = (_("own branch"), _("Party members reported"), _("of them active"), *SUMS)
    return header, [[str(branch), part.members, part.active, *_sums(part)] for branch, part in parts]


def _sums(line: Line | Statement) -> list[int]:
    return [line.shifts, line.minutes, line.services]
