"""Forms of the steps of a case, one a verb."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from portal.core.models import User
from requests.forms.base import CategoryField, PhotosField, StepForm, text_field, yes_no
from requests.forms.claims import ClaimForm
from requests.forms.exclusions import DecideExclusionForm, ExcludeForm
from requests.forms.joining import MergeForm, OutcomeForm, ReferForm, ReturnedForm, SplitForm
from requests.forms.limit_steps import DecideExtensionForm, RemindForm, RequestExtensionForm
from requests.forms.projects import AdoptForm, FinishForm, LeaveProjectForm
from requests.forms.reveal import RevealForm
from requests.forms.reviews import ReviewReplyForm, TakeOverForm
from requests.forms.steps import (
    AcceptForm,
    AmendForm,
    AskForm,
    CallBackForm,
    ContactForm,
    DecideAppealForm,
    DispatchForm,
    HandOnForm,
    HideForm,
    NoteForm,
    RecallForm,
    RedoForm,
    RejectForm,
    ReleaseForm,
    ReplyForm,
    ResolveForm,
    RestoreForm,
    SendBackForm,
    TakeForm,
    TransferForm,
)
from requests.forms.tabling import ConcludeForm, TableForm
from requests.forms.whistles import (
    AddAssistForm,
    CallOffAssistForm,
    DecideWhistleForm,
    DeclineAssistForm,
    FinishAssistForm,
    RateDepartmentsForm,
    TakeAssistForm,
    WhistleForm,
)
from requests.models import ServiceRequest

STEP_FORMS: dict[str, type[StepForm]] = {
    form.verb: form
    for form in [
        AcceptForm, RejectForm, DispatchForm, TakeForm, SendBackForm, RecallForm, ContactForm, NoteForm, AskForm,
        ReplyForm, TransferForm, ResolveForm, CallBackForm, RedoForm, RestoreForm, DecideAppealForm, AmendForm,
        ReleaseForm, HideForm, MergeForm, SplitForm, ReferForm, OutcomeForm, ReturnedForm, ClaimForm,
        RequestExtensionForm, DecideExtensionForm, RemindForm, ExcludeForm, DecideExclusionForm,
        AddAssistForm, TakeAssistForm, FinishAssistForm, DeclineAssistForm, CallOffAssistForm, WhistleForm,
        DecideWhistleForm, RateDepartmentsForm,
        AdoptForm, FinishForm, LeaveProjectForm,
        TableForm, ConcludeForm,
        ReviewReplyForm, TakeOverForm,
    ]
}  # fmt: skip


def new_form(
    verb: str,
    case: ServiceRequest,
    user: User,
    data: Any = None,
    files: Any = None,
    begun: Mapping[str, str] | None = None,
    form: type[StepForm] | None = None,
) -> StepForm:
    """The form of a step, or another `form` of it; `begun` is what a proposal has filled in."""
    initial = {"version": case.version, "idempotency_key": uuid4().hex, **(begun or {})}
    return (form or STEP_FORMS[verb])(data, files, case=case, user=user, initial=initial)


__all__ = [
    "STEP_FORMS", "CategoryField", "HandOnForm", "PhotosField", "RevealForm", "StepForm", "new_form", "text_field",
    "yes_no",
]  # fmt: skip
