"""Forms of household surveys: the survey, a question, and what is recorded at a door."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.registry.forms import DayInput, ScopedForm, ScopedModelForm, form_field
from portal.core.text import CleanCharField
from requests import surveys
from requests.deliberation_types import VisitOutcome
from requests.forms.deliberations import OfDeliberation, long_text
from requests.models import Deliberation, Survey
from requests.models.deliberations import WRITE
from requests.surveys import MAX_QUESTION, MAX_WORDS
from requests.workflow.tabling import TAKES_TOPICS

ABSTAINED = "0"


class VoteField(forms.ModelChoiceField):
    def label_from_instance(self, row: Deliberation) -> str:
        return f"{row.number} {row.topic}"


class SurveyForm(ScopedModelForm):
    deliberation = VoteField(
        Deliberation.objects.none(), label=_("deliberation"), required=False, empty_label=_("none: it only asks"),
        help_text=_("Its vote is taken by this survey, from door to door. It is one of the same estate."),
    )  # fmt: skip

    class Meta:
        model = Survey
        fields = ["estate", "title", "text", "deliberation", "ends_on"]
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fit = Deliberation.objects.editable_by(self.user, WRITE).filter(state__in=TAKES_TOPICS, is_confidential=False)
        self.fields["deliberation"].queryset = fit.exclude(estate=None)
        if self.instance.pk:
            # Its households are those of the estate.
            del self.fields["estate"]

    def save(self, commit: bool = True) -> Survey:
        asked = dict(self.cleaned_data)
        if self.instance.pk:
            return surveys.amend(Survey.objects.get(pk=self.instance.pk), by=self.user, **asked)
        return surveys.draft(by=self.user, **asked)


class EndForm(ScopedForm):
    ends_on = forms.DateField(label=_("last day"), widget=DayInput)


class QuestionForm(ScopedForm):
    question = CleanCharField(label=_("question"), max_length=MAX_QUESTION)
    options = long_text(
        _("options"), required=False, rows=4,
        hint=_("One a line, the proposal first. Left empty, the question asks for words."),
    )  # fmt: skip
    quorum = forms.IntegerField(
        label=_("quorum (% of those entitled)"), min_value=1, max_value=100, initial=67,
        help_text=_("By law two thirds of the owners, by number and by floor area."),
    )  # fmt: skip
    majority = forms.IntegerField(label=_("majority (% of those who voted)"), min_value=1, max_value=100, initial=51)

    def clean_options(self) -> list[str]:
        return self.cleaned_data["options"].splitlines()


class DoorForm(OfDeliberation):
    """One field a question. What is left out, the verb asks for."""

    row: Survey

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who refuses or is out answers nothing.
        answers = self.data.get("outcome", VisitOutcome.ANSWERED) == VisitOutcome.ANSWERED
        self.questions = list(self.row.questions.prefetch_related("options"))
        for number, poll in enumerate(self.questions, 1):
            label, options = f"{number}. {poll.question}", poll.options.all()
            if options:
                choices = [(str(option.pk), option.text) for option in options]
                choices.append((ABSTAINED, str(pgettext_lazy("of a poll", "Abstained"))))
                field = forms.ChoiceField(label=label, choices=choices, required=answers, widget=forms.RadioSelect)
                field.error_messages["required"] = _("Please choose an answer.")
            else:
                field = CleanCharField(
                    label=label, max_length=MAX_WORDS, required=False, widget=forms.Textarea({"rows": 2})
                )
            self.fields[f"question_{poll.pk}"] = field

    def answers(self) -> dict[int, surveys.Answer]:
        options = {str(option.pk): option for poll in self.questions for option in poll.options.all()}
        found: dict[int, surveys.Answer] = {}
        for poll in self.questions:
            said = self.cleaned_data.get(f"question_{poll.pk}", "")
            if said and poll.options.all():
                found[poll.pk] = options.get(said)
            elif said:
                found[poll.pk] = said
        return found
