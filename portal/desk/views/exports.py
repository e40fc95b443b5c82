"""The filtered list as a file: CSV of any size, XLSX for a sheet."""

from typing import IO, Any

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core import disclosures
from portal.core.copy_export import attachment, csv_response
from portal.core.models import DisclosureRecord
from portal.core.pages import StaffPage
from portal.core.sheets import MAX_SHEET_ROWS, CsvStream, write_xlsx
from portal.desk.filtering import chips_of, cleaned_query, filters_for, only_filters, refusal_of, refuse_addresses
from requests.exports import cases_xlsx, full_header, full_rows, stream_cases_csv
from requests.models.service_requests import ServiceRequestQuerySet
from requests.queues import ruled_by
from requests.workflow.actors import DISPATCHING_ROLES

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        label=gettext_lazy("File"),
        choices=[("xlsx", gettext_lazy("Excel (XLSX)")), ("csv", gettext_lazy("CSV, for long lists"))],
        widget=forms.RadioSelect,
        initial="xlsx",
    )
    full = forms.BooleanField(
        label=gettext_lazy("With names, phones and addresses in full"),
        required=False,
        help_text=gettext_lazy(
            "Only of the cases that your region handles. Who exported how many, and why, is logged."
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Needed for the full data"),
        widget=forms.Textarea({"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("full") and not cleaned.get("reason", "").strip():
            self.add_error("reason", _("Say why: the reason is logged."))
        return cleaned


class ExportPage(StaffPage):
    """GET says what will be exported; POST sends the file. Personal data is masked unless a reason is given."""

    capability = "requests:export"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(request, ExportForm(), self.cases())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form, cases = ExportForm(request.POST), self.cases()
        if not form.is_valid():
            return self.show(request, form, cases, status=422)
        if form.cleaned_data["full"]:
            return self.full(cases, form)
        self.log(cases.count(), _("Contact data masked"))
        name = self.filename(form.cleaned_data["format"])
        if form.cleaned_data["format"] == "csv":
            return csv_response(stream_cases_csv(cases), name)
        return self.xlsx(cases_xlsx(cases), name)

    def full(self, cases: ServiceRequestQuerySet, form: ExportForm) -> HttpResponseBase:
        """With contact data in the clear: of the cases that I dispatch, for a logged reason."""
        scope = self.request.user.scope
        if not scope.can("requests:reveal"):
            form.add_error("full", _("You may export masked contact data only."))
            return self.show(self.request, form, cases, status=403)
        cases = cases.filter(ruled_by(scope, *DISPATCHING_ROLES))
        try:
            self.log(cases.count(), form.cleaned_data["reason"].strip(), kind=DisclosureRecord.Kind.FULL)
        except disclosures.TooMuchShown as error:
            form.add_error("full", str(error))
            return self.show(self.request, form, cases, status=error.status)
        name = self.filename(form.cleaned_data["format"])
        if form.cleaned_data["format"] == "csv":
            return csv_response(CsvStream(full_header(), full_rows(cases)), name)
        return self.xlsx(write_xlsx(full_header(), full_rows(cases)), name)

    def cases(self) -> ServiceRequestQuerySet:
        refuse_addresses(self.request.GET)
        filters = filters_for(self.request, self.query())
        if not filters.is_valid():
            raise refusal_of(filters)
        return filters.qs.newest_first()

    def query(self) -> QueryDict:
        return only_filters(cleaned_query(self.request.GET))

    def log(self, count: int, reason: str, *, kind: str = DisclosureRecord.Kind.EXPORT) -> None:
        disclosures.record(
            by=self.request.user, kind=kind, subject="requests_servicerequest", count=count, reason=reason
        )

    def xlsx(self, file: IO[bytes], name: str) -> HttpResponseBase:
        response = FileResponse(file, content_type=XLSX)
        response["Content-Disposition"] = attachment(name)
        return response

    def filename(self, extension: str) -> str:
        return f"{_('Requests')}-{timezone.localtime():%Y%m%d-%H%M}.{extension}"

    def show(
        self, request: HttpRequest, form: ExportForm, cases: ServiceRequestQuerySet, *, status: int = 200
    ) -> HttpResponse:
        query = self.query()
        context = {
            "form": form,
            "count": cases.count(),
            "limit": MAX_SHEET_ROWS,
            "chips": chips_of(query, request.user),
            "query": query.urlencode(),
        }
        return render(request, "desk/export.html", context, status=status)
