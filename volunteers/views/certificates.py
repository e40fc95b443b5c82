"""Certificates at the desk: who asks, issue, turn down, revoke; the rows of the ledger that each stands on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.core import humanize
from portal.core.errors import DomainError, NotAllowed, NotFound
from portal.core.humanize import Look
from portal.core.models import User
from portal.core.registry.forms import ScopedForm
from portal.core.registry.organizations import link
from portal.core.registry.pages import Column, DetailPage, ListPage, RegistryPage
from portal.core.registry.trail import Step, trail
from portal.core.templatetags.portal import relative_time, tag_html
from volunteers import certificates, names
from volunteers.forms.certificates import AskForSomebodyForm, IssueForm
from volunteers.forms.volunteers import ReasonForm
from volunteers.models import Certificate, Volunteer
from volunteers.points_filters import CertificateFilter
from volunteers.subjects import CERTIFICATES, VOLUNTEER_LOOKUP
from volunteers.types import CertificateStanding as S
from volunteers.views.paper_file import paper

LOOKS = {
    S.ASKED: Look("hourglass", "wait"),
    S.REFUSED: Look("circle-x", "quiet"),
    S.PUBLICITY: Look("eye", "info"),
    S.VALID: Look("circle-check", "good"),
    S.REVOKED: Look("ban", "bad"),
}


def standing_tag(row: Certificate) -> Any:
    standing = row.standing()
    return tag_html(standing.label, LOOKS[standing])


def hours_of(row: Certificate) -> str:
    return humanize.hours(row.minutes) if row.minutes else ""


def hours_in_words(row: Certificate) -> str:
    """Those of an application are said to be what they are: the ledger goes on until it is issued."""
    minutes = certificates.minutes_of(row)
    if row.status != S.ASKED:
        return humanize.hours(minutes) if minutes else ""
    return _("%(hours)s, as approved by now") % {"hours": humanize.hours(minutes)}


def _day(day: date | None) -> str:
    return f"{day:%Y-%m-%d}" if day else ""


def _name(user: User | None) -> str:
    return str(user.get_full_name() or user) if user else ""


def _changed_tag(row: Certificate) -> Any:
    return tag_html(_("hours changed since"), Look("alert-triangle", "warn")) if row.has_changed else ""


@dataclass(frozen=True)
class Action:
    """A verb on a certificate, when it fits, and what a person should know before it is done."""

    name: str
    label: Any
    consequence: Any
    verb: Callable[..., Any]
    icon: str
    fits: tuple[str, ...]
    form_class: type[ScopedForm]
    is_grave: bool = False


ACTIONS = {
    action.name: action
    for action in (
        Action("issue", gettext_lazy("Issue"), gettext_lazy(
            "The approved hours of this time are written down with the rows of the ledger that they come from. Masked"
            " name, hours and number stand on a public page until the publicity period is over; the certificate is"
            " valid from the day after."), certificates.issue, "certificate", (S.ASKED,), IssueForm),
        Action("turn-down", gettext_lazy("Do not issue"), gettext_lazy(
            "The application ends; the volunteer reads the reason."), certificates.turn_down, "x", (S.ASKED,),
            ReasonForm),
        Action("revoke", pgettext_lazy("certificate", "Revoke"), gettext_lazy(
            "Whoever checks the paper is told that it was revoked, and the volunteer reads the reason. This cannot be"
            " undone; a new certificate can be issued."), certificates.revoke, "ban", (S.PUBLICITY, S.VALID),
            ReasonForm, is_grave=True),
    )
}  # fmt: skip


class CertificatePage(RegistryPage):
    subject = CERTIFICATES

    def queryset(self) -> Any:
        return Certificate.objects.select_related(
            "volunteer__person", "volunteer__home_region", "region"
        ).with_changes()

    def row(self, pk: int) -> Certificate:
        row = super().row(pk)
        names.show_names([row.volunteer], self.request.user.scope)
        return row


class CertificateList(CertificatePage, ListPage):
    has_create = False
    template_name = "volunteers/certificate_list.html"
    filterset_class = CertificateFilter
    first_filters = ("q", "region", "standing")
    columns = (
        Column(gettext_lazy("Certificate"), str),
        Column(gettext_lazy("volunteer"), lambda row: row.volunteer.shown_name),
        Column(
            gettext_lazy("time of service"),
            lambda row: f"{row.since:%Y-%m-%d} – {row.until:%Y-%m-%d}",
            "only-wide nowrap",
        ),
        Column(gettext_lazy("Hours"), hours_of, "num nowrap only-wide"),
        Column(gettext_lazy("issued by"), "region", "only-wide"),
        Column(gettext_lazy("in publicity until"), lambda row: _day(row.publicity_until), "only-wide nowrap"),
        Column(gettext_lazy("Status"), standing_tag),
        Column(gettext_lazy("Remark"), _changed_tag, "only-wide"),
    )
    empty_hint = gettext_lazy("Volunteers ask for certificates on their own pages; you can also ask for them here.")

    def page_of(self, rows: Any) -> Any:
        page = super().page_of(rows)
        names.show_names([row.volunteer for row in page.object_list], self.request.user.scope)
        return page


class CertificateDetail(CertificatePage, DetailPage):
    template_name = "volunteers/certificate_detail.html"

    def queryset(self) -> Any:
        return super().queryset().select_related("decided_by__person", "revoked_by__person")

    def may_edit(self, row: Certificate) -> bool:
        """Nothing of it is edited: it is asked for, decided, revoked."""
        return False

    def facts(self, row: Certificate) -> list[tuple[Any, Any]]:
        who = row.volunteer
        who.person.name = who.shown_name
        return [
            (_("volunteer"), link("volunteers:volunteer_detail", who)),
            (_("volunteer number"), who.number),
            (_("time of service"), f"{row.since:%Y-%m-%d} – {row.until:%Y-%m-%d}"),
            (_("Hours"), hours_in_words(row)),
            (_("what it is for"), row.purpose),
            (_("issued by"), row.region),
            (_("asked"), relative_time(row.asked_at)),
            (_("decided"), relative_time(row.decided_at)),
            (_("decided by"), _name(row.decided_by)),
            (_("why it was not issued"), row.refusal),
            (
                _("in publicity"),
                f"{_day(row.publicity_from)} – {_day(row.publicity_until)}" if row.publicity_from else "",
            ),
            (_("revoked"), relative_time(row.revoked_at)),
            (_("revoked by"), _name(row.revoked_by)),
            (_("why it was revoked"), row.revocation),
        ]

    def steps(self, row: Certificate) -> list[Step] | None:
        return trail(row, reader=self.request.user) if self.request.user.scope.can("history:read") else None

    def more(self, row: Certificate) -> dict[str, Any]:
        may_write = self.holds(self.subject.write, row)
        return {
            "status_tag": standing_tag(row),
            "actions": [action for action in ACTIONS.values() if may_write and row.standing() in action.fits],
            "lines": certificates.lines(row),
            "may_ask": may_write,
            "may_print": may_write and certificates.is_printable(row),
        }


class CertificateAsk(CertificatePage):
    """Staff ask for somebody."""

    capability = CERTIFICATES.write

    def show(self, form: AskForSomebodyForm, status: int = 200) -> HttpResponse:
        return render(self.request, "volunteers/certificate_ask.html", self.context(form=form), status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        pk = request.GET.get("volunteer", "")
        rows = VOLUNTEER_LOOKUP.rows(request.user)
        found = rows.filter(number=pk).first() if pk.isascii() and pk.isdecimal() and len(pk) < 13 else None
        named = {name: request.GET[name] for name in ("since", "until") if name in request.GET}
        return self.show(AskForSomebodyForm(user=request.user, initial=named | ({"volunteer": found} if found else {})))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = AskForSomebodyForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.show(form, 400)
        asked = dict(form.cleaned_data)
        volunteer: Volunteer = asked.pop("volunteer")
        try:
            made = certificates.apply(volunteer, by=request.user, **asked)
        except DomainError as error:
            form.take_error(error)
            return self.show(form, error.status)
        messages.success(request, _("The certificate has been asked for. A colleague, or you, can issue it now."))
        return HttpResponseRedirect(self.subject.detail(made))


class CertificateStep(CertificatePage):
    """Asks, then takes one step."""

    capability = CERTIFICATES.write

    def found(self, pk: int, verb: str) -> tuple[Certificate, Action]:
        row = self.row(pk)
        if verb not in ACTIONS:
            raise NotFound()
        if not self.holds(self.subject.write, row):
            raise NotAllowed()
        return row, ACTIONS[verb]

    def show(self, row: Certificate, action: Action, form: ScopedForm, status: int = 200) -> HttpResponse:
        context = self.context(row=row, action=action, form=form, hours=hours_in_words(row))
        return render(self.request, "volunteers/certificate_step.html", context, status=status)

    def get(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        row, action = self.found(pk, verb)
        return self.show(row, action, action.form_class(user=request.user))

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        row, action = self.found(pk, verb)
        form = action.form_class(request.POST, user=request.user)
        if not form.is_valid():
            return self.show(row, action, form, 400)
        try:
            action.verb(row, by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.take_error(error)
            return self.show(row, action, form, error.status)
        messages.success(request, _("%(step)s: done.") % {"step": action.label})
        return HttpResponseRedirect(self.subject.detail(row))


class CertificatePaper(CertificatePage):
    """For those who hand papers out at the counter: they know the name that stands on it."""

    capability = CERTIFICATES.write

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(pk)
        if not self.holds(self.subject.write, row):
            raise NotAllowed()
        return paper(request, row)
