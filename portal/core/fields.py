"""A column of personal text: sealed in the database, and sealed in Python until somebody reveals it."""

from typing import Any, Self

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from portal.core import crypto


class SealedText:
    """Encrypted text that shows nothing by accident.

    Templates, logs, tracebacks and serializers get "***". The text comes out by `reveal()` alone, which is
    easy to search for in the code. Reading a list of rows decrypts nothing.
    """

    __slots__ = ("token",)

    def __init__(self, token: str) -> None:
        self.token = token

    @classmethod
    def of(cls, text: str) -> Self:
        return cls(crypto.encrypt(text))

    def reveal(self) -> str:
        """The text itself. Who calls this for a person logs that the person saw it."""
        return crypto.decrypt(self.token)

    def __str__(self) -> str:
        return "***" if self.token else ""

    def __repr__(self) -> str:
        return "<SealedText>" if self.token else "<SealedText: empty>"

    def __bool__(self) -> bool:
        return bool(self.token)

    # Equality is that of the tokens: comparing texts would decrypt, and equal texts have different tokens.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, SealedText) and other.token == self.token

    def __hash__(self) -> int:
        return hash(self.token)


class _SealingAttribute(DeferredAttribute):
    """Seals a plain string as soon as it is assigned, so that no model instance carries it in the clear."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = self.field.to_python(value)


class EncryptedTextField(models.TextField):
    """Text that is stored as a token of `portal.core.crypto` and read as `SealedText`.

    It is in no form (`editable=False`) since a form would have to show what is stored; verbs assign it.
    SQL can only ask whether it is empty; for exact search keep a `crypto.keyed_hash` beside it.
    """

    descriptor_class = _SealingAttribute

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> SealedText | None:
        return None if value is None else SealedText(value)

    def to_python(self, value: Any) -> Any:
        return SealedText.of(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, str):
            value = SealedText.of(value)
        return value.token if isinstance(value, SealedText) else super().get_prep_value(value)

    def value_to_string(self, obj: models.Model) -> str:
        # Fixtures carry no personal data; the backup of the database does.
        return str(self.value_from_object(obj))

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in {"isnull", "exact"}:
            raise FieldError("Encrypted text can only be asked whether it is empty: search by a keyed hash.")
        return _IsEmpty if lookup_name == "exact" else super().get_lookup(lookup_name)


class _IsEmpty(models.lookups.Exact):
    """`field=""`. Any other value would be sealed with a new nonce and silently match nothing."""

    def get_prep_lookup(self) -> Any:
        if self.rhs != "":
            raise FieldError("Encrypted text can only be asked whether it is empty: search by a keyed hash.")
        return self.rhs
