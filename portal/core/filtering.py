"""What every FilterSet of the portal shares: regions by code, days, several choices, and no cost for unused filters."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Any

import django_filters
from django import forms
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.models import Region

MAX_ID = 2**63 - 1


class FilterSet(django_filters.FilterSet):
    """A FilterSet that can be built of the filters that are asked for alone.

    A page needs all of them for its form; the API has no form, and to copy twenty filters and fields for a list that
    uses one costs more than the list's query. `lean=True` leaves the others out.
    """

    # Made by the metaclass from the filters declared.
    base_filters: dict[str, Any]

    def __init__(self, data: Mapping[str, Any] | None = None, *args: Any, lean: bool = False, **kwargs: Any) -> None:
        if lean:
            self.base_filters = {
                name: filter_
                for name, filter_ in self.base_filters.items()
                if any(parameter in (data or ()) for parameter in parameters_of(name, filter_))
            }
        super().__init__(data, *args, **kwargs)

    @classmethod
    def parameters(cls) -> frozenset[str]:
        """The names that may stand in a query string."""
        return frozenset(
            parameter for name, filter_ in cls.base_filters.items() for parameter in parameters_of(name, filter_)
        )

    def refusals(self) -> dict[str, list[str]]:
        """What is wrong, under the names that the caller sent: due_from, where the form knows one field `due`."""
        fields: dict[str, list[str]] = {}
        for name, lines in self.errors.items():
            parts = self._refused_parts(name) if name in self.form.fields else {}
            fields |= parts or {name: [str(line) for line in lines]}
        return fields

    def _refused_parts(self, name: str) -> dict[str, list[str]]:
        field, fields = self.form.fields[name], {}
        for part, suffix in zip(getattr(field, "fields", ()), getattr(field.widget, "suffixes", ()), strict=False):
            try:
                part.clean(self.data.get(f"{name}_{suffix}"))
            except forms.ValidationError as error:
                fields[f"{name}_{suffix}"] = [str(line) for line in error.messages]
        return fields


def parameters_of(name: str, filter_: django_filters.Filter) -> tuple[str, ...]:
    suffixes = getattr(filter_.field_class.widget, "suffixes", ())
    return tuple(f"{name}_{suffix}" for suffix in suffixes) or (name,)


class IdFilter(django_filters.NumberFilter):
    """A row by its id."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1, max_value=MAX_ID, **kwargs)

    def get_max_validator(self) -> None:
        return None


class WordsFilter(django_filters.CharFilter):
    """Words that stand in any of these columns."""

    def __init__(self, *columns: str, max_length: int = 60, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)
        self.columns = columns

    def filter(self, rows: models.QuerySet, value: str) -> models.QuerySet:
        conditions = (models.Q(**{f"{column}__icontains": value}) for column in self.columns)
        return rows.filter(reduce(or_, conditions)) if value else rows


class ChoicesFilter(django_filters.MultipleChoiceFilter):
    """One or several values: ?state=accepted&state=dispatched."""

    def filter(self, rows: models.QuerySet, values: list[str]) -> models.QuerySet:
        return rows.filter(**{f"{self.field_name}__in": values}) if values else rows


class YesNoWidget(forms.NullBooleanSelect):
    """Hands on what is neither yes nor no; Django's would take it for "not asked", and show every row."""

    WORDS = {"true": True, "1": True, "false": False, "0": False, "unknown": None, "": None}

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        value = data.get(name, "")
        return self.WORDS.get(value.lower(), value) if isinstance(value, str) else value

    def format_value(self, value: Any) -> list[str]:
        # A list: in a text Django would look for each choice as a part of it, and find "" first.
        return [super().format_value(value)]


class YesNoField(forms.NullBooleanField):
    widget = YesNoWidget
    default_error_messages = {"invalid": _("Give true or false.")}

    def to_python(self, value: Any) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        raise forms.ValidationError(self.error_messages["invalid"], code="invalid")


class BooleanFilter(django_filters.BooleanFilter):
    """?overdue=true or false, 1 or 0; anything else is an error."""

    field_class = YesNoField


class RefusedField(forms.CharField):
    def __init__(self, *, refusal: str | Promise, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.refusal = refusal

    def clean(self, value: str) -> str:
        if value not in self.empty_values:
            raise forms.ValidationError(self.refusal, code="refused")
        return ""


class RefusedFilter(django_filters.Filter):
    """A parameter that must not be used: `refusal` says why, and what to do instead. No form or schema offers it."""

    field_class = RefusedField

    def __init__(self, *, refusal: str | Promise, **kwargs: Any) -> None:
        super().__init__(refusal=refusal, **kwargs)
        self.refusal = refusal

    def filter(self, rows: models.QuerySet, value: str) -> models.QuerySet:
        return rows


class CodeFilter(django_filters.Filter):
    """An entry of a catalogue by its code; give `queryset` and `to_field_name`."""

    field_class = forms.ModelChoiceField


class DatesWidget(django_filters.widgets.SuffixedMultiWidget):
    """Two date inputs: NAME_from and NAME_to."""

    suffixes = ("from", "to")

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        ends = {"aria-label": pgettext_lazy("date", "from")}, {"aria-label": pgettext_lazy("date", "until")}
        super().__init__([forms.DateInput({"type": "date", "class": "days", **each}) for each in ends], attrs)

    def decompress(self, value: slice | None) -> list[Any]:
        return [value.start, value.stop] if value else [None, None]


class DatesField(django_filters.fields.DateRangeField):
    widget = DatesWidget


class DatesFilter(django_filters.DateFromToRangeFilter):
    """Days from NAME_from to NAME_to, both included, in the city's time zone."""

    field_class = DatesField


def code_in(text: str) -> str:
    """The code in what a page proposes for a region: "劳动社区 440306003001"."""
    return text.rsplit(" ", 1)[-1]


class RegionField(forms.CharField):
    """The code of a region; an unknown one is an error, since an empty list would look like "nothing happened"."""

    default_error_messages = {"unknown": _("There is no region with this code.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 100)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Region | None:
        text = super().clean(value)
        if not text:
            return None
        region = Region.objects.filter(code=code_in(text)).first()
        if region is None:
            raise forms.ValidationError(self.error_messages["unknown"], code="unknown")
        return region


class SubtreeFilter(django_filters.Filter):
    """A region by its code: rows whose region (`field_name` leads to it) is that one or lies under it."""

    field_class = RegionField

    def filter(self, rows: models.QuerySet, region: Region | None) -> models.QuerySet:
        if region is None:
            return rows
        prefix = f"{self.field_name}__" if self.field_name else ""
        return rows.filter(**{f"{prefix}path__startswith": region.path})
