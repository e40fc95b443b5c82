"""The form of a home visit: the household once, and as many needs as were heard there."""

from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core import consent
from portal.core.errors import DomainError
from portal.core.masking import BAD_PHONE, PHONE_SHAPES
from portal.core.models import Estate, Level, Region, StoredFile, User
from portal.core.registry.forms import MomentInput, ScopedForm
from portal.core.text import CleanCharField
from requests import photos, visits
from requests.forms.base import CategoryField, PhotosField
from requests.models.visits import Met
from requests.types import Kind
from requests.visits import MAX_HOUSEHOLD, MAX_NOTE, MOST_NEEDS, Need
from requests.workflow.intake import MAX_DESCRIPTION, MAX_PHOTOS

PREFIX = "needs"
TOTAL, INITIAL = f"{PREFIX}-TOTAL_FORMS", f"{PREFIX}-INITIAL_FORMS"


class _EstateSelect(forms.Select):
    """Each estate names its community: a script leaves those of the chosen one."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if estate := getattr(value, "instance", None):
            option["attrs"]["data-parent"] = estate.region_id
        return option


class VisitForm(ScopedForm):
    key = forms.UUIDField(widget=forms.HiddenInput)
    # Who wrote it down: what waits on a phone is not sent in the name of the next person who signs in there.
    writer = forms.IntegerField(required=False, widget=forms.HiddenInput)
    region = forms.ModelChoiceField(
        Region.objects.none(), label=_("Community"), empty_label=_("Choose the community"),
        widget=forms.Select({"data-narrows": "#id_estate"}), error_messages={"required": visits.NO_COMMUNITY},
    )  # fmt: skip
    estate = forms.ModelChoiceField(
        Estate.objects.none(), label=_("Estate"), required=False, empty_label=_("None, or not in the list"),
        widget=_EstateSelect,
    )  # fmt: skip
    household = CleanCharField(
        label=_("Which household?"),
        max_length=MAX_HOUSEHOLD,
        help_text=_("Building, entrance and flat, such as 3栋2单元501. Lists show it masked."),
        error_messages={"required": visits.NO_HOUSEHOLD},
    )
    met = forms.ChoiceField(
        label=_("Who was met?"), choices=Met.choices, widget=forms.RadioSelect,
        error_messages={"required": visits.NOBODY_MET},
    )  # fmt: skip
    name = CleanCharField(label=_("Name"), max_length=30, required=False)
    phone = CleanCharField(
        label=_("Phone"), max_length=30, required=False, help_text=_("Needed as soon as there is a need to see to."),
        widget=forms.TextInput({"type": "tel", "autocomplete": "off", "inputmode": "tel"}),
    )  # fmt: skip
    note = CleanCharField(
        label=_("Note"), max_length=MAX_NOTE, multiline=True, required=False, widget=forms.Textarea({"rows": 2})
    )
    consent = forms.BooleanField(
        label=_("I said what the data is used for, and the person agrees"), required=False,
        help_text=_("Needed as soon as there is a need to see to."),
    )  # fmt: skip
    visited_at = forms.DateTimeField(
        label=_("When were you there?"), required=False, widget=MomentInput,
        help_text=_("Left empty, it is the moment in which you save."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", uuid4())
        self.initial["writer"] = self.user.pk
        regions = communities_of(self.user)
        self.fields["region"].queryset = regions
        self.fields["estate"].queryset = Estate.objects.filter(region__in=regions).order_by("name")
        if not self.is_bound and len(found := list(regions[:2])) == 1:
            self.initial.setdefault("region", found[0])

    @property
    def is_of_somebody_else(self) -> bool:
        """Written down by another account than the one that sends it."""
        return self.data.get("writer") not in (None, "", str(self.user.pk))

    @property
    def checks(self) -> dict[str, Any]:
        """What the page checks before it puts a visit away (visit_check.js), as `data-` attributes."""
        return {
            "check": _("Please check these entries"), "no-region": visits.NO_COMMUNITY,
            "no-household": visits.NO_HOUSEHOLD, "no-met": visits.NOBODY_MET, "nobody": Met.NOBODY.value,
            "nobody-said": visits.NOBODY_SAID, "no-phone": visits.NO_PHONE, "bad-phone": BAD_PHONE,
            "phone-shapes": PHONE_SHAPES, "no-consent": visits.NO_CONSENT, "no-description": visits.NO_NEED,
            "bad-moment": visits.bad_moment(), "oldest": int(visits.OLDEST.total_seconds()),
            "fast": int(visits.FAST.total_seconds()),
        }  # fmt: skip

    def arguments(self) -> dict[str, Any]:
        """The keywords of `visits.record`, but for the needs."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "writer"}
        return {**values, "consent": consent.current() if values["consent"] else None}


class NeedForm(forms.Form):
    description = CleanCharField(
        label=_("What is it about?"), max_length=MAX_DESCRIPTION, multiline=True,
        error_messages={"required": visits.NO_NEED}, widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip
    kind = forms.ChoiceField(label=pgettext_lazy("of a case", "kind"), choices=Kind.choices, initial=Kind.NEED)
    category = CategoryField(label=_("category"), required=False)
    photos = PhotosField(label=_("Photos"), documents=False)


class _Needs(forms.BaseFormSet):
    def heard(self, *, by: User) -> list[Need]:
        """What was filled in, with its photos stored. One that is refused refuses the visit."""
        needs: list[Need] = []
        taken: list[StoredFile] = []
        for number, form in enumerate(self.forms):
            if not form.has_changed():
                continue
            stored, refused = photos.take_in(form.cleaned_data["photos"], room=MAX_PHOTOS, by=by)
            taken += stored
            if refused:
                photos.discard(taken)
                raise DomainError(refused[0].code, str(refused[0]), fields={f"{PREFIX}-{number}-photos": refused})
            values = form.cleaned_data
            needs.append(
                Need(description=values["description"], kind=values["kind"], category=values["category"], photos=stored)
            )
        return needs

    def take_error(self, error: DomainError) -> None:
        for name, lines in (error.fields or {}).items():
            number, _dash, field = name.removeprefix(f"{PREFIX}-").partition("-")
            if name.startswith(f"{PREFIX}-") and number.isdecimal() and int(number) < len(self.forms):
                for line in lines:
                    self.forms[int(number)].add_error(field if field in NeedForm.base_fields else None, str(line))


NeedFormSet = forms.formset_factory(
    NeedForm, formset=_Needs, extra=1, max_num=MOST_NEEDS, absolute_max=MOST_NEEDS + 1, validate_max=True
)


def needs_of(data: QueryDict, files: Any) -> Any:
    """The needs as they were sent. All of them are new, whatever a page that was shown again says."""
    sent = data.copy()
    sent[INITIAL] = "0"
    return NeedFormSet(sent, files, prefix=PREFIX)


def one_more(data: QueryDict) -> dict[str, Any]:
    """What was typed, unjudged, with room for one need more: the step without JavaScript."""
    total = min(int(data[TOTAL]), MOST_NEEDS) if data.get(TOTAL, "").isdecimal() else 1
    typed = [
        {name: data.get(f"{PREFIX}-{number}-{name}", "") for name in ("description", "kind", "category")}
        for number in range(total)
    ]
    return {"initial": {name: value for name, value in data.items() if "-" not in name}, "needs": typed}


def communities_of(user: User) -> Any:
    """The communities in which somebody records: of my regions, or of those that my station or unit lies in."""
    scope = user.scope
    condition = scope.region_filter("path")
    for path in scope.home_paths:
        condition |= Q(path__startswith=path)
    rows = Region.objects.current().filter(condition, level=Level.COMMUNITY)
    return rows.order_by("path").only("short_name", "name", "level", "path")
