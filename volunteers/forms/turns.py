"""Units that take turns: the order of a template's, and the one unit that takes a turn of another."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError
from portal.core.models import Organization
from portal.core.registry.forms import ScopedForm
from portal.core.registry.lookups import LookupField, LookupInput
from volunteers import turns
from volunteers.subjects import TURN_UNIT_LOOKUP

# Empty lines to write in; those of a form that was sent come on top of what is filled.
FEWEST_LINES, BLANK_LINES = 3, 1


class UnitsInput(forms.Widget):
    """One text input a unit, in their order; buttons send the form to have a line moved, a script moves it at once."""

    template_name = "volunteers/units_input.html"
    use_fieldset = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return data.getlist(name) if isinstance(data, QueryDict) else data.get(name, [])

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        texts = list(value or ())
        count = min(max(len(texts) + BLANK_LINES, FEWEST_LINES), max(turns.MOST_UNITS, len(texts)))
        texts += [""] * (count - len(texts))
        line = LookupInput(TURN_UNIT_LOOKUP.url_name)
        base = (attrs or {}).get("id", f"id_{name}")
        lines = [
            # The first bears the id of the field: a summary of errors leads to it.
            (number, line.render(name, text, {"id": base if number == 0 else f"{base}_{number}"}))
            for number, text in enumerate(texts)
        ]
        return render_to_string(self.template_name, {"lines": lines, "base": base, "count": count})

    def id_for_label(self, id_: str) -> str:
        return id_


class UnitsField(forms.Field):
    """The units of a template in the order of their turns; lines left empty count for nothing."""

    widget = UnitsInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.one = LookupField(TURN_UNIT_LOOKUP, required=False)
        self.known: Sequence[Organization] = ()

    def offer(self, rows: models.QuerySet, known: Sequence[Organization]) -> None:
        """The units that may be named; what is on the list already may stay."""
        self.one.rows, self.known = rows, known

    def prepare_value(self, value: Any) -> Any:
        return [self.one.prepare_value(each) for each in value or ()]

    def clean(self, value: Any) -> list[Organization]:
        units: list[Any] = [unit for text in value or () if (unit := self.one.clean(text)) is not None]
        try:
            turns.refuse_impossible(units, known=self.known)
        except DomainError as error:
            raise ValidationError(str(error), code=error.code) from error
        return units


def reordered(sent: QueryDict) -> QueryDict:
    """What was sent, with one of the units a line up or down, as the button says that was pressed ("up 2")."""
    texts = sent.getlist("units")
    way, _space, number = sent.get("turn", "").partition(" ")
    at = int(number) if number.isascii() and number.isdecimal() and len(number) < 3 else -1
    to = at + {"up": -1, "down": 1}.get(way, 0)
    if 0 <= at < len(texts) and 0 <= to < len(texts):
        texts[at], texts[to] = texts[to], texts[at]
    changed = sent.copy()
    changed.setlist("units", [text for text in texts if text.strip()])
    return changed


class ExchangeForm(ScopedForm):
    """A turn goes to one of `order`, the units of the shift's template, or to another one of the person's."""

    unit = LookupField(TURN_UNIT_LOOKUP, label=_("Which unit takes this turn?"))

    def __init__(self, *args: Any, order: Sequence[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].rows = turns.units_open_to(self.user, known=order)
