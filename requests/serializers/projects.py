"""Projects in the API: rows, one in detail, and what each of its steps takes."""

from typing import Any, ClassVar

from rest_framework import serializers

from portal.core.models import Estate, Organization, Person
from portal.core.rest.fields import RegionCodeField, RegionRef, ScopedRelatedField
from portal.core.rest.rows import LabelField
from portal.core.rest.serializers import Strict
from portal.core.serializer_fields import CleanCharField
from requests.models import (
    BudgetLine,
    Contribution,
    GateCheck,
    Milestone,
    ProjectEvent,
    ProjectMember,
    ProjectNeed,
    ProjectTarget,
    Resource,
    ServiceProject,
    ServiceRequest,
)
from requests.models.project_parts import CENT, MONEY
from requests.models.resources import AMOUNT, LEAST
from requests.project_types import (
    Gate,
    MemberRole,
    MoneySource,
    PartKind,
    PhotoStage,
    ProjectKind,
    ProjectState,
    ProjectVerb,
    Standing,
    StopGround,
)
from requests.serializers.steps import FilesField, optional_words, words
from stations.models import Station


class ProjectRow(serializers.ModelSerializer):
    kind_label = LabelField(source="kind", choices=ProjectKind.choices)
    state_label = LabelField(source="state", choices=ProjectState.choices)
    region = RegionRef()
    is_late = serializers.BooleanField()
    needs = serializers.IntegerField(source="need_count")

    class Meta:
        model = ServiceProject
        fields: ClassVar = [
            "id", "number", "kind", "kind_label", "name", "region", "organization", "state", "state_label",
            "planned_start", "planned_end", "is_late", "needs", "created_at", "applied_at", "reviewed_at", "started_at",
            "finished_at", "stopped_at", "published_at",
        ]  # fmt: skip
        read_only_fields = fields


def _part(of: type, *names: str) -> type[serializers.ModelSerializer]:
    """A read-only row of one of a project's parts."""
    meta = type("Meta", (), {"model": of, "fields": ["id", *names], "read_only_fields": ["id", *names]})
    return type(f"{of.__name__}Row", (serializers.ModelSerializer,), {"Meta": meta})


NeedRow = _part(ProjectNeed, "request", "added_at", "outcome", "ended_at")
MilestoneRow = _part(Milestone, "title", "due_on", "done_at", "explanation")
GateRow = _part(GateCheck, "gate", "supervisor", "passed", "text", "at")
MemberRow = _part(ProjectMember, "name", "role", "standing")
TargetRow = _part(ProjectTarget, "name", "stage", "target", "reached", "unit")
BudgetRow = _part(BudgetLine, "title", "source", "amount", "spent")
ContributionRow = _part(Contribution, "household", "name_masked", "pledged", "paid", "refunded", "pledged_on")
EventRow = _part(ProjectEvent, "at", "verb", "from_state", "to_state", "about", "text")


class ProjectDetail(ProjectRow):
    """With its parts. Who contributes is masked; `allowed` are the steps that you may take now."""

    needs = NeedRow(many=True)
    milestones = MilestoneRow(many=True)
    gates = GateRow(many=True)
    members = MemberRow(many=True)
    targets = TargetRow(many=True)
    budget = BudgetRow(many=True)
    contributions = ContributionRow(many=True)
    timeline = EventRow(many=True, source="events")
    allowed = serializers.ListField(child=serializers.ChoiceField(choices=ProjectVerb.choices))

    class Meta(ProjectRow.Meta):
        fields: ClassVar = [
            *ProjectRow.Meta.fields, "description", "summary", "estate", "station", "lead_person", "branch_name",
            "branch_dissolved_on", "stop_ground", "result", "milestones", "gates", "members", "targets", "budget",
            "contributions", "timeline", "allowed",
        ]  # fmt: skip
        read_only_fields = fields


class ProjectEdit(Strict):
    kind = serializers.ChoiceField(choices=ProjectKind.choices, required=False)
    name = CleanCharField(max_length=80, required=False)
    description = CleanCharField(max_length=5000, multiline=True, required=False, allow_blank=True)
    summary = CleanCharField(max_length=5000, multiline=True, required=False, allow_blank=True)
    region = RegionCodeField(required=False)
    estate = ScopedRelatedField(queryset=Estate.objects.select_related("region"), required=False, allow_null=True)
    station = ScopedRelatedField(queryset=Station.objects.select_related("region"), required=False, allow_null=True)
    organization = ScopedRelatedField(
        queryset=Organization.objects.select_related("region"), required=False, allow_null=True
    )
    lead_person = ScopedRelatedField(queryset=Person.objects.all(), required=False, allow_null=True)
    planned_start = serializers.DateField(required=False)
    planned_end = serializers.DateField(required=False)
    branch_name = CleanCharField(max_length=60, required=False, allow_blank=True)


def _cases() -> Any:
    """Ids of cases of the caller's scope."""
    return serializers.ListField(
        child=ScopedRelatedField(queryset=ServiceRequest.objects.defer("search", "description")), max_length=100
    )


class ProjectInput(ProjectEdit):
    kind = serializers.ChoiceField(choices=ProjectKind.choices)
    name = CleanCharField(max_length=80)
    region = RegionCodeField()
    planned_start = serializers.DateField()
    planned_end = serializers.DateField()
    cases = serializers.ListField(
        child=ScopedRelatedField(queryset=ServiceRequest.objects.defer("search", "description")), max_length=100,
        required=False,
    )  # fmt: skip


def _yuan() -> serializers.DecimalField:
    return serializers.DecimalField(**MONEY, min_value=CENT)


def _of(model: Any) -> serializers.PrimaryKeyRelatedField:
    """A part of the project, by its id; that it is of this project the verb makes sure."""
    return serializers.PrimaryKeyRelatedField(queryset=model.objects.all())


class ProjectStepInput(Strict):
    pass


class ProjectNoteInput(Strict):
    text = optional_words()


class ReviewInput(Strict):
    granted = serializers.BooleanField()
    text = words()


class FinishInput(Strict):
    text = words()
    files = FilesField()


class StopInput(Strict):
    ground = serializers.ChoiceField(choices=StopGround.choices)
    text = words()


class AddNeedsInput(Strict):
    cases = _cases()


class OneNeedInput(Strict):
    case = ScopedRelatedField(queryset=ServiceRequest.objects.defer("search", "description"))
    text = words()


class AnswerNeedInput(OneNeedInput):
    files = FilesField()


class ClaimForProjectInput(Strict):
    resource = ScopedRelatedField(queryset=Resource.objects.only("name"))
    amount = serializers.DecimalField(**AMOUNT, min_value=LEAST)


class SetMilestoneInput(Strict):
    title = CleanCharField(max_length=60)
    due_on = serializers.DateField()


class ReachMilestoneInput(Strict):
    milestone = _of(Milestone)
    text = optional_words()


class ExplainMilestoneInput(Strict):
    milestone = _of(Milestone)
    text = words()


class CheckGateInput(Strict):
    gate = serializers.ChoiceField(choices=Gate.choices)
    supervisor = _of(ProjectMember)
    passed = serializers.BooleanField()
    text = optional_words()
    files = FilesField()


class AddMemberInput(Strict):
    name = CleanCharField(max_length=30)
    role = serializers.ChoiceField(choices=MemberRole.choices)
    standing = serializers.ChoiceField(choices=Standing.choices)


class SetTargetInput(Strict):
    name = CleanCharField(max_length=60)
    stage = CleanCharField(max_length=30, required=False, allow_blank=True)
    target = _yuan()
    unit = CleanCharField(max_length=10)


class ReportTargetInput(Strict):
    target = _of(ProjectTarget)
    reached = serializers.DecimalField(**MONEY, min_value=0)
    is_sure = serializers.BooleanField(default=False, help_text="More than the target, or less than before, is right.")


class SetBudgetInput(Strict):
    title = CleanCharField(max_length=60)
    source = serializers.ChoiceField(choices=MoneySource.choices)
    amount = _yuan()


class SpendInput(Strict):
    line = _of(BudgetLine)
    amount = _yuan()
    text = optional_words()


class PledgeInput(Strict):
    household = CleanCharField(max_length=40, required=False, allow_blank=True)
    name = CleanCharField(max_length=30, required=False, allow_blank=True)
    amount = _yuan()


class PayInput(Strict):
    contribution = _of(Contribution)
    amount = _yuan()


class WithdrawPledgeInput(Strict):
    contribution = _of(Contribution)
    text = optional_words()


class RefundInput(PayInput):
    text = optional_words()


class AddPhotosInput(Strict):
    stage = serializers.ChoiceField(choices=[each for each in PhotoStage.choices if each[0] != PhotoStage.GATE])
    caption = CleanCharField(max_length=60, required=False, allow_blank=True)
    is_public = serializers.BooleanField(default=False)
    milestone = serializers.PrimaryKeyRelatedField(queryset=Milestone.objects.all(), required=False)
    files = FilesField()


class RemoveInput(Strict):
    kind = serializers.ChoiceField(choices=PartKind.choices)
    part = serializers.IntegerField(help_text="Its id.")
    text = optional_words()


class CorrectInput(RemoveInput):
    """Only what the kind of part has."""

    title = CleanCharField(max_length=60, required=False)
    due_on = serializers.DateField(required=False)
    name = CleanCharField(max_length=60, required=False)
    stage = CleanCharField(max_length=30, required=False, allow_blank=True)
    target = serializers.DecimalField(**MONEY, min_value=CENT, required=False)
    unit = CleanCharField(max_length=10, required=False)
    source = serializers.ChoiceField(choices=MoneySource.choices, required=False)
    amount = serializers.DecimalField(**MONEY, min_value=CENT, required=False)
    role = serializers.ChoiceField(choices=MemberRole.choices, required=False)
    standing = serializers.ChoiceField(choices=Standing.choices, required=False)


V = ProjectVerb
INPUTS: dict[str, type[serializers.Serializer]] = {
    V.APPLY: ProjectNoteInput, V.REVIEW: ReviewInput, V.START: ProjectNoteInput, V.FINISH: FinishInput,
    V.STOP: StopInput,
    V.ADD_NEEDS: AddNeedsInput, V.TAKE_OUT: OneNeedInput, V.ANSWER_NEED: AnswerNeedInput,
    V.CLAIM: ClaimForProjectInput, V.SET_MILESTONE: SetMilestoneInput, V.REACH_MILESTONE: ReachMilestoneInput,
    V.EXPLAIN_MILESTONE: ExplainMilestoneInput, V.CHECK_GATE: CheckGateInput, V.ADD_MEMBER: AddMemberInput,
    V.SET_TARGET: SetTargetInput, V.REPORT_TARGET: ReportTargetInput, V.SET_BUDGET: SetBudgetInput,
    V.SPEND: SpendInput, V.PLEDGE: PledgeInput, V.PAY: PayInput,
    V.WITHDRAW_PLEDGE: WithdrawPledgeInput, V.REFUND: RefundInput,
    V.ADD_PHOTOS: AddPhotosInput, V.CORRECT: CorrectInput, V.REMOVE: RemoveInput,
    V.PUBLISH: ProjectStepInput, V.UNPUBLISH: ProjectStepInput,
}  # fmt: skip
