"""What the forms of steps have in common: the version that was seen, files, whom to give a case to."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar
from uuid import uuid4

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Model
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError
from portal.core.images import MAX_BYTES
from portal.core.models import Organization, StoredFile, User
from requests import photos, workflow
from requests.candidates import staff_for, teams_for, units_for, volunteers_for
from requests.models import Category, ServiceRequest
from requests.models.categories import told_apart
from requests.replies import count_use
from requests.types import TEMPLATED_VERBS, Verb
from requests.workflow import Staff
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

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.clean(data))


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
        if self.verb in TEMPLATED_VERBS:
            # From which template the words came, if from any: the page lets people choose.
            self.fields["template"] = forms.CharField(required=False, widget=forms.HiddenInput)

    def arguments(self) -> dict[str, Any]:
        """The cleaned values as the verb's keywords; a form whose fields differ from them says how."""
        own = ("version", "idempotency_key", "files", "template")
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
        with transaction.atomic():
            if template := self.cleaned_data.get("template"):
                # Counted first: the step leads the case to where other templates are offered.
                count_use(template, case, self.verb)
            return verb(case, by=Staff(self.user), version=version, **arguments)

    def renew(self, case: ServiceRequest) -> None:
        """Keep what was typed, and send it on top of what is known now."""
        self.case, self.data = case, self.data.copy()
        self.data["version"], self.data["idempotency_key"] = case.version, uuid4().hex

    def in_words(self) -> list[tuple[str, str]]:
        """What was filled in, each field by its label, as people read it: to be copied where the step is over."""
        cleaned = getattr(self, "cleaned_data", {})
        found = [
            (str(bound.label), _words_of(bound.field, cleaned.get(bound.name), bound.value()))
            for bound in self.visible_fields()
        ]
        return [(label, words) for label, words in found if words]

    def take_error(self, error: DomainError) -> None:
        """Show a refusal of the verb in the form."""
        for name, lines in (error.fields or {}).items():
            for line in lines:
                self.add_error(name if name in self.fields else None, str(line))


def _words_of(field: forms.Field, cleaned: Any, typed: Any) -> str:
    """A unit by its name and a choice by its label, not by their codes."""
    if isinstance(field, forms.FileField):
        return ""
    chosen = cleaned if isinstance(cleaned, list) else [cleaned]
    if any(isinstance(each, Model) for each in chosen):
        return "、".join(str(each) for each in chosen)
    if isinstance(field, forms.BooleanField):
        return gettext("Yes") if cleaned else ""
    if isinstance(field, forms.ChoiceField):
        values = {str(value) for value in (typed if isinstance(typed, list) else [typed])}
        return "、".join(str(label) for value, label in _flat(field.choices) if str(value) and str(value) in values)
    return str(typed or "")


def _flat(choices: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Choices without their groups."""
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield value, label


CHOOSE_HANDLER = _("Please choose a unit, a team or a person.")
CHOOSE_UNITS = _("Please choose units of the list.")


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


class UnitsField(forms.MultipleChoiceField):
    """Units that are to assist; the page offers the nearest, any that the case may go to is taken."""

    case: ServiceRequest
    user: User

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.CheckboxSelectMultiple(attrs={"data-long": ""}), **kwargs)

    def validate(self, value: list[str]) -> None:
        """Which units there are, `clean` asks the database."""

    def clean(self, value: Any) -> list[Organization]:
        chosen = super().clean(value)
        numbers = [text.removeprefix("unit:") for text in chosen]
        if not numbers:
            return []
        if not all(number.isdecimal() and len(number) <= 18 for number in numbers):
            raise forms.ValidationError(str(CHOOSE_UNITS), code="unknown")
        found = list(units_for(self.case, self.user).filter(pk__in=numbers).order_by("pk"))
        if len(found) != len(set(numbers)):
            raise forms.ValidationError(str(CHOOSE_UNITS), code="unknown")
        return found


class CategoryIterator(forms.models.ModelChoiceIterator):
    """The categories in groups of their first two levels, read as plain tuples (there are hundreds)."""

    def __iter__(self) -> Iterator[Any]:
        yield ("", self.field.empty_label)
        groups: dict[str, list[tuple[int, str]]] = {}
        for pk, path in Category.objects.filter(is_active=True).order_by("path").values_list("pk", "path"):
            group, _slash, name = path.rpartition(" / ")
            groups.setdefault(group or name, []).append((pk, told_apart(path)))
        yield from groups.items()


class CategoryField(forms.ModelChoiceField):
    iterator = CategoryIterator

    def __init__(self, **kwargs: Any) -> None:
        # Hundreds of them: a script puts a search above the list (static/js/find-option.js).
        kwargs.setdefault("widget", forms.Select({"data-find": _("Type to find a category")}))
        super().__init__(Category.objects.filter(is_active=True), empty_label=_("Not yet known"), **kwargs)
