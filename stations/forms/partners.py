"""Forms of what stands beside a station: affiliates, guarantors, agreements and their pledges."""

from django import forms
from django.utils.translation import gettext_lazy as _

# The subjects register how a station is named in a form's text.
import stations.subjects  # noqa: F401
from portal.core.registry.forms import ScopedModelForm, form_field
from stations.documents import attach
from stations.forms.points import PointFormMixin
from stations.models import Affiliate, Guarantor, PartnershipAgreement, Pledge


class AffiliateForm(PointFormMixin, ScopedModelForm):
    sections = [
        ("", ["kind", "name", "offer", "hours", "phone", "since", "is_active"]),
        (_("Where"), ["region", "address", "latitude", "longitude", "datum"]),
        (_("Belongs to"), ["station", "organization"]),
    ]

    class Meta:
        model = Affiliate
        fields = [
            "kind", "name", "offer", "hours", "phone", "since", "is_active", "region", "address", "latitude",
            "longitude", "datum", "station", "organization",
        ]  # fmt: skip
        formfield_callback = form_field


class GuarantorForm(ScopedModelForm):
    sections = [
        (_("Answers for"), ["station", "region"]),
        (_("Who"), ["person", "organization", "title"]),
        (_("Term"), ["starts_on", "ends_on"]),
    ]

    class Meta:
        model = Guarantor
        fields = ["station", "region", "person", "organization", "title", "starts_on", "ends_on"]
        formfield_callback = form_field


class AgreementForm(ScopedModelForm):
    upload = forms.FileField(
        label=_("Signed document"),
        required=False,
        help_text=_("A PDF or a photo. More can be added on the agreement's page."),
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/*"}),
    )

    class Meta:
        model = PartnershipAgreement
        fields = ["title", "region", "organization", "signed_on", "starts_on", "ends_on"]
        formfield_callback = form_field

    def save(self, commit: bool = True) -> PartnershipAgreement:
        """Keep the upload with the row. One that is refused raises DomainError, and nothing is saved."""
        agreement = super().save(commit)
        if upload := self.cleaned_data.get("upload"):
            attach(agreement, upload=upload, name=upload.name, by=self.user)
        return agreement


class DocumentForm(forms.Form):
    upload = forms.FileField(
        label=_("Another document"),
        help_text=_("A PDF or a photo."),
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/*"}),
    )


class PledgeForm(forms.ModelForm):
    class Meta:
        model = Pledge
        fields = ["text", "due_on", "fulfilled_on", "note"]
        formfield_callback = form_field


PledgeFormSet = forms.inlineformset_factory(
    PartnershipAgreement, Pledge, form=PledgeForm, extra=3, can_delete=True, max_num=100
)
