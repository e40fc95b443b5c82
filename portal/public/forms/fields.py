"""Form fields of residents' pages."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError
from portal.core.images import MAX_BYTES
from portal.core.masking import normalize_phone
from requests.workflow.intake import MAX_PHOTOS


class PhoneField(forms.CharField):
    """A phone number as people type it; kept as typed, judged by `normalize_phone`."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            normalize_phone(text)
        except DomainError as error:
            raise ValidationError(str(error), code=error.code) from error
        return text


class _ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class PhotosField(forms.FileField):
    """Several photos in one control. What is a photo is judged when they are stored, one by one."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {
            # No `capture`: the phone then offers both, the camera and the pictures that it has.
            "accept": "image/*",
            "data-photos": "",
            "data-max-count": MAX_PHOTOS,
            "data-max-bytes": MAX_BYTES,
            "data-too-many": _("At most %(count)d photos.") % {"count": MAX_PHOTOS},
            "data-too-large": _("{name} is larger than %(limit)d MB.") % {"limit": MAX_BYTES // 1024 // 1024},
        }
        super().__init__(required=False, widget=_ManyFilesInput(attrs=attrs), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        # An empty file is what a control without a choice sends.
        return [each for each in data or [] if each]


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
