"""Forms of 剔除: leaving a case out of rates."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from requests.forms.base import PhotosField, StepForm, text_field
from requests.types import ExcludedRate, ExclusionGround, Verb


class ExcludeForm(StepForm):
    verb = Verb.EXCLUDE
    rates = forms.MultipleChoiceField(
        label=_("Out of which rates"), choices=ExcludedRate.choices, widget=forms.CheckboxSelectMultiple
    )
    ground = forms.ChoiceField(label=_("ground"), choices=ExclusionGround.choices, widget=forms.RadioSelect)
    text = text_field(_("Explanation"), hint=_("A leader of the level above reads this and decides."))
    files = PhotosField(label=_("Evidence: photos or PDF"))

    def arguments(self) -> dict[str, Any]:
        return {"files": [], **super().arguments()}


class DecideExclusionForm(StepForm):
    verb = Verb.DECIDE_EXCLUSION
    granted = forms.TypedChoiceField(
        label=pgettext_lazy("about leaving out", "Decision"),
        choices=[("1", _("Grant it: net rates leave the case out")), ("0", _("Refuse it: the case counts"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    text = text_field(_("Explanation"))
