"""Pages of rosters: asked for, followed while they are solved, looked at, pinned, solved again, published."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache

from portal.core.clock import ZONE
from portal.core.errors import DomainError, NotAllowed, NotFound
from portal.core.humanize import Look
from portal.core.pages import safe_next
from portal.core.registry.pages import Column, ListPage, RegistryPage
from portal.core.templatetags.portal import relative_time, tag_html
from stations.models import Station
from volunteers import names, roster_moves, rosters
from volunteers.duty_filters import RosterFilter
from volunteers.forms.duty import MoveForm
from volunteers.forms.rosters import AddressForm, AskForm
from volunteers.guards import DUTY
from volunteers.models import Roster, RosterLine
from volunteers.roster.plans import shifts_of
from volunteers.subjects import ROSTERS
from volunteers.views.roster_sheet import Sheet, gaps_of, in_order, progress_of

S = Roster.Status
LOOKS = {
    S.QUEUED: Look("hourglass", "wait"),
    S.SOLVING: Look("progress", "busy"),
    S.DRAFT: Look("eye", "info"),
    S.PUBLISHED: Look("circle-check", "good"),
    S.CANCELLED: Look("ban", "quiet"),
    S.FAILED: Look("alert-triangle", "bad"),
}
RUNNING = (S.QUEUED, S.SOLVING)
SOLVABLE = (S.DRAFT, S.CANCELLED, S.FAILED)
PINNABLE = (S.DRAFT, S.CANCELLED)


def status_tag(roster: Roster) -> Any:
    return tag_html(roster.get_status_display(), LOOKS[S(roster.status)])


class RosterList(ListPage):
    subject = ROSTERS
    template_name = "volunteers/roster_list.html"
    filterset_class = RosterFilter
    first_filters = ("region", "status")
    columns = (
        Column(gettext_lazy("station"), "station"),
        Column(gettext_lazy("Days"), lambda row: f"{row.first_day:%Y-%m-%d} – {row.last_day:%m-%d}", "nowrap"),
        Column(gettext_lazy("Places filled"), lambda row: _filled(row), "num"),
        Column(gettext_lazy("Gaps"), lambda row: gaps_of(row) or "", "num"),
        Column(gettext_lazy("made"), lambda row: relative_time(row.made_at), "only-wide"),
        Column(gettext_lazy("Status"), status_tag),
    )
    empty_hint = gettext_lazy("Ask for a roster of a station that has shifts; it is solved in less than a minute.")

    def queryset(self) -> Any:
        return Roster.objects.select_related("station")


def _filled(roster: Roster) -> str:
    return f"{roster.outcome['filled']} / {roster.outcome['places']}" if "places" in roster.outcome else ""


class RosterCreate(RegistryPage):
    """Asks which station and days; the job worker does the rest."""

    subject = ROSTERS
    capability = ROSTERS.write

    def show(self, form: AskForm, status: int = 200) -> HttpResponse:
        return render(self.request, "volunteers/roster_ask.html", self.context(form=form), status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        first, last = next_month()
        initial = {"station": self.usual(), "first_day": first, "last_day": last}
        return self.show(AskForm(user=request.user, initial=initial))

    def usual(self) -> Station | None:
        """The station of the link that led here; a keeper's own, or the only one."""
        mine = Station.objects.editable_by(self.request.user, DUTY)
        if asked := AddressForm.named(self.request.GET, "station"):
            mine = mine.filter(pk=asked)
        found = list(mine[:2])
        return found[0] if len(found) == 1 else None

    def post(self, request: HttpRequest) -> HttpResponse:
        form = AskForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.show(form, 400)
        asked = dict(form.cleaned_data)
        try:
            roster = rosters.ask(asked.pop("station"), by=request.user, **asked)
        except DomainError as error:
            form.take_error(error)
            return self.show(form, error.status)
        return HttpResponseRedirect(self.subject.detail(roster))


def next_month() -> tuple[dt.date, dt.date]:
    """Its first and its last day: what a station plans ahead."""
    first = (timezone.localdate(timezone=ZONE).replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return first, (first + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)


class OneRoster(RegistryPage):
    subject = ROSTERS

    def queryset(self) -> Any:
        return Roster.objects.select_related("station__region", "made_by", "published_by__person")

    def runs(self, roster: Roster) -> bool:
        return Station.objects.editable_by(self.request.user, DUTY).filter(pk=roster.station_id).exists()


@method_decorator(never_cache, name="dispatch")
class RosterDetail(OneRoster):
    """How far it is, and then what came of it. The page asks again by itself while it is solved."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        roster = self.row(pk)
        runs, status = self.runs(roster), S(roster.status)
        context = self.context(
            roster=roster, status_tag=status_tag(roster), is_running=status in RUNNING, may_write=runs,
            may_solve=runs and status in SOLVABLE, may_pin=runs and status in PINNABLE,
            may_publish=runs and status == S.DRAFT, is_published=status == S.PUBLISHED,
        )  # fmt: skip
        if status in RUNNING:
            context["progress"] = progress_of(roster)
        elif roster.outcome:
            sheet = Sheet(roster, request.user.scope)
            changes = {name: in_order(getattr(sheet.changes, name)) for name in ("added", "removed", "kept")}
            context |= {"sheet": sheet, "changes": changes}
        return render(request, "volunteers/roster.html", context)


class RosterStep(OneRoster):
    """One step with a roster: one button each."""

    capability = ROSTERS.write
    VERBS: dict[str, tuple[Callable[..., Any], Any]] = {
        "cancel": (rosters.cancel, gettext_lazy("The roster has been stopped.")),
        "solve-again": (rosters.solve_again, gettext_lazy("The roster is solved again.")),
    }

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        roster = self.row(pk)
        if verb not in (*self.VERBS, "publish", "pin"):
            raise NotFound()
        if not self.runs(roster):
            raise NotAllowed()
        try:
            said = self.take(roster, verb)
        except NotFound:
            raise
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, said)
        here = self.subject.detail(roster) + ("#days" if verb == "pin" else "")
        return HttpResponseRedirect(safe_next(request, here))

    def take(self, roster: Roster, verb: str) -> Any:
        if verb == "publish":
            done = rosters.publish(roster, by=self.request.user)
            count = len(done.assigned)
            return ngettext("%(n)d person has been asked.", "%(n)d people have been asked.", count) % {"n": count}
        if verb == "pin":
            return self.pin(roster)
        do, said = self.VERBS[verb]
        do(roster, by=self.request.user)
        return said

    def pin(self, roster: Roster) -> Any:
        lines = roster.lines.select_related("roster__station", "volunteer__person")
        line = lines.filter(pk=AddressForm.named(self.request.POST, "line")).first()
        if line is None:
            raise NotFound()
        rosters.pin(line, by=self.request.user, is_pinned=not line.is_pinned)
        return _("Kept when it is solved again.") if line.is_pinned else _("May be changed when it is solved again.")


class LineMove(OneRoster):
    """GET asks to which shift of the draft, POST takes the person there. The page of the draft sends the same form."""

    capability = ROSTERS.write

    def line(self, pk: int, line: int) -> RosterLine:
        roster = self.row(pk)
        if not self.runs(roster):
            raise NotAllowed()
        found = roster.lines.select_related("roster__station", "shift__station", "volunteer__person")
        if (line_found := found.filter(pk=line).first()) is None:
            raise NotFound()
        names.show_names([line_found.volunteer], self.request.user.scope)
        return line_found

    def form(self, line: RosterLine, data: Any = None) -> MoveForm:
        return MoveForm(data, user=self.request.user, shift=line.shift, among=shifts_of(line.roster))

    def show(self, line: RosterLine, form: MoveForm, status: int = 200) -> HttpResponse:
        context = self.context(line=line, form=form, roster=line.roster)
        return render(self.request, "volunteers/roster_line_move.html", context, status=status)

    def get(self, request: HttpRequest, pk: int, line: int) -> HttpResponse:
        found = self.line(pk, line)
        return self.show(found, self.form(found))

    def post(self, request: HttpRequest, pk: int, line: int) -> HttpResponse:
        found = self.line(pk, line)
        form, name = self.form(found, request.POST), found.volunteer.shown_name
        if not form.is_valid():
            return self.show(found, form, 400)
        try:
            week = roster_moves.move(found, to=form.cleaned_data["to"], by=request.user)
        except DomainError as error:
            form.take_error(error)
            return self.show(found, form, error.status)
        said = _("“%(name)s” is on the other shift in this draft, and stays there.") % {"name": name}
        (messages.warning if week.doubt else messages.success)(request, f"{said} {week.words}")
        return HttpResponseRedirect(safe_next(request, self.subject.url("detail", pk) + "#days"))
