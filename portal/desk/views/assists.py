"""协办 of a unit on one page that fits a phone: what is asked of it, how far it is, and what is said about it."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.pages import StaffPage
from requests import list_exports
from requests.models import Assist, DepartmentRating
from requests.types import OPEN_ASSISTS
from requests.views.exporting import file_response, files_at

PER_PAGE = 20
RATINGS = 10
EXPORT = "requests:export"


class AssistsPage(StaffPage):
    """Open parts first, what is due first on top; then those that are over."""

    capability = "requests:read"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = Assist.objects.for_user(request.user).select_related("organization", "request", "dispatch__organization")
        over = rows.exclude(state__in=OPEN_ASSISTS).order_by("-ended_at", "-pk")
        ratings = DepartmentRating.objects.for_user(request.user)
        context: dict[str, Any] = {
            "open": rows.open().order_by("due_at", "pk")[:PER_PAGE],
            "page_obj": Paginator(over, PER_PAGE).get_page(request.GET.get("page")),
            "told": ratings.share(),
            "ratings": ratings.select_related("organization", "request")[:RATINGS],
            "now": timezone.now(),
            "export": files_at("desk:assist_list") if request.user.scope.can(EXPORT) else None,
        }
        return render(request, "desk/assists.html", context)


class AssistsExport(StaffPage):
    """All of them as a file, the newest first."""

    capability = EXPORT

    def get(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        rows = Assist.objects.for_user(request.user)
        return file_response(list_exports.assists(rows), _("Assistance"), kind)
