"""Text as people send it, without what cannot be seen: one gate for all that is typed in or imported."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError

# Control characters (not tab and line feed), soft hyphen, zero-width and filler characters, marks and
# overrides of the direction of writing, tags, lone surrogates and non-characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\uffff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff]"
)
_LINE_END = re.compile("\r\n?|\x85|[\u2028\u2029]")
# A joiner (U+200D) makes one picture of several emoji; anywhere else nobody sees it.
_STRAY_JOINER = re.compile(
    "(?<![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d|\u200d(?![\u2190-\u2bff\U0001f000-\U0001faff])"
)
# \s knows the ideographic space (U+3000).
_BLANKS = re.compile(r"\s+")
_BLANKS_IN_LINE = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def clean_text(text: str | None, *, max_length: int, multiline: bool = False) -> str:
    """What a person would call the text: normalised (NFC), nothing invisible, blanks tidied, emoji kept.

    A text that is too long is refused, never cut: nobody's words are lost without their knowing.
    """
    text = _LINE_END.sub("\n", text or "")
    text = _STRAY_JOINER.sub("", _INVISIBLE.sub("", text))
    text = unicodedata.normalize("NFC", text)
    if multiline:
        lines = (_BLANKS_IN_LINE.sub(" ", line).rstrip() for line in text.split("\n"))
        text = _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()
    else:
        text = _BLANKS.sub(" ", text).strip()
    if len(text) > max_length:
        message = _("This is too long: %(count)d characters. Please use at most %(limit)d.")
        raise DomainError("text_too_long", message % {"count": len(text), "limit": max_length})
    return text


class CleanCharField(forms.CharField):
    """A form field whose value went through `clean_text`."""

    def __init__(self, *, max_length: int, multiline: bool = False, **kwargs: Any) -> None:
        self.multiline = multiline
        if multiline:
            kwargs.setdefault("widget", forms.Textarea)
        super().__init__(max_length=max_length, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # No maxlength on long texts: a browser would cut what is pasted without a word. `clean_text` says it.
        attrs = super().widget_attrs(widget)
        return {name: value for name, value in attrs.items() if not (self.multiline and name == "maxlength")}

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not isinstance(text, str) or text in self.empty_values:
            return text
        try:
            text = clean_text(text, max_length=self.max_length or 0, multiline=self.multiline)
        except DomainError as error:
            raise ValidationError(str(error), code=error.code) from error
        # Of a text of invisible characters alone nothing is left.
        return text or self.empty_value
