"""Lists that can be taken away as they are filtered, as CSV or XLSX."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.copy_export import csv_response, xlsx_response
from portal.core.errors import DomainError
from portal.core.filtering import FilterSet
from portal.core.registry.pages import RegistryPage
from portal.core.registry.subjects import Subject
from portal.core.sheets import CsvStream
from requests.list_exports import Table

KINDS = ("xlsx", "csv")


def file_response(table: Table, name: str, kind: str) -> HttpResponseBase:
    """The file under its name and the minute: who takes a list twice a day has two files."""
    header, lines = table
    filename = f"{name}-{timezone.localtime():%Y%m%d-%H%M}.{kind}"
    if kind == "csv":
        return csv_response(CsvStream(header, lines), filename)
    return xlsx_response(header, lines, filename)


def files_at(address: str, *args: Any) -> dict[str, str]:
    """Where a list is taken away, for `requests/export_buttons.html`."""
    return {kind: reverse(f"{address}_{kind}", args=args) for kind in KINDS}


class Exportable:
    """A list with buttons that take it away: `exports` is what it takes."""

    exports: ClassVar[str]
    subject: Subject
    request: HttpRequest

    def context(self, **extra: Any) -> dict[str, Any]:
        may_export = self.request.user.scope.can(self.exports)
        export = files_at(f"{self.subject.prefix}_list") if may_export else None
        return super().context(export=export, **extra)  # type: ignore[misc]


class ListExport(RegistryPage):
    """Inherited beside a list, whose rows and filters it has."""

    exports: ClassVar[str]
    filterset_class: type[FilterSet]
    # Quoted: it cannot be subscripted at run time.
    table: "ClassVar[staticmethod[[QuerySet], Table]]"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.capability = cls.exports

    def get(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        filters = self.filterset_class(request.GET, self.rows(), request=request)
        if not filters.is_valid():
            raise DomainError("bad_filter", _("This filter cannot be used."), fields=filters.refusals())
        name = str(self.subject.model._meta.verbose_name_plural)
        return file_response(self.table(filters.qs), name, kind)


def listed_as_files(address: str, name: str, view: type[RegistryPage]) -> list[URLPattern]:
    """The two addresses of a list as a file."""
    return [
        path(f"{address}/export.{kind}", view.as_view(), {"kind": kind}, name=f"{name}_list_{kind}") for kind in KINDS
    ]
