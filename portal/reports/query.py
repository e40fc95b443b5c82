"""What a report is asked for: the parameters that the API, the desk's page and the links between them share."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.errors import NotFound, read_form
from portal.core.models import User
from portal.reports import duty, groups, network
from portal.reports.by_region import ByRegion
from portal.reports.definitions import BY_CODE, Count, Rate, Span
from portal.reports.groups import GroupBy
from portal.reports.periods import Period, PeriodKind
from portal.reports.places import Place, place_for
from stations.models import Station

PREVIOUS, LAST_YEAR = "previous", "last_year"
COMPARISONS = [(PREVIOUS, _("Previous period")), (LAST_YEAR, _("Same period last year"))]  # 环比, 同比
PARTS = [
    ("numerator", _("numerator")),
    ("denominator", _("denominator")),
    ("net_numerator", _("numerator, net")),
    ("net_denominator", _("denominator, net")),
]
MAX_CODE = 20


class PeriodForm(forms.Form):
    """A day names the calendar period that it lies in; from and to make one of their own."""

    region = forms.CharField(label=_("Region"), required=False, max_length=MAX_CODE)
    period = forms.ChoiceField(label=_("Period"), choices=PeriodKind.choices, required=False)
    date = forms.DateField(label=_("Day in the period"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # "from" is a word of Python's own.
        self.fields["from"] = forms.DateField(label=_("From"), required=False)
        self.fields["to"] = forms.DateField(label=_("To"), required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        first, last = values.get("from"), values.get("to")
        asked_from_to = bool(first or last) and not values.get("period")
        if asked_from_to:
            values["period"] = PeriodKind.CUSTOM
        if values.get("period") == PeriodKind.CUSTOM and not self.errors and not (first and last):
            missing = "to" if first else "from"
            self.add_error(missing, gettext("Give the first and the last day."))
        if values.get("period") not in ("", None, PeriodKind.CUSTOM):
            for name in ("from", "to"):
                if values.get(name):
                    self.add_error(name, gettext("A calendar period has its own days: name one of them as the date."))
        return values

    def chosen_period(self) -> Period:
        values = self.cleaned_data
        if values["period"] == PeriodKind.CUSTOM:
            return Period.between(values["from"], values["to"])
        return Period.containing(values["date"] or timezone.localdate(), values["period"] or PeriodKind.MONTH)


class SummaryForm(PeriodForm):
    """`requests-summary`."""

    group = forms.ChoiceField(label=_("By"), choices=[("", _("Total only")), *GroupBy.choices], required=False)
    compare = forms.MultipleChoiceField(label=_("Compare with"), choices=COMPARISONS, required=False)


class RowsForm(SummaryForm):
    """The rows behind one figure: `key` names the group, as the report's lines do."""

    figure = forms.ChoiceField(label=_("Figure"), choices=[(code, figure.name) for code, figure in BY_CODE.items()])
    part = forms.ChoiceField(label=_("Part of the rate"), choices=PARTS, required=False)
    key = forms.CharField(label=_("Group"), required=False, max_length=60)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("key") and not values.get("group"):
            self.add_error("group", gettext("Say what the group is a group of."))
        return values


class NetworkForm(forms.Form):
    region = forms.CharField(label=_("Region"), required=False, max_length=MAX_CODE)


class NetworkRowsForm(NetworkForm):
    figure = forms.ChoiceField(label=_("Figure"), choices=network.NetworkFigure.choices)
    section = forms.ChoiceField(label=_("Table"), choices=network.Section.choices, required=False)
    key = forms.CharField(label=_("Group"), required=False, max_length=60)


class DutyRowsForm(PeriodForm):
    """The rows behind one figure of `duty-summary`; `key` is the code of a station, or `duty.NO_SHIFT`."""

    figure = forms.ChoiceField(label=_("Figure"), choices=duty.DutyFigure.choices)
    key = forms.CharField(label=_("Station"), required=False, max_length=60)


class FigureForm(PeriodForm):
    """The rows behind one figure of a report that is counted region by region."""

    figure = forms.ChoiceField(label=_("Figure"))

    def __init__(self, *args: Any, report: ByRegion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["figure"].choices = report.figures.choices


@dataclass(frozen=True)
class SummaryQuery:
    """A question that has been understood, in the name of a user."""

    place: Place
    span: Span
    group_by: str = ""
    comparisons: tuple[str, ...] = ()
    # As asked, for links that ask for nearly the same.
    params: Mapping[str, Any] = field(default_factory=dict)

    def spans(self) -> dict[str, Span]:
        """The periods to compare with."""
        period = self.span.period
        before = {PREVIOUS: period.previous, LAST_YEAR: period.last_year}
        return {name: replace_period(self.span, before[name]()) for name in self.comparisons}

    def rows_params(self, figure: str, key: str | None = None, part: str = "") -> str:
        """The query string of the rows behind a number."""
        asked = {name: self.params[name] for name in ("region", "period", "date", "from", "to") if name in self.params}
        asked |= {"figure": figure}
        if part:
            asked["part"] = part
        if key is not None:
            asked |= {"group": self.group_by, "key": key}
        return urlencode(asked)


@dataclass(frozen=True)
class RowsQuery:
    place: Place
    span: Span
    figure: Count
    group_by: str = ""
    group: Any = None

    @property
    def group_name(self) -> str:
        named = groups.groups_of(self.group_by, self.place, [self.group]) if self.group_by else []
        return next((group.name for group in named if group.value == self.group), "")


def replace_period(span: Span, period: Period) -> Span:
    return replace(span, period=period)


def read_summary(user: User, params: Mapping[str, Any], *, now: datetime | None = None) -> SummaryQuery:
    """Raises `DomainError` that names what is wrong; a region that is not the user's is not found."""
    form = SummaryForm(params)
    values = read_form(form)
    period = form.chosen_period()
    return SummaryQuery(
        place=place_for(user, values["region"]),
        span=Span(period, now or timezone.now()),
        group_by=values["group"],
        comparisons=tuple(values["compare"]),
        params=asked(form, period),
    )


def read_rows(user: User, params: Mapping[str, Any], *, now: datetime | None = None) -> RowsQuery:
    form = RowsForm(params)
    values = read_form(form)
    figure: Count | Rate = BY_CODE[values["figure"]]
    if isinstance(figure, Rate):
        rate, part = (figure.net if values["part"].startswith("net_") else figure), values["part"].removeprefix("net_")
        figure = rate.numerator if part == "numerator" else rate.denominator
    in_group = values["group"] and values["key"]
    return RowsQuery(
        place=place_for(user, values["region"]),
        span=Span(form.chosen_period(), now or timezone.now()),
        figure=figure,
        group_by=values["group"] if in_group else "",
        group=groups.value_of(values["group"], values["key"]) if in_group else None,
    )


@dataclass(frozen=True)
class DutyQuery:
    place: Place
    span: Span
    params: Mapping[str, Any] = field(default_factory=dict)
    figure: str = ""
    station: Station | None = None
    is_without_shift: bool = False


def read_duty(user: User, params: Mapping[str, Any], *, now: datetime | None = None) -> DutyQuery:
    form = PeriodForm(params)
    values = read_form(form)
    period = form.chosen_period()
    place = place_for(user, values["region"])
    return DutyQuery(place, Span(period, now or timezone.now()), asked(form, period))


def read_duty_rows(user: User, params: Mapping[str, Any], *, now: datetime | None = None) -> DutyQuery:
    """Raises `NotFound` for a station that does not lie in the place of the figures."""
    form = DutyRowsForm(params)
    values = read_form(form)
    period, place, station = form.chosen_period(), place_for(user, values["region"]), None
    is_without_shift = values["key"] == duty.NO_SHIFT
    if values["key"] and not is_without_shift:
        found = Station.objects.filter(place.station_condition(), code=values["key"])
        station = found.select_related("region").first()
        if station is None:
            raise NotFound(gettext("There is no such station, or it is not one of yours."))
    span = Span(period, now or timezone.now())
    return DutyQuery(place, span, asked(form, period), values["figure"], station, is_without_shift)


@dataclass(frozen=True)
class RegionQuery:
    """Of a report that is counted region by region."""

    place: Place
    span: Span
    params: Mapping[str, Any]
    figure: str = ""


def read_by_region(user: User, form: PeriodForm, *, now: datetime | None = None) -> RegionQuery:
    """What a bound form asks: all figures, or (`FigureForm`) the rows behind one."""
    values = read_form(form)
    period, place = form.chosen_period(), place_for(user, values["region"])
    return RegionQuery(place, Span(period, now or timezone.now()), asked(form, period), values.get("figure", ""))


def asked(form: PeriodForm, period: Period) -> dict[str, str]:
    """What was asked for with every default spelt out, so that a link means the same tomorrow."""
    values = form.cleaned_data
    spelt = {"region": values["region"], "group": values.get("group", "")}
    if period.kind == PeriodKind.CUSTOM:
        spelt |= {"from": period.first.isoformat(), "to": period.last.isoformat()}
    else:
        spelt |= {"period": period.kind, "date": period.first.isoformat()}
    return {name: value for name, value in spelt.items() if value}
