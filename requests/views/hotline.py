"""/desk/hotline/: what is told back to the 12345 hotline, and what has to be handed over by hand."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.core import humanize
from portal.core.copy_export import xlsx_response
from portal.core.errors import DomainError
from portal.core.humanize import Look
from portal.core.registry.pages import Column, DetailPage, ListPage, RegistryPage
from portal.core.templatetags.portal import tag_html
from requests import hotline
from requests.channel_filters import HotlineReturnFilter
from requests.models import HotlineReturn
from requests.models.hotline import ReturnState
from requests.subjects import HOTLINE_RETURNS

LOOKS = {
    ReturnState.WAITING: Look("hourglass", "wait"),
    ReturnState.PREPARED: Look("file-spreadsheet", "wait"),
    ReturnState.SENT: Look("circle-check", "good"),
    ReturnState.FAILED: Look("alert-triangle", "bad"),
}
# A page to tick; the file holds all of them.
MOST_SHOWN = 200
MOST_IN_FILE = 5_000
HEADER = [
    gettext_lazy("hotline"), gettext_lazy("number at the hotline"), gettext_lazy("Number"), gettext_lazy("result"),
    gettext_lazy("what is told"), gettext_lazy("result since"),
]  # fmt: skip


def state_tag(row: HotlineReturn) -> Any:
    return tag_html(row.get_state_display(), LOOKS[ReturnState(row.state)])


def error_in_words(code: str) -> str:
    """What went wrong with a delivery; the code stays beside it for whoever looks after the machines."""
    if not code:
        return ""
    if code.startswith("answer_"):
        return _("The hotline's system refused it (%(code)s).") % {"code": code.removeprefix("answer_")}
    return _("The hotline's system could not be reached (%(code)s).") % {"code": code}


class ReturnPage:
    subject = HOTLINE_RETURNS

    def queryset(self) -> Any:
        return HotlineReturn.objects.with_cases()


class ReturnList(ReturnPage, ListPage):
    template_name = "requests/hotline_return_list.html"
    filterset_class = HotlineReturnFilter
    first_filters = ("q", "region", "state")
    has_create = False
    columns = (
        Column(gettext_lazy("number at the hotline"), lambda row: row.hotline.external_number, "code"),
        Column(gettext_lazy("case"), lambda row: row.hotline.request.title, "only-wide"),
        Column(gettext_lazy("result"), "get_outcome_display", "nowrap"),
        Column(gettext_lazy("result since"), lambda row: humanize.absolute_time(row.at), "nowrap only-wide"),
        Column(gettext_lazy("Status"), state_tag),
    )
    empty_hint = gettext_lazy("As soon as a case of the hotline has a result, it stands here.")

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(unsent=self.rows().unsent().count(), **extra)


class ReturnDetail(ReturnPage, DetailPage):
    template_name = "requests/hotline_return_detail.html"

    def may_edit(self, row: HotlineReturn) -> bool:
        return False

    def facts(self, row: HotlineReturn) -> list[tuple[Any, Any]]:
        return [
            (_("hotline"), row.hotline.external_system), (_("number at the hotline"), row.hotline.external_number),
            (_("result wanted by"), row.hotline.due_at and humanize.deadline(row.hotline.due_at)),
            (_("result"), row.get_outcome_display()), (_("what is told"), row.text),
            (_("result since"), humanize.absolute_time(row.at)), (_("attempts"), row.attempts),
            (_("next attempt"), humanize.absolute_time(row.due_at) if row.state == ReturnState.WAITING else ""),
            (_("sent"), row.sent_at and humanize.absolute_time(row.sent_at)),
            (_("marked as sent by"), row.sent_by and row.sent_by.get_full_name()),
            (_("error"), error_in_words(row.error)),
        ]  # fmt: skip

    def more(self, row: HotlineReturn) -> dict[str, Any]:
        return {"status_tag": state_tag(row), "is_sent": row.state == ReturnState.SENT}


class RetryPage(ReturnPage, RegistryPage):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(pk)
        try:
            hotline.retry(row, by=request.user)
            messages.success(request, _("It is tried again within a minute."))
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(self.subject.detail(row))


class HandOverPage(ReturnPage, RegistryPage):
    """What the hotline does not have yet: to take along as a file, and to be ticked off once it was handed over."""

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = self.rows().unsent().order_by("at", "pk")
        lines = [(row, state_tag(row)) for row in rows[:MOST_SHOWN]]
        context = self.context(lines=lines, count=rows.count(), back=self.subject.url("list"))
        return render(request, "requests/hotline_hand_over.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        ticked = [int(pk) for pk in request.POST.getlist("row")[:MOST_SHOWN] if pk.isdecimal() and len(pk) <= 18]
        count = hotline.mark_sent(self.rows().filter(pk__in=ticked), by=request.user)
        if ticked:
            said = ngettext("%(count)d result is marked as sent.", "%(count)d results are marked as sent.", count)
            messages.success(request, said % {"count": count})
        else:
            messages.error(request, _("Please tick a line."))
        return redirect("requests:hotline_hand_over")


class UnsentFile(ReturnPage, RegistryPage):
    """The results that the hotline does not have yet, as XLSX."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        rows = self.rows().unsent().order_by("at", "pk")[:MOST_IN_FILE]
        lines = (
            [
                row.hotline.external_system, row.hotline.external_number, row.hotline.request.number,
                str(row.get_outcome_display()), row.text, f"{timezone.localtime(row.at):%Y-%m-%d %H:%M}",
            ]
            for row in rows
        )  # fmt: skip
        return xlsx_response(HEADER, lines, f"{_('results for the hotline')}-{timezone.localtime():%Y%m%d-%H%M}.xlsx")
