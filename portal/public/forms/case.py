"""What a resident may do on the code page: one form a step, each naming the version of the case that it shows."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError
from portal.core.models import StoredFile
from portal.core.text import CleanCharField
from requests import workflow
from requests.forms import PhotosField
from requests.models import ServiceRequest
from requests.types import RatingCode, Verb
from requests.workflow import Resident
from requests.workflow.step import MAX_TEXT


def _words(label: Any, *, required: bool = True, **kwargs: Any) -> CleanCharField:
    return CleanCharField(
        label=label,
        required=required,
        max_length=MAX_TEXT,
        multiline=True,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Please write a few words.")},
        **kwargs,
    )


class StepForm(forms.Form):
    """A step that a resident takes. `done` is what the page says afterwards."""

    verb: Verb
    button: Any
    done: Any
    takes_photos = False

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_147_483_647)

    def perform(self, case: ServiceRequest, *, by: Resident, photos: Sequence[StoredFile]) -> None:
        raise NotImplementedError

    def refuse(self, error: DomainError) -> None:
        for name, messages in (error.fields or {}).items():
            self.add_error(name if name in self.fields else None, list(messages))
        if not error.fields:
            self.add_error(None, str(error))


class ReplyForm(StepForm):
    verb = Verb.REPLY
    button, done = _("Send my answer"), _("Your answer has been sent. The work goes on.")
    takes_photos = True

    text = _words(_("Your answer"))
    photos = PhotosField(label=_("Photos"), documents=False)

    def perform(self, case: ServiceRequest, *, by: Resident, photos: Sequence[StoredFile]) -> None:
        cleaned = self.cleaned_data
        workflow.reply(case, by=by, version=cleaned["version"], text=cleaned["text"], files=photos)


# Very satisfied with what is not solved: perhaps meant, more often a slip of the finger.
ODD_RATING = "very_satisfied no"


class RateForm(StepForm):
    verb = Verb.RATE
    button, done = _("Send my rating"), _("Thank you for your rating.")

    solved = forms.TypedChoiceField(
        label=_("Is it solved?"),
        choices=[("yes", _("Yes, it is solved")), ("no", _("No, not yet"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": _("Please say whether it is solved.")},
    )
    code = forms.ChoiceField(
        label=_("How satisfied are you?"),
        choices=RatingCode.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one of the five levels.")},
    )
    comment = _words(_("What else would you like to say?"), required=False)
    # The answer that was asked back: sent again unchanged it is taken.
    confirmed = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        code, solved = cleaned.get("code"), cleaned.get("solved")
        if code == RatingCode.VERY_SATISFIED and solved is False and cleaned.get("confirmed") != ODD_RATING:
            self.data = self.data.copy()
            self.data["confirmed"] = ODD_RATING
            message = _("You chose “very satisfied” and “not solved”. Please check; if you mean it so, send it again.")
            self.add_error("code", message)
        return cleaned

    def perform(self, case: ServiceRequest, *, by: Resident, photos: Sequence[StoredFile]) -> None:
        cleaned = self.cleaned_data
        workflow.rate(
            case,
            by=by,
            version=cleaned["version"],
            code=cleaned["code"],
            solved=cleaned["solved"],
            comment=cleaned["comment"],
        )


class AppealForm(StepForm):
    verb = Verb.APPEAL
    button, done = _("Send my appeal"), _("Your appeal has been sent to the level above.")

    text = _words(_("Why do you not agree?"))

    def perform(self, case: ServiceRequest, *, by: Resident, photos: Sequence[StoredFile]) -> None:
        workflow.appeal(case, by=by, version=self.cleaned_data["version"], text=self.cleaned_data["text"])


class RedoForm(StepForm):
    verb = Verb.REDO
    button, done = _("Ask for it to be done again"), _("It will be done again.")

    text = _words(_("What is still not right?"))

    def perform(self, case: ServiceRequest, *, by: Resident, photos: Sequence[StoredFile]) -> None:
        workflow.redo(case, by=by, version=self.cleaned_data["version"], text=self.cleaned_data["text"])


class WithdrawForm(StepForm):
    verb = Verb.WITHDRAW
    button, done = _("Yes, withdraw it"), _("Your request has been withdrawn.")

    text = _words(_("Why do you withdraw it?"), required=False)

    def perform(self, case: ServiceRequest, *, by: Resident, photos: Sequence[StoredFile]) -> None:
        workflow.withdraw(case, by=by, version=self.cleaned_data["version"], text=self.cleaned_data["text"])


class AgreeForm(StepForm):
    """The agreement that the case may be public, given and taken back by the same switch."""

    verb = Verb.AGREE
    button, done = _("Save"), _("Saved.")

    agreed = forms.TypedChoiceField(
        label=_("Public"), choices=[("1", _("Yes")), ("0", _("No"))], coerce=lambda value: value == "1"
    )

    def perform(self, case: ServiceRequest, *, by: Resident, photos: Sequence[StoredFile]) -> None:
        workflow.agree(case, by=by, version=self.cleaned_data["version"], agreed=self.cleaned_data["agreed"])


# In the order in which the page offers them; withdrawing has a page of its own that asks again.
ON_THE_PAGE: tuple[type[StepForm], ...] = (ReplyForm, RateForm, AppealForm, RedoForm)
FORMS: dict[str, type[StepForm]] = {form.verb.value: form for form in (*ON_THE_PAGE, WithdrawForm, AgreeForm)}
