"""Pages of affiliates, guarantors and partnership agreements."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core import files
from portal.core.errors import DomainError, NotAllowed, NotFound
from portal.core.registry.organizations import Starting, active_tag, link, term
from portal.core.registry.pages import Column, CreatePage, DeletePage, DetailPage, EditPage, ListPage, RegistryPage
from stations.documents import attach, detach
from stations.filters import AffiliateFilter, AgreementFilter, GuarantorFilter
from stations.forms.partners import AffiliateForm, AgreementForm, DocumentForm, GuarantorForm, PledgeFormSet
from stations.forms.points import with_swap
from stations.models import Affiliate, AgreementDocument, Guarantor, PartnershipAgreement
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


class AffiliateDelete(DeletePage):
    subject = AFFILIATES


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


class GuarantorDelete(DeletePage):
    subject = GUARANTORS


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
        related = PartnershipAgreement.objects.select_related("organization", "region")
        return related.prefetch_related("pledges", "documents__file")

    def facts(self, row: PartnershipAgreement) -> list[tuple[Any, Any]]:
        return [
            (_("partner unit"), link("registry:organization_detail", row.organization)),
            (_("community"), link("registry:region_detail", row.region)),
            (_("signed on"), row.signed_on),
            (pgettext_lazy("agreement", "Term"), term(row)),
        ]

    def more(self, row: PartnershipAgreement) -> dict[str, Any]:
        return {"today": timezone.localdate(), "document_form": DocumentForm()}


class AgreementPart(RegistryPage):
    """What is done with a part of an agreement: a document, a pledge."""

    subject = AGREEMENTS

    def editable(self, pk: int) -> PartnershipAgreement:
        agreement = self.row(pk)
        if not self.may_edit(agreement):
            raise NotAllowed()
        return agreement

    def document(self, agreement: PartnershipAgreement, pk: int) -> AgreementDocument:
        found = agreement.documents.select_related("file").filter(pk=pk).first()
        if found is None:
            raise NotFound()
        return found


class DocumentAdd(AgreementPart):
    """Attach one more document."""

    capability = AGREEMENTS.write

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        agreement = self.editable(pk)
        form = DocumentForm(request.POST, request.FILES)
        if form.is_valid():
            upload = form.cleaned_data["upload"]
            try:
                document = attach(agreement, upload=upload, name=upload.name, by=request.user)
            except DomainError as error:
                form.add_error("upload", str(error))
        if not form.is_valid():
            context = self.context(row=agreement, form=form, back=self.subject.detail(agreement))
            return render(request, "stations/document_form.html", context, status=422)
        messages.success(request, _("“%(name)s” has been added.") % {"name": document})
        return HttpResponseRedirect(self.subject.detail(agreement))


class DocumentOpen(AgreementPart):
    """A document, for those who see the agreement."""

    def get(self, request: HttpRequest, pk: int, document_pk: int) -> HttpResponseBase:
        document = self.document(self.row(pk), document_pk)
        return files.serve(document.file, name=f"agreement-{pk}-{document.pk}", keeps_name=True)


class DocumentDelete(AgreementPart):
    """Asks with the name of the document, and deletes it."""

    capability = AGREEMENTS.write

    def get(self, request: HttpRequest, pk: int, document_pk: int) -> HttpResponse:
        agreement = self.editable(pk)
        context = self.context(row=self.document(agreement, document_pk), back=self.subject.detail(agreement))
        return render(request, "stations/document_delete.html", context)

    def post(self, request: HttpRequest, pk: int, document_pk: int) -> HttpResponse:
        agreement = self.editable(pk)
        document = self.document(agreement, document_pk)
        detach(document)
        messages.success(request, _("“%(name)s” has been deleted.") % {"name": document})
        return HttpResponseRedirect(self.subject.detail(agreement))


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


class AgreementDelete(DeletePage):
    subject = AGREEMENTS


class PledgeTick(AgreementPart):
    """Tick a pledge as fulfilled today, or take the tick back: one button on the agreement's page."""

    capability = AGREEMENTS.write

    def post(self, request: HttpRequest, pk: int, pledge_pk: int) -> HttpResponse:
        agreement = self.editable(pk)
        pledge = agreement.pledges.filter(pk=pledge_pk).first()
        if pledge is None:
            raise NotFound()
        pledge.fulfilled_on = None if pledge.fulfilled_on else timezone.localdate()
        pledge.save(update_fields=["fulfilled_on"])
        return HttpResponseRedirect(self.subject.detail(agreement))
