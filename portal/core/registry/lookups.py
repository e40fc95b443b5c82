"""A related row, named in one line of text.

A list of all regions or organisations is too long to choose from. One types a part of the name and picks a proposal
("劳动社区 440306003001"); without scripts one types the name or the code. What is proposed, and what is accepted, are
the rows that the person may see.
"""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError
from portal.core.filtering import MAX_ID
from portal.core.models import Estate, Organization, Person, Region
from portal.core.scope import ScopedQuerySet
from portal.core.text import clean_text

MAX_TEXT = 200
PROPOSALS = 20
# Rows that an error names.
NEAR = 6


@dataclass(frozen=True)
class Lookup:
    """How rows of a model are written and found. `url_name` answers with proposals for what was typed so far."""

    model: type[models.Model]
    url_name: str
    # Name and mark of a row: the mark (a code, or #id) tells rows of one name apart.
    name: str = "name"
    code: str = ""
    needs: str = ""

    def rows(self, user: Any) -> ScopedQuerySet:
        if self.needs and not user.scope.can(self.needs):
            return self.model._default_manager.none()
        return self.model._default_manager.for_user(user)

    def text(self, row: models.Model) -> str:
        mark = getattr(row, self.code) if self.code else f"#{row.pk}"
        return f"{getattr(row, self.name)} {mark}"

    def in_sheet(self, row: models.Model) -> str:
        """As a sheet names it that is edited and loaded again; what is ambiguous there gets its mark as well."""
        return getattr(row, self.name)

    def by_mark(self, rows: models.QuerySet, text: str) -> models.QuerySet | None:
        """The row whose code or #id ends the text, or None when the text ends in neither."""
        mark = text.rsplit(" ", 1)[-1]
        if mark.startswith("#") and mark[1:].isascii() and mark[1:].isdecimal() and len(mark) < 20:
            pk = int(mark[1:])
            return rows.filter(pk=pk) if pk <= MAX_ID else rows.none()
        if self.code and mark.isascii() and any(letter.isdecimal() for letter in mark):
            return rows.filter(**{self.code: mark})
        return None

    def by_name(self, rows: models.QuerySet, text: str) -> models.QuerySet:
        return rows.filter(**{self.name: text})

    def proposals(self, rows: models.QuerySet, text: str) -> list[str]:
        found = self.by_mark(rows, text)
        if found is None or not found.exists():
            condition = models.Q(**{f"{self.name}__contains": text})
            if self.code:
                condition |= models.Q(**{f"{self.code}__startswith": text})
            found = rows.filter(condition)
        return [self.text(row) for row in found.order_by("pk")[:PROPOSALS]]


@dataclass(frozen=True)
class RegionLookup(Lookup):
    """Official and short names both name a region; one that was abolished is told apart from an unknown one."""

    def by_name(self, rows: models.QuerySet, text: str) -> models.QuerySet:
        return rows.current().filter(models.Q(short_name=text) | models.Q(name=text))

    def proposals(self, rows: models.QuerySet, text: str) -> list[str]:
        condition = models.Q(short_name__contains=text) | models.Q(code__startswith=text)
        if text.isascii():
            condition |= models.Q(pinyin__startswith=text.lower())
        found = self.by_mark(rows, text)
        if found is None or not found.exists():
            found = rows.filter(condition)
        return [self.text(row) for row in found.current().order_by("depth", "code")[:PROPOSALS]]


LOOKUPS: dict[type[models.Model], Lookup] = {}


def register(lookup: Lookup) -> Lookup:
    """Let forms name rows of this model by `lookup`."""
    LOOKUPS[lookup.model] = lookup
    return lookup


REGIONS = register(RegionLookup(Region, "registry:region_lookup", name="short_name", code="code", needs="regions:read"))
ORGANIZATIONS = register(Lookup(Organization, "registry:organization_lookup", needs="organizations:read"))
ESTATES = register(Lookup(Estate, "registry:estate_lookup", needs="organizations:read"))
PEOPLE = register(Lookup(Person, "registry:person_lookup", needs="people:read"))


class LookupInput(forms.TextInput):
    """A text input whose proposals a script fetches as one types (static/js/lookup.js)."""

    def __init__(self, url_name: str, attrs: dict[str, Any] | None = None) -> None:
        self.url_name = url_name
        super().__init__({"autocomplete": "off", "maxlength": MAX_TEXT, **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, value, {**(attrs or {}), "data-lookup": reverse(self.url_name)})


class RowInput(LookupInput):
    """For a filter that wants the id of a row: one types the row's name. A link still says the id, and is shown as the
    name."""

    def __init__(self, lookup: Lookup, rows: models.QuerySet) -> None:
        self.lookup, self.rows = lookup, rows
        super().__init__(lookup.url_name)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        text = " ".join(str(data.get(name) or "").replace("\0", "").split())[:MAX_TEXT]
        if not text or text.isdecimal():
            return text
        found = self.lookup.by_mark(self.rows, text)
        if found is None or not found.exists():
            found = self.lookup.by_name(self.rows, text)
        ids = list(found.order_by("pk").values_list("pk", flat=True)[:2])
        return str(ids[0]) if len(ids) == 1 else text

    def format_value(self, value: Any) -> str | None:
        text = str(value or "")
        known = text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= MAX_ID
        row = self.rows.filter(pk=int(text)).first() if known else None
        return self.lookup.text(row) if row is not None else super().format_value(value)


class LookupField(forms.Field):
    """A related row. `rows` (those that the person may see) is set by the form."""

    default_error_messages = {
        "unknown": _("Nothing is called “%(text)s” here. Choose one of the proposals."),
        "near": _("Nothing is called “%(text)s” here. Do you mean one of these? %(candidates)s"),
        "several": _("Several are called “%(text)s”: %(candidates)s. Please choose one of them."),
        "abolished": _("“%(text)s” has been abolished. Please choose the region that it became a part of."),
    }

    def __init__(self, lookup: Lookup, **kwargs: Any) -> None:
        kwargs.pop("limit_choices_to", None)
        self.lookup = lookup
        self.rows: models.QuerySet = lookup.model._default_manager.none()
        # What the row held before may stay, even if it lies outside of the person's area.
        self.current: models.Model | None = None
        super().__init__(widget=LookupInput(lookup.url_name), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, self.lookup.model):
            return self.lookup.text(value)
        if self.current is not None and value == self.current.pk:
            return self.lookup.text(self.current)
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial) != (data or None)

    def clean(self, value: Any) -> models.Model | None:
        try:
            text = clean_text(str(value or ""), max_length=MAX_TEXT)
        except DomainError as error:
            raise ValidationError(str(error), code=error.code) from error
        if not text:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        if self.current is not None and text == self.lookup.text(self.current):
            return self.current
        return self._find(text)

    def _find(self, text: str) -> models.Model:
        found = self.lookup.by_mark(self.rows, text)
        if found is None or not found.exists():
            found = self.lookup.by_name(self.rows, text)
        candidates = list(found.order_by("pk")[:NEAR])
        if not candidates:
            raise self._unknown(text)
        if len(candidates) > 1:
            params = {"text": text, "candidates": "、".join(self.lookup.text(row) for row in candidates)}
            raise ValidationError(self.error_messages["several"], code="several", params=params)
        row = candidates[0]
        if getattr(row, "is_current", True) is False:
            raise ValidationError(self.error_messages["abolished"], code="abolished", params={"text": text})
        return row

    def _unknown(self, text: str) -> ValidationError:
        """A part of a name names nothing: it is answered with the rows it may stand for, never guessed."""
        near = self.lookup.proposals(self.rows, text)[:NEAR]
        if not near:
            return ValidationError(self.error_messages["unknown"], code="unknown", params={"text": text})
        params = {"text": text, "candidates": "、".join(near)}
        return ValidationError(self.error_messages["near"], code="near", params=params)
