"""Forms of projects: the steps of a case that concern them, the project itself, and one form a step of a project."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F, Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core import humanize
from portal.core.errors import DomainError
from portal.core.models import StoredFile
from portal.core.registry.forms import DayInput, ScopedForm, ScopedModelForm, form_field
from portal.core.registry.lookups import LookupField
from portal.core.text import CleanCharField
from requests import photos, projects
from requests.forms.base import PhotosField, StepForm, text_field, yes_no
from requests.models import Contribution, Milestone, ProjectMember, ServiceProject, ServiceRequest
from requests.models.project_parts import CENT, MONEY
from requests.models.resources import AMOUNT, LEAST
from requests.models.service_requests import parse_number
from requests.project_types import (
    Gate,
    MemberRole,
    MoneySource,
    PhotoStage,
    ProjectState,
    ProjectVerb,
    Standing,
    StopGround,
)
from requests.projects.contributors import MAX_REASON
from requests.subjects import PROJECT_LOOKUP, RESOURCE_LOOKUP
from requests.types import Verb
from requests.workflow.intake import MAX_PHOTOS

# So many cases may be named on one line.
MOST_CASES = 100


class AdoptForm(StepForm):
    verb = Verb.ADOPT
    project = LookupField(PROJECT_LOOKUP, label=_("project"), help_text=_("A part of its name. One that you run."))
    text = text_field(_("Note for colleagues"), required=False, rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].rows = ServiceProject.objects.run_by(self.user).live()


class FinishForm(StepForm):
    verb = Verb.FINISH
    text = text_field(_("What the project did"), rows=4, hint=_("In words that the resident understands."))
    files = PhotosField(label=_("Photos"))


class LeaveProjectForm(StepForm):
    verb = Verb.LEAVE_PROJECT
    text = text_field(_("Why the project does not do it"), rows=2, hint=_("The resident reads this."))


class CasesField(forms.CharField):
    """Cases by their numbers, separated by spaces or commas, among those that the person sees."""

    user: Any

    def clean(self, value: str | None) -> list[ServiceRequest]:
        words = (super().clean(value) or "").replace("、", " ").replace(",", " ").replace("，", " ").split()
        if len(words) > MOST_CASES:
            raise ValidationError(_("At most 100 cases at a time."), code="too_many")
        pks = {word: parse_number(word) for word in words}
        found = ServiceRequest.objects.for_user(self.user).filter(pk__in=[pk for pk in pks.values() if pk])
        rows = {row.pk: row for row in found.defer("search", "description")}
        if missing := [word for word, pk in pks.items() if pk not in rows]:
            message = _("There is no case “%(number)s” of yours.")
            raise ValidationError(message, code="unknown", params={"number": missing[0][:20]})
        return list(rows.values())


def cases_field(**kwargs: Any) -> CasesField:
    hint = _("Their numbers, such as XZ000000012, with spaces between them. Those that are accepted and not done yet.")
    return CasesField(label=_("cases"), max_length=2_000, help_text=hint, **kwargs)


class ProjectForm(ScopedModelForm):
    cases = cases_field(required=False)

    class Meta:
        model = ServiceProject
        fields = [
            "kind", "name", "description", "summary", "region", "estate", "station", "organization", "lead_person",
            "planned_start", "planned_end", "branch_name",
        ]  # fmt: skip
        formfield_callback = form_field

    sections = [
        (_("The project"), ["kind", "name", "description", "summary", "cases"]),
        (_("Where"), ["region", "estate", "station"]),
        (_("Who leads it"), ["organization", "lead_person", "branch_name"]),
        (pgettext_lazy("of a project", "When"), ["planned_start", "planned_end"]),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cases"].user = self.user
        if self.instance.pk:
            # Needs come and go by steps of their own.
            del self.fields["cases"]
            if self.instance.state != ProjectState.DRAFT:
                del self.fields["kind"], self.fields["region"]

    def save(self, commit: bool = True) -> ServiceProject:
        if self.instance.pk:
            fresh = ServiceProject.objects.get(pk=self.instance.pk)
            return projects.change(fresh, by=self.user, **self.cleaned_data)
        return projects.create(by=self.user, **self.cleaned_data)


class ProjectStepForm(ScopedForm):
    """A step of one project; its fields are the keywords of the verb."""

    verb: ClassVar[ProjectVerb]
    # What follows from it, and who sees it.
    consequence: Any = ""
    icon: ClassVar[str] = "check"

    def __init__(self, *args: Any, project: ServiceProject, **kwargs: Any) -> None:
        self.project = project
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                field.queryset, field.empty_label = self.rows_of(field), _("Please choose")

    def rows_of(self, field: forms.ModelChoiceField) -> Any:
        """Of the parts of this project those that the field is about."""
        return field.queryset.filter(project=self.project)

    def run(self) -> ServiceProject:
        asked = {name: value for name, value in self.cleaned_data.items() if value is not None}
        if "files" in asked:
            asked["files"] = self._take_in(asked["files"])
        return getattr(projects, self.verb)(self.project, by=self.user, **asked)

    def _take_in(self, uploads: Sequence[Any]) -> list[StoredFile]:
        stored, refused = photos.take_in(uploads, room=MAX_PHOTOS, by=self.user, documents=True)
        if refused:
            photos.discard(stored)
            raise DomainError("invalid", str(refused[0]), fields={"files": [str(each) for each in refused]})
        return stored


def _yuan(label: Any) -> forms.DecimalField:
    return forms.DecimalField(**MONEY, label=label, min_value=CENT)


class ApplyForm(ProjectStepForm):
    verb, icon = ProjectVerb.APPLY, "send"
    consequence = _("A leader of the region decides. Until then nothing in it can be changed.")
    text = text_field(_("Words to whoever decides"), required=False, rows=2)


class ReviewForm(ProjectStepForm):
    verb, icon = ProjectVerb.REVIEW, "circle-check"
    consequence = _("If you refuse it, its needs go back to be dispatched, and those who asked read why.")
    granted = yes_no(_("Is it to be done?"))
    text = text_field(_("Why"), hint=_("If you refuse it, the residents read this."))


class StartForm(ProjectStepForm):
    verb, icon = ProjectVerb.START, "arrow-right"
    text = text_field(_("Note"), required=False, rows=2)


class FinishProjectForm(ProjectStepForm):
    verb = ProjectVerb.FINISH
    consequence = _("Every need in it is resolved with this result: all who asked read it and are asked to rate it.")
    text = text_field(
        _("Result"),
        rows=4,
        hint=_("In words that the residents understand. It stands on the public page, too: no names."),
    )
    files = PhotosField(label=_("Photos"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if unmet := [str(each) for each in self.project.targets.unmet()]:
            warning = _("Targets not reached: %(targets)s. Say in the result why.") % {"targets": "、".join(unmet)}
            self.consequence = format_lazy("{}{}", warning, self.consequence)


class StopForm(ProjectStepForm):
    verb, icon = ProjectVerb.STOP, "ban"
    consequence = _("Its needs go back to be dispatched, and those who asked read why. There is no way back.")
    ground = forms.ChoiceField(label=_("ground"), choices=StopGround.choices, widget=forms.RadioSelect)
    text = text_field(_("Why"), hint=_("The residents read this."))


class AddNeedsForm(ProjectStepForm):
    verb, icon = ProjectVerb.ADD_NEEDS, "plus"
    consequence = _("Their clocks stand still. Those who asked read the project's name and planned end.")
    cases = cases_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cases"].user = self.user


class _OneNeedForm(ProjectStepForm):
    case = forms.ModelChoiceField(ServiceRequest.objects.all(), label=_("need"))

    def rows_of(self, field: forms.ModelChoiceField) -> Any:
        held = ServiceRequest.objects.filter(project_needs__in=self.project.needs.open())
        return held.defer("search", "description").order_by("pk")


class TakeOutForm(_OneNeedForm):
    verb, icon = ProjectVerb.TAKE_OUT, "arrow-back-up"
    consequence = _("The case waits to be dispatched, and its clocks go on.")
    text = text_field(_("Why the project does not do it"), rows=2, hint=_("The resident reads this."))


class AnswerNeedForm(_OneNeedForm):
    verb = ProjectVerb.ANSWER_NEED
    consequence = _("This need alone is resolved; whoever asked reads the result and is asked to rate it.")
    text = text_field(_("Result"), rows=3, hint=_("In words that the resident understands."))
    files = PhotosField(label=_("Photos"))


class ClaimForProjectForm(ProjectStepForm):
    verb, icon = ProjectVerb.CLAIM, "bookmark"
    consequence = _("The amount is held for this project, and others cannot have it.")
    resource = LookupField(RESOURCE_LOOKUP, label=_("resource"), help_text=_("Its number, or a part of its name"))
    amount = forms.DecimalField(**AMOUNT, label=pgettext_lazy("of a resource", "amount"), min_value=LEAST)


class SetMilestoneForm(ProjectStepForm):
    verb, icon = ProjectVerb.SET_MILESTONE, "flag"
    title = CleanCharField(label=_("title"), max_length=60)
    due_on = forms.DateField(label=_("due"), widget=DayInput)


class _OneMilestoneForm(ProjectStepForm):
    milestone = forms.ModelChoiceField(Milestone.objects.all(), label=_("milestone"))

    def rows_of(self, field: forms.ModelChoiceField) -> Any:
        return self.project.milestones.filter(done_at__isnull=True)


class ReachMilestoneForm(_OneMilestoneForm):
    verb = ProjectVerb.REACH_MILESTONE
    text = text_field(_("Note"), required=False, rows=2)


class ExplainMilestoneForm(_OneMilestoneForm):
    verb, icon = ProjectVerb.EXPLAIN_MILESTONE, "message"
    text = text_field(_("Why it is not reached"), rows=2)


class CheckGateForm(ProjectStepForm):
    verb, icon = ProjectVerb.CHECK_GATE, "circle-check"
    consequence = _("A gate that was not passed has to be passed by a later check before the project can be finished.")
    gate = forms.ChoiceField(label=_("gate"), choices=Gate.choices)
    supervisor = forms.ModelChoiceField(ProjectMember.objects.all(), label=_("supervisor"))
    passed = yes_no(_("passed"))
    text = text_field(_("what was found"), required=False, rows=3)
    files = PhotosField(label=_("Photos"))

    def rows_of(self, field: forms.ModelChoiceField) -> Any:
        return self.project.members.filter(role=MemberRole.SUPERVISOR)


class AddMemberForm(ProjectStepForm):
    verb, icon = ProjectVerb.ADD_MEMBER, "user"
    name = CleanCharField(label=pgettext_lazy("of a person", "name"), max_length=30)
    role = forms.ChoiceField(label=_("role"), choices=MemberRole.choices)
    standing = forms.ChoiceField(label=_("standing"), choices=Standing.choices)


class SetTargetForm(ProjectStepForm):
    verb, icon = ProjectVerb.SET_TARGET, "flag"
    name = CleanCharField(label=pgettext_lazy("of a target", "name"), max_length=60)
    stage = CleanCharField(label=pgettext_lazy("of a target", "stage"), max_length=30, required=False)
    target = forms.DecimalField(**MONEY, label=_("target"), min_value=CENT)
    unit = CleanCharField(label=_("unit of amount"), max_length=10)


class ReportTargetForm(ProjectStepForm):
    verb, icon = ProjectVerb.REPORT_TARGET, "chart-bar"
    target = forms.ModelChoiceField(None, label=_("target"))
    reached = forms.DecimalField(**MONEY, label=_("reached by now, in all"), min_value=0)
    is_sure = forms.BooleanField(
        label=_("The number has been checked"), required=False,
        help_text=_("Needed where it is more than the target, or less than was reported before."),
    )  # fmt: skip

    def rows_of(self, field: forms.ModelChoiceField) -> Any:
        return self.project.targets.all()


class SetBudgetForm(ProjectStepForm):
    verb, icon = ProjectVerb.SET_BUDGET, "plus"
    title = CleanCharField(label=_("what for"), max_length=60)
    source = forms.ChoiceField(label=_("who pays"), choices=MoneySource.choices)
    amount = _yuan(_("budget (yuan)"))


class SpendForm(ProjectStepForm):
    verb, icon = ProjectVerb.SPEND, "arrow-right"
    consequence = _("Of what is crowdfunded, not more can be spent than has been paid in.")
    line = forms.ModelChoiceField(None, label=_("budget line"))
    amount = _yuan(_("spent (yuan)"))
    text = text_field(_("Note"), required=False, rows=2)

    def rows_of(self, field: forms.ModelChoiceField) -> Any:
        return self.project.budget.all()


class PledgeForm(ProjectStepForm):
    verb, icon = ProjectVerb.PLEDGE, "heart-handshake"
    consequence = _("Names are kept sealed; lists show their masked form.")
    household = CleanCharField(label=_("household"), max_length=40, required=False, help_text=_("Such as 3栋502"))
    name = CleanCharField(label=pgettext_lazy("of a person", "name"), max_length=30, required=False)
    amount = _yuan(_("pledged (yuan)"))


class _ContributionField(forms.ModelChoiceField):
    def label_from_instance(self, row: Contribution) -> str:
        return _("%(who)s (pledged %(pledged)s, paid in %(paid)s)") % {
            "who": row, "pledged": humanize.amount(row.pledged), "paid": humanize.amount(row.paid),
        }  # fmt: skip


class _OneContributionForm(ProjectStepForm):
    """Of the contributions, only those with which the step can be taken."""

    fitting: ClassVar[Q]
    contribution = _ContributionField(None, label=_("contribution"))

    def rows_of(self, field: forms.ModelChoiceField) -> Any:
        return self.project.contributions.filter(self.fitting).defer("name")


class PayForm(_OneContributionForm):
    verb, fitting = ProjectVerb.PAY, Q(paid__lt=F("pledged"))
    amount = _yuan(_("paid in (yuan)"))


class WithdrawPledgeForm(_OneContributionForm):
    verb, icon, fitting = ProjectVerb.WITHDRAW_PLEDGE, "x", Q(paid__lt=F("pledged"))
    consequence = _("What has not been paid in is struck off. What has been paid in stays, and can be given back.")
    text = text_field(_("Note"), required=False, rows=2)


class RefundForm(_OneContributionForm):
    verb, icon, fitting = ProjectVerb.REFUND, "arrow-back-up", Q(refunded__lt=F("paid"))
    amount = _yuan(_("refunded (yuan)"))
    text = text_field(_("Note"), required=False, rows=2)


class AddPhotosForm(ProjectStepForm):
    verb, icon = ProjectVerb.ADD_PHOTOS, "photo"
    stage = forms.ChoiceField(
        label=pgettext_lazy("photo of a project", "stage"),
        choices=[each for each in PhotoStage.choices if each[0] != PhotoStage.GATE],
    )
    caption = CleanCharField(label=_("caption"), max_length=60, required=False)
    milestone = forms.ModelChoiceField(Milestone.objects.all(), label=_("milestone"), required=False)
    is_public = forms.BooleanField(label=_("shown to everybody"), required=False)
    files = PhotosField(label=_("Photos"), documents=False)


class PublishForm(ProjectStepForm):
    verb, icon = ProjectVerb.PUBLISH, "eye"
    consequence = _(
        "Everybody reads the summary, how far it is, the money raised in all, and the photos marked for it. No names."
    )


class UnpublishForm(ProjectStepForm):
    verb, icon = ProjectVerb.UNPUBLISH, "eye-off"
    consequence = _("The project leaves the public list at once.")


PROJECT_FORMS: dict[str, type[ProjectStepForm]] = {
    form.verb: form
    for form in [
        ApplyForm, ReviewForm, StartForm, FinishProjectForm, StopForm, AddNeedsForm, TakeOutForm, AnswerNeedForm,
        ClaimForProjectForm, SetMilestoneForm, ReachMilestoneForm, ExplainMilestoneForm, CheckGateForm, AddMemberForm,
        SetTargetForm, ReportTargetForm, SetBudgetForm, SpendForm, PledgeForm, PayForm, WithdrawPledgeForm,
        RefundForm, AddPhotosForm, PublishForm, UnpublishForm,
    ]
}  # fmt: skip


class ContributorsForm(ScopedForm):
    reason = CleanCharField(
        label=_("Why do you need it?"), max_length=MAX_REASON, help_text=_("Logged with who looked, and when.")
    )
