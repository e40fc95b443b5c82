"""Forms of the steps of a case, one a verb."""

from requests.forms.base import CategoryField, PhotosField, StepForm, text_field, yes_no
from requests.forms.claims import ClaimForm
from requests.forms.joining import MergeForm, OutcomeForm, ReferForm, ReturnedForm, SplitForm
from requests.forms.steps import (
    AcceptForm,
    AmendForm,
    AskForm,
    CallBackForm,
    ContactForm,
    DecideAppealForm,
    DispatchForm,
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

STEP_FORMS: dict[str, type[StepForm]] = {
    form.verb: form
    for form in [
        AcceptForm, RejectForm, DispatchForm, TakeForm, SendBackForm, RecallForm, ContactForm, NoteForm, AskForm,
        ReplyForm, TransferForm, ResolveForm, CallBackForm, RedoForm, RestoreForm, DecideAppealForm, AmendForm,
        ReleaseForm, HideForm, MergeForm, SplitForm, ReferForm, OutcomeForm, ReturnedForm, ClaimForm,
    ]
}  # fmt: skip

__all__ = ["STEP_FORMS", "CategoryField", "PhotosField", "StepForm", "text_field", "yes_no"]
