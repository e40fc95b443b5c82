"""Forms of 议事中: onto the agenda, and what was agreed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core.registry.forms import DayInput
from portal.core.registry.lookups import LookupField
from portal.core.text import CleanCharField
from requests.forms.base import PhotosField, StepForm, text_field
from requests.models import Deliberation, ServiceProject
from requests.subjects import PROJECT_LOOKUP
from requests.types import Conclusion, Verb
from requests.workflow.tabling import taking_topics


class AgendaField(forms.ModelChoiceField):
    """Deliberations that may take the case up. The open list of the next meeting stands first."""

    def label_from_instance(self, row: Deliberation) -> str:
        return f"{row.number} {row.topic}"


class TableForm(StepForm):
    verb = Verb.TABLE
    deliberation = AgendaField(
        Deliberation.objects.none(), label=_("Onto which agenda"), required=False,
        empty_label=_("The list of the next monthly meeting"),
    )  # fmt: skip
    text = text_field(_("Why it is to be talked over"), hint=_("For colleagues; the resident sees that it is tabled."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["deliberation"].queryset = taking_topics(self.case, self.user)


class ConcludeForm(StepForm):
    verb = Verb.CONCLUDE
    result = forms.ChoiceField(label=_("What it comes to"), choices=Conclusion.choices, widget=forms.RadioSelect)
    text = text_field(_("What was agreed"), hint=_("The resident reads this."))
    project = LookupField(
        PROJECT_LOOKUP, label=_("project that does it"), required=False,
        help_text=_("If a project does it: a part of the name of one that you run. Leave it empty to draft a new one."),
    )  # fmt: skip
    project_name = CleanCharField(label=_("name of a new project"), max_length=80, required=False)
    planned_end = forms.DateField(label=_("planned until"), required=False, widget=DayInput)
    files = PhotosField(label=_("Photos or PDF"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].rows = ServiceProject.objects.run_by(self.user).live()
