"""Forms of the steps that join cases, take them apart, or hand them to somebody outside."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError
from requests.candidates import others_open
from requests.forms.base import CategoryField, StepForm, text_field
from requests.models import ServiceRequest
from requests.models.service_requests import parse_number
from requests.types import Verb
from requests.workflow import referral, splitting
from requests.workflow.splitting import Part


class CaseField(forms.CharField):
    """A case by its number, among those with which the person may merge this one."""

    case: ServiceRequest
    user: Any

    def clean(self, value: str | None) -> ServiceRequest:
        pk = parse_number(super().clean(value) or "")
        found = others_open(self.case, self.user).filter(pk=pk).first() if pk else None
        if found is None:
            message = _("There is no other open case of yours with this number.")
            raise ValidationError(message, code="unknown")
        return found


class MergeForm(StepForm):
    verb = Verb.MERGE
    into = CaseField(
        label=_("Number of the case that stays"), max_length=20,
        help_text=_("An open case about the same matter. Everybody who asked stays informed."),
    )  # fmt: skip
    text = text_field(_("Note for colleagues"), required=False, rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].case, self.fields["into"].user = self.case, self.user


class SplitForm(StepForm):
    """As many blocks as there may be parts; those left empty are none."""

    verb = Verb.SPLIT

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, splitting.MOST + 1):
            needed = number <= splitting.FEWEST
            self.fields[f"description_{number}"] = text_field(
                _("Matter %(number)d") % {"number": number}, required=needed, rows=3
            )
            self.fields[f"category_{number}"] = CategoryField(label=_("category"), required=False)
        if not self.is_bound:
            self.initial["description_1"] = self.case.description

    def arguments(self) -> dict[str, Any]:
        given = [
            (self.cleaned_data.get(f"description_{number}"), self.cleaned_data.get(f"category_{number}"))
            for number in range(1, splitting.MOST + 1)
        ]
        return {"parts": [Part(description=words, category=category) for words, category in given if words]}

    def take_error(self, error: DomainError) -> None:
        for line in error.fields.pop("parts", []) if error.fields else []:
            self.add_error("description_2", str(line))
        super().take_error(error)


class ReferForm(StepForm):
    verb = Verb.REFER
    body = forms.CharField(
        label=_("Who deals with it"),
        max_length=referral.MAX_BODY,
        help_text=_("The resident reads this: 市供电局, 12345…"),
    )
    number = forms.CharField(label=_("Their number for it"), max_length=referral.MAX_NUMBER, required=False)
    text = text_field(_("Note for colleagues"), required=False, rows=2)


class OutcomeForm(StepForm):
    verb = Verb.OUTCOME
    text = text_field(_("What they did"), rows=4, hint=_("In words that the resident understands."))


class ReturnedForm(StepForm):
    verb = Verb.RETURNED
    text = text_field(_("Why it came back"), rows=2)
