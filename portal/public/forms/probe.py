"""移动探头: a hazard in two taps and a photo."""

import uuid
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core import consent
from portal.core.errors import DomainError
from portal.core.models import Level, Region, StoredFile
from portal.core.models.regions import codes_on
from portal.core.text import CleanCharField
from portal.public.forms.fields import CoordinateField
from requests.danger import Danger, danger_in
from requests.forms import PhotosField
from requests.hazards import tiles
from requests.probes import refuse_unsaid
from stations.models import Station
from stations.queries import nearest
from volunteers.models import Volunteer

MAX_TEXT = 200
# Further away than this the nearest station says nothing about where somebody stands.
FAR_METRES = 3_000


class CodeForm(forms.Form):
    code = CleanCharField(
        label=_("Your rider's code"), max_length=40, widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("Enter the code.")},
    )  # fmt: skip


class _StreetIterator(forms.models.ModelChoiceIterator):
    """Communities by their street: two streets of one district have a community of the same name."""

    def __iter__(self) -> Iterator[Any]:
        yield "", self.field.empty_label
        for street, rows in groupby(self.queryset, key=lambda row: row.parent):
            yield str(street), [self.choice(row) for row in rows]


class _CommunityField(forms.ModelChoiceField):
    iterator = _StreetIterator


class ProbeForm(forms.Form):
    hazard = forms.ChoiceField(
        label=_("What is it?"), required=False, widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose what it is.")},
    )  # fmt: skip
    photos = PhotosField(documents=False, label=_("Photo"))
    text = CleanCharField(
        label=_("A few words"), max_length=MAX_TEXT, multiline=True, required=False,
        widget=forms.Textarea({"rows": 2}),
    )  # fmt: skip
    region = _CommunityField(
        Region.objects.none(), label=_("Community"), required=False, empty_label=_("Where my phone is")
    )
    latitude = CoordinateField(90)
    longitude = CoordinateField(180)
    danger_seen = forms.BooleanField(required=False, widget=forms.HiddenInput)
    idempotency_key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, rider: Volunteer, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.rider = rider
        self.initial.setdefault("idempotency_key", uuid.uuid4().hex)
        # The camera at once: whoever stands before it has no picture of it yet.
        self.fields["photos"].widget.attrs["capture"] = "environment"
        self.fields["region"].queryset = _around(rider.home_region)
        self._tiles = tiles()
        self.fields["hazard"].choices = [(tile.code, tile.name) for tile in self._tiles]

    @property
    def tiles(self) -> list[tuple[Any, str]]:
        return [(bound, tile.icon) for bound, tile in zip(self["hazard"], self._tiles, strict=True)]

    @property
    def danger(self) -> Danger | None:
        """What is dangerous in what was chosen and typed so far."""
        return danger_in(self.data.get("text") or "")

    @property
    def point(self) -> tuple[float, float] | None:
        latitude, longitude = self.cleaned_data.get("latitude"), self.cleaned_data.get("longitude")
        return None if latitude is None or longitude is None else (latitude, longitude)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("region") and "region" not in self.errors:
            cleaned["region"] = self.point and _community_at(*self.point)
            if not cleaned["region"]:
                self.add_error("region", _("Your position is not known here: choose the community."))
        return cleaned

    def check_said(self, photos: Sequence[StoredFile]) -> None:
        """Told beside what else is wrong, not after it has been put right."""
        if {"hazard", "text", "photos"} & self.errors.keys():
            return
        try:
            refuse_unsaid(self.cleaned_data["hazard"], text=self.cleaned_data["text"], photos=photos)
        except DomainError as error:
            self.refuse(error)

    def refuse(self, error: DomainError) -> None:
        for name, lines in (error.fields or {}).items():
            self.add_error(name if name in self.fields else None, list(lines))
        if not error.fields:
            self.add_error(None, str(error))

    def arguments(self) -> dict[str, Any]:
        """What `probes.report` takes besides the photos."""
        cleaned = self.cleaned_data
        return {
            "volunteer": self.rider, "hazard": cleaned["hazard"], "region": cleaned["region"], "point": self.point,
            "text": cleaned["text"], "consent": consent.current(),
        }  # fmt: skip


def _around(home: Region) -> Any:
    """The communities of the district in which somebody is at home."""
    district = Region.objects.filter(code__in=codes_on(home.path), level=Level.DISTRICT).first()
    rows = Region.objects.current().filter(level=Level.COMMUNITY)
    rows = rows.filter(path__startswith=district.path) if district else rows.filter(pk=home.pk)
    # The path goes by the keys of the regions, so that a street's communities stand together.
    return rows.order_by("path").select_related("parent")


def _community_at(latitude: float, longitude: float) -> Region | None:
    """The community of the nearest station: the portal knows no boundaries, and dispatchers correct it."""
    found = nearest(Station.objects.open().select_related("region"), latitude, longitude)[:5]
    return next(
        (each.region for each in found if each.region.level == Level.COMMUNITY and each.distance_m <= FAR_METRES), None
    )
