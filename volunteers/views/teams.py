"""Pages of teams and their members."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.clock import ZONE
from portal.core.errors import DomainError, NotAllowed, NotFound
from portal.core.registry.organizations import Starting, active_tag, link
from portal.core.registry.pages import Column, CreatePage, DetailPage, EditPage, ListPage, LookupPage, RegistryPage
from volunteers import guards, names, teams
from volunteers.filters import TeamFilter
from volunteers.forms.teams import MemberForm, TeamForm
from volunteers.models import TeamMember, Volunteer, VolunteerTeam
from volunteers.subjects import TEAM_LOOKUP, TEAMS
from volunteers.types import MemberStatus
from volunteers.views.brands import stage_tag

SHOWN = 200
IN_TEAM = Q(members__status=MemberStatus.ACTIVE)


class TeamList(ListPage):
    subject = TEAMS
    template_name = "volunteers/list.html"
    filterset_class = TeamFilter
    first_filters = ("q", "region", "kind")
    columns = (
        Column(gettext_lazy("Team"), "name"),
        Column(gettext_lazy("kind"), "get_kind_display"),
        Column(gettext_lazy("region"), "region", "only-wide"),
        Column(gettext_lazy("belongs to"), lambda row: row.organization or "", "only-wide"),
        Column(gettext_lazy("members"), "member_count", "num"),
        Column(gettext_lazy("ask to join"), lambda row: row.asking_count or "", "num only-wide"),
        Column(gettext_lazy("Status"), active_tag),
    )

    def queryset(self) -> Any:
        rows = VolunteerTeam.objects.select_related("region", "organization").defer("introduction", "search")
        asking = Q(members__status=MemberStatus.ASKED)
        counted = rows.annotate(
            member_count=Count("members", filter=IN_TEAM), asking_count=Count("members", filter=asking)
        )
        return counted.order_by("name", "pk")


class TeamDetail(DetailPage):
    subject = TEAMS
    template_name = "volunteers/team_detail.html"

    def queryset(self) -> Any:
        return VolunteerTeam.objects.select_related("region", "organization").defer("search")

    def facts(self, row: VolunteerTeam) -> list[tuple[Any, Any]]:
        return [
            (_("kind"), row.get_kind_display()),
            (_("region"), link("registry:region_detail", row.region)),
            (_("belongs to"), link("registry:organization_detail", row.organization)),
            (_("slogan"), row.slogan),
            (_("founded on"), row.founded_on),
            (_("takes requests"), _("yes") if row.takes_requests else _("no")),
            (_("introduction"), row.introduction),
        ]

    def more(self, row: VolunteerTeam) -> dict[str, Any]:
        related = "volunteer__person", "volunteer__recruited_by__person"
        in_it = row.members.filter(status__in=[MemberStatus.ASKED, MemberStatus.ACTIVE]).select_related(*related)
        members = list(in_it.order_by("-is_leader", "joined_on", "pk")[:SHOWN])
        people = [each.volunteer for each in members]
        names.show_names(
            [*people, *(each.recruited_by for each in people if each.recruited_by)], self.request.user.scope
        )
        mine = Volunteer.objects.for_user(self.request.user).filter(pk__in=[each.pk for each in people])
        brought = brought_in([each.volunteer_id for each in members], self.request.user)
        for each in members:
            each.brought_in = brought.get(each.volunteer_id, 0)
        return {
            "status_tag": active_tag(row),
            "members": [each for each in members if each.status == MemberStatus.ACTIVE],
            "asking": [each for each in members if each.status == MemberStatus.ASKED],
            "readable": set(mine.values_list("pk", flat=True)),
            "brought_in": sum(brought.values()),
            "honours": list(row.honours.all()),
            "projects": [(each, stage_tag(each)) for each in row.brand_projects.select_related("hub")],
            "member_count": row.members.filter(status=MemberStatus.ACTIVE).count(),
        }


class TeamCreate(Starting, CreatePage):
    subject = TEAMS
    form_class = TeamForm
    from_address = ("region", "organization")


class TeamEdit(EditPage):
    subject = TEAMS
    form_class = TeamForm


class TeamLookup(LookupPage):
    lookup = TEAM_LOOKUP


class OneTeam(RegistryPage):
    subject = TEAMS
    capability = TEAMS.write

    def held(self, pk: int) -> VolunteerTeam:
        team = self.row(pk)
        if not guards.may_change_team(team, by=self.request.user):
            raise NotAllowed()
        return team


class MemberAdd(OneTeam):
    def show(self, team: VolunteerTeam, form: MemberForm, status: int = 200) -> HttpResponse:
        context = self.context(row=team, form=form, heading=_("Add a member"))
        return render(self.request, "volunteers/part_form.html", context, status=status)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        initial = {"joined_on": timezone.localdate(timezone=ZONE)}
        return self.show(self.held(pk), MemberForm(user=request.user, initial=initial))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        team, form = self.held(pk), MemberForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.show(team, form, 400)
        try:
            teams.add_member(team, by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.take_error(error)
            return self.show(team, form, error.status)
        messages.success(request, _("“%(name)s” is in the team.") % {"name": form.cleaned_data["volunteer"]})
        return HttpResponseRedirect(self.subject.detail(team))


def _no_leader(member: TeamMember, *, by: Any) -> TeamMember:
    return teams.make_leader(member, by=by, is_leader=False)


class MemberStep(OneTeam):
    """One decision about one member: one button each."""

    VERBS: dict[str, tuple[Callable[..., Any], Any]] = {
        "admit": (teams.admit, gettext_lazy("Admitted to the team.")),
        "turn-down": (teams.turn_down, gettext_lazy("Not admitted to the team.")),
        "lead": (teams.make_leader, gettext_lazy("Leads the team from now on.")),
        "no-lead": (_no_leader, gettext_lazy("Does not lead the team any more.")),
        "end": (teams.end_membership, gettext_lazy("Has left the team.")),
    }

    def post(self, request: HttpRequest, pk: int, member: int, verb: str) -> HttpResponse:
        team = self.held(pk)
        found = team.members.select_related("team", "volunteer__person").filter(pk=member).first()
        if found is None or verb not in self.VERBS:
            raise NotFound()
        do, said = self.VERBS[verb]
        try:
            do(found, by=request.user)
            messages.success(request, said)
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(self.subject.detail(team))


def brought_in(volunteers: list[int], user: Any) -> dict[int, int]:
    """How many of those whom the reader may see each of `volunteers` recruited."""
    rows = Volunteer.objects.for_user(user).current().filter(recruited_by__in=volunteers)
    found: dict[int, int] = {}
    for pk in rows.order_by().values_list("recruited_by", flat=True):
        found[pk] = found.get(pk, 0) + 1
    return found
