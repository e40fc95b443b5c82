"""Pages of one shift: what it is, who is on it, who fits; and on the day, who came."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.core.errors import DomainError, NotAllowed, NotFound
from portal.core.humanize import Look
from portal.core.pages import safe_next
from portal.core.registry.forms import ScopedForm
from portal.core.registry.organizations import link
from portal.core.registry.pages import CreatePage, DetailPage, EditPage, RegistryPage
from portal.core.registry.trail import Step, trail
from portal.core.templatetags.portal import tag_html
from portal.core.text import clean_text
from stations.models import Station
from volunteers import attendance, coverage, names, places
from volunteers.candidates import candidates
from volunteers.forms.duty import AssignForm, ClockForm, ExcuseForm, MoveForm, ShiftForm, TimesForm
from volunteers.forms.volunteers import ReasonForm
from volunteers.guards import DUTY
from volunteers.models import Assignment, CallOut, DutyShift, VolunteerSkill
from volunteers.models.duty import stands_in
from volunteers.subjects import SHIFTS
from volunteers.types import GAVE_BACK, HOLDING, CheckMethod, ShiftStatus
from volunteers.types import AssignmentStatus as A

ORDER = (A.CONFIRMED, A.PROPOSED, A.WAITING, A.DECLINED, A.WITHDRAWN, A.CALLED_OFF)
PLACE_LOOKS = {
    A.CONFIRMED: Look("circle-check", "good"),
    A.PROPOSED: Look("hourglass", "wait"),
    A.WAITING: Look("clock", "info"),
    A.DECLINED: Look("circle-x", "quiet"),
    A.WITHDRAWN: Look("arrow-back-up", "quiet"),
    A.CALLED_OFF: Look("ban", "quiet"),
}
MAX_WORDS = 60


class ShiftPage(RegistryPage):
    subject = SHIFTS

    def queryset(self) -> Any:
        related = "station__region__parent", "template", "unit_on_turn"
        return coverage.with_coverage(DutyShift.objects.select_related(*related))

    def held(self, pk: int) -> DutyShift:
        shift = self.row(pk)
        if not self.may_edit(shift):
            raise NotAllowed()
        return shift

    def back(self, shift_id: int, said: Any = "") -> HttpResponse:
        if said:
            messages.success(self.request, said)
        return HttpResponseRedirect(self.subject.url("detail", shift_id))


def people_of(shift: DutyShift, user: Any) -> list[Assignment]:
    """Everybody who is or was on the shift, those who come first; names as the reader may see them."""
    rank = Case(*(When(status=status, then=Value(n)) for n, status in enumerate(ORDER)), output_field=IntegerField())
    rows = Assignment.objects.for_user(user).filter(shift=shift).select_related("volunteer__person", "made_by__person")
    found = list(rows.order_by(rank, "made_at", "pk"))
    names.show_names([each.volunteer for each in found], user.scope)
    for each in found:
        each.shift = shift
    return found


def place_tag(place: Assignment) -> Any:
    """Where somebody's place stands: on the day, whether they came."""
    if place.is_no_show:
        words = _("did not come, excused") if place.is_excused else _("did not come")
        return tag_html(words, Look("user", "quiet") if place.is_excused else Look("alert-triangle", "bad"))
    if place.checked_out_at:
        return tag_html(_("served"), Look("check", "good"))
    if place.checked_in_at:
        return tag_html(_("is here"), Look("user-check", "busy"))
    return tag_html(place.get_status_display(), PLACE_LOOKS[A(place.status)])


class ShiftDetail(ShiftPage, DetailPage):
    template_name = "volunteers/duty_shift.html"

    def may_edit(self, row: DutyShift) -> bool:
        """What was called off, or is over, is changed no more."""
        is_ahead = row.status == ShiftStatus.OPEN and row.ends_at > timezone.now()
        return is_ahead and super().may_edit(row)

    def facts(self, row: DutyShift) -> list[tuple[Any, Any]]:
        asks = [_("key-holder")] if row.needs_key_holder else []
        asks += [_("insurance")] if row.needs_insurance else []
        asks += [_("basic training")] if row.needs_training else []
        asks += [skill.name for skill in row.skills.all()]
        # The station and the template are pages of those who look after them.
        is_theirs = stands_in(row.station, self.request.user.scope)
        return [
            (_("station"), link("stations:station_detail", row.station) if is_theirs else row.station),
            (_("kind"), row.get_kind_display()),
            (_("people"), coverage.people_in_words(row.taken, row.min_people, row.max_people)),
            (_("asks for"), _(", ").join(map(str, asks))),
            (_("unit on turn"), row.unit_on_turn),
            (_("made of"), link("volunteers:template_detail", row.template) if is_theirs else ""),
            (_("changed by hand"), _("yes, the template leaves it alone") if row.is_changed and row.template else ""),
            (_("self sign-up"), _signup(row)),
            (_("called off because"), row.called_off_reason),
            (_("note for those on duty"), row.note),
        ]

    def steps(self, row: DutyShift) -> list[Step] | None:
        if not self.request.user.scope.can("history:read"):
            return None
        people = people_of(row, self.request.user)
        for each in people:
            # The history names them as this page does.
            each.volunteer.person.name = each.volunteer.shown_name
        return trail(row, *people, reader=self.request.user)

    def more(self, row: DutyShift) -> dict[str, Any]:
        now, may_write = timezone.now(), super().may_edit(row)
        people = people_of(row, self.request.user)
        is_ahead = row.status == ShiftStatus.OPEN and row.ends_at > now
        is_short = is_ahead and row.taken < row.min_people
        call_outs = call_outs_of(row, self.request.user)
        lines = [(each, place_tag(each), place_actions(each, now) if may_write else []) for each in people]
        return {
            "now": now, "is_ahead": is_ahead, "may_call_off": may_write and is_ahead,
            "may_enter": may_write and row.status == ShiftStatus.OPEN and row.starts_at - attendance.EARLY <= now,
            "may_fill": may_write and is_ahead and row.taken < row.max_people,
            "states": [tag_html(each.words, each.look) for each in coverage.states_of(row, now)],
            "on_it": [line for line in lines if line[0].status in HOLDING],
            "waiting": [line for line in lines if line[0].status == A.WAITING],
            "gone": [line for line in lines if line[0].status not in (*HOLDING, A.WAITING)],
            "missing_skills": _missing_skills(row, people),
            "call_outs": call_outs, "is_short": is_short, "missing": row.min_people - row.taken,
            "gave_back": [line for line in lines if line[0].status in GAVE_BACK],
            "may_call": may_write and is_short and row.starts_at > now,
            "may_exchange": may_write and is_ahead and row.unit_on_turn_id is not None,
            # A unit's contact sees what its turn is, and how many come; who comes is for those who look after duty.
            "sees_people": stands_in(row.station, self.request.user.scope),
            "is_calling": any(each.status == CallOut.Status.OPEN for each in call_outs),
        }  # fmt: skip


def call_outs_of(row: DutyShift, user: Any) -> list[CallOut]:
    """Who was asked to stand in, and what they answered; names as the reader may see them."""
    found = list(row.call_outs.select_related("started_by__person").prefetch_related("asks__volunteer__person"))
    names.show_names([ask.volunteer for each in found for ask in each.asks.all()], user.scope, beyond=True)
    return found


def _signup(row: DutyShift) -> str:
    if row.signup_opens_at is None or row.signup_closes_at is None:
        return ""
    opens, closes = (timezone.localtime(each) for each in (row.signup_opens_at, row.signup_closes_at))
    return _("%(opens)s until %(closes)s") % {"opens": f"{opens:%Y-%m-%d %H:%M}", "closes": f"{closes:%Y-%m-%d %H:%M}"}


def _missing_skills(row: DutyShift, people: list[Assignment]) -> list[str]:
    wanted = {skill.pk: skill.name for skill in row.skills.all()}
    if not wanted:
        return []
    on_it = [each.volunteer_id for each in people if each.status in HOLDING]
    held = VolunteerSkill.objects.valid_on(row.local_date).filter(volunteer__in=on_it, skill__in=wanted)
    have = set(held.values_list("skill_id", flat=True))
    return [name for pk, name in wanted.items() if pk not in have]


class ShiftCreate(ShiftPage, CreatePage):
    """A single shift by hand."""

    form_class = ShiftForm

    def initial(self, row: DutyShift) -> dict[str, Any]:
        return {"station": station_of_address(self.request)}


class ShiftEdit(ShiftPage, EditPage):
    form_class = ShiftForm

    def queryset(self) -> Any:
        return DutyShift.objects.select_related("station__region", "unit_on_turn")


def station_of_address(request: Any) -> Station | None:
    """The station that a link begins a form with, if it is one whose duty the person runs; without one, the only."""
    pk, mine = request.GET.get("station", ""), Station.objects.editable_by(request.user, DUTY)
    if pk.isascii() and pk.isdecimal() and len(pk) < 10:
        mine = mine.filter(pk=int(pk))
    found = list(mine[:2])
    return found[0] if len(found) == 1 else None


class AssignPage(ShiftPage):
    """Who fits, the likeliest first with the reasons; one button each."""

    capability = SHIFTS.write

    def show(self, shift: DutyShift, form: AssignForm, status: int = 200) -> HttpResponse:
        words = clean_text(self.request.GET.get("q", "")[:MAX_WORDS], max_length=MAX_WORDS)
        found = candidates(shift, by=self.request.user, words=words)
        context = self.context(row=shift, form=form, words=words, candidates=found)
        return render(self.request, "volunteers/duty_assign.html", context, status=status)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        shift = self.held(pk)
        how = AssignForm.ASK if shift.starts_at > timezone.now() else AssignForm.AT_ONCE
        return self.show(shift, AssignForm(user=request.user, shift=shift, initial={"how": how}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        shift = self.held(pk)
        form = AssignForm(request.POST, user=request.user, shift=shift)
        if not form.is_valid():
            return self.show(shift, form, 400)
        volunteer = form.cleaned_data["volunteer"]
        try:
            places.assign(shift, volunteer=volunteer, by=request.user, answer_by=form.answer_by())
        except DomainError as error:
            form.take_error(error)
            return self.show(shift, form, error.status)
        said = _("“%(name)s” is asked.") if form.cleaned_data["how"] == AssignForm.ASK else _("“%(name)s” is on it.")
        return self.back(shift.pk, said % {"name": volunteer})


class ShiftCallOff(ShiftPage):
    capability = SHIFTS.write

    def show(self, shift: DutyShift, form: ScopedForm, status: int = 200) -> HttpResponse:
        concerned = shift.taken + shift.waiting
        context = self.context(row=shift, form=form, concerned=concerned)
        return render(self.request, "volunteers/duty_call_off.html", context, status=status)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(self.held(pk), ReasonForm(user=request.user))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        shift, form = self.held(pk), ReasonForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.show(shift, form, 400)
        try:
            places.call_off(shift, by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.take_error(error)
            return self.show(shift, form, error.status)
        return self.back(shift.pk, _("The shift is called off."))


@dataclass(frozen=True)
class PlaceAction:
    """A step on one person's place: when it fits, and what follows from it."""

    name: str
    label: Any
    consequence: Any
    icon: str
    fits: Callable[[Assignment, datetime], bool]
    do: Callable[..., Any]
    form_class: type[ScopedForm] = ScopedForm
    # With one button, without asking first.
    at_once: bool = False
    # What the form has to know of the place.
    given: Callable[[Assignment], dict[str, Any]] = lambda place: {}
    # Why it may be a mistake: asked back once, and done when the person sends it again.
    doubt: Callable[[Assignment, Any], str] = lambda place, form: ""


def _holds(place: Assignment) -> bool:
    return place.status in HOLDING and place.shift.status == ShiftStatus.OPEN


def _is_near(place: Assignment, now: datetime) -> bool:
    return place.shift.starts_at - attendance.EARLY <= now


def _check_in(place: Assignment, *, by: Any, form: Any) -> Any:
    at = form.moment(place.shift)
    return attendance.check_in(place, by=by, how=CheckMethod.SHEET if at else CheckMethod.STAFF, at=at)


def _check_out(place: Assignment, *, by: Any, form: Any) -> Any:
    at = form.moment(place.shift)
    return attendance.check_out(place, by=by, how=CheckMethod.SHEET if at else CheckMethod.STAFF, at=at)


def _is_soon_to_leave(place: Assignment, form: Any) -> str:
    minutes = attendance.hardly_there(place, form.moment(place.shift) or timezone.now())
    if minutes is None:
        return ""
    words = ngettext(
        "This is very soon after the check-in or the beginning: %(count)d minute will be recorded. Is that right?",
        "This is very soon after the check-in or the beginning: %(count)d minutes will be recorded. Is that right?",
        minutes,
    )
    return words % {"count": minutes}


def _correct(place: Assignment, *, by: Any, form: Any) -> Assignment:
    attendance.correct(place, by=by, reason=form.cleaned_data["reason"], **form.times())
    return place


PLACE_ACTIONS = {
    action.name: action
    for action in (
        PlaceAction(
            "check-in", gettext_lazy("Check in"),
            gettext_lazy("The person has come. For a printed sheet that is entered later, give the time on it."),
            "login", lambda place, now: _holds(place) and _is_near(place, now) and not place.checked_in_at, _check_in,
            ClockForm, at_once=True,
        ),
        PlaceAction(
            "check-out", gettext_lazy("Check out"),
            gettext_lazy("The person leaves: what was served goes into the ledger of hours, once."),
            "logout", lambda place, now: bool(place.checked_in_at and not place.checked_out_at), _check_out,
            ClockForm, at_once=True, doubt=_is_soon_to_leave,
        ),
        PlaceAction(
            "correct", gettext_lazy("Correct the times"),
            gettext_lazy("The recorded times stay. A leader decides whether those that you give here count instead."),
            "edit", lambda place, now: bool(place.checked_out_at), _correct, TimesForm,
            given=lambda place: {"place": place},
        ),
        PlaceAction(
            "no-show", gettext_lazy("Did not come"),
            gettext_lazy("Nothing is recorded for this person but what was planned. Whoever comes after all can still"
                         " be checked in."),
            "user", lambda place, now: _holds(place) and place.shift.starts_at <= now and not place.checked_in_at
            and not place.is_no_show,
            lambda place, *, by, form: attendance.no_show(
                place, by=by, is_excused=form.cleaned_data["excused"] == "yes", reason=form.cleaned_data["reason"]),
            ExcuseForm,
        ),
        PlaceAction(
            "move", gettext_lazy("Move to another shift"),
            gettext_lazy("The person is on the other shift instead, and is told. Whoever has not answered yet is asked"
                         " anew."),
            "arrow-right", lambda place, now: _holds(place) and now < place.shift.starts_at,
            lambda place, *, by, form: places.move(place, to=form.cleaned_data["to"], by=by), MoveForm,
            given=lambda place: {"shift": place.shift},
        ),
        PlaceAction(
            "take-off", gettext_lazy("Take off"),
            gettext_lazy("The place becomes free and goes to the first on the waiting list who can still take it."),
            "x", lambda place, now: (_holds(place) or place.status == A.WAITING) and now < place.shift.starts_at,
            lambda place, *, by, form: places.withdraw(place, by=by, reason=form.cleaned_data["reason"]), ReasonForm,
        ),
        PlaceAction(
            "pin", gettext_lazy("Pin"), gettext_lazy("A new roster leaves this place alone."), "bookmark",
            lambda place, now: _holds(place) and now < place.shift.starts_at and not place.is_pinned,
            lambda place, *, by, form: places.pin(place, by=by), at_once=True,
        ),
        PlaceAction(
            "unpin", gettext_lazy("Unpin"), gettext_lazy("A new roster may give this place to somebody else."),
            "bookmark", lambda place, now: _holds(place) and now < place.shift.starts_at and place.is_pinned,
            lambda place, *, by, form: places.pin(place, by=by, is_pinned=False), at_once=True,
        ),
    )
}  # fmt: skip


def place_actions(place: Assignment, now: datetime) -> list[PlaceAction]:
    return [action for action in PLACE_ACTIONS.values() if action.fits(place, now)]


class PlaceStep(ShiftPage):
    """GET asks, POST takes one step with one person's place."""

    capability = SHIFTS.write

    def found(self, pk: int, verb: str) -> tuple[Assignment, PlaceAction]:
        if verb not in PLACE_ACTIONS:
            raise NotFound()
        place = self.one_of(Assignment.objects.select_related("volunteer__person"), pk=pk)
        place.shift = self.held(place.shift_id)
        names.show_names([place.volunteer], self.request.user.scope)
        return place, PLACE_ACTIONS[verb]

    def show(
        self, place: Assignment, action: PlaceAction, form: ScopedForm, status: int = 200, doubt: str = ""
    ) -> HttpResponse:
        context = self.context(row=place.shift, place=place, action=action, form=form, doubt=doubt)
        return render(self.request, "volunteers/duty_place.html", context, status=status)

    def get(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        place, action = self.found(pk, verb)
        return self.show(place, action, action.form_class(user=request.user, **action.given(place)))

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        place, action = self.found(pk, verb)
        form = action.form_class(request.POST, user=request.user, **action.given(place))
        if not form.is_valid():
            return self.show(place, action, form, 400)
        doubt = "" if "sure" in request.POST else action.doubt(place, form)
        if doubt:
            return self.show(place, action, form, doubt=doubt)
        # The verb reads the row anew, and with it the name as nobody may see it.
        name = place.volunteer.shown_name
        try:
            done = action.do(place, by=request.user, form=form)
        except DomainError as error:
            form.take_error(error)
            return self.show(place, action, form, error.status)
        messages.success(request, _("“%(name)s”: %(action)s, done.") % {"name": name, "action": action.label})
        return HttpResponseRedirect(safe_next(request, self.subject.url("detail", done.shift_id)))
