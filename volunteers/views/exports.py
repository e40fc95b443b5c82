"""The filtered register as a file."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.copy_export import csv_response, xlsx_response
from portal.core.errors import DomainError
from portal.core.pages import StaffPage
from portal.core.sheets import MAX_SHEET_ROWS, CsvStream
from volunteers import exports, privacy
from volunteers.exports import Layout
from volunteers.filters import VolunteerFilter
from volunteers.models import Volunteer

CAPABILITY = "volunteers:export"


class ExportForm(forms.Form):
    layout = forms.ChoiceField(
        label=gettext_lazy("Columns"), choices=Layout.choices, widget=forms.RadioSelect, initial=Layout.OURS
    )
    format = forms.ChoiceField(
        label=gettext_lazy("File"), widget=forms.RadioSelect, initial="xlsx",
        choices=[("xlsx", gettext_lazy("Excel (XLSX)")), ("csv", gettext_lazy("CSV, for long lists"))],
    )  # fmt: skip
    full = forms.BooleanField(
        label=gettext_lazy("With names and phones in full"), required=False,
        help_text=gettext_lazy("Who exported how many, and why, is logged."),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=200, required=False, strip=True,
        help_text=gettext_lazy("Needed for the full data"), widget=forms.Textarea({"rows": 2}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("full") and not cleaned.get("reason"):
            self.add_error("reason", _("Say why: the reason is logged."))
        return cleaned


class ExportPage(StaffPage):
    """GET says what will be exported; POST sends the file."""

    capability = CAPABILITY

    def rows(self) -> Any:
        mine = Volunteer.objects.editable_by(self.request.user, CAPABILITY)
        filters = VolunteerFilter(self.request.GET, mine, request=self.request)
        if not filters.is_valid():
            raise DomainError("bad_filter", _("This filter cannot be used."), fields=filters.refusals())
        return filters.qs.filter(erased_at=None)

    def show(self, form: ExportForm, status: int = 200) -> HttpResponse:
        query = self.request.GET.urlencode()
        context = {"form": form, "count": self.rows().count(), "query": query}
        return render(self.request, "volunteers/export.html", context, status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(ExportForm())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form, rows = ExportForm(request.POST), self.rows()
        if not form.is_valid():
            return self.show(form, 422)
        asked, count = form.cleaned_data, rows.count()
        if asked["format"] == "xlsx" and count > MAX_SHEET_ROWS:
            form.add_error("format", _("This is too long for a sheet. Please choose CSV."))
            return self.show(form, 422)
        privacy.log_export(
            by=request.user, count=count, reason=asked["reason"] if asked["full"] else _("Contact data masked")
        )
        name = f"{_('Volunteers')}-{timezone.localtime():%Y%m%d-%H%M}.{asked['format']}"
        head, lines = exports.header(asked["layout"]), exports.lines(rows, asked["layout"], full=asked["full"])
        if asked["format"] == "csv":
            return csv_response(CsvStream(head, lines), name)
        return xlsx_response(head, lines, name)
