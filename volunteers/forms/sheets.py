"""The lines of a paper sheet: those of the list, and blank ones for whoever came without being on it."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError
from portal.core.registry.forms import ClockInput
from portal.core.text import CleanCharField
from volunteers.forms.duty import moment_of
from volunteers.models import DutyShift
from volunteers.sheets import Line

EXCUSED, MISSED = "excused", "missed"


class TimesForm(forms.Form):
    """When somebody came and left. Nothing typed: nothing is known of them yet."""

    came = forms.TimeField(label=_("Came at"), required=False, widget=ClockInput)
    left = forms.TimeField(label=_("Left at"), required=False, widget=ClockInput)

    def __init__(self, *args: Any, shift: DutyShift, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shift = shift
        for field in self.fields.values():
            # On a sheet of many lines any may stay empty; to say so at each is noise.
            field.says_optional = False

    @property
    def is_filled(self) -> bool:
        return any(str(self.data.get(self.add_prefix(name), "")).strip() for name in self.fields)

    def line(self) -> Line:
        given = self.cleaned_data
        return Line(came_at=moment_of(given["came"], self.shift), left_at=moment_of(given["left"], self.shift))

    def take_error(self, error: DomainError) -> None:
        """Put what a verb refused beside the column that it names, or at the beginning of the line."""
        for name, lines in (error.fields or {"": [str(error)]}).items():
            self.add_error(name if name in self.fields else next(iter(self.fields)), [str(line) for line in lines])


class LineForm(TimesForm):
    """Somebody on the list: times, or that they did not come."""

    absent = forms.ChoiceField(
        label=_("Did not come"), required=False,
        choices=[("", "—"), (EXCUSED, _("excused")), (MISSED, _("without an excuse"))],
    )  # fmt: skip
    reason = CleanCharField(label=_("Reason"), max_length=100, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("absent") and (given.get("came") or given.get("left")):
            self.add_error("absent", _("Either the times, or that the person did not come."))
        elif given.get("reason") and not given.get("absent"):
            self.take_reason_of_times()
        return given

    def take_reason_of_times(self) -> None:
        """A reason without an absence: nobody has to give one for having come."""
        self.add_error("absent", _("Please say whether the person was excused."))

    def line(self) -> Line:
        absent, reason = self.cleaned_data["absent"], self.cleaned_data["reason"]
        if absent:
            return Line(is_absent=True, is_excused=absent == EXCUSED, reason=reason)
        return replace(super().line(), reason=reason)


class CorrectionLineForm(LineForm):
    """Somebody who has left: other times than the known ones, and why."""

    def take_reason_of_times(self) -> None:
        given = self.cleaned_data
        if not (given.get("came") or given.get("left") or self.errors):
            self.add_error("came", _("Please give the time that is on the paper."))


class WalkInForm(TimesForm):
    """Somebody who came without being on the list."""

    number = forms.CharField(
        label=_("volunteer number"), max_length=12, widget=forms.TextInput({"inputmode": "numeric"}),
        error_messages={"required": _("Please give the volunteer's number.")},
    )  # fmt: skip
    came = forms.TimeField(
        label=_("Came at"), widget=ClockInput, error_messages={"required": _("Please give the time.")}
    )
    field_order = ("number", "came", "left")
