"""The form by which staff record what somebody tells them on the phone or at the counter."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.core import consent
from portal.core.errors import DomainError
from portal.core.masking import normalize_phone
from portal.core.models import Level, Region, StoredFile, User
from portal.core.text import CleanCharField
from requests import hotline, workflow
from requests.danger import Danger, danger_in
from requests.duplicates import Matter
from requests.forms import CategoryField, PhotosField
from requests.models import ServiceRequest
from requests.models.hotline import MAX_NUMBER
from requests.places import place_of
from requests.types import Channel, Kind, Relation
from requests.workflow import Staff
from requests.workflow.intake import MAX_DESCRIPTION, Contact
from stations.models import Station

# How a matter reaches staff; the others come in by themselves.
CHANNELS = [
    (channel, channel.label)
    for channel in (Channel.PHONE, Channel.COUNTER, Channel.CORNER, Channel.GRID_WORKER, Channel.HOTLINE)
]
MOST_PLACES = 3_000
# A case that comes in a few days too late is recorded all the same.
SLIP = timedelta(days=30)


class EntryForm(forms.Form):
    channel = forms.ChoiceField(label=gettext_lazy("How it came in"), choices=CHANNELS, widget=forms.RadioSelect)
    external_number = CleanCharField(
        label=gettext_lazy("Number at the hotline"),
        max_length=MAX_NUMBER,
        required=False,
        help_text=gettext_lazy("Only for what the 12345 hotline sends. A number that is known already stays one case."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    hotline_due_at = forms.DateTimeField(
        label=gettext_lazy("Result wanted by"),
        required=False,
        help_text=gettext_lazy("Our own limit counts unless this is sooner."),
        widget=forms.DateTimeInput({"type": "datetime-local"}),
    )
    phone = CleanCharField(
        label=gettext_lazy("Phone"),
        max_length=30,
        required=False,
        widget=forms.TextInput({"type": "tel", "autocomplete": "off", "inputmode": "tel"}),
    )
    name = CleanCharField(label=gettext_lazy("Name"), max_length=30, required=False)
    description = CleanCharField(
        label=gettext_lazy("What is it about?"),
        max_length=MAX_DESCRIPTION,
        multiline=True,
        error_messages={"required": gettext_lazy("Say what it is about.")},
        widget=forms.Textarea({"rows": 5}),
    )
    title = CleanCharField(
        label=gettext_lazy("Title"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Left empty: the first words of the text"),
    )
    kind = forms.ChoiceField(label=pgettext_lazy("of a case", "kind"), choices=Kind.choices, initial=Kind.DEMAND)
    category = CategoryField(label=gettext_lazy("category"), required=False)
    station = forms.ModelChoiceField(
        Station.objects.none(), label=gettext_lazy("station"), required=False, empty_label=gettext_lazy("None")
    )
    region = forms.ModelChoiceField(
        Region.objects.none(),
        label=gettext_lazy("Street and community"),
        required=False,
        empty_label=gettext_lazy("As the station, or choose"),
    )
    address_text = CleanCharField(label=gettext_lazy("Where exactly?"), max_length=200, required=False)
    latitude = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-90, max_value=90)
    longitude = forms.FloatField(required=False, widget=forms.HiddenInput, min_value=-180, max_value=180)
    hide_name = forms.BooleanField(label=gettext_lazy("Do not show the name to the handling unit"), required=False)
    relation = forms.ChoiceField(
        label=gettext_lazy("Filed for"),
        required=False,
        choices=[("", pgettext_lazy("somebody files a request for", "The caller")), *Relation.choices],
    )
    beneficiary = CleanCharField(label=gettext_lazy("Name of that person"), max_length=30, required=False)
    photos = PhotosField(label=gettext_lazy("Photos"))
    consent = forms.BooleanField(
        label=gettext_lazy("I said what the data is used for, and the person agrees"),
        error_messages={"required": gettext_lazy("Without consent the request cannot be recorded.")},
    )
    # Set by the notice that shows whom to call in an emergency.
    danger_seen = forms.BooleanField(required=False, widget=forms.HiddenInput)
    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.initial.setdefault("idempotency_key", uuid4().hex)
        self.initial.setdefault("channel", Channel.COUNTER if user.scope.station_ids else Channel.PHONE)
        self.fields["region"].queryset = regions_for(user)
        self.fields["region"].label_from_instance = indented
        self.fields["phone"].says_optional = False
        # One of the two is needed: to call either optional would mislead.
        self.fields["region"].says_optional = self.fields["station"].says_optional = False
        stations = Station.objects.for_user(user).open().only("name").order_by("name")
        self.fields["station"].queryset = stations
        if (own := own_community(self.fields["region"].queryset)) is not None:
            self.initial.setdefault("region", own)
        if user.scope.station_ids:
            self.initial.setdefault("station", user.scope.station_ids[0])

    @property
    def danger(self) -> Danger | None:
        """What is dangerous in the words typed so far."""
        return danger_in(self.text)

    @property
    def text(self) -> str:
        return f"{self.data.get('title', '')}\n{self.data.get('description', '')}"[:MAX_DESCRIPTION]

    def matter(self) -> Matter | None:
        """The matter as far as it is typed; None as long as nobody knows where it is."""
        region = self._chosen("region") or getattr(self._chosen("station"), "region", None)
        if region is None or not self.text.strip():
            return None
        point = [self._chosen(name) for name in ("latitude", "longitude")]
        return Matter.typed(
            title=self._chosen("title") or "", text=self._chosen("description") or "", place=place_of(region),
            station=self._chosen("station"), category=self._chosen("category"),
            address=self._chosen("address_text") or "", point=None if None in point else tuple(point),
        )  # fmt: skip

    def _chosen(self, name: str) -> Any:
        """A field alone: the others may still be empty, or wrong."""
        try:
            return self.fields[name].clean(self.data.get(self.add_prefix(name)))
        except forms.ValidationError:
            return None

    def clean_phone(self) -> str:
        # The verb refuses it too, but only when all else is right: one round more for somebody with a caller waiting.
        if not self.cleaned_data["phone"]:
            # The hotline often keeps the number of its caller to itself.
            if self.data.get("channel") == Channel.HOTLINE:
                return ""
            raise forms.ValidationError(_("Give a phone number, so that somebody can reach you."))
        try:
            return normalize_phone(self.cleaned_data["phone"])
        except DomainError as error:
            raise forms.ValidationError(str(error), code=error.code) from error

    def clean_hotline_due_at(self) -> datetime | None:
        # By hand, such a day is a slip of the year; what the hotline sends late by itself is taken as it is.
        due_at = self.cleaned_data["hotline_due_at"]
        if due_at is not None and due_at < timezone.now() - SLIP and self.data.get("channel") == Channel.HOTLINE:
            raise forms.ValidationError(_("This day has passed. Is the year right?"))
        return due_at

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("region") and not cleaned.get("station") and "region" not in self.errors:
            self.add_error("region", _("Say where it is: choose the street and the community."))
        is_hotline = cleaned.get("channel") == Channel.HOTLINE
        if is_hotline and not cleaned.get("external_number") and "external_number" not in self.errors:
            self.add_error("external_number", _("Give the number that the case has at the hotline."))
        told_of_hotline = cleaned.get("external_number") or cleaned.get("hotline_due_at")
        if told_of_hotline and not is_hotline and "channel" not in self.errors:
            self.add_error(
                "channel", _("With a number or a day of the hotline, choose that it came in by the hotline.")
            )
        return cleaned

    def submit(self, photos: list[StoredFile]) -> tuple[ServiceRequest, bool]:
        """Record it, and say whether it is new: the hotline may have sent it before. What the verb refuses is a
        DomainError with the fields at fault."""
        cleaned = self.cleaned_data
        if cleaned["channel"] == Channel.HOTLINE:
            found = hotline.take_in(
                external_number=cleaned["external_number"], due_at=cleaned["hotline_due_at"], **self._matter(photos)
            )
            return found.hotline.request, found.requester is not None
        return workflow.submit(channel=cleaned["channel"], **self._matter(photos)).case, True

    def _matter(self, photos: list[StoredFile]) -> dict[str, Any]:
        cleaned = self.cleaned_data
        point = (cleaned["latitude"], cleaned["longitude"])
        return {
            "by": Staff(self.user),
            "kind": cleaned["kind"],
            "title": cleaned["title"],
            "description": cleaned["description"],
            "category": cleaned["category"],
            "region": cleaned["region"],
            "station": cleaned["station"],
            "address_text": cleaned["address_text"],
            "point": None if None in point else point,
            "consent": consent.current(),
            "photos": photos,
            "contact": Contact(
                phone=cleaned["phone"],
                name=cleaned["name"],
                hide_name=cleaned["hide_name"],
                relation=cleaned["relation"],
                beneficiary=cleaned["beneficiary"],
            ),
        }


def regions_for(user: User) -> Any:
    """Streets and communities of my regions, or of those that my station or unit lies in."""
    scope = user.scope
    condition = scope.region_filter("path")
    regions = Region.objects.filter(condition)
    for path in scope.home_paths:
        regions |= Region.objects.filter(path__startswith=path)
    levels = [Level.STREET, Level.COMMUNITY]
    return regions.current().filter(level__in=levels).order_by("path").only("short_name", "name", "level")


def own_community(regions: Any) -> Region | None:
    """The region of somebody who can choose no other."""
    found = list(regions[:2])
    return found[0] if len(found) == 1 else None


def indented(region: Region) -> str:
    return f"\u3000{region}" if region.level == Level.COMMUNITY else str(region)
