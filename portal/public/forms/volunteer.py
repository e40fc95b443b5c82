"""The one short page on which somebody signs up as a volunteer."""

import uuid
from datetime import time
from itertools import product
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from portal.core import consent
from portal.core.errors import DomainError
from portal.core.masking import mask_phone
from portal.core.models import ConsentText, Level, Region
from portal.core.registry.forms import DayInput
from portal.core.text import CleanCharField
from portal.public import places
from portal.public.forms.fields import PhoneField
from stations.models.hours import Weekday
from volunteers.availability import Span
from volunteers.models import Skill, Volunteer
from volunteers.models.volunteers import DEFAULT_WEEKLY_MINUTES
from volunteers.register import Who, Wishes
from volunteers.types import VolunteerKind

# When people say "mornings", on a form that is filled in with a thumb; a roster asks for more exact times later.
PARTS = {
    "morning": (_("Morning (9–12)"), time(9), time(12)),
    "afternoon": (_("Afternoon (14–18)"), time(14), time(18)),
    "evening": (_("Evening (19–21)"), time(19), time(21)),
}
WHERE = _("Choose the district, the street and the community that you live in.")
# Names of the verb's fields that the form calls otherwise.
FIELD_OF = {"home_region": "district", "times": "parts", "weekly_minutes": "weekly_hours"}


class SignUpForm(forms.Form):
    name = CleanCharField(
        label=_("Your name"), max_length=30, widget=forms.TextInput({"autocomplete": "name"}),
        error_messages={"required": _("Please give your name.")},
    )  # fmt: skip
    phone = PhoneField(
        label=_("Your mobile phone"), max_length=30,
        help_text=_("Staff call you about your duties; pages show it as 138****8000."),
        error_messages={"required": _("Give a phone number, so that somebody can reach you.")},
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("I am"), choices=VolunteerKind.choices, widget=forms.RadioSelect)
    district = forms.ChoiceField(label=_("District"), error_messages={"required": WHERE})
    street = forms.ChoiceField(label=_("Street or town"), error_messages={"required": WHERE})
    community = forms.ChoiceField(
        label=_("Community"), required=False, help_text=_("Leave it open if you do not know it.")
    )
    born_on = forms.DateField(
        label=_("Date of birth"), required=False, widget=DayInput, help_text=_("Only if you are under 18.")
    )
    guardian_name = CleanCharField(label=_("Name of a parent or guardian"), max_length=30, required=False)
    guardian_phone = PhoneField(label=_("Their phone"), max_length=30, required=False)
    skills = forms.ModelMultipleChoiceField(
        Skill.objects.filter(is_active=True), label=_("What can you do?"), required=False, to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    interests = CleanCharField(
        label=_("What would you like to do?"), max_length=200, required=False,
        help_text=_("For example patrols, reading with children, visits to the elderly."),
    )  # fmt: skip
    languages = CleanCharField(
        label=_("Which languages and dialects do you speak?"), max_length=100, required=False,
        help_text=_("For example Cantonese, English, sign language."),
    )  # fmt: skip
    profession = CleanCharField(label=_("What is your profession?"), max_length=60, required=False)
    weekly_hours = forms.IntegerField(
        label=_("Hours a week at most"), min_value=1, max_value=60, required=False,
        help_text=format_lazy(_("Without a number we reckon with {hours}."), hours=DEFAULT_WEEKLY_MINUTES // 60),
    )  # fmt: skip
    days = forms.TypedMultipleChoiceField(
        label=_("On which days do you usually have time?"), choices=Weekday.choices, coerce=int, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    parts = forms.MultipleChoiceField(
        label=_("And when?"), choices=[(name, part[0]) for name, part in PARTS.items()], required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    consent = forms.BooleanField(
        label=_("I have read this and agree"),
        error_messages={"required": _("We may only take you onto the register if you agree.")},
    )
    # People never see it; programs that fill in every field do.
    website = forms.CharField(required=False, widget=forms.TextInput({"tabindex": "-1", "autocomplete": "off"}))
    consent_version = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    idempotency_key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.consent_text = consent.shown(self.data.get("consent_version") or "", ConsentText.Purpose.VOLUNTEERS)
        self.initial.setdefault("idempotency_key", uuid.uuid4().hex)
        self.initial.setdefault("consent_version", self.consent_text.version)
        self.initial.setdefault("kind", VolunteerKind.RESIDENT)
        chosen = {name: self.data.get(name) or self.initial.get(name) for name in ("district", "street", "community")}
        self.place = places.PlaceChoice(chosen)
        self.place.apply(self)
        self.initial.update(self.place.as_initial())

    @property
    def is_trapped(self) -> bool:
        """Whether a program filled in what no person sees."""
        return bool(self.data.get("website"))

    def unjudged(self) -> "SignUpForm":
        """The same form with what was typed, before anything is said about it."""
        many = {"skills", "days", "parts"}
        typed = {name: self.data.getlist(name) if name in many else self.data.get(name, "") for name in self.fields}
        return SignUpForm(initial=typed)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if bool(cleaned.get("days")) != bool(cleaned.get("parts")):
            self.add_error("parts", _("Tick both days and parts of the day, or neither."))
        levels = {"district": Level.DISTRICT, "street": Level.STREET, "community": Level.COMMUNITY}
        at_fault = [name for name in levels if name in self._errors]
        # One error at the first select that is at fault; those below it are not even shown yet.
        for name in at_fault[1:]:
            del self._errors[name]
        if at_fault and self.data.get(at_fault[0]) and places.find(self.data[at_fault[0]], levels[at_fault[0]]) is None:
            del self._errors[at_fault[0]]
            self.add_error(at_fault[0], _("This region no longer exists. Please choose again."))
        return cleaned

    def refuse(self, error: DomainError) -> None:
        """Show what the verb refused beside the fields at fault."""
        for name, lines in (error.fields or {"": [str(error)]}).items():
            field = FIELD_OF.get(name, name)
            self.add_error(field if field in self.fields else None, list(lines))

    def application(self) -> dict[str, Any]:
        """What `register.apply` takes."""
        given = self.cleaned_data
        # What is left out stays as the register has it for everybody.
        capacity = {"weekly_minutes": given["weekly_hours"] * 60} if given["weekly_hours"] else {}
        times = [Span(day, *PARTS[part][1:]) for day, part in product(given["days"], given["parts"])]
        return {
            "who": Who(
                name=given["name"], phone=given["phone"], guardian_name=given["guardian_name"],
                guardian_phone=given["guardian_phone"],
            ),
            "home_region": self._home(), "kind": given["kind"], "born_on": given["born_on"],
            "interests": given["interests"], "languages": given["languages"], "profession": given["profession"],
            **capacity, "consent": self.consent_text,
            "wishes": Wishes(skills=tuple(given["skills"]), times=times),
        }  # fmt: skip

    def told(self) -> dict[str, Any]:
        """What the page that follows repeats."""
        return {
            "phone": mask_phone(self.cleaned_data["phone"]), "region": str(self._home()),
            "is_minor": Volunteer(born_on=self.cleaned_data["born_on"]).is_minor(),
        }  # fmt: skip

    def _home(self) -> Region | None:
        return self.place.community or self.place.street
