"""What a cell means, and how a value is written into one: the two directions of every kind of column.

`clean` raises `ValidationError` or `DomainError` with a sentence for whoever filled in the sheet.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from import_export.widgets import Widget

from portal.core.imports.regions import RegionNames
from portal.core.registry.lookups import LookupField
from portal.core.scope import Scope
from portal.core.sheets import parse_date, text_cell
from portal.core.text import clean_text

# An empty cell of a column that always has a value: the row keeps its own, a new one gets the default.
KEEP = object()
# What a person writes between several entries.
SEPARATORS = re.compile(r"[、，,;；\n|]")
MAX_MULTILINE = 5000


def plain(text: str) -> str:
    """A word as it is compared: full width, blanks and case do not count."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()


def in_every_language(text: str | Promise) -> set[str]:
    """The same words in all languages of the portal: a sheet may be older than the choice of the language."""
    found = set()
    for code, _name in settings.LANGUAGES:
        with override(code):
            found.add(str(text))
    return found


class SheetWidget(Widget):
    """`choices` and `note` help whoever fills in a template."""

    choices: Sequence[str | Promise] = ()

    def bind(self, scope: Scope, names: RegionNames) -> None:
        """Take what belongs to the person and the file at hand."""

    def note(self) -> str:
        return ""

    def is_same(self, new: Any, old: Any) -> bool:
        return new == old

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else str(value)


class TextWidget(SheetWidget):
    def __init__(self, *, max_length: int = MAX_MULTILINE, multiline: bool = False) -> None:
        super().__init__()
        self.max_length, self.multiline = max_length, multiline

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return self._tidy(text_cell(value))

    def is_same(self, new: Any, old: Any) -> bool:
        # What was stored before today's rules of tidiness is not a change of today's sheet.
        return new == old or new == self._tidy(str(old or ""))

    def _tidy(self, text: str) -> str:
        return clean_text(text, max_length=self.max_length, multiline=self.multiline)


class NumberWidget(SheetWidget):
    """Whole numbers (`places` = 0) and decimal fractions."""

    def __init__(self, *, places: int | None = 0) -> None:
        super().__init__()
        self.places = places

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = unicodedata.normalize("NFKC", text_cell(value)).replace(",", "").replace(" ", "")
        if not text:
            return None
        if not re.fullmatch(r"[+-]?\d{1,30}(\.\d{0,30})?", text):
            raise ValidationError(_("“%(text)s” is not a number."), code="bad_number", params={"text": text[:30]})
        number = Decimal(text)
        if self.places is None:
            return float(number)
        if self.places == 0:
            if number != number.to_integral_value():
                message = _("“%(text)s” is not a whole number.")
                raise ValidationError(message, code="bad_number", params={"text": text[:30]})
            return int(number)
        # 70.30000000000001 is what a spreadsheet makes of a sum; what a person typed stays as it is.
        return round(number, self.places) if isinstance(value, float) else number

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return f"{value:f}" if isinstance(value, Decimal) else super().render(value)


class DateWidget(SheetWidget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> dt.date | None:
        return parse_date(value)

    def note(self) -> str:
        return _("A date, such as 2019-07-09 or 2019.7.9.")


class ChoiceWidget(SheetWidget):
    """An enumeration, by its label in any language or by its code."""

    def __init__(self, choices: Iterable[tuple[Any, Any]], *, may_be_empty: bool) -> None:
        super().__init__()
        self.labels = {value: label for value, label in choices if value not in (None, "")}
        self.may_be_empty = may_be_empty
        self.choices = list(self.labels.values())
        self._values: dict[str, Any] = {}

    def bind(self, scope: Scope, names: RegionNames) -> None:
        self._values = {plain(word): value for value, label in self.labels.items() for word in in_every_language(label)}
        self._values |= {plain(str(value)): value for value in self.labels}

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = plain(text_cell(value))
        if not text:
            return "" if self.may_be_empty else KEEP
        if text in self._values:
            return self._values[text]
        message = _("“%(text)s” is not one of: %(choices)s.")
        params = {"text": text_cell(value)[:30], "choices": "、".join(map(str, self.choices))}
        raise ValidationError(message, code="bad_choice", params=params)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return str(self.labels.get(value, value or ""))


class YesNoWidget(SheetWidget):
    YES = frozenset(["是", "有", "对", "yes", "y", "true", "1", "√", "✓"])
    NO = frozenset(["否", "无", "不是", "no", "n", "false", "0", "×", "x"])

    @property
    def choices(self) -> list[str]:  # type: ignore[override]
        return [text_cell(True), text_cell(False)]

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = plain(text_cell(value))
        if not text:
            return KEEP
        if text in self.YES or text in self.NO:
            return text in self.YES
        message = _("“%(text)s” is neither yes nor no.")
        raise ValidationError(message, code="bad_choice", params={"text": text[:30]})

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return text_cell(bool(value))


class RegionWidget(SheetWidget):
    names: RegionNames

    def bind(self, scope: Scope, names: RegionNames) -> None:
        self.names = names

    @property
    def choices(self) -> list[str]:  # type: ignore[override]
        return self.names.choices()

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = clean_text(text_cell(value), max_length=200)
        if not text:
            raise ValidationError(_("Name the region."), code="required")
        region = self.names.find(text)
        if not region.is_current:
            message = _("“%(text)s” has been abolished. Name the region that it became a part of.")
            raise ValidationError(message, code="abolished", params={"text": text})
        return region

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else self.names.label(value)

    def note(self) -> str:
        return _("The code of the region, or its names such as street/community.")


class RelatedWidget(SheetWidget):
    """A related row by its name, and by "name #id" where several in the person's area have the name."""

    def __init__(self, field: LookupField, *, key: str = "") -> None:
        super().__init__()
        self.field, self.key = field, key
        field.error_messages["unknown"] = gettext_lazy("Nothing in your area is called “%(text)s”.")
        self._texts: dict[int, str] = {}
        self._found: dict[str, Any] = {}

    def bind(self, scope: Scope, names: RegionNames) -> None:
        self.field.rows = self.field.lookup.model._default_manager.in_scope(scope)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = clean_text(text_cell(value), max_length=200)
        if text not in self._found:
            by_key = self.field.rows.filter(**{self.key: text.upper()}).first() if text and self.key else None
            self._found[text] = by_key or self.field.clean(text)
        return self._found[text]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        if value is None:
            return ""
        if value.pk not in self._texts:
            text = self.field.lookup.in_sheet(value)
            try:
                is_unambiguous = self.clean(text) == value
            except ValidationError:
                is_unambiguous = False
            self._texts[value.pk] = text if is_unambiguous else self.field.lookup.text(value)
        return self._texts[value.pk]

    def note(self) -> str:
        return _("The name as it stands in the portal.")


class ManyWidget(SheetWidget):
    """Entries of a catalogue, by name or code, between commas."""

    def __init__(self, model: type[models.Model]) -> None:
        super().__init__()
        self.model = model
        self._entries: list[Any] = []
        self._by_word: dict[str, Any] = {}
        self._texts: dict[int, str] = {}

    def bind(self, scope: Scope, names: RegionNames) -> None:
        self._entries = list(self.model._default_manager.all())
        self._by_word = {plain(entry.code): entry for entry in self._entries}
        self._by_word |= {plain(entry.name): entry for entry in self._entries}
        self._texts = {entry.pk: self._text(entry) for entry in self._entries}

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> set[Any]:
        words = [word.strip() for word in SEPARATORS.split(text_cell(value)) if word.strip()]
        unknown = [word for word in words if plain(word) not in self._by_word]
        if unknown:
            message = _("Not in the catalogue: %(names)s.")
            raise ValidationError(message, code="unknown_entry", params={"names": "、".join(unknown)[:200]})
        chosen = {self._by_word[plain(word)] for word in words}
        # What is out of use stays where it is ticked already, as in the form.
        retired = [entry.name for entry in chosen - set(kwargs.get("current") or ()) if not entry.is_active]
        if retired:
            message = _("No longer in use: %(names)s.")
            raise ValidationError(message, code="retired_entry", params={"names": "、".join(sorted(retired))[:200]})
        return chosen

    def is_same(self, new: Any, old: Any) -> bool:
        return new == set(old)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Names in the catalogue's order; the code of an entry whose name would not be read as one."""
        entries = value if isinstance(value, set | list | None) else value.all()
        chosen = {entry.pk for entry in entries or ()}
        return "、".join(self._texts[entry.pk] for entry in self._entries if entry.pk in chosen)

    def _text(self, entry: Any) -> str:
        is_split = SEPARATORS.search(entry.name)
        is_another = self._by_word[plain(entry.name)] != entry
        return entry.code if is_split or is_another else entry.name

    def note(self) -> str:
        active = "、".join(self._texts[entry.pk] for entry in self._entries if entry.is_active)
        return _("Several with “、” between them: %(names)s") % {"names": active}
