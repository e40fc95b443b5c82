"""One small form per verb: it reads what a person entered and hands it to the verb, whose validation is the rule."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, ClassVar
from uuid import uuid4

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError
from portal.core.images import MAX_BYTES
from portal.core.models import StoredFile, User
from portal.core.registry.lookups import LookupField
from requests import photos, workflow
from requests.candidates import staff_for, teams_for, units_for, volunteers_for
from requests.models import Category, ServiceRequest
from requests.places import PLACES, places_of_city
from requests.types import CloseGround, RatingCode, RejectGround, ReturnGround, State, TimeLimit, Verb
from requests.workflow import Staff, listing
from requests.workflow.answers import REDO
from requests.workflow.intake import MAX_PHOTOS
from requests.workflow.offers import Handler
from requests.workflow.step import MAX_TEXT
from volunteers.models import Volunteer

YES_NO = [("1", _("Yes")), ("0", _("No"))]


def text_field(label: str | Promise, *, required: bool = True, rows: int = 3, hint: str | Promise = "") -> Any:
    return forms.CharField(
        label=label,
        required=required,
        max_length=MAX_TEXT,
        help_text=hint,
        error_messages={"required": _("Please write a few words.")},
        widget=forms.Textarea({"rows": rows}),
    )


def yes_no(label: str | Promise, **kwargs: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=YES_NO,
        coerce=lambda value: value == "1",
        empty_value=None,
        widget=forms.RadioSelect,
        **kwargs,
    )


# A lazy sentence with % in it would be made at import, in the language of nobody in particular.
_too_many = lazy(lambda: gettext("At most %(count)d photos.") % {"count": MAX_PHOTOS}, str)
_too_large = lazy(lambda: gettext("{name} is larger than %(limit)d MB.") % {"limit": MAX_BYTES // 1024 // 1024}, str)


class _ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class PhotosField(forms.FileField):
    """Several files in one control. What is a photo is judged when they are stored, one by one."""

    def __init__(self, *, documents: bool = True, **kwargs: Any) -> None:
        attrs = {
            # No `capture`: a phone then offers both, the camera and the pictures that it has.
            "accept": "image/*,application/pdf" if documents else "image/*",
            "data-photos": "",
            "data-max-count": MAX_PHOTOS,
            "data-max-bytes": MAX_BYTES,
            "data-too-many": _too_many(),
            "data-too-large": _too_large(),
        }
        super().__init__(required=False, widget=_ManyFilesInput(attrs), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        return [each for each in data or [] if each]


class StepForm(forms.Form):
    """A step of one case. `version` is the version that the person saw, `idempotency_key` names this one attempt."""

    verb: ClassVar[Verb]

    version = forms.IntegerField(widget=forms.HiddenInput)
    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, case: ServiceRequest, user: User, **kwargs: Any) -> None:
        # Several forms of one page: the ids of their fields must differ.
        kwargs.setdefault("auto_id", f"{self.verb}_%s")
        super().__init__(*args, **kwargs)
        self.case, self.user = case, user
        for field in self.fields.values():
            if isinstance(field.widget, forms.RadioSelect) and field.required and not field.initial:
                field.error_messages["required"] = _("Please choose one.")

    def arguments(self) -> dict[str, Any]:
        """The cleaned values as the verb's keywords; a form whose fields differ from them says how."""
        own = ("version", "idempotency_key", "files")
        return {name: value for name, value in self.cleaned_data.items() if name not in own and value is not None}

    def take_in_files(self) -> list[StoredFile]:
        """Store what was attached. One that is refused refuses the step, so that nobody thinks it is there."""
        stored, refused = photos.take_in(self.cleaned_data["files"], room=MAX_PHOTOS, by=self.user, documents=True)
        if refused:
            photos.discard(stored)
            raise DomainError("invalid", str(refused[0]), fields={"files": [str(each) for each in refused]})
        return stored

    def run(self) -> ServiceRequest:
        """Take the step. Refusals are DomainErrors; those about single fields are put beside them."""
        try:
            return self.run_on(self.case, version=self.cleaned_data["version"])
        except DomainError as error:
            self.take_error(error)
            raise

    def run_on(self, case: ServiceRequest, *, version: int) -> ServiceRequest:
        """The same step on a case, one of many."""
        verb, arguments = getattr(workflow, self.verb), self.arguments()
        if self.cleaned_data.get("files"):
            arguments["files"] = self.take_in_files()
        return verb(case, by=Staff(self.user), version=version, **arguments)

    def renew(self, case: ServiceRequest) -> None:
        """Keep what was typed, and send it on top of what is known now."""
        self.case, self.data = case, self.data.copy()
        self.data["version"], self.data["idempotency_key"] = case.version, uuid4().hex

    def take_error(self, error: DomainError) -> None:
        """Show a refusal of the verb in the form."""
        for name, lines in (error.fields or {}).items():
            for line in lines:
                self.add_error(name if name in self.fields else None, str(line))


CHOOSE_HANDLER = _("Please choose a unit, a team or a person.")


class HandlerField(forms.CharField):
    """Whom the person may give the case to: "unit:12", "team:3", "volunteer:7" or, of staff, "person:5"."""

    case: ServiceRequest
    user: User

    def clean(self, value: str | None) -> Handler:
        text = super().clean(value)
        kind, _colon, number = text.partition(":")
        rows = {"unit": units_for, "team": teams_for, "volunteer": volunteers_for, "person": staff_for}.get(kind)
        is_number = number.isdecimal() and len(number) <= 18
        found = rows(self.case, self.user).filter(pk=number).first() if rows and is_number else None
        if found is None:
            raise forms.ValidationError(str(CHOOSE_HANDLER), code="unknown")
        return found.person if isinstance(found, Volunteer) else found


class CategoryIterator(forms.models.ModelChoiceIterator):
    """The categories in groups of their first two levels, read as plain tuples (there are hundreds)."""

    def __iter__(self) -> Iterator[Any]:
        yield ("", self.field.empty_label)
        groups: dict[str, list[tuple[int, str]]] = {}
        for pk, path in Category.objects.filter(is_active=True).order_by("path").values_list("pk", "path"):
            group, _slash, name = path.rpartition(" / ")
            groups.setdefault(group or name, []).append((pk, name))
        yield from groups.items()


class CategoryField(forms.ModelChoiceField):
    iterator = CategoryIterator

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Category.objects.filter(is_active=True), empty_label=_("Not yet known"), **kwargs)


class _HandlerForm(StepForm):
    to = HandlerField(label=_("To whom"), error_messages={"required": CHOOSE_HANDLER})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].case, self.fields["to"].user = self.case, self.user


OTHER = "other"


class _ReasonForm(StepForm):
    """A step whose reason is picked first and typed second; the verb gets both as one text."""

    reasons: ClassVar[list[str | Promise]] = []

    why = forms.ChoiceField(label=_("Reason"), widget=forms.RadioSelect)
    text = text_field(_("Explanation"), required=False, rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        numbered = [(str(number), reason) for number, reason in enumerate(self.reasons)]
        self.fields["why"].choices = [*numbered, (OTHER, _("Another reason (please write it down)"))]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("why") == OTHER and not cleaned.get("text", "").strip():
            self.add_error("text", _("Please write a few words."))
        return cleaned

    def arguments(self) -> dict[str, Any]:
        arguments = super().arguments()
        why = arguments.pop("why")
        if why != OTHER:
            reason = str(self.reasons[int(why)])
            arguments["text"] = "\n".join(filter(None, [reason, arguments.get("text")]))
        return arguments


class AcceptForm(StepForm):
    verb = Verb.ACCEPT
    category = CategoryField(label=_("category"), required=False)
    time_limit = forms.ChoiceField(
        label=_("time limit"), required=False, choices=[("", _("As the category says")), *TimeLimit.choices]
    )
    text = text_field(_("Words for the resident"), required=False, rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].initial = self.case.category_id


class RejectForm(StepForm):
    verb = Verb.REJECT
    ground = forms.ChoiceField(label=_("ground"), choices=RejectGround.choices, widget=forms.RadioSelect)
    text = text_field(_("Explanation"), hint=_("The resident reads this and may appeal."))


class DispatchForm(_HandlerForm):
    verb = Verb.DISPATCH
    text = text_field(_("Words for whoever takes it"), required=False, rows=2)


class TakeForm(StepForm):
    verb = Verb.TAKE
    text = text_field(_("Words for the resident"), required=False, rows=2)


class SendBackForm(StepForm):
    verb = Verb.SEND_BACK
    ground = forms.ChoiceField(label=_("ground"), choices=ReturnGround.choices, widget=forms.RadioSelect)
    text = text_field(_("Explanation"))


class RecallForm(_ReasonForm):
    verb = Verb.RECALL
    reasons = [
        _("Sent to the wrong one"),
        _("Not taken in time; somebody else will do it"),
        _("It has been settled otherwise"),
        _("The question is no longer needed"),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wrong, late, settled, needless, other = self.fields["why"].choices
        # Each keeps its number: the cases of a bulk step need not all be in one state.
        of_question, of_dispatch = [needless, settled, other], [wrong, late, settled, other]
        self.fields["why"].choices = of_question if self.case.state == State.WAITING else of_dispatch


class ContactForm(StepForm):
    verb = Verb.CONTACT
    reached = yes_no(_("Was somebody reached?"))
    text = text_field(_("What was said"), required=False)


class NoteForm(StepForm):
    verb = Verb.NOTE
    text = text_field(_("Note"))
    files = PhotosField(label=_("Photos or PDF"))
    is_public = forms.BooleanField(label=_("The resident may read it too"), required=False)


class AskForm(StepForm):
    verb = Verb.ASK
    text = text_field(_("Question"), hint=_("The resident reads this on the code page."))


class ReplyForm(StepForm):
    verb = Verb.REPLY
    text = text_field(_("What the resident said"))
    files = PhotosField(label=_("Photos or PDF"))


class TransferForm(_HandlerForm, _ReasonForm):
    verb = Verb.TRANSFER
    reasons = [
        _("Another unit is responsible for it"),
        _("Part of the work belongs to another unit"),
        _("We cannot do it in time"),
    ]
    field_order = ["to", "why", "text"]


class ResolveForm(StepForm):
    verb = Verb.RESOLVE
    text = text_field(_("Result"), rows=4, hint=_("What was done, in words that the resident understands."))
    files = PhotosField(label=_("Photos or PDF"))


class CallBackForm(StepForm):
    verb = Verb.CALL_BACK
    reached = yes_no(_("Was somebody reached?"))
    outcome = forms.ChoiceField(
        label=_("What follows"),
        choices=[
            (CloseGround.CALL_BACK_SOLVED, CloseGround.CALL_BACK_SOLVED.label),
            (REDO, _("Not solved: have it redone")),
            (CloseGround.CALL_BACK_UNREASONABLE, CloseGround.CALL_BACK_UNREASONABLE.label),
            (CloseGround.CALL_BACK_UNREACHABLE, CloseGround.CALL_BACK_UNREACHABLE.label),
        ],
        widget=forms.RadioSelect,
    )
    code = forms.ChoiceField(
        label=_("How satisfied"), choices=[("", _("Not asked")), *RatingCode.choices], required=False
    )
    text = text_field(_("What was said"))


class RedoForm(_ReasonForm):
    verb = Verb.REDO
    reasons = [_("The resident says it is not solved"), _("The problem came back"), _("The result does not stand up")]


class RestoreForm(_ReasonForm):
    verb = Verb.RESTORE
    reasons = [_("The resident withdrew it by mistake"), _("The matter still has to be dealt with")]


class DecideAppealForm(StepForm):
    verb = Verb.DECIDE_APPEAL
    granted = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("1", _("Grant it: the case is accepted")), ("0", _("Refuse it: the rejection stands"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    text = text_field(_("Explanation"), hint=_("The resident reads this. The decision is final."))


class AmendForm(StepForm):
    verb = Verb.AMEND
    category = CategoryField(label=_("category"), required=False)
    time_limit = forms.ChoiceField(label=_("time limit"), choices=TimeLimit.choices, required=False)
    region = LookupField(
        PLACES,
        label=_("place"),
        required=False,
        help_text=_("A street or a community of the same city: its name or its code."),
    )
    text = text_field(_("Reason"), required=False, rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].initial = self.case.category_id
        self.fields["time_limit"].initial = self.case.time_limit
        place = self.fields["region"]
        place.initial = place.current = self.case.region
        place.rows = places_of_city(self.case.region)
        place.error_messages["unknown"] = _("No street or community of this city is called “%(text)s”.")


class ReleaseForm(StepForm):
    verb = Verb.RELEASE
    title = forms.CharField(label=_("Public title"), max_length=listing.MAX_TITLE)
    text = forms.CharField(
        label=_("What was asked"),
        max_length=listing.MAX_LISTED,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("Proposed from the resident's words. Take out whatever tells who asked."),
    )
    outcome = forms.CharField(
        label=_("What came of it"), max_length=listing.MAX_LISTED, required=False, widget=forms.Textarea({"rows": 3})
    )
    read = forms.BooleanField(
        label=_("I have read all of it, and nobody can tell from it who asked"),
        error_messages={"required": _("Please read it and confirm.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial |= asdict(listing.draft(self.case))

    def arguments(self) -> dict[str, Any]:
        arguments = super().arguments()
        arguments.pop("read")
        return arguments


class HideForm(StepForm):
    verb = Verb.HIDE


STEP_FORMS: dict[str, type[StepForm]] = {
    form.verb: form
    for form in [
        AcceptForm, RejectForm, DispatchForm, TakeForm, SendBackForm, RecallForm, ContactForm, NoteForm, AskForm,
        ReplyForm, TransferForm, ResolveForm, CallBackForm, RedoForm, RestoreForm, DecideAppealForm, AmendForm,
        ReleaseForm, HideForm,
    ]
}  # fmt: skip


def new_form(verb: str, case: ServiceRequest, user: User, data: Any = None, files: Any = None) -> StepForm:
    return STEP_FORMS[verb](
        data, files, case=case, user=user, initial={"version": case.version, "idempotency_key": uuid4().hex}
    )


REVEAL_REASONS = [
    ("call", _("To call the resident about this case")),
    ("visit", _("To agree on a visit")),
    ("check", _("To check who the case belongs to")),
    ("other", _("Another reason (please write it down)")),
]


class RevealForm(forms.Form):
    """The reason is picked first, typed second."""

    why = forms.ChoiceField(label=_("Why do you need it?"), choices=REVEAL_REASONS, widget=forms.RadioSelect)
    words = forms.CharField(label=_("In your words"), required=False, max_length=150)

    def reason(self) -> str:
        why, words = self.cleaned_data["why"], self.cleaned_data["words"].strip()
        if why == "other":
            return words
        label = str(dict(REVEAL_REASONS)[why])
        return f"{label}: {words}" if words else label
