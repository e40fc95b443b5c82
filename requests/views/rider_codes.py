"""/desk/rider-codes/: the codes by which riders report hazards: given as a slip of paper, listed, blocked."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from portal.core import codes, humanize
from portal.core.humanize import Look
from portal.core.qr import qr_svg
from portal.core.registry.pages import Column, DetailPage, ListPage, RegistryPage
from portal.core.registry.trail import Step, trail
from portal.core.templatetags.portal import tag_html
from requests import rider_codes
from requests.channel_filters import RiderCodeFilter
from requests.models import RiderCode
from requests.subjects import RIDER_CODES
from volunteers import names
from volunteers.models import Volunteer


def code_of(row: Volunteer) -> RiderCode | None:
    return getattr(row, "rider_code", None)


def code_tag(row: Volunteer) -> Any:
    code = code_of(row)
    if code is None:
        return tag_html(_("No code"), Look("circle-dashed", "quiet"))
    if code.blocked_at:
        return tag_html(_("Blocked"), Look("ban", "warn"))
    return tag_html(_("Valid"), Look("circle-check", "good"))


class RiderPage(RegistryPage):
    """A page of riders and drivers whose entry is active, or of one of them."""

    subject = RIDER_CODES

    def queryset(self) -> Any:
        rows = rider_codes.riders(Volunteer.objects.all()).order_by("home_region__path", "pk")
        return names.with_names(rows, self.request.user.scope)


class RiderCodeList(RiderPage, ListPage):
    template_name = "requests/rider_code_list.html"
    filterset_class = RiderCodeFilter
    first_filters = ("q", "region", "code")
    has_create = False
    columns = (
        Column(gettext_lazy("rider"), "shown_name"),
        Column(gettext_lazy("number"), "number", "code only-wide"),
        Column(gettext_lazy("home community"), "home_region", "only-wide"),
        Column(gettext_lazy("Rider's code"), code_tag),
        Column(
            gettext_lazy("made"), lambda row: humanize.absolute_time(row.rider_code.made_at) if code_of(row) else ""
        ),
    )
    empty_hint = gettext_lazy("Riders and drivers join on the register of volunteers; then they get a code here.")


class RiderCodeDetail(RiderPage, DetailPage):
    template_name = "requests/rider_code_detail.html"

    def facts(self, row: Volunteer) -> list[tuple[Any, Any]]:
        code = code_of(row)
        return [
            (_("number"), row.number), (_("home community"), row.home_region),
            (_("made"), code and humanize.absolute_time(code.made_at)),
            (_("blocked"), code and code.blocked_at and humanize.absolute_time(code.blocked_at)),
            (_("reports"), row.hazard_reports.count()),
        ]  # fmt: skip

    def may_edit(self, row: Volunteer) -> bool:
        """The entry itself is looked after in the register."""
        return False

    def steps(self, row: Volunteer) -> list[Step] | None:
        """Of the code: who gave it, and who blocked it."""
        code, reader = code_of(row), self.request.user
        return trail(code, reader=reader) if code is not None and reader.scope.can("history:read") else None

    def more(self, row: Volunteer) -> dict[str, Any]:
        code = code_of(row)
        may_change = self.holds(self.subject.write, row)
        may_block = may_change and code is not None and not code.blocked_at
        may_unblock = may_change and code is not None and not may_block
        return {
            "status_tag": code_tag(row), "code": code, "may_change": may_change, "may_block": may_block,
            "may_unblock": may_unblock,
        }  # fmt: skip


@method_decorator(never_cache, name="dispatch")
class IssuePage(RiderPage):
    """The slip is shown this once: the portal keeps no more than a hash of the code."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return redirect(self.subject.detail(self.row(pk)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(pk)
        code = codes.format_code(rider_codes.issue_code(row, by=request.user))
        address = request.build_absolute_uri(reverse("public:probe"))
        qr = qr_svg(f"{address}#{code}", label=_("QR code of the rider's own link"))
        context = self.context(row=row, code=code, address=address, qr=qr, back=self.subject.detail(row))
        return render(request, "requests/rider_code_slip.html", context)


class BlockPage(RiderPage):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return redirect(self.subject.detail(self.row(pk)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(pk)
        rider_codes.block_code(row, by=request.user)
        messages.success(request, _("The code is blocked. Nobody reports with it any more."))
        return redirect(self.subject.detail(row))


class UnblockPage(RiderPage):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return redirect(self.subject.detail(self.row(pk)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(pk)
        rider_codes.unblock_code(row, by=request.user)
        messages.success(request, _("The code counts again."))
        return redirect(self.subject.detail(row))
