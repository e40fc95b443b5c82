"""Pages of affiliates, guarantors and partnership agreements."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core import files
from portal.core.errors import NotAllowed, NotFound
from portal.core.registry.organizations import Starting, active_tag, link, term
from portal.core.registry.pages import Column, CreatePage, DetailPage, EditPage, ListPage, RegistryPage
from stations.filters import AffiliateFilter, AgreementFilter, GuarantorFilter
from stations.forms.partners import AffiliateForm, AgreementForm, GuarantorForm, PledgeFormSet
from stations.forms.points import with_swap
from stations.models import Affiliate, Guarantor, PartnershipAgreement
from stations.points import stored_to_entered
from stations.subjects import AFFILIATES, AGREEMENTS, GUARANTORS


class AffiliateList(ListPage):
    subject = AFFILIATES
    filterset_class = AffiliateFilter
    first_filters = ("q", "region", "kind")
    columns = (
        Column(_("Affiliate"), "name"),
        Column(_("kind"), "get_kind_display"),
        Column(_("region"), "region", "only-wide"),
        Column(_("what it offers"), "offer", "only-wide"),
        Column(_("looked after by"), lambda row: row.station or "", "only-wide"),
        Column(_("Status"), active_tag),
    )

    def queryset(self) -> Any:
        return Affiliate.objects.select_related("region", "station")


class AffiliateDetail(DetailPage):
    subject = AFFILIATES

    def queryset(self) -> Any:
        return Affiliate.objects.select_related("region", "station", "organization")

    def facts(self, row: Affiliate) -> list[tuple[Any, Any]]:
        latitude, longitude = stored_to_entered(row.latitude, row.longitude, "wgs84")
        return [
            (_("kind"), row.get_kind_display()),
            (_("region"), link("registry:region_detail", row.region)),
            (_("address"), row.address),
            (_("coordinates"), "" if latitude is None else f"{latitude}, {longitude} (WGS-84)"),
            (_("what it offers"), row.offer),
            (_("hours"), row.hours),
            (_("public phone"), row.phone),
            (_("looked after by"), link("stations:station_detail", row.station)),
            (_("organisation"), link("registry:organization_detail", row.organization)),
            (_("since"), row.since),
        ]

    def more(self, row: Affiliate) -> dict[str, Any]:
        return {"status_tag": active_tag(row)}


class _AffiliateForms:
    subject = AFFILIATES
    form_class = AffiliateForm

    def forms_of(self, row: Affiliate, data: Any = None) -> dict[str, Any]:
        return {"form": self.make_form(row, with_swap(data))}  # type: ignore[attr-defined]


class AffiliateCreate(_AffiliateForms, Starting, CreatePage):
    from_address = ("region", "station", "organization")


class AffiliateEdit(_AffiliateForms, EditPage):
    pass


class GuarantorList(ListPage):
    subject = GUARANTORS
    filterset_class = GuarantorFilter
    first_filters = ("q", "region", "current")
    columns = (
        Column(_("Guarantor"), lambda row: row.person or row.organization),
        Column(_("position"), "title", "only-wide"),
        Column(_("Answers for"), lambda row: row.station or row.region),
        Column(_("Term"), term, "only-wide"),
    )

    def queryset(self) -> Any:
        return Guarantor.objects.select_related("person", "organization", "station", "region")


class GuarantorDetail(DetailPage):
    subject = GUARANTORS

    def queryset(self) -> Any:
        return Guarantor.objects.select_related("person", "organization", "station", "region")

    def facts(self, row: Guarantor) -> list[tuple[Any, Any]]:
        return [
            (_("station"), link("stations:station_detail", row.station)),
            (_("community"), link("registry:region_detail", row.region)),
            (_("official"), row.person),
            (_("unit"), link("registry:organization_detail", row.organization)),
            (_("position"), row.title),
            (_("Term"), term(row)),
        ]


class GuarantorCreate(Starting, CreatePage):
    subject = GUARANTORS
    form_class = GuarantorForm
    from_address = ("station", "region", "organization")

    def initial(self, row: Guarantor) -> dict[str, Any]:
        return {"starts_on": timezone.localdate(), **super().initial(row)}


class GuarantorEdit(EditPage):
    subject = GUARANTORS
    form_class = GuarantorForm


class AgreementList(ListPage):
    subject = AGREEMENTS
    filterset_class = AgreementFilter
    first_filters = ("q", "region", "current", "fulfilled")
    columns = (
        Column(_("Agreement"), "title"),
        Column(_("partner unit"), "organization"),
        Column(_("community"), "region", "only-wide"),
        Column(pgettext_lazy("agreement", "Term"), term, "only-wide"),
        Column(_("Pledges fulfilled"), lambda row: f"{row.fulfilled_count} / {row.pledge_count}", "num"),
    )

    def queryset(self) -> Any:
        return (
            PartnershipAgreement.objects.select_related("organization", "region")
            .annotate(
                pledge_count=Count("pledges"),
                fulfilled_count=Count("pledges", filter=Q(pledges__fulfilled_on__isnull=False)),
            )
            .order_by("-signed_on", "pk")
        )


class AgreementDetail(DetailPage):
    subject = AGREEMENTS
    template_name = "stations/agreement_detail.html"

    def queryset(self) -> Any:
        related = PartnershipAgreement.objects.select_related("organization", "region", "document")
        return related.prefetch_related("pledges")

    def facts(self, row: PartnershipAgreement) -> list[tuple[Any, Any]]:
        return [
            (_("partner unit"), link("registry:organization_detail", row.organization)),
            (_("community"), link("registry:region_detail", row.region)),
            (_("signed on"), row.signed_on),
            (pgettext_lazy("agreement", "Term"), term(row)),
            (_("document"), _document(row)),
        ]

    def more(self, row: PartnershipAgreement) -> dict[str, Any]:
        return {"today": timezone.localdate()}


def _document(row: PartnershipAgreement) -> SafeString | str:
    if row.document is None:
        return ""
    address = reverse("stations:agreement_document", args=[row.pk])
    return format_html('<a href="{}">{} ({})</a>', address, _("View the document"), filesizeformat(row.document.size))


class AgreementDocument(RegistryPage):
    """The signed document, for those who see the agreement."""

    subject = AGREEMENTS

    def queryset(self) -> Any:
        return PartnershipAgreement.objects.select_related("document")

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        agreement = self.row(pk)
        if agreement.document is None:
            raise NotFound()
        return files.serve(agreement.document, name=f"agreement-{agreement.pk}")


class _AgreementForms:
    template_name = "stations/agreement_form.html"
    subject = AGREEMENTS
    form_class = AgreementForm

    def forms_of(self, row: PartnershipAgreement, data: Any = None) -> dict[str, Any]:
        pledges = PledgeFormSet(data, instance=row, prefix="pledges")
        return {"form": self.make_form(row, data), "pledges": pledges}  # type: ignore[attr-defined]

    def save_more(self, row: PartnershipAgreement, page_forms: dict[str, Any]) -> None:
        page_forms["pledges"].instance = row
        page_forms["pledges"].save()


class AgreementCreate(_AgreementForms, Starting, CreatePage):
    from_address = ("region", "organization")


class AgreementEdit(_AgreementForms, EditPage):
    pass


class PledgeTick(RegistryPage):
    """Tick a pledge as fulfilled today, or take the tick back: one button on the agreement's page."""

    subject = AGREEMENTS
    capability = AGREEMENTS.write

    def post(self, request: HttpRequest, pk: int, pledge_pk: int) -> HttpResponse:
        agreement = self.row(pk)
        if not self.may_edit(agreement):
            raise NotAllowed()
        pledge = agreement.pledges.filter(pk=pledge_pk).first()
        if pledge is None:
            raise NotFound()
        pledge.fulfilled_on = None if pledge.fulfilled_on else timezone.localdate()
        pledge.save(update_fields=["fulfilled_on"])
        return HttpResponseRedirect(self.subject.detail(agreement))
