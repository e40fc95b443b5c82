"""Form fields of residents' pages."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from portal.core.errors import DomainError
from portal.core.masking import normalize_phone


class PhoneField(forms.CharField):
    """A phone number as people type it; kept as typed, judged by `normalize_phone`."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:  # where it is optional
            return text
        try:
            normalize_phone(text)
        except DomainError as error:
            raise ValidationError(str(error), code=error.code) from error
        return text


class CoordinateField(forms.FloatField):
    """Set by the map or the phone, never typed: what is no coordinate is as if there were none."""

    widget = forms.HiddenInput

    def __init__(self, limit: int, **kwargs: Any) -> None:
        self.limit = limit
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> float | None:
        try:
            number = super().clean(value)
        except ValidationError:
            return None
        return number if number is not None and abs(number) <= self.limit else None


def point_of(data: Mapping[str, Any], latitude: str, longitude: str) -> tuple[float, float] | None:
    """The point that two entries name; None unless both are coordinates."""
    lat = CoordinateField(90).clean(data.get(latitude))
    lng = CoordinateField(180).clean(data.get(longitude))
    return None if lat is None or lng is None else (lat, lng)
