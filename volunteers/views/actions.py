"""Steps on one entry: each with what follows from it, some with a reason."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from portal.core.errors import DomainError, NotAllowed, NotFound
from portal.core.models import User
from portal.core.pages import StaffPage
from portal.core.registry.forms import ScopedForm
from portal.core.registry.pages import RegistryPage
from volunteers import availability, guards, merging, names, privacy, register, skills
from volunteers.forms.volunteers import (
    AvailabilityForm,
    DayForm,
    EraseForm,
    MergeForm,
    OptionalReasonForm,
    ReasonForm,
    RevealForm,
    SkillForm,
)
from volunteers.models import DayAvailability, Volunteer, VolunteerSkill
from volunteers.subjects import VOLUNTEERS
from volunteers.types import VolunteerStatus as S


@dataclass(frozen=True)
class Action:
    """A verb on an entry, when it fits, and what a person should know before it is done."""

    name: str
    label: Any
    consequence: Any
    verb: Callable[..., Any]
    icon: str
    fits: Callable[[Volunteer], bool]
    form_class: type[ScopedForm] | None = None
    capability: str = VOLUNTEERS.write
    is_grave: bool = False

    def form(self, user: User, volunteer: Volunteer, data: Any = None) -> ScopedForm:
        more = {"volunteer": volunteer} if self.form_class is EraseForm else {}
        return (self.form_class or ScopedForm)(data, user=user, **more)


def _is(*statuses: str) -> Callable[[Volunteer], bool]:
    return lambda row: row.status in statuses and row.erased_at is None


ACTIONS = {
    action.name: action
    for action in (
        Action("confirm", gettext_lazy("Confirm"), gettext_lazy(
            "The person is on the register from now on and can be put on duty."), register.confirm, "check",
            _is(S.APPLIED, S.REFUSED)),
        Action("refuse", gettext_lazy("Do not admit"), gettext_lazy(
            "The application ends; the reason is written down."), register.refuse_application, "x", _is(S.APPLIED),
            ReasonForm),
        Action("pause", gettext_lazy("Pause"), gettext_lazy(
            "No duty until the entry is active again. Teams and hours stay."), register.pause, "player-pause",
            _is(S.ACTIVE), OptionalReasonForm),
        Action("resume", gettext_lazy("Activate again"), gettext_lazy("The person can be put on duty again."),
            register.resume, "refresh", _is(S.PAUSED, S.LEFT)),
        Action("leave", gettext_lazy("Leaves the register"), gettext_lazy(
            "The person leaves the register and all teams. Services and hours stay on record."), register.leave,
            "logout", _is(S.ACTIVE, S.PAUSED), OptionalReasonForm),
        Action("merge", gettext_lazy("Merge into another entry"), gettext_lazy(
            "Assignments, hours, skills, teams and the account go to the entry that stays. This cannot be undone."),
            merging.merge, "copy", _is(S.APPLIED, S.ACTIVE, S.PAUSED, S.LEFT), MergeForm, is_grave=True),
        Action("erase", gettext_lazy("Erase personal data"), gettext_lazy(
            "Name, phone, age, guardian, evidence and times are deleted; number, services and hours stay without them."
            " This cannot be undone."), privacy.erase, "trash", _is(*privacy.ENDED), EraseForm, privacy.ERASE,
            is_grave=True),
    )
}  # fmt: skip


def actions_on(volunteer: Volunteer, user: User) -> list[Action]:
    """The steps that this person may take with the entry now."""
    fitting = [action for action in ACTIONS.values() if action.fits(volunteer)]
    allowed = {each: guards.may_change(volunteer, by=user, capability=each) for each in {a.capability for a in fitting}}
    return [action for action in fitting if allowed[action.capability]]


class OneVolunteer(RegistryPage):
    """A page about one entry."""

    subject = VOLUNTEERS
    capability = VOLUNTEERS.write

    def queryset(self) -> Any:
        return names.with_names(Volunteer.objects.select_related("person", "home_region"), self.request.user.scope)

    def held(self, pk: int) -> Volunteer:
        row = self.row(pk)
        if not guards.may_change(row, by=self.request.user, capability=self.capability):
            raise NotAllowed()
        return row

    def back(self, pk: int, said: Any = "") -> HttpResponse:
        if said:
            messages.success(self.request, said)
        return HttpResponseRedirect(self.subject.url("detail", pk))


class ActionPage(OneVolunteer):
    """Asks, then takes one step."""

    capability = VOLUNTEERS.read

    def found(self, pk: int, verb: str) -> tuple[Volunteer, Action]:
        row = self.row(pk)
        if verb not in ACTIONS:
            raise NotFound()
        if not guards.may_change(row, by=self.request.user, capability=ACTIONS[verb].capability):
            raise NotAllowed()
        return row, ACTIONS[verb]

    def show(self, row: Volunteer, action: Action, form: ScopedForm, status: int = 200) -> HttpResponse:
        context = self.context(row=row, action=action, form=form)
        return render(self.request, "volunteers/action.html", context, status=status)

    def get(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        row, action = self.found(pk, verb)
        form = action.form(request.user, row)
        if action is ACTIONS["merge"] and "into" in request.GET:
            form.initial["into"] = request.GET["into"][:60]
        return self.show(row, action, form)

    def compare(self, row: Volunteer, action: Action, form: ScopedForm) -> HttpResponse:
        """Both entries side by side, before what cannot be undone."""
        into = form.cleaned_data["into"]
        names.show_names([into], self.request.user.scope)
        context = self.context(row=row, action=action, form=form, into=into, lines=merging.foresee(row, into))
        return render(self.request, "volunteers/merge_compare.html", context)

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        row, action = self.found(pk, verb)
        form = action.form(request.user, row, request.POST)
        if not form.is_valid():
            return self.show(row, action, form, 400)
        if action is ACTIONS["merge"] and request.POST.get("seen") != form.cleaned_data["into"].number:
            return self.compare(row, action, form)
        try:
            after = action.verb(row, by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.take_error(error)
            return self.show(row, action, form, error.status)
        said = _("“%(name)s”: %(action)s, done.") % {"name": row.shown_name, "action": action.label}
        return self.back(after.pk, said)


@method_decorator(never_cache, name="dispatch")
class RevealPage(OneVolunteer):
    """GET asks for the reason; POST shows what is personal once, and logs it."""

    capability = privacy.REVEAL

    def show(self, row: Volunteer, form: RevealForm, status: int = 200, **more: Any) -> HttpResponse:
        context = self.context(row=row, form=form, **more)
        return render(self.request, "volunteers/reveal.html", context, status=status)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(self.held(pk), RevealForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row, form = self.held(pk), RevealForm(request.POST)
        if not form.is_valid():
            return self.show(row, form, 422)
        try:
            personal = privacy.reveal(row, by=request.user, reason=form.words())
        except DomainError as error:
            form.add_error("reason", str(error))
            return self.show(row, form, error.status)
        return self.show(row, form, personal=personal)


class SkillAdd(OneVolunteer):
    def show(self, row: Volunteer, form: SkillForm, status: int = 200) -> HttpResponse:
        context = self.context(row=row, form=form, heading=_("Add a skill"))
        return render(self.request, "volunteers/part_form.html", context, status=status)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(self.held(pk), SkillForm(user=request.user))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row, form = self.held(pk), SkillForm(request.POST, request.FILES, user=request.user)
        if not form.is_valid():
            return self.show(row, form, 400)
        try:
            skills.add_skill(row, by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.take_error(error)
            return self.show(row, form, error.status)
        return self.back(pk, _("The skill has been listed."))


class SkillStep(OneVolunteer):
    """Verify a skill, or take it off the list: one button each."""

    VERBS: dict[str, tuple[Callable[..., Any], Any]] = {
        "verify": (skills.verify_skill, gettext_lazy("The skill counts as verified.")),
        "remove": (skills.remove_skill, gettext_lazy("The skill has been taken off the list.")),
    }

    def post(self, request: HttpRequest, pk: int, skill: int, verb: str) -> HttpResponse:
        listed = VolunteerSkill.objects.filter(volunteer=self.held(pk), pk=skill).first()
        if listed is None or verb not in self.VERBS:
            raise NotFound()
        do, said = self.VERBS[verb]
        try:
            do(listed, by=request.user)
        except DomainError as error:
            messages.error(request, str(error))
            said = ""
        return self.back(pk, said)


class AvailabilityPage(OneVolunteer):
    """The usual week, and single days on which it is otherwise."""

    def show(self, row: Volunteer, week: AvailabilityForm, day: DayForm, status: int = 200) -> HttpResponse:
        context = self.context(
            row=row, week=week, form=day, days=row.day_availability.all(), back=self.subject.detail(row)
        )
        return render(self.request, "volunteers/availability.html", context, status=status)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.held(pk)
        return self.show(row, AvailabilityForm(volunteer=row), DayForm(user=request.user))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.held(pk)
        if "day" in request.POST:
            return self.set_day(row)
        week = AvailabilityForm(request.POST, volunteer=row)
        if not week.is_valid():
            return self.show(row, week, DayForm(user=request.user), 400)
        availability.set_week(row, spans=week.chosen(), by=request.user)
        return self.back(pk, _("The times have been saved."))

    def set_day(self, row: Volunteer) -> HttpResponse:
        form = DayForm(self.request.POST, user=self.request.user)
        if form.is_valid():
            try:
                availability.set_day(row, by=self.request.user, **form.cleaned_data)
            except DomainError as error:
                form.take_error(error)
        if form.errors:
            return self.show(row, AvailabilityForm(volunteer=row), form, 400)
        messages.success(self.request, _("The day has been saved."))
        return HttpResponseRedirect(reverse("volunteers:availability", args=[row.pk]))


class DayClear(OneVolunteer):
    def post(self, request: HttpRequest, pk: int, day: int) -> HttpResponse:
        found = DayAvailability.objects.filter(volunteer=self.held(pk), pk=day).first()
        if found is None:
            raise NotFound()
        availability.clear_day(found, by=request.user)
        messages.success(request, _("The usual week counts on this day again."))
        return HttpResponseRedirect(reverse("volunteers:availability", args=[pk]))


class DuplicatesPage(StaffPage):
    """Entries that are likely one person's."""

    capability = VOLUNTEERS.write

    def get(self, request: HttpRequest) -> HttpResponse:
        mine = Volunteer.objects.editable_by(request.user, VOLUNTEERS.write).select_related("person", "home_region")
        groups = merging.duplicates(names.with_names(mine, request.user.scope).defer("search"))
        context = {"groups": groups, "most": merging.MOST_GROUPS, "subject": VOLUNTEERS}
        return render(request, "volunteers/duplicates.html", context)
