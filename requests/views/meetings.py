"""/desk/meetings/: 会商, its list and its minutes."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError, NotAllowed, NotFound
from portal.core.humanize import Look
from portal.core.pages import StaffPage
from portal.core.registry.pages import Column, CreatePage, DetailPage, ListPage, RegistryPage
from portal.core.templatetags.portal import tag_html
from requests import list_exports
from requests.agenda import lines_of
from requests.deliberation_filters import MeetingFilter
from requests.deliberation_types import MeetingState
from requests.deliberations import meetings
from requests.forms import deliberations as forms
from requests.models import Meeting
from requests.models.deliberations import EXPORT
from requests.subjects import MEETINGS
from requests.views.exporting import Exportable, ListExport
from volunteers.views.verbs import VerbForm

LOOKS = {MeetingState.PLANNED: Look("calendar", "info"), MeetingState.HELD: Look("circle-check", "quiet")}


def status_tag(row: Meeting) -> Any:
    if row.lacks_minutes:
        return tag_html(_("Its day has passed: minutes missing"), Look("clock-exclamation", "warn"))
    return tag_html(row.get_state_display(), LOOKS[MeetingState(row.state)])


class MeetingPage:
    subject = MEETINGS

    def queryset(self) -> Any:
        return Meeting.objects.select_related("region", "chair")


class MeetingList(Exportable, MeetingPage, ListPage):
    exports = EXPORT
    template_name = "requests/deliberation_list.html"
    filterset_class = MeetingFilter
    first_filters = ("region", "state")
    columns = (
        Column(_("monthly meeting"), str),
        Column(_("chair"), "chair"),
        Column(_("place of the meeting"), "place", "only-wide"),
        Column(_("Status"), status_tag),
    )
    empty_hint = _("Call a meeting: its list is made of what is open.")


class MeetingListExport(ListExport, MeetingList):
    table = staticmethod(list_exports.meetings)


class MeetingDetail(MeetingPage, DetailPage):
    template_name = "requests/meeting_detail.html"

    def facts(self, row: Meeting) -> list[tuple[Any, Any]]:
        return [
            (_("region"), row.region), (_("day"), row.held_on), (_("place of the meeting"), row.place),
            (_("chair"), row.chair), (_("minutes of the meeting"), row.minutes),
        ]  # fmt: skip

    def may_edit(self, row: Any) -> bool:
        """It changes by its list and its minutes alone."""
        return False

    def more(self, row: Meeting) -> dict[str, Any]:
        user = self.request.user
        may = meetings.keeps(row, by=user) and row.state == MeetingState.PLANNED
        return {"status_tag": status_tag(row), "lines": lines_of(row, user), "may_run": may}


class MeetingCreate(MeetingPage, CreatePage):
    form_class = forms.MeetingForm

    def initial(self, row: Any) -> dict[str, Any]:
        return {"chair": self.request.user.person}


class MeetingHold(MeetingPage, VerbForm):
    template_name = "requests/verb_form.html"
    capability = MEETINGS.write
    form_class = forms.MinutesForm
    heading = _("Record the meeting")
    consequence = _("What each item came to is recorded on its own page.")
    said = _("The minutes have been recorded.")

    def found(self, pk: int) -> Meeting:
        row = self.row(pk)
        if not meetings.keeps(row, by=self.request.user):
            raise NotAllowed()
        return row

    def do(self, row: Meeting, asked: dict[str, Any]) -> None:
        meetings.hold(row, by=self.request.user, **asked)


class MeetingGather(MeetingPage, RegistryPage):
    capability = MEETINGS.write

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(pk)
        try:
            added = meetings.gather(row, by=request.user)
            messages.success(request, _("Added to the list: %(count)d") % {"count": added})
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(MEETINGS.detail(row))


class ItemStep(StaffPage):
    """One line of the list up, down, or off it."""

    capability = MEETINGS.write
    STEPS = {
        "up": lambda item, by: meetings.move(item, by=by, up=True),
        "down": lambda item, by: meetings.move(item, by=by, up=False),
        "strike": lambda item, by: meetings.strike(item, by=by),
    }

    def post(self, request: HttpRequest, pk: int, item: int, verb: str) -> HttpResponse:
        meeting = self.one_of(Meeting.objects.select_related("region"), pk=pk)
        found = meeting.items.filter(pk=item).first()
        if found is None or verb not in self.STEPS:
            raise NotFound()
        try:
            self.STEPS[verb](found, request.user)
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(MEETINGS.detail(meeting))


class MeetingPrint(MeetingPage, RegistryPage):
    """The list and the minutes on paper."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(pk)
        return render(request, "requests/meeting_print.html", {"row": row, "lines": lines_of(row, request.user)})
