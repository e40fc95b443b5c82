"""Pages of absences: who is away, who stands in, and the handing over of cases."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.errors import NotAllowed
from portal.core.humanize import Look
from portal.core.models import Person
from portal.core.registry.pages import Column, CreatePage, DeletePage, DetailPage, EditPage, ListPage, RegistryPage
from portal.core.templatetags.portal import tag_html
from requests.absences import Handed, hand_back, hand_over, lent_cases, waiting_for_absent
from requests.forms.absences import AbsenceForm
from requests.models import Absence
from requests.models.limits import today
from requests.reply_filters import AbsenceFilter
from requests.subjects import ABSENCES


def _status(row: Absence) -> Any:
    if row.starts_on > today():
        return tag_html(_("to come"), Look("clock", "plain"))
    if row.ends_on < today():
        return tag_html(_("is back"), Look("archive", "quiet"))
    return tag_html(pgettext_lazy("absence", "away"), Look("user-check", "wait"))


class AbsencePage(RegistryPage):
    subject = ABSENCES

    def queryset(self) -> QuerySet[Absence]:
        return Absence.objects.select_related("person", "deputy")


class AbsenceList(AbsencePage, ListPage):
    filterset_class = AbsenceFilter
    first_filters = ("person", "current")
    columns = (
        Column(_("who is away"), "person"),
        Column(_("who stands in"), "deputy"),
        Column(_("first day"), "starts_on"),
        Column(_("last day"), "ends_on"),
        Column(_("Status"), _status),
    )
    template_name = "requests/absence_list.html"
    empty_hint = _(
        "Record who is away: what waits for them goes to the deputy in one step, and nothing new is sent to them."
    )


class AbsenceDetail(AbsencePage, DetailPage):
    template_name = "requests/absence_detail.html"

    def facts(self, row: Absence) -> list[tuple[Any, Any]]:
        return [
            (_("who is away"), row.person),
            (_("who stands in"), row.deputy),
            (_("first day"), row.starts_on),
            (_("last day"), row.ends_on),
        ]

    def more(self, row: Absence) -> dict[str, Any]:
        waiting = waiting_for_absent(row, by=self.request.user) if self.may_edit(row) else []
        # To who is still away nothing can be given back.
        lent = lent_cases(row, by=self.request.user) if self.may_edit(row) and row.ends_on < today() else []
        return {"status_tag": _status(row), "waiting": waiting, "lent": lent}


class AbsenceCreate(AbsencePage, CreatePage):
    form_class = AbsenceForm

    def after(self, row: Absence) -> str:
        return self.subject.detail(row)


class AbsenceEdit(AbsencePage, EditPage):
    form_class = AbsenceForm


class AbsenceDelete(AbsencePage, DeletePage):
    pass


class HandOverPage(AbsencePage):
    """POST hands what was chosen over to the deputy, and says of each what became of it."""

    capability = ABSENCES.write

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return redirect(self.subject.detail(self.row(pk)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(pk)
        if not self.may_edit(row):
            raise NotAllowed()
        chosen = request.POST.getlist("held")
        handed = self.hand(row, chosen)
        done = sum(not each.refused for each in handed)
        context = self.context(row=row, to=self.receiver(row), handed=handed, done=done, chosen=chosen)
        return render(request, "requests/handed_over.html", context)

    def receiver(self, row: Absence) -> Person:
        return row.deputy

    def hand(self, row: Absence, chosen: list[str]) -> list[Handed]:
        return hand_over(row, by=self.request.user, keys=chosen)


class HandBackPage(HandOverPage):
    """The same the other way, when who was away is there again."""

    def receiver(self, row: Absence) -> Person:
        return row.person

    def hand(self, row: Absence, chosen: list[str]) -> list[Handed]:
        return hand_back(row, by=self.request.user, keys=chosen)
