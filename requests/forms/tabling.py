"""Forms of 议事中: onto the agenda, and what was agreed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from requests.forms.base import PhotosField, StepForm, text_field
from requests.models import Deliberation
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
    files = PhotosField(label=_("Photos or PDF"))
