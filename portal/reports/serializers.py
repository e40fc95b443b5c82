"""The schema of reports. The answers are made in `portal.reports.answers`; a test holds the two together."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from portal.core.models import Level
from portal.reports.answers import Report
from portal.reports.definitions import COUNTS, RATES, Unit
from portal.reports.deliberations import Kind as DeliberationKind
from portal.reports.duty import DEFINITIONS, FIELDS, DutyFigure
from portal.reports.duty import Rows as DutyRows
from portal.reports.groups import GroupBy
from portal.reports.network import NetworkFigure, Section
from portal.reports.periods import PeriodKind
from portal.reports.projects import FIELDS as PROJECT_FIELDS
from portal.reports.projects import ProjectFigure
from portal.reports.projects import Rows as ProjectRows
from portal.reports.query import COMPARISONS
from portal.reports.rows import CASE_FIELDS, OWN_FIELDS, STATION_FIELDS, Field
from portal.reports.sources import JUDGED_DEPARTMENTS, OFFERS, RATINGS, REDOS, SOURCES, WHISTLES
from portal.reports.surveys import Kind as SurveyKind


class RatePart(serializers.Serializer):
    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True, help_text="From 0 to 1; null: nothing to divide by.")


class RateValue(serializers.Serializer):
    gross = RatePart()
    net = RatePart(help_text="Without the cases that were left out of this rate.")


RequestFigures = type(
    "RequestFigures",
    (serializers.Serializer,),
    {
        **{count.code: serializers.IntegerField(help_text=f"{count.unit}: {count.counts}") for count in COUNTS},
        **{rate.code: RateValue() for rate in RATES},
    },
)
FigureChanges = type(
    "FigureChanges",
    (serializers.Serializer,),
    {figure.code: serializers.FloatField(allow_null=True) for figure in (*COUNTS, *RATES)},
)


class ReportRegion(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    level = serializers.ChoiceField(choices=Level.choices)


class ReportPeriod(serializers.Serializer):
    kind = serializers.ChoiceField(choices=PeriodKind.choices)
    # "from" is a word of Python's own.
    to = serializers.DateField(help_text="The last day.")
    label = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"from": serializers.DateField(help_text="The first day."), **super().get_fields()}


class ReportLine(serializers.Serializer):
    key = serializers.CharField(help_text="Names the group when asking for rows; - is the group of what is in none.")
    name = serializers.CharField()
    figures = RequestFigures()


class ComparedLine(ReportLine):
    change = FigureChanges(help_text="From then to the period asked for.")


class Comparison(serializers.Serializer):
    period = ReportPeriod()
    overdue_at = serializers.DateTimeField()
    total = RequestFigures()
    change = FigureChanges(help_text="Counts: change as a share of then. Rates: difference.")
    groups = ComparedLine(many=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"with": serializers.ChoiceField(choices=COMPARISONS), **super().get_fields()}


class RequestsSummary(serializers.Serializer):
    report = serializers.CharField()
    region = ReportRegion(allow_null=True, help_text="Null when the report is about several regions or stations.")
    place = serializers.CharField()
    group_by = serializers.ChoiceField(choices=GroupBy.choices, allow_null=True)
    period = ReportPeriod()
    overdue_at = serializers.DateTimeField(help_text="The moment at which open cases are judged.")
    data_cut_off = serializers.DateTimeField()
    total = RequestFigures()
    groups = ReportLine(many=True)
    comparisons = Comparison(many=True)


class StationNumbers(serializers.Serializer):
    stations = serializers.IntegerField()
    open = serializers.IntegerField()


class NetworkLine(StationNumbers):
    key = serializers.CharField()
    name = serializers.CharField()


class NetworkSection(serializers.Serializer):
    section = serializers.ChoiceField(choices=Section.choices)
    name = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    lines = NetworkLine(many=True)


class NetworkSummary(serializers.Serializer):
    report = serializers.CharField()
    region = ReportRegion(allow_null=True)
    place = serializers.CharField()
    data_cut_off = serializers.DateTimeField()
    unit = serializers.ChoiceField(choices=Unit.choices)
    total = StationNumbers()
    sections = NetworkSection(many=True)


_DUTY_FIGURES = {
    code: serializers.IntegerField(
        help_text=f"{DEFINITIONS[code].unit}: {DEFINITIONS[code].counts}", allow_null=code == DutyFigure.SPREAD
    )
    for code in DutyFigure.values
}
DutyFigures = type(
    "DutyFigures",
    (serializers.Serializer,),
    {
        **_DUTY_FIGURES,
        "fill_rate": serializers.FloatField(allow_null=True, help_text="filled / places; null: nothing to divide by."),
    },
)


class DutyLine(serializers.Serializer):
    key = serializers.CharField(help_text="The code of the station; no-shift: hours that no shift stands behind.")
    name = serializers.CharField()
    region = serializers.CharField(allow_blank=True)
    figures = DutyFigures()


class DutySummary(serializers.Serializer):
    report = serializers.CharField()
    region = ReportRegion(allow_null=True)
    place = serializers.CharField()
    period = ReportPeriod()
    data_cut_off = serializers.DateTimeField()
    total = DutyFigures()
    stations = DutyLine(many=True, help_text="What needs attention first.")


# Two reports may have rows of one kind.
_ROW_KINDS = list(dict.fromkeys([
    *((source.name, source.name) for source in SOURCES), ("stations", "stations"),
    *((each.value, each.value) for each in DutyRows),
    *((each.value, each.value) for each in ProjectRows),
    *((each.value, each.value) for each in DeliberationKind),
    *((each.value, each.value) for each in SurveyKind),
]))  # fmt: skip


class FigureDefinition(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    counts = serializers.CharField(help_text="What is counted, or what is divided by what.")
    counted_by = serializers.CharField(help_text="The date that puts a row into a period.")
    unit = serializers.ChoiceField(choices=Unit.choices)
    unit_name = serializers.CharField()
    numerator = serializers.CharField(allow_null=True, help_text="Of a rate: the code of the count above the line.")
    denominator = serializers.CharField(allow_null=True)
    net = serializers.CharField(allow_null=True, help_text="How the net rate differs from the gross one.")
    rows = serializers.ChoiceField(choices=_ROW_KINDS, help_text="What the rows behind it are.")


class ReportDescription(serializers.Serializer):
    name = serializers.ChoiceField(choices=Report.choices)
    title = serializers.CharField()
    description = serializers.CharField()
    url = serializers.URLField()
    rows_url = serializers.URLField()
    figures = FigureDefinition(many=True)


class ReportList(serializers.Serializer):
    results = ReportDescription(many=True)


def row_fields(fields: Iterable[Field], **options: Any) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field in fields:
        if field.is_moment:
            made[field.name] = serializers.DateTimeField(allow_null=True, **options)
        elif field.is_day:
            made[field.name] = serializers.DateField(allow_null=True, **options)
        elif field.is_number:
            made[field.name] = serializers.IntegerField(allow_null=True, **options)
        elif any(isinstance(code, bool) for code, _word in field.choices):
            made[field.name] = serializers.BooleanField(allow_null=True, **options)
        else:
            made[field.name] = serializers.CharField(allow_null=True, allow_blank=True, **options)
    return made


_numbered = {"id": serializers.IntegerField(), "number": serializers.CharField()}
ReportRowCase = type("ReportRowCase", (serializers.Serializer,), {**_numbered, **row_fields(CASE_FIELDS)})
ReportRowOffer = type("ReportRowOffer", (serializers.Serializer,), row_fields(OWN_FIELDS[OFFERS.name]))
ReportRowRating = type("ReportRowRating", (serializers.Serializer,), row_fields(OWN_FIELDS[RATINGS.name]))
ReportRowRedo = type("ReportRowRedo", (serializers.Serializer,), row_fields(OWN_FIELDS[REDOS.name]))
ReportRowWhistle = type("ReportRowWhistle", (serializers.Serializer,), row_fields(OWN_FIELDS[WHISTLES.name]))
ReportRowDepartmentRating = type(
    "ReportRowDepartmentRating", (serializers.Serializer,), row_fields(OWN_FIELDS[JUDGED_DEPARTMENTS.name])
)
ReportRowStation = type(
    "ReportRowStation", (serializers.Serializer,), {"id": serializers.IntegerField(), **row_fields(STATION_FIELDS)}
)


class ReportRow(serializers.Serializer):
    id = serializers.IntegerField(help_text="Of the row in its own table.")
    offer = ReportRowOffer(allow_null=True)
    rating = ReportRowRating(allow_null=True)
    redo = ReportRowRedo(allow_null=True)
    whistle = ReportRowWhistle(allow_null=True)
    department_rating = ReportRowDepartmentRating(allow_null=True)
    case = ReportRowCase()


class RowsPage(serializers.Serializer):
    figure = serializers.CharField(help_text="The count whose rows these are; of a rate, the side asked for.")
    unit = serializers.ChoiceField(choices=Unit.choices)
    rows = serializers.ChoiceField(choices=_ROW_KINDS)
    count = serializers.IntegerField(help_text="All rows, not of this page alone: the figure.")
    data_cut_off = serializers.DateTimeField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class RequestRowsPage(RowsPage):
    results = ReportRow(many=True)


class NetworkRowsPage(RowsPage):
    figure = serializers.ChoiceField(choices=NetworkFigure.choices)
    results = ReportRowStation(many=True)


# Of one figure all rows are alike; which fields they have, the figure's `rows` says.
DutyReportRow = type(
    "DutyReportRow",
    (serializers.Serializer,),
    {
        "id": serializers.IntegerField(help_text="Of the row in its own table."),
        **row_fields({field.name: field for fields in FIELDS.values() for field in fields}.values(), required=False),
    },
)


class DutyRowsPage(RowsPage):
    figure = serializers.ChoiceField(choices=DutyFigure.choices)
    results = DutyReportRow(many=True)


class ProjectCounts(serializers.Serializer):
    needs = serializers.IntegerField()
    projects = serializers.IntegerField()
    finished = serializers.IntegerField()
    adopted = serializers.IntegerField()
    resolved = serializers.IntegerField()


class ProjectRates(serializers.Serializer):
    """Null where there is nothing below the line."""

    needs_to_projects = serializers.FloatField(allow_null=True)
    projects_finished = serializers.FloatField(allow_null=True)
    needs_resolved = serializers.FloatField(allow_null=True)


class ProjectsFunnel(serializers.Serializer):
    report = serializers.CharField()
    region = ReportRegion(allow_null=True)
    place = serializers.CharField()
    period = ReportPeriod()
    data_cut_off = serializers.DateTimeField()
    counts = ProjectCounts()
    rates = ProjectRates()


ProjectReportRow = type(
    "ProjectReportRow",
    (serializers.Serializer,),
    {
        "id": serializers.IntegerField(help_text="Of the row in its own table."),
        **row_fields(
            {field.name: field for fields in PROJECT_FIELDS.values() for field in fields}.values(), required=False
        ),
    },
)


class ProjectRowsPage(RowsPage):
    figure = serializers.ChoiceField(choices=ProjectFigure.choices)
    results = ProjectReportRow(many=True)
