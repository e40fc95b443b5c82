"""Fields of the API that take the same input as those of the forms."""

from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

from portal.core.errors import DomainError
from portal.core.text import clean_text


class CleanCharField(serializers.CharField):
    """A string that went through `clean_text`; the twin of the form field of this name."""

    def __init__(self, *, max_length: int, multiline: bool = False, **kwargs: Any) -> None:
        self.multiline = multiline
        super().__init__(max_length=max_length, **kwargs)

    def run_validation(self, data: Any = empty) -> Any:
        # Before the field's own rules: those call a text of invisible characters alone not blank.
        if isinstance(data, str):
            try:
                data = clean_text(data, max_length=self.max_length or 0, multiline=self.multiline)
            except DomainError as error:
                raise serializers.ValidationError(str(error), code=error.code) from error
        return super().run_validation(data)
