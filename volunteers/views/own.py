"""A volunteer's own pages, on a phone: my entry, my times, my teams; a leader's yes or no to those who ask."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.clock import ZONE
from portal.core.errors import DomainError, NotFound
from portal.core.pages import StaffPage
from volunteers import availability, ledger, register, teams
from volunteers.forms.own import AboutForm
from volunteers.forms.volunteers import AvailabilityForm, DayForm
from volunteers.guards import OWN
from volunteers.models import BrandProject, DayAvailability, TeamMember, Volunteer, VolunteerTeam
from volunteers.types import MemberStatus
from volunteers.views.week import grid

IN_A_TEAM = (MemberStatus.ASKED, MemberStatus.ACTIVE)
SHOWN = 30


class OwnPage(StaffPage):
    """A page of whoever is signed in as a volunteer."""

    capability = OWN
    # A volunteer holds a phone and no password: an old link must not end at the staff's door.
    login_url = reverse_lazy("public:volunteer_sign_in")

    def handle_no_permission(self) -> HttpResponse:
        # What only a button leads to is no place to come back to.
        if not hasattr(self, "get"):
            return redirect_to_login(reverse("own:me"), self.get_login_url())
        return super().handle_no_permission()

    def mine(self) -> Volunteer:
        rows = Volunteer.objects.current().select_related("person", "home_region").defer("search")
        found = rows.filter(person=self.request.user.person_id).first()
        if found is None:
            raise NotFound(_("There is no volunteer's entry of yours. Please ask your community."))
        return found

    def back(self, name: str, said: Any = "") -> HttpResponse:
        if said:
            messages.success(self.request, said)
        return HttpResponseRedirect(reverse(name))

    def attempt(self, do: Callable[[], Any], name: str, said: Any) -> HttpResponse:
        """Run a verb behind one button; a refusal is told on the page that one comes back to."""
        try:
            do()
        except DomainError as error:
            messages.error(self.request, str(error))
            said = ""
        return self.back(name, said)


class MePage(OwnPage):
    def get(self, request: HttpRequest) -> HttpResponse:
        me = self.mine()
        memberships = list(me.memberships.filter(status__in=IN_A_TEAM).select_related("team"))
        led = [each.team_id for each in memberships if each.is_leader and each.status == MemberStatus.ACTIVE]
        asking = TeamMember.objects.filter(team__in=led, status=MemberStatus.ASKED)
        context = {
            "me": me, "memberships": memberships, "grid": grid(me.weekly_availability.all()),
            "skills": me.skills.select_related("skill"), "hours": ledger.totals(me),
            "report": me.member_reports.open().select_related("branch", "region").first(),
            "honours": me.honours.all(), "asking": asking.select_related("team", "volunteer__person"),
            "projects": BrandProject.objects.led_by(me.person_id),
        }  # fmt: skip
        return render(request, "volunteers/me.html", context)


class TimesPage(OwnPage):
    """The usual week, and single days on which it is otherwise."""

    def show(self, me: Volunteer, week: AvailabilityForm, day: DayForm, status: int = 200) -> HttpResponse:
        ahead = me.day_availability.filter(date__gte=timezone.localdate(timezone=ZONE))
        return render(
            self.request, "volunteers/my_times.html", {"week": week, "form": day, "days": ahead}, status=status
        )

    def get(self, request: HttpRequest) -> HttpResponse:
        me = self.mine()
        return self.show(me, AvailabilityForm(volunteer=me), DayForm(user=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        me = self.mine()
        if "day" in request.POST:
            return self.set_day(me)
        week = AvailabilityForm(request.POST, volunteer=me)
        if not week.is_valid():
            return self.show(me, week, DayForm(user=request.user), 400)
        availability.set_week(me, spans=week.chosen(), by=request.user)
        return self.back("own:me", _("The times have been saved."))

    def set_day(self, me: Volunteer) -> HttpResponse:
        form = DayForm(self.request.POST, user=self.request.user)
        if form.is_valid():
            try:
                availability.set_day(me, by=self.request.user, **form.cleaned_data)
            except DomainError as error:
                form.take_error(error)
        if form.errors:
            return self.show(me, AvailabilityForm(volunteer=me), form, 400)
        return self.back("own:times", _("The day has been saved."))


class DayClearStep(OwnPage):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        day = DayAvailability.objects.filter(volunteer=self.mine(), pk=pk).select_related("volunteer").first()
        if day is None:
            raise NotFound()
        availability.clear_day(day, by=request.user)
        return self.back("own:times", _("The usual week counts on this day again."))


class AboutPage(OwnPage):
    def show(self, form: AboutForm, status: int = 200) -> HttpResponse:
        return render(self.request, "volunteers/my_form.html", {"form": form}, status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(AboutForm(volunteer=self.mine()))

    def post(self, request: HttpRequest) -> HttpResponse:
        me = self.mine()
        form = AboutForm(request.POST, volunteer=me)
        if not form.is_valid():
            return self.show(form, 400)
        register.edit_own(me, by=request.user, **form.details())
        return self.back("own:me", _("Saved."))


class TeamsPage(OwnPage):
    """Teams around the home community that one may ask to join."""

    def get(self, request: HttpRequest) -> HttpResponse:
        me = self.mine()
        joined = set(me.memberships.filter(status__in=IN_A_TEAM).values_list("team", flat=True))
        context = {"me": me, "teams": VolunteerTeam.objects.near(me)[:SHOWN], "joined": joined}
        return render(request, "volunteers/my_teams.html", context)


class JoinStep(OwnPage):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        me = self.mine()
        team = VolunteerTeam.objects.near(me).filter(pk=pk).first()
        if team is None:
            raise NotFound()
        return self.attempt(
            lambda: teams.ask_to_join(team, volunteer=me, by=request.user), "own:me",
            _("You have asked to join; a leader decides."),
        )  # fmt: skip


class LeaveTeamStep(OwnPage):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        members = TeamMember.objects.filter(volunteer=self.mine(), status__in=IN_A_TEAM)
        member = members.select_related("team", "volunteer").filter(team=pk).first()
        if member is None:
            raise NotFound()
        return self.attempt(
            lambda: teams.end_membership(member, by=request.user), "own:me", _("You have left the team.")
        )  # fmt: skip


class MemberStep(OwnPage):
    """A leader's decision about somebody who asks to join."""

    VERBS: dict[str, tuple[Callable[..., Any], Any]] = {
        "admit": (teams.admit, gettext_lazy("Admitted to the team.")),
        "turn-down": (teams.turn_down, gettext_lazy("Not admitted to the team.")),
    }

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        me = self.mine()
        led = me.memberships.filter(is_leader=True, status=MemberStatus.ACTIVE).values("team")
        asked = TeamMember.objects.filter(team__in=led).select_related("team", "volunteer__person")
        member = asked.filter(pk=pk).first()
        if member is None or verb not in self.VERBS:
            raise NotFound()
        do, said = self.VERBS[verb]
        return self.attempt(lambda: do(member, by=request.user), "own:me", said)


class StepPage(OwnPage):
    """Pause, come back, leave: asks, then does it."""

    STEPS: dict[str, tuple[Any, Any, Callable[..., Any]]] = {
        "pause": (gettext_lazy("Pause"), gettext_lazy(
            "You are asked for no duty until you are active again."), register.pause),
        "resume": (gettext_lazy("Activate again"), gettext_lazy("You can be asked for duty again."), register.resume),
        "leave": (gettext_lazy("Leave the register"), gettext_lazy(
            "You leave the register and all your teams. Your hours stay on record; ask your community if your personal"
            " data shall be erased."), register.leave),
    }  # fmt: skip

    def step(self, verb: str) -> tuple[Any, Any, Callable[..., Any]]:
        if verb not in self.STEPS:
            raise NotFound()
        return self.STEPS[verb]

    def get(self, request: HttpRequest, verb: str) -> HttpResponse:
        label, consequence, _verb = self.step(verb)
        context = {"me": self.mine(), "label": label, "consequence": consequence, "verb": verb}
        return render(request, "volunteers/my_step.html", context)

    def post(self, request: HttpRequest, verb: str) -> HttpResponse:
        label, _consequence, do = self.step(verb)
        me = self.mine()
        try:
            do(me, by=request.user)
        except DomainError as error:
            messages.error(request, str(error))
            return self.back("own:me")
        return self.back("public:home" if verb == "leave" else "own:me", _("%(step)s: done.") % {"step": label})
