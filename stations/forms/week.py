"""A week as one small table: a line a weekday, one or two spans of time a line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from portal.core.registry.forms import ClockInput
from stations.hours import overlap
from stations.models.hours import Weekday

SPANS = 2
Span = tuple[time, time]


@dataclass
class Line:
    weekday: int
    label: str
    spans: list[tuple[forms.BoundField, forms.BoundField]]
    errors: list[str]


class WeekTable(forms.Form):
    """Empty pairs are no span. After validation `week` holds the spans of each weekday, in order."""

    def __init__(self, data: Any = None, *, stored: Mapping[int, Sequence[Span]]) -> None:
        self.stored_spans = stored
        self.spans = max([SPANS, *map(len, stored.values())])
        super().__init__(data, prefix="week")
        for day in Weekday:
            for number in range(self.spans):
                for end in ("opens", "closes"):
                    self.fields[f"{day.value}_{number}_{end}"] = forms.TimeField(
                        label=self._label(day, number, end), required=False, widget=ClockInput,
                        initial=self._initial(day.value, number, end),
                    )  # fmt: skip

    def words_of(self, end: str) -> str:
        return _("%(weekday)s, opens") if end == "opens" else _("%(weekday)s, closes")

    def _label(self, day: Weekday, number: int, end: str) -> str:
        return self.words_of(end) % {"weekday": day.label} + (f" ({number + 1})" if number else "")

    def _initial(self, day: int, number: int, end: str) -> time | None:
        spans = self.stored_spans.get(day, ())
        return spans[number][end == "closes"] if number < len(spans) else None

    def incomplete(self) -> str:
        """Without the weekday: the error stands in its line, and a summary begins with the label of the field."""
        return _("Give both times, the closing after the opening.")

    def overlapping(self, spans: Sequence[Span]) -> str:
        shown = [f"{starts:%H:%M}–{ends:%H:%M}" for starts, ends in spans]
        return _("%(spans)s overlap. Make one span of them, or change one.") % {"spans": _(", ").join(shown)}

    def clean(self) -> dict[str, Any]:
        self.week: dict[int, list[Span]] = {}
        for day in Weekday:
            spans = []
            for number in range(self.spans):
                opens, closes = (self.cleaned_data.get(f"{day.value}_{number}_{end}") for end in ("opens", "closes"))
                if opens is None and closes is None:
                    continue
                if opens is None or closes is None or closes <= opens:
                    self.add_error(f"{day.value}_{number}_closes", self.incomplete())
                    continue
                spans.append((opens, closes))
            spans.sort()
            if overlap(spans):
                self.add_error(f"{day.value}_0_opens", self.overlapping(spans))
            self.week[day.value] = spans
        return self.cleaned_data

    def lines(self) -> list[Line]:
        found = []
        for day in Weekday:
            spans = [
                (self[f"{day.value}_{number}_opens"], self[f"{day.value}_{number}_closes"])
                for number in range(self.spans)
            ]
            errors = [str(error) for pair in spans for bound in pair for error in bound.errors]
            found.append(Line(day.value, str(day.label), spans, errors))
        return found
