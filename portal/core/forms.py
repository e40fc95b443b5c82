"""Forms of organisations, estates and posts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError
from portal.core.masking import normalize_phone
from portal.core.models import Estate, Organization, Post
from portal.core.people import new_person
from portal.core.registry.forms import ScopedModelForm, form_field
from portal.core.text import CleanCharField


class OrganizationForm(ScopedModelForm):
    sections = [
        ("", ["name", "short_name", "kind", "credit_code", "region", "parent"]),
        (_("Reaching it"), ["address", "phone"]),
        (_("What it does"), ["takes_requests", "is_active", "member_count", "founded_on", "notes"]),
    ]

    class Meta:
        model = Organization
        fields = [
            "name", "short_name", "kind", "credit_code", "region", "parent", "address", "phone", "takes_requests",
            "is_active", "member_count", "founded_on", "notes",
        ]  # fmt: skip
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].help_text = _("An office phone, never a private number.")

    def clean_credit_code(self) -> str:
        return self.cleaned_data["credit_code"].upper()


class EstateForm(ScopedModelForm):
    sections = [
        ("", ["name", "kind", "region", "address", "latitude", "longitude"]),
        (_("Size"), ["built_year", "building_count", "household_count", "resident_count", "area_m2"]),
        (_("Who looks after it"), ["property_company", "owners_committee", "branch"]),
        (_("Colour mark"), ["mark", "mark_reason"]),
    ]

    class Meta:
        model = Estate
        fields = [
            "name", "kind", "region", "address", "latitude", "longitude", "built_year", "building_count",
            "household_count", "resident_count", "area_m2", "property_company", "owners_committee", "branch", "mark",
            "mark_reason",
        ]  # fmt: skip
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("latitude", "longitude"):
            self.fields[name].widget.attrs.update(step="any", inputmode="decimal")


class PostForm(ScopedModelForm):
    """A post and who holds it: somebody already known, or somebody new."""

    new_name = CleanCharField(label=_("name of somebody new"), max_length=60, required=False)
    new_phone = forms.CharField(label=_("mobile phone"), max_length=30, required=False)
    new_is_party_member = forms.BooleanField(label=_("party member"), required=False)

    sections = [
        (_("Who holds the post"), ["person", "new_name", "new_phone", "new_is_party_member"]),
        (_("Post"), ["kind", "title", "region", "organization", "starts_on", "ends_on"]),
    ]

    class Meta:
        model = Post
        fields = ["person", "kind", "title", "region", "organization", "starts_on", "ends_on"]
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].required = False
        self.fields["person"].help_text = _("Somebody who has an account or a post here already.")
        if self.instance.pk:
            for name in ("new_name", "new_phone", "new_is_party_member"):
                del self.fields[name]

    def clean_new_phone(self) -> str:
        try:
            return normalize_phone(self.cleaned_data["new_phone"]) if self.cleaned_data["new_phone"] else ""
        except DomainError as error:
            raise forms.ValidationError(str(error), code=error.code) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        chosen, new = cleaned.get("person"), cleaned.get("new_name", "")
        if bool(chosen) == bool(new) and not self.errors.keys() & {"person", "new_name"}:
            self.add_error("person", _("Choose somebody, or give the name of somebody new."))
        elif new and not self.errors:
            # Saved with the form; a person made for a form that is refused would be left over.
            cleaned["person"] = new_person(
                name=new, phone=cleaned["new_phone"], is_party_member=cleaned["new_is_party_member"]
            )
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        excluded = super()._get_validation_exclusions()
        return excluded | {"person"} if self.cleaned_data.get("new_name") else excluded

    def save(self, commit: bool = True) -> Post:
        if self.instance.person.pk is None:
            self.instance.person.save()
            self.instance.person = self.instance.person
        return super().save(commit)
