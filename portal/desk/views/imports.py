"""/desk/imports/: the registry from spreadsheets, and as spreadsheets."""

from typing import IO, Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from portal.core.copy_export import attachment, csv_response, in_batches
from portal.core.errors import DomainError, NotFound
from portal.core.filtering import FilterSet
from portal.core.filters import OrganizationFilter
from portal.core.humanize import Look
from portal.core.imports.resources import CAPABILITY, MAX_ROWS
from portal.core.pages import StaffPage
from portal.core.sheets import CsvStream
from portal.desk import imports
from portal.desk.import_kinds import KINDS, resource_for
from portal.desk.models import SheetImport
from requests.resource_filters import ResourceFilter
from stations.filters import StationFilter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RECENT = 20
EXPORT = "registry:export"
FILTERS: dict[str, type[FilterSet]] = {
    "stations": StationFilter, "organizations": OrganizationFilter, "resources": ResourceFilter,
}  # fmt: skip
ICONS = {
    "stations": "map-pin", "organizations": "building-community", "volunteers": "heart-handshake", "resources": "tool",
    "hotline": "phone-call", "households": "home",
}  # fmt: skip
LOOKS = {
    SheetImport.State.CHECKING: Look("hourglass", "busy"),
    SheetImport.State.CHECKED: Look("eye", "wait"),
    SheetImport.State.LOADING: Look("hourglass", "busy"),
    SheetImport.State.LOADED: Look("circle-check", "good"),
    SheetImport.State.FAILED: Look("alert-triangle", "bad"),
}


class UploadForm(forms.Form):
    sheet = forms.FileField(
        label=gettext_lazy("Spreadsheet"),
        help_text=format_lazy(
            gettext_lazy("An .xlsx or .csv file with the template's headers, at most {limit} rows."),
            limit=f"{MAX_ROWS:,}",
        ),
        widget=forms.ClearableFileInput({"accept": ".xlsx,.csv"}),
    )


def kinds() -> list[dict[str, Any]]:
    return [
        {
            "kind": kind,
            "title": resource.title,
            "icon": ICONS[kind],
            "form": UploadForm(auto_id=f"{kind}_%s"),
            "has_export": kind in FILTERS,
        }  # fmt: skip
        for kind, resource in KINDS.items()
    ]


class ImportsPage(StaffPage):
    """What can be imported and exported, and what became of one's own files."""

    capability = CAPABILITY

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(kinds())

    def show(self, cards: list[dict[str, Any]], status: int = 200) -> HttpResponse:
        recent = SheetImport.objects.for_user(self.request.user).defer("outcome")[:RECENT]
        context = {"kinds": cards, "recent": [(kept, KINDS[kept.kind].title, LOOKS[kept.state]) for kept in recent]}
        return render(self.request, "desk/imports.html", context, status=status)


class UploadPage(ImportsPage):
    """Takes a file, and leads to where its check can be followed."""

    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        return redirect("desk:imports")

    def post(self, request: HttpRequest, kind: str) -> HttpResponse:
        form = UploadForm(request.POST, request.FILES, auto_id=f"{kind}_%s")
        if not form.is_valid():
            return self.refuse(kind, form)
        sheet = form.cleaned_data["sheet"]
        try:
            kept = imports.send(
                kind=kind, upload=sheet.file, size=sheet.size, filename=sheet.name, by=request.user
            )  # fmt: skip
        except DomainError as error:
            if isinstance(error, NotFound):
                raise
            form.add_error("sheet", str(error))
            return self.refuse(kind, form)
        return redirect("desk:import_review", kind, kept.key)

    def refuse(self, kind: str, form: UploadForm) -> HttpResponse:
        return self.show([{**each, "form": form if each["kind"] == kind else each["form"]} for each in kinds()], 422)


class KeptPage(StaffPage):
    """A page about one file, for whoever sent it."""

    capability = CAPABILITY

    def kept(self, kind: str, key: str) -> SheetImport:
        return self.one_of(SheetImport.objects.all(), kind=kind, key=key)


@method_decorator(never_cache, name="dispatch")
class ReviewPage(KeptPage):
    """GET: how far the work is, what the file would do, or has done. POST: load its good rows, or put it aside."""

    def get(self, request: HttpRequest, kind: str, key: str) -> HttpResponse:
        kept = self.kept(kind, key)
        context = {"kept": kept, "title": KINDS[kind].title, "state": SheetImport.State}
        if kept.state in (SheetImport.State.CHECKED, SheetImport.State.LOADED):
            rows = kept.outcome["rows"]
            wrong = [row for row in rows if row["kind"] == "wrong"]
            right = [row for row in rows if row["kind"] != "wrong"]
            good = kept.outcome["new"] + kept.outcome["changed"]
            context |= {"outcome": kept.outcome, "good": good, "wrong": wrong, "right": right}
            context |= {"more_wrong": kept.outcome["wrong"] - len(wrong), "more_right": good - len(right)}
        return render(request, "desk/import_review.html", context)

    def post(self, request: HttpRequest, kind: str, key: str) -> HttpResponse:
        kept = self.kept(kind, key)
        if "discard" not in request.POST:
            imports.load(kept, by=request.user)
            return redirect("desk:import_review", kind, key)
        imports.take_back(kept, by=request.user)
        messages.info(request, _("“%(name)s” was put aside; nothing has changed.") % {"name": kept.filename})
        return redirect("desk:imports")


class FailedPage(KeptPage):
    """The rows that failed, in the template's columns, with what is wrong."""

    def get(self, request: HttpRequest, kind: str, key: str) -> HttpResponseBase:
        kept = self.kept(kind, key)
        if not kept.failed:
            raise NotFound()
        words = _("wrong rows")
        return _xlsx(kept.failed.open("rb"), f"{KINDS[kind].title}-{words}.xlsx")


class TemplatePage(StaffPage):
    """An empty sheet with drop-downs and notes; the regions to choose from are one's own."""

    capability = CAPABILITY

    def get(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        resource = resource_for(kind, request.user)
        words = _("template")
        return _xlsx(resource.write(), f"{resource.title}-{words}.xlsx")


class RegistryExportPage(StaffPage):
    """The filtered list in the template's columns, so that it can be edited and loaded again."""

    capability = EXPORT

    def get(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        if kind not in FILTERS:
            # What is personal has an export of its own, which logs why.
            raise NotFound()
        resource = resource_for(kind, request.user, capability=EXPORT)
        rows = resource.related().in_scope(resource.scope)
        filters = FILTERS[kind](request.GET, rows, request=request)
        if not filters.is_valid():
            raise DomainError("bad_filter", _("This filter cannot be used."), fields=filters.refusals())
        found = in_batches(filters.qs, 1000)
        name = f"{resource.title}-{timezone.localtime():%Y%m%d-%H%M}"
        if request.GET.get("format") == "csv":
            return csv_response(CsvStream(resource.headers(), resource.lines(found)), f"{name}.csv")
        return _xlsx(resource.write(found), f"{name}.xlsx")


def _xlsx(file: IO[bytes], name: str) -> HttpResponseBase:
    response = FileResponse(file, content_type=XLSX)
    response["Content-Disposition"] = attachment(name)
    return response
