"""Forms that correct a part of a project, with what stands there now, or take it away."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from requests import projects
from requests.forms.base import text_field
from requests.forms.projects import AddMemberForm, ProjectStepForm, SetBudgetForm, SetMilestoneForm, SetTargetForm
from requests.models import ServiceProject
from requests.project_types import PartKind, ProjectState, ProjectVerb
from requests.projects.parts import COLUMNS


class PartForm(ProjectStepForm):
    kind: PartKind
    part: Any

    def __init__(self, *args: Any, kind: PartKind, part: Any, **kwargs: Any) -> None:
        self.kind, self.part = kind, part
        super().__init__(*args, **kwargs)

    def run(self) -> ServiceProject:
        do = getattr(projects, self.verb)
        return do(self.project, by=self.user, kind=self.kind, part=self.part.pk, **self.cleaned_data)


class CorrectForm(PartForm):
    verb, icon = ProjectVerb.CORRECT, "edit"

    def __init__(self, *args: Any, kind: PartKind, part: Any, **kwargs: Any) -> None:
        now = {name: getattr(part, name) for name in COLUMNS[kind]}
        super().__init__(*args, kind=kind, part=part, initial=now, **kwargs)


class CorrectMilestoneForm(CorrectForm, SetMilestoneForm):
    pass


class CorrectTargetForm(CorrectForm, SetTargetForm):
    pass


class CorrectBudgetForm(CorrectForm, SetBudgetForm):
    pass


class CorrectMemberForm(CorrectForm, AddMemberForm):
    pass


class RemoveForm(PartForm):
    verb, icon = ProjectVerb.REMOVE, "trash"
    text = text_field(_("Why"), rows=2, hint=_("Stands on the project's timeline."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.consequence = _("“%(part)s” will be gone.") % {"part": self.part}
        self.fields["text"].required = self.project.state != ProjectState.DRAFT


CORRECTIONS: dict[str, type[CorrectForm]] = {
    PartKind.MILESTONES: CorrectMilestoneForm, PartKind.TARGETS: CorrectTargetForm,
    PartKind.BUDGET: CorrectBudgetForm, PartKind.MEMBERS: CorrectMemberForm,
}  # fmt: skip
