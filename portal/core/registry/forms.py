"""Forms of registry rows: clean text, related rows from the person's own area, native inputs for days and times."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError
from portal.core.map_view import around, largest, smallest_on
from portal.core.models import Region
from portal.core.registry.lookups import LOOKUPS, LookupField
from portal.core.text import CleanCharField


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None, format: str = "%Y-%m-%d") -> None:  # noqa: A002
        super().__init__(attrs, format)


MOMENT = "%Y-%m-%dT%H:%M"


class MomentInput(forms.DateTimeInput):
    """A day and a time of it."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, MOMENT)


class ClockInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None, format: str = "%H:%M") -> None:  # noqa: A002
        super().__init__(attrs, format)


def form_field(db_field: models.Field, **kwargs: Any) -> forms.Field | None:
    """The form field of a model field, in the portal's manner. For `formfield_callback`."""
    if isinstance(db_field, models.ForeignKey) and db_field.related_model in LOOKUPS:
        return LookupField(
            LOOKUPS[db_field.related_model],
            label=db_field.verbose_name, required=not db_field.blank, help_text=db_field.help_text,
        )  # fmt: skip
    if isinstance(db_field, models.ManyToManyField):
        kwargs["widget"] = forms.CheckboxSelectMultiple
    elif isinstance(db_field, models.DateField) and not isinstance(db_field, models.DateTimeField):
        kwargs["widget"] = DayInput
    elif isinstance(db_field, models.TimeField):
        kwargs["widget"] = ClockInput
    elif isinstance(db_field, models.TextField):
        return _text(db_field, max_length=5000, multiline=True)
    elif isinstance(db_field, models.CharField) and not db_field.choices:
        return _text(db_field, max_length=db_field.max_length or 200)
    field = db_field.formfield(**kwargs)
    if isinstance(field, forms.TypedChoiceField):
        # In words, instead of Django's row of dashes.
        field.choices = [(value, label if value != "" else _("Please choose")) for value, label in field.choices]
    return field


def _text(db_field: models.Field, **kwargs: Any) -> CleanCharField:
    return CleanCharField(
        label=db_field.verbose_name, required=not db_field.blank, help_text=db_field.help_text, **kwargs
    )


class ScopedFormMixin:
    """Gives every lookup of a form the rows that `user` may see. `sections` lay the fields out: (heading, names)."""

    sections: list[tuple[Any, list[str]]] = []
    # Of the fields beside a map those that stand folded away: most people pick the point.
    folded_fields: Sequence[str] = ()

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            if isinstance(field, LookupField):
                field.rows = field.lookup.rows(user)
                field.current = self.current_of(name)

    def current_of(self, name: str) -> models.Model | None:
        return None

    def take_error(self, error: DomainError) -> None:
        """Put what a verb refused beside the fields that it names."""
        for name, lines in (error.fields or {"": [str(error)]}).items():
            for line in lines:
                self.add_error(name if name in self.fields else None, str(line))  # type: ignore[attr-defined]

    @property
    def shows_folded(self) -> bool:
        return any(self[name].errors for name in self.folded_fields)  # type: ignore[index]

    def laid_out(self) -> list[dict[str, Any]]:
        """The sections with their bound fields, for the template; without sections all fields in one."""
        sections = self.sections or [("", list(self.fields))]
        shown = [
            {
                "title": title,
                "fields": [self[name] for name in names if name in self.fields],
                "has_point": "latitude" in names and "latitude" in self.fields,
            }
            for title, names in sections
        ]
        return [section for section in shown if section["fields"]]


class ScopedForm(ScopedFormMixin, forms.Form):
    """A form that belongs to no model."""


class ScopedModelForm(ScopedFormMixin, forms.ModelForm):
    """A registry row."""

    class Meta:
        formfield_callback = form_field

    def current_of(self, name: str) -> models.Model | None:
        return getattr(self.instance, name, None) if self.instance.pk else None

    def _update_errors(self, errors: ValidationError) -> None:
        """What the model refuses about a field that this form does not show is said of the form as a whole."""
        if hasattr(errors, "error_dict"):
            for name in set(errors.error_dict) - set(self.fields) - {NON_FIELD_ERRORS}:
                errors.error_dict.setdefault(NON_FIELD_ERRORS, []).extend(errors.error_dict.pop(name))
        super()._update_errors(errors)

    @property
    def looks_at(self) -> dict[str, Any] | None:
        """Where the map begins on which a point is picked; None for a form without one."""
        if "latitude" not in self.fields:
            return None
        row, looks_at = self.instance, {}
        if row.region_id:
            looks_at = around(smallest_on(row.region.path))
        else:
            looks_at = around(largest(Region.objects.for_user(self.user)))
        if not self.is_bound and row.latitude is not None:
            # As it is stored: the fields may show it in the datum of another map.
            looks_at["point"] = f"{row.latitude},{row.longitude}"
        return looks_at


class Seen(forms.Form):
    """Which state of the row the person had before them (the id of its last history entry)."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=0, max_value=2**63 - 1)


CHANGED_MEANWHILE = _(
    "Somebody has changed this while you were editing. What you entered is still here: compare, and save again."
)
