"""/desk/imports/: the registry from spreadsheets, and as spreadsheets."""

from typing import IO, Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from portal.core.copy_export import attachment, csv_response
from portal.core.errors import DomainError, NotFound
from portal.core.filtering import FilterSet
from portal.core.filters import OrganizationFilter
from portal.core.imports.resources import CAPABILITY, MAX_ROWS
from portal.core.pages import StaffPage
from portal.core.sheets import CsvStream
from portal.desk import imports
from portal.desk.models import SheetImport
from stations.filters import StationFilter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SESSION_KEY = "sheet_imports"
# How many rows of each sort a page shows; the file of failed rows has them all.
SHOWN = 200
EXPORT = "registry:export"
FILTERS: dict[str, type[FilterSet]] = {"stations": StationFilter, "organizations": OrganizationFilter}
ICONS = {"stations": "map-pin", "organizations": "building-community", "volunteers": "heart-handshake"}


class UploadForm(forms.Form):
    sheet = forms.FileField(
        label=gettext_lazy("Spreadsheet"),
        help_text=gettext_lazy("An .xlsx or .csv file with the template's headers, at most 5,000 rows."),
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
        for kind, resource in imports.KINDS.items()
    ]


class ImportsPage(StaffPage):
    """What can be imported and exported."""

    capability = CAPABILITY

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "desk/imports.html", {"kinds": kinds(), "limit": MAX_ROWS})


class UploadPage(StaffPage):
    """Takes a file, and leads to what it would do."""

    capability = CAPABILITY

    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        return redirect("desk:imports")

    def post(self, request: HttpRequest, kind: str) -> HttpResponse:
        form = UploadForm(request.POST, request.FILES, auto_id=f"{kind}_%s")
        if not form.is_valid():
            return self.show(kind, form, 422)
        sheet = form.cleaned_data["sheet"]
        try:
            kept = imports.check(kind=kind, upload=sheet.file, filename=sheet.name, by=request.user)
        except DomainError as error:
            if isinstance(error, NotFound):
                raise
            form.add_error("sheet", str(error))
            return self.show(kind, form, 422)
        # Whoever sits down at this account later, on another machine, has no business with the file.
        request.session[SESSION_KEY] = [*request.session.get(SESSION_KEY, []), kept.key][-20:]
        return redirect("desk:import_review", kind, kept.key)

    def show(self, kind: str, form: UploadForm, status: int) -> HttpResponse:
        cards = [{**each, "form": form if each["kind"] == kind else each["form"]} for each in kinds()]
        return render(self.request, "desk/imports.html", {"kinds": cards, "limit": MAX_ROWS}, status=status)


class KeptPage(StaffPage):
    """A page about one file, for the session that sent it."""

    capability = CAPABILITY

    def kept(self, kind: str, key: str) -> SheetImport:
        if key not in self.request.session.get(SESSION_KEY, []):
            raise NotFound()
        return self.one_of(SheetImport.objects.all(), kind=kind, key=key)


@method_decorator(never_cache, name="dispatch")
class ReviewPage(KeptPage):
    """GET: what the file would do, or has done. POST: load its good rows, or throw it away."""

    def get(self, request: HttpRequest, kind: str, key: str) -> HttpResponse:
        kept = self.kept(kind, key)
        rows = kept.outcome["rows"]
        wrong = [row for row in rows if row["kind"] == "wrong"]
        right = [row for row in rows if row["kind"] != "wrong"]
        context = {
            "kept": kept,
            "title": imports.KINDS[kind].title,
            "outcome": kept.outcome,
            "good": kept.outcome["new"] + kept.outcome["changed"],
            "wrong": wrong[:SHOWN],
            "right": right[:SHOWN],
            "more_wrong": max(0, len(wrong) - SHOWN),
            "more_right": max(0, len(right) - SHOWN),
        }
        return render(request, "desk/import_review.html", context)

    def post(self, request: HttpRequest, kind: str, key: str) -> HttpResponse:
        kept = self.kept(kind, key)
        if "discard" in request.POST and kept.loaded_at is None:
            imports.forget(kept)
            messages.info(request, _("“%(name)s” was put aside; nothing has changed.") % {"name": kept.filename})
            return redirect("desk:imports")
        imports.load(kept, by=request.user)
        return redirect("desk:import_review", kind, key)


class FailedPage(KeptPage):
    """The rows that failed, in the template's columns, with what is wrong."""

    def get(self, request: HttpRequest, kind: str, key: str) -> HttpResponseBase:
        kept = self.kept(kind, key)
        if not kept.failed:
            raise NotFound()
        words = _("wrong rows")
        return _xlsx(kept.failed.open("rb"), f"{imports.KINDS[kind].title}-{words}.xlsx")


class TemplatePage(StaffPage):
    """An empty sheet with drop-downs and notes; the regions to choose from are one's own."""

    capability = CAPABILITY

    def get(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        resource = imports.resource_for(kind, request.user)
        words = _("template")
        return _xlsx(resource.write(), f"{resource.title}-{words}.xlsx")


class RegistryExportPage(StaffPage):
    """The filtered list in the template's columns, so that it can be edited and loaded again."""

    capability = EXPORT

    def get(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        if kind not in FILTERS:
            # What is personal has an export of its own, which logs why.
            raise NotFound()
        resource = imports.resource_for(kind, request.user, capability=EXPORT)
        rows = resource.related().in_scope(resource.scope)
        filters = FILTERS[kind](request.GET, rows, request=request)
        if not filters.is_valid():
            raise DomainError("bad_filter", _("This filter cannot be used."), fields=filters.errors)
        found = filters.qs.iterator(chunk_size=1000)
        name = f"{resource.title}-{timezone.localtime():%Y%m%d-%H%M}"
        if request.GET.get("format") == "csv":
            return csv_response(CsvStream(resource.headers(), resource.lines(found)), f"{name}.csv")
        return _xlsx(resource.write(found), f"{name}.xlsx")


def _xlsx(file: IO[bytes], name: str) -> HttpResponseBase:
    response = FileResponse(file, content_type=XLSX)
    response["Content-Disposition"] = attachment(name)
    return response
