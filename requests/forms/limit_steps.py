"""Forms of the steps about a case's time limit: more time, and a reminder."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core import humanize
from portal.core.registry.forms import MOMENT, MomentInput
from requests.forms.base import StepForm, text_field
from requests.types import Verb
from requests.workflow.extensions import latest_extension


class RequestExtensionForm(StepForm):
    verb = Verb.REQUEST_EXTENSION
    until = forms.DateTimeField(label=_("New time limit"), widget=MomentInput(), input_formats=[MOMENT])
    text = text_field(_("Reason"), hint=_("A leader reads this and decides."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].help_text = _("Until %(latest)s at the latest.") % {
            "latest": humanize.deadline(latest_extension(self.case))
        }


class DecideExtensionForm(StepForm):
    verb = Verb.DECIDE_EXTENSION
    granted = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("1", _("Grant it: the new time limit holds")), ("0", _("Refuse it: the time limit stays"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    text = text_field(_("Explanation"), hint=_("If you grant it, the resident reads this."))


class RemindForm(StepForm):
    verb = Verb.REMIND
    text = text_field(_("Words for whoever has it"), required=False, rows=2)
