"""Pages of brand projects, and of honours of teams and volunteers."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.clock import ZONE
from portal.core.errors import NotAllowed, NotFound
from portal.core.humanize import Look
from portal.core.registry.organizations import Starting, link
from portal.core.registry.pages import Column, CreatePage, DetailPage, EditPage, ListPage
from portal.core.templatetags.portal import tag_html
from volunteers import brands, guards, honours, names
from volunteers.double_filters import BrandProjectFilter
from volunteers.forms.double import BrandProjectEditForm, BrandProjectForm, HonourForm, StageForm
from volunteers.models import BrandProject, Honour, Volunteer
from volunteers.subjects import BRAND_PROJECTS, TEAMS, VOLUNTEERS
from volunteers.types import NEXT_STAGES, BrandStage
from volunteers.views.verbs import VerbButton, VerbForm

LOOKS = {
    BrandStage.IDEA: Look("note", "info"),
    BrandStage.INCUBATING: Look("progress", "busy"),
    BrandStage.RUNNING: Look("leaf", "good"),
    BrandStage.GRADUATED: Look("star", "good"),
    BrandStage.ENDED: Look("archive", "quiet"),
}


def stage_tag(row: BrandProject) -> Any:
    return tag_html(row.get_stage_display(), LOOKS[BrandStage(row.stage)])


class BrandProjectList(ListPage):
    subject = BRAND_PROJECTS
    template_name = "volunteers/list.html"
    filterset_class = BrandProjectFilter
    first_filters = ("q", "region", "stage")
    columns = (
        Column(_("Brand project"), "name"),
        Column(_("Team"), "team"),
        Column(_("region"), lambda row: row.team.region, "only-wide"),
        Column(_("incubated at"), lambda row: row.hub or "", "only-wide"),
        Column(_("since"), lambda row: str(row.stage_since), "nowrap only-wide"),
        Column(_("stage"), stage_tag),
    )

    def queryset(self) -> Any:
        return BrandProject.objects.select_related("team__region", "hub").defer("summary")


class BrandProjectPage:
    """Staff of the team change its projects, they or its leaders move them; whoever sees the hub's may look."""

    request: Any

    def may_edit(self, row: BrandProject) -> bool:
        return guards.may_change_team(row.team, by=self.request.user)

    def queryset(self) -> Any:
        return BrandProject.objects.select_related("team__region", "hub")


class BrandProjectDetail(BrandProjectPage, DetailPage):
    subject = BRAND_PROJECTS
    template_name = "volunteers/brand_project_detail.html"

    def facts(self, row: BrandProject) -> list[tuple[Any, Any]]:
        return [
            (_("volunteer team"), link("volunteers:team_detail", row.team)),
            (_("incubated at"), row.hub),
            (_("in this stage since"), row.stage_since),
            (_("what it is about"), row.summary),
        ]

    def more(self, row: BrandProject) -> dict[str, Any]:
        return {
            "status_tag": stage_tag(row),
            "stages": list(row.steps.order_by("-on", "-pk")),
            "may_move": guards.runs_team(row.team, by=self.request.user) and bool(NEXT_STAGES[row.stage]),
        }


class BrandProjectCreate(Starting, CreatePage):
    subject = BRAND_PROJECTS
    form_class = BrandProjectForm
    from_address = ("team", "hub")

    def initial(self, row: Any) -> dict[str, Any]:
        return {"on": timezone.localdate(timezone=ZONE), **super().initial(row)}


class BrandProjectEdit(BrandProjectPage, EditPage):
    subject = BRAND_PROJECTS
    form_class = BrandProjectEditForm


class BrandProjectMove(BrandProjectPage, VerbForm):
    subject = BRAND_PROJECTS
    capability = BRAND_PROJECTS.write
    heading = _("Next stage")
    said = _("The project has reached its next stage.")

    def found(self, pk: int) -> BrandProject:
        row = self.row(pk)
        if not guards.runs_team(row.team, by=self.request.user):
            raise NotAllowed()
        return row

    def form(self, row: BrandProject, data: Any = None) -> StageForm:
        return StageForm(data, user=self.request.user, project=row)

    def do(self, row: BrandProject, asked: dict[str, Any]) -> None:
        brands.move(row, by=self.request.user, **asked)


class TeamHonourAdd(VerbForm):
    subject = TEAMS
    capability = TEAMS.write
    form_class = HonourForm
    heading = _("Add an honour")
    said = _("The honour has been listed.")

    def found(self, pk: int) -> Any:
        team = self.row(pk)
        if not guards.may_change_team(team, by=self.request.user):
            raise NotAllowed()
        return team

    def do(self, row: Any, asked: dict[str, Any]) -> None:
        honours.award(row, by=self.request.user, **asked)


class VolunteerHonourAdd(TeamHonourAdd):
    subject = VOLUNTEERS
    capability = VOLUNTEERS.write

    def queryset(self) -> Any:
        return names.with_names(Volunteer.objects.select_related("person", "home_region"), self.request.user.scope)

    def found(self, pk: int) -> Any:
        volunteer = self.row(pk)
        if not guards.may_change(volunteer, by=self.request.user):
            raise NotAllowed()
        return volunteer


class HonourStep(VerbButton):
    """Take an honour of a team or a volunteer off the list."""

    subject = TEAMS
    capability = TEAMS.write
    VERBS = {"remove": (honours.remove, _("The honour has been taken off the list."))}

    def found(self, pk: int) -> Honour:
        user = self.request.user
        rows = Honour.objects.for_user(user).select_related("team", "volunteer__person")
        if (found := rows.filter(pk=pk).first()) is None:
            raise NotFound()
        return found

    def back_to(self, row: Honour) -> str:
        return TEAMS.url("detail", row.team_id) if row.team_id else VOLUNTEERS.url("detail", row.volunteer_id)
