"""Forms of appraisals of property companies."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.registry.forms import ScopedForm, ScopedModelForm, form_field
from requests import appraisals
from requests.forms.deliberations import long_text
from requests.models import Appraisal


def usual_questions() -> str:
    return "\n".join([
        _("Is the estate kept clean?"), _("Is it safe, by day and at night?"), _("Are repairs done in time?"),
        _("Are fees and common income made public?"), _("Are the staff helpful?"),
    ])  # fmt: skip


class AppraisalForm(ScopedModelForm):
    questions = long_text(
        gettext_lazy("What the households judge"), rows=6,
        hint=gettext_lazy(
            "One a line. Each is answered by one of five levels, from very satisfied to very dissatisfied."
        ),
    )  # fmt: skip

    class Meta:
        model = Appraisal
        fields = ["estate", "organization", "year", "branch_weight"]
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # What was asked, where and about whom stays; the survey's page changes its questions.
            for name in ("estate", "organization", "year", "questions"):
                del self.fields[name]
        else:
            self.fields["questions"].initial = usual_questions()

    def save(self, commit: bool = True) -> Appraisal:
        asked = dict(self.cleaned_data)
        if self.instance.pk:
            return appraisals.weigh(Appraisal.objects.get(pk=self.instance.pk), by=self.user, **asked)
        return appraisals.begin(by=self.user, **{**asked, "questions": asked["questions"].splitlines()})


class ScoreForm(ScopedForm):
    branch_score = forms.DecimalField(
        label=gettext_lazy("score of the branch"), min_value=0, max_value=100, max_digits=5, decimal_places=2,
        help_text=gettext_lazy("Of a hundred points."),
    )  # fmt: skip
    branch_text = long_text(gettext_lazy("grounds of the branch"), rows=5)
