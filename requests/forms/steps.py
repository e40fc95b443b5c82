"""One small form per verb: it reads what a person entered and hands it to the verb, whose validation is the rule."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.core.models import Person
from portal.core.registry.lookups import LookupField
from requests.candidates import team_mates_for
from requests.danger import danger_in
from requests.forms.base import (
    CHOOSE_HANDLER,
    CategoryField,
    HandlerField,
    PhotosField,
    StepForm,
    UnitsField,
    text_field,
    yes_no,
)
from requests.places import PLACES, places_of_city
from requests.types import CloseGround, RatingCode, RejectGround, ReturnGround, State, TimeLimit, Verb
from requests.workflow import listing
from requests.workflow.answers import REDO
from requests.workflow.assists import Ask
from volunteers.models import Volunteer


class _HandlerForm(StepForm):
    """Whom to give the case to, and which units are asked for the same part of the work."""

    to = HandlerField(label=_("To whom"), error_messages={"required": CHOOSE_HANDLER})
    assisting = UnitsField(label=_("Assisting units"))
    asked = text_field(_("What is asked of the assisting units"), required=False, rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("to", "assisting"):
            self.fields[name].case, self.fields[name].user = self.case, self.user

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("assisting") and not cleaned.get("asked", "").strip():
            self.add_error("asked", _("Say what is asked of them."))
        return cleaned

    def arguments(self) -> dict[str, Any]:
        arguments = super().arguments()
        units, asked = arguments.pop("assisting"), arguments.pop("asked")
        return {**arguments, "assisting": [Ask(unit, asked) for unit in units]}


OTHER = "other"


class _ReasonForm(StepForm):
    """A step whose reason is picked first and typed second; the verb gets both as one text."""

    reasons: list[str | Promise] = []

    why = forms.ChoiceField(label=_("Reason"), widget=forms.RadioSelect)
    text = text_field(_("Explanation"), required=False, rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.number_reasons()

    def number_reasons(self) -> None:
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
        if self.case.time_limit == TimeLimit.EMERGENCY and danger_in(self.case.title, self.case.description):
            # By the words alone: whoever reads it may say otherwise.
            self.fields["time_limit"].initial = TimeLimit.EMERGENCY


class RejectForm(StepForm):
    verb = Verb.REJECT
    ground = forms.ChoiceField(label=_("ground"), choices=RejectGround.choices, widget=forms.RadioSelect)
    text = text_field(_("Explanation"), hint=_("The resident reads this and may appeal."))


class DispatchForm(_HandlerForm):
    verb = Verb.DISPATCH
    text = text_field(_("Words for whoever takes it"), required=False, rows=2)
    field_order = ["to", "text", "assisting", "asked"]


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
        choices = {State.WAITING: of_question, State.DELIBERATING: [settled, other]}
        self.fields["why"].choices = choices.get(State(self.case.state), of_dispatch)


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
    field_order = ["to", "why", "text", "assisting", "asked"]


class _MemberField(forms.ModelChoiceField):
    def label_from_instance(self, row: Volunteer) -> str:
        return row.person.name


class HandOnForm(StepForm):
    """A team's leader hands the case on to a member; the same step as any other transfer."""

    verb = Verb.TRANSFER
    to = _MemberField(
        None, label=_("To whom?"), empty_label=_("Please choose"), error_messages={"required": _("Please choose one.")}
    )
    text = text_field(_("What the member has to know"), rows=3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = team_mates_for(self.case, self.user)

    def clean_to(self) -> Person:
        return self.cleaned_data["to"].person


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
    reasons_by_state = {
        State.MERGED: [_("Merged with the wrong case"), _("It is another matter after all")],
        State.SPLIT: [_("Split by mistake"), _("The matters belong together after all")],
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reasons = self.reasons_by_state.get(State(self.case.state), self.reasons)
        self.number_reasons()


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
