"""Forms of drafts of a street."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core.registry.forms import ScopedForm
from portal.core.registry.lookups import LookupField
from portal.core.text import CleanCharField
from requests.street_drafts import MOST_WORDS, Decision
from requests.subjects import DRAFTED
from requests.types import DraftGround


class AskForm(ScopedForm):
    """For which street or community."""

    region = LookupField(
        DRAFTED, label=_("street or community"), help_text=_("Type a part of the name and choose one of the proposals.")
    )


class LinesField(forms.MultipleChoiceField):
    """`12` from the draft, `12:3` from the preview: the line, and the version of its case that was shown."""

    lines: set[str] = set()

    def valid_value(self, value: str) -> bool:
        line, _colon, version = value.partition(":")
        return line in self.lines and (not version or (version.isdecimal() and len(version) <= 9))


class DecideForm(forms.Form):
    do = forms.ChoiceField(choices=Decision.choices)
    line = LinesField(error_messages={"required": _("Please tick a line.")})

    def __init__(self, data: object, *, lines: Iterable[int]) -> None:
        super().__init__(data)
        self.fields["line"].lines = {str(pk) for pk in lines}

    def clean_line(self) -> dict[int, int | None]:
        seen = (value.partition(":") for value in self.cleaned_data["line"])
        return {int(line): int(version) if version else None for line, _colon, version in seen}


class PassOverForm(forms.Form):
    """Why nothing comes of a proposal."""

    ground = forms.ChoiceField(
        label=_("Why is it not taken up?"), choices=DraftGround.choices, widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one of the reasons.")},
    )  # fmt: skip
    text = CleanCharField(
        label=_("In words"), required=False, max_length=MOST_WORDS, multiline=True, widget=forms.Textarea({"rows": 2}),
        help_text=_("Needed with “Something else”. No names or telephone numbers, please."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("ground") == DraftGround.OTHER and not cleaned.get("text") and "text" not in self.errors:
            self.add_error("text", _("Please write a few words."))
        return cleaned
