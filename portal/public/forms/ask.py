"""The one short page on which a resident says what is needed."""

import uuid
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core import consent
from portal.core.errors import DomainError
from portal.core.models import ConsentText, Level, Region
from portal.core.text import CleanCharField
from portal.public import places
from portal.public.forms.fields import CoordinateField, PhoneField
from requests.danger import Danger, danger_in
from requests.forms import PhotosField
from requests.types import Channel, Kind, Relation
from requests.workflow.intake import FOR_WHOM, MAX_DESCRIPTION, MAX_PHOTOS, Contact
from stations.models import Station

# Names of the verb's fields that the form calls otherwise.
FIELD_OF = {"region": "street", "title": "description"}
WHERE = _("Say where it is: choose the street and the community.")


class AskForm(forms.Form):
    description = CleanCharField(
        label=_("What is it about?"),
        help_text=_("Say in your own words what happened and what you would like to be done."),
        max_length=MAX_DESCRIPTION,
        multiline=True,
        error_messages={"required": _("Say what it is about.")},
        # No maxlength: a browser would cut what is pasted without a word.
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    photos = PhotosField(
        documents=False,
        label=_("Photos"),
        help_text=format_lazy(_("Up to {count}. Place and device are taken out of them."), count=MAX_PHOTOS),
    )
    kind = forms.ChoiceField(
        label=_("What kind of request?"), required=False, choices=[("", _("Not sure")), *Kind.choices]
    )
    district = forms.ChoiceField(label=_("District"), error_messages={"required": WHERE})
    street = forms.ChoiceField(label=_("Street or town"), error_messages={"required": WHERE})
    community = forms.ChoiceField(
        label=_("Community"), required=False, help_text=_("Leave it open if you do not know it.")
    )
    address_text = CleanCharField(
        label=_("Where exactly?"),
        required=False,
        max_length=200,
        help_text=_("For example the building, the entrance, or something that everybody knows nearby."),
    )
    latitude = CoordinateField(90)
    longitude = CoordinateField(180)
    phone = PhoneField(
        label=_("Your phone number"),
        help_text=_("Only for those who deal with it; pages show it as 138****8000."),
        error_messages={"required": _("Give a phone number, so that somebody can reach you.")},
    )
    name = CleanCharField(
        label=_("What shall we call you?"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    hide_name = forms.BooleanField(label=_("Do not show my name to the unit that deals with it"), required=False)
    relation = forms.ChoiceField(
        label=_("For whom do you ask?"),
        required=False,
        choices=[("", pgettext_lazy("for whom a request is", "For myself")), *Relation.choices],
    )
    beneficiary = CleanCharField(label=_("Name of that person"), required=False, max_length=30)
    consent = forms.BooleanField(
        label=_("I have read this and agree"),
        error_messages={"required": _("We may only take your request in if you agree.")},
    )
    listing_agreed = forms.BooleanField(
        label=_("Others may read what was asked and what came of it, without anything personal"),
        help_text=_(
            "Optional. Staff take out whatever tells who you are before anything is public. You can take it back at any"
            " time."
        ),
        required=False,
    )
    # People never see it; programs that fill in every field do.
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))
    consent_version = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    idempotency_key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    # Set by the notice that shows whom to call in an emergency: whoever has read it may send.
    danger_seen = forms.BooleanField(required=False, widget=forms.HiddenInput)
    via = forms.CharField(required=False, max_length=10, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, station: Station | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.station = station
        if station is not None:
            for name in ("district", "street", "community"):
                del self.fields[name]
        self.consent_text = self._consent_text()
        self.initial.setdefault("idempotency_key", uuid.uuid4().hex)
        self.initial.setdefault("consent_version", self.consent_text.version)
        chosen = {name: self.data.get(name) or self.initial.get(name) for name in ("district", "street", "community")}
        self.place = places.PlaceChoice(chosen)
        if station is None:
            self.place.apply(self)
            self.initial.update(self.place.as_initial())

    def _consent_text(self) -> ConsentText:
        return consent.shown(self.data.get("consent_version") or "")

    @property
    def is_trapped(self) -> bool:
        """Whether a program filled in what no person sees."""
        return bool(self.data.get("website"))

    @property
    def danger(self) -> Danger | None:
        """What is dangerous in the words typed so far."""
        return danger_in(self.data.get("description") or self.initial.get("description") or "")

    @property
    def region(self) -> Region | None:
        """The place chosen: the community, or the street when the community is not known."""
        return self.place.community or self.place.street

    @property
    def point(self) -> tuple[float, float] | None:
        latitude, longitude = self.cleaned_data.get("latitude"), self.cleaned_data.get("longitude")
        return None if latitude is None or longitude is None else (latitude, longitude)

    def unjudged(self, *, community: str | None = None) -> "AskForm":
        """The same form with what was typed, before anything is said about it; `community` replaces the place."""
        typed = {name: self.data.get(name, "") for name in self.fields if name != "photos"}
        if community:
            typed.update(district="", street="", community=community)
        return AskForm(initial=typed, station=self.station)

    def refuse(self, error: DomainError) -> None:
        """Show what the verb refused beside the fields at fault."""
        if error.code == "idempotency_key_reused":
            # Sent already, then changed and sent again: whoever sends it once more means a second request.
            self.data = self.data.copy()
            self.data["idempotency_key"] = uuid.uuid4().hex
            self.add_error(None, _("You have sent this form already. Send it again if this is another matter."))
            return
        for name, messages in (error.fields or {}).items():
            self.add_error(FIELD_OF.get(name, name if name in self.fields else None), list(messages))
        if not error.fields:
            self.add_error(None, str(error))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        # The verb refuses it too; said here, it comes together with the other errors.
        if cleaned.get("beneficiary") and not cleaned.get("relation") and "relation" not in self._errors:
            self.add_error("relation", FOR_WHOM)
        if self.station is None:
            self._judge_place()
        return cleaned

    def _judge_place(self) -> None:
        """One error at the first select that is at fault; those below it are not even shown yet."""
        levels = {"district": Level.DISTRICT, "street": Level.STREET, "community": Level.COMMUNITY}
        at_fault = [name for name in levels if name in self._errors]
        for name in at_fault[1:]:
            del self._errors[name]
        if at_fault and self.data.get(at_fault[0]) and places.find(self.data[at_fault[0]], levels[at_fault[0]]) is None:
            del self._errors[at_fault[0]]
            self.add_error(at_fault[0], _("This region no longer exists. Please choose again."))

    def contact(self) -> Contact:
        cleaned = self.cleaned_data
        return Contact(
            phone=cleaned["phone"],
            name=cleaned["name"],
            relation=cleaned["relation"],
            beneficiary=cleaned["beneficiary"],
            hide_name=cleaned["hide_name"],
        )

    def matter(self) -> dict[str, Any]:
        """What `workflow.submit` takes besides contact, consent and photos."""
        cleaned = self.cleaned_data
        return {
            "description": cleaned["description"],
            "kind": cleaned["kind"] or Kind.DEMAND,
            "channel": Channel.STATION_QR if cleaned["via"] == "qr" and self.station else Channel.WEB,
            "region": None if self.station else self.region,
            "station": self.station,
            "address_text": cleaned["address_text"],
            "point": self.point,
            "listing_agreed": cleaned["listing_agreed"],
        }
