"""/api/v1/ of the register: volunteers, teams and the catalogue of skills, by the same verbs as at the desk."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import models
from django.db.models import Count, Prefetch, Q
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.errors import NotFound
from portal.core.filtering import FilterSet
from portal.core.idempotency import Answer
from portal.core.registry.api import RegistryViewSet
from portal.core.rest.views import CatalogueViewSet, ScopedReadOnlyViewSet
from volunteers import availability, merging, names, privacy, register, skills, teams
from volunteers.filters import TeamFilter, VolunteerFilter
from volunteers.guards import may_change_team
from volunteers.models import DayAvailability, Skill, TeamMember, Volunteer, VolunteerSkill, VolunteerTeam
from volunteers.serializers.teams import LeaderInput, MemberInput, MemberRow, TeamSerializer
from volunteers.serializers.volunteers import (
    DayInput,
    MergeInput,
    OptionalReasonInput,
    PersonalRow,
    ReasonInput,
    SkillInput,
    SkillRow,
    VolunteerDetail,
    VolunteerEdit,
    VolunteerInput,
    VolunteerRow,
    WeekInput,
)
from volunteers.subjects import TEAMS
from volunteers.types import MemberStatus

IN_A_TEAM = (MemberStatus.ASKED, MemberStatus.ACTIVE)
WRITES = (
    "create", "partial_update", "confirm", "refuse", "pause", "resume", "leave", "merge", "add_skill", "verify_skill",
    "remove_skill", "week", "set_day", "clear_day",
)  # fmt: skip


class SkillViewSet(CatalogueViewSet):
    """What volunteers can do: the catalogue."""

    queryset = Skill.objects.all()
    serializer_class = SkillRow
    capability = "volunteers:read"
    orderings: ClassVar = {"name": "name", "id": "pk"}
    default_ordering = "name"


class WithInput:
    """Reads the body by a serializer; what it refuses is answered in the one shape."""

    def read(self, input_class: type[Any]) -> Any:
        serializer = input_class(data=self.request.data, context=self.get_serializer_context())  # type: ignore[attr-defined]
        serializer.is_valid(raise_exception=True)
        return serializer


class VolunteerViewSet(WithInput, ScopedReadOnlyViewSet):
    """Volunteers of the regions, the station or the unit that you look after."""

    queryset = Volunteer.objects.all()
    serializer_class = VolunteerDetail
    list_serializer_class = VolunteerRow
    filterset_class: ClassVar[type[FilterSet] | None] = VolunteerFilter
    capability = "volunteers:read"
    capabilities: ClassVar = {
        **dict.fromkeys(WRITES, "volunteers:write"), "reveal": privacy.REVEAL, "erase": privacy.ERASE,
    }  # fmt: skip
    orderings: ClassVar = {"number": "number", "joined_on": "joined_on", "id": "pk"}
    default_ordering = "-id"

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().select_related("person", "home_region").defer("search", "note")
        if self.action != "list":
            mine = VolunteerTeam.objects.for_user(self.request.user)
            open_ones = TeamMember.objects.filter(status__in=IN_A_TEAM, team__in=mine).select_related("team")
            rows = rows.prefetch_related(
                "skills__skill", "weekly_availability", "day_availability",
                Prefetch("memberships", open_ones, to_attr="open_memberships"),
            )  # fmt: skip
        return names.with_names(rows, self.request.user.scope)

    @extend_schema(request=VolunteerInput, responses={201: VolunteerDetail})
    def create(self, request: Request) -> Response:
        """Enter somebody. A minor whose guardian has not agreed yet waits for confirmation."""
        asked = self.read(VolunteerInput).arguments()

        def do() -> Answer:
            return 201, self.shown(register.enrol(by=request.user, **asked).pk)

        return self.once(request, do)

    @extend_schema(request=VolunteerEdit, responses=VolunteerDetail)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Correct an entry."""
        return self.done(register.edit, **self.read(VolunteerEdit).arguments())

    @extend_schema(request=None, responses=VolunteerDetail)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: int) -> Response:
        """Take somebody who signed up onto the register."""
        return self.done(register.confirm)

    @extend_schema(request=ReasonInput, responses=VolunteerDetail)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: int) -> Response:
        """Do not admit somebody who signed up."""
        return self.done(register.refuse_application, **self.read(ReasonInput).validated_data)

    @extend_schema(request=OptionalReasonInput, responses=VolunteerDetail)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: int) -> Response:
        """No duty for a while."""
        return self.done(register.pause, **self.read(OptionalReasonInput).validated_data)

    @extend_schema(request=None, responses=VolunteerDetail)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: int) -> Response:
        """Active again, after a pause or after having left."""
        return self.done(register.resume)

    @extend_schema(request=OptionalReasonInput, responses=VolunteerDetail)
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, pk: int) -> Response:
        """Leave the register and all teams; hours stay."""
        return self.done(register.leave, **self.read(OptionalReasonInput).validated_data)

    @extend_schema(request=MergeInput, responses=VolunteerDetail)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: int) -> Response:
        """Merge this entry into another one, which is answered."""
        return self.done(merging.merge, **self.read(MergeInput).validated_data)

    @extend_schema(request=ReasonInput, responses=PersonalRow)
    @action(detail=True, methods=["post"])
    def reveal(self, request: Request, pk: int) -> Response:
        """How to reach the person. Who asks, and why, is logged."""
        personal = privacy.reveal(self.get_object(), by=request.user, **self.read(ReasonInput).validated_data)
        return Response(PersonalRow(personal).data)

    @extend_schema(request=ReasonInput, responses=VolunteerDetail)
    @action(detail=True, methods=["post"])
    def erase(self, request: Request, pk: int) -> Response:
        """Take everything personal out of the entry of somebody who has gone."""
        return self.done(privacy.erase, **self.read(ReasonInput).validated_data)

    @extend_schema(request=SkillInput, responses=VolunteerDetail)
    @action(detail=True, methods=["post"], url_path="skills", url_name="skills")
    def add_skill(self, request: Request, pk: int) -> Response:
        """List a skill, or renew one."""
        return self.done(skills.add_skill, **self.read(SkillInput).validated_data)

    @extend_schema(request=None, responses=VolunteerDetail)
    @action(detail=True, methods=["post"], url_path="skills/<int:skill_id>/verify", url_name="skill-verify")
    def verify_skill(self, request: Request, pk: int, skill_id: int) -> Response:
        """The evidence has been seen."""
        return self.done_with(VolunteerSkill, skill_id, skills.verify_skill)

    @extend_schema(request=None, responses=VolunteerDetail)
    @action(detail=True, methods=["post"], url_path="skills/<int:skill_id>/remove", url_name="skill-remove")
    def remove_skill(self, request: Request, pk: int, skill_id: int) -> Response:
        """Take a skill off the list, with its evidence."""
        return self.done_with(VolunteerSkill, skill_id, skills.remove_skill)

    @extend_schema(request=WeekInput, responses=VolunteerDetail)
    @action(detail=True, methods=["put"], url_path="times", url_name="times")
    def week(self, request: Request, pk: int) -> Response:
        """Replace the usual week."""
        return self.done(availability.set_week, spans=self.read(WeekInput).spans())

    @extend_schema(request=DayInput, responses=VolunteerDetail)
    @action(detail=True, methods=["post"], url_path="days", url_name="days")
    def set_day(self, request: Request, pk: int) -> Response:
        """On this date it is otherwise."""
        return self.done(availability.set_day, **self.read(DayInput).validated_data)

    @extend_schema(request=None, responses=VolunteerDetail)
    @action(detail=True, methods=["post"], url_path="days/<int:day_id>/clear", url_name="day-clear")
    def clear_day(self, request: Request, pk: int, day_id: int) -> Response:
        """The usual week counts on this date again."""
        return self.done_with(DayAvailability, day_id, availability.clear_day)

    def done(self, verb: Callable[..., Any], **asked: Any) -> Response:
        """Run a verb on the entry of the address, and show what came of it."""
        volunteer = self.get_object()

        def do() -> Answer:
            after = verb(volunteer, by=self.request.user, **asked)
            return 200, self.shown(after.pk if isinstance(after, Volunteer) else volunteer.pk)

        return self.once(self.request, do)

    def done_with(self, model: type[models.Model], pk: int, verb: Callable[..., Any]) -> Response:
        """Run a verb on something that belongs to the entry."""
        volunteer = self.get_object()
        found = model._default_manager.filter(volunteer=volunteer, pk=pk).first()
        if found is None:
            raise NotFound()
        verb(found, by=self.request.user)
        return Response(self.shown(volunteer.pk))

    def shown(self, pk: int) -> dict[str, Any]:
        return VolunteerDetail(self.written(pk), context=self.get_serializer_context()).data


class TeamViewSet(WithInput, RegistryViewSet):
    """Teams of volunteers, with their members. A team that is no more is changed to be not active."""

    subject = TEAMS
    http_method_names: ClassVar = ["get", "head", "options", "post", "put", "patch"]
    own_capabilities: ClassVar = {
        "members": TEAMS.read,
        **dict.fromkeys(("add_member", "admit", "turn_down", "end", "leader"), TEAMS.write),
    }
    queryset = VolunteerTeam.objects.all()
    serializer_class = TeamSerializer
    filterset_class = TeamFilter
    orderings: ClassVar = {"name": "name", "founded_on": "founded_on", "id": "pk"}
    default_ordering = "name"

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().select_related("region").defer("search")
        return rows.annotate(member_count=Count("members", filter=Q(members__status=MemberStatus.ACTIVE)))

    @extend_schema(responses=MemberRow(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def members(self, request: Request, pk: int) -> Response:
        """Who is in the team, and who asks to be."""
        return Response(self.shown(self.get_object()))

    @extend_schema(request=MemberInput, responses={201: MemberRow})
    @members.mapping.post
    def add_member(self, request: Request, pk: int) -> Response:
        """Put somebody into the team."""
        team, asked = self.get_object(), self.read(MemberInput).validated_data

        def do() -> Answer:
            member = teams.add_member(team, by=request.user, **asked)
            return 201, next(row for row in self.shown(team) if row["id"] == member.pk)

        return self.once(request, do)

    @extend_schema(request=None, responses=MemberRow(many=True))
    @action(detail=True, methods=["post"], url_path="members/<int:member_id>/admit", url_name="admit")
    def admit(self, request: Request, pk: int, member_id: int) -> Response:
        """Say yes to somebody who asked."""
        return self.decided(member_id, teams.admit)

    @extend_schema(request=None, responses=MemberRow(many=True))
    @action(detail=True, methods=["post"], url_path="members/<int:member_id>/turn-down", url_name="turn-down")
    def turn_down(self, request: Request, pk: int, member_id: int) -> Response:
        """Say no to somebody who asked."""
        return self.decided(member_id, teams.turn_down)

    @extend_schema(request=None, responses=MemberRow(many=True))
    @action(detail=True, methods=["post"], url_path="members/<int:member_id>/end", url_name="member-end")
    def end(self, request: Request, pk: int, member_id: int) -> Response:
        """Somebody leaves the team."""
        return self.decided(member_id, teams.end_membership)

    @extend_schema(request=LeaderInput, responses=MemberRow(many=True))
    @action(detail=True, methods=["post"], url_path="members/<int:member_id>/leader", url_name="leader")
    def leader(self, request: Request, pk: int, member_id: int) -> Response:
        """Name a leader, or take that back."""
        return self.decided(member_id, teams.make_leader, **self.read(LeaderInput).validated_data)

    def is_editable(self, row: Any, capability: str) -> bool:
        return may_change_team(row, by=self.request.user)

    def decided(self, member_id: int, verb: Callable[..., Any], **asked: Any) -> Response:
        team = self.get_object()
        member = team.members.select_related("team", "volunteer__person").filter(pk=member_id).first()
        if member is None:
            raise NotFound()
        verb(member, by=self.request.user, **asked)
        return Response(self.shown(team))

    def shown(self, team: VolunteerTeam) -> list[dict[str, Any]]:
        members = team.members.filter(status__in=IN_A_TEAM).select_related("volunteer__person")
        rows = list(members.order_by("-is_leader", "pk"))
        names.show_names([each.volunteer for each in rows], self.request.user.scope)
        return MemberRow(rows, many=True).data  # type: ignore[return-value]
