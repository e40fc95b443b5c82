"""Serializers that refuse what they do not know, and the fields that lists are made of."""

from typing import Any, ClassVar

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.fields import get_error_detail

from portal.core.rest.fields import MomentField, ScopedRelatedField


class Strict(serializers.Serializer):
    """Refuses unknown fields: a misspelt name would otherwise be lost without a word."""

    default_error_messages = {"unknown": _("There is no such field here.")}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            if unknown := sorted(set(data) - writable):
                line = str(self.error_messages["unknown"])
                raise serializers.ValidationError({str(name): [line] for name in unknown})
        return super().to_internal_value(data)


class ModelSerializer(Strict, serializers.ModelSerializer):
    """Validates as the model does, so that API, pages and import agree: `full_clean` is the rule.

    Rows that it points at must be in the caller's scope.
    """

    serializer_related_field = ScopedRelatedField
    serializer_field_mapping: ClassVar = {
        **serializers.ModelSerializer.serializer_field_mapping, models.DateTimeField: MomentField,
    }  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        many_to_many = {field.name for field in self.Meta.model._meta.many_to_many}
        values = {name: value for name, value in attrs.items() if name not in many_to_many}
        instance = self.instance or self.Meta.model()
        before = {name: getattr(instance, name, None) for name in values} if self.instance else {}
        for name, value in values.items():
            setattr(instance, name, value)
        try:
            instance.full_clean(exclude=self._untouched(values))
        except ModelValidationError as error:
            # A refused change must not linger on the row that the view still holds.
            for name, value in before.items():
                setattr(instance, name, value)
            raise serializers.ValidationError(_as_detail(error)) from error
        return attrs

    def _untouched(self, values: dict[str, Any]) -> list[str]:
        """Columns that no person fills in."""
        return [field.name for field in self.Meta.model._meta.fields if not field.editable and field.name not in values]


def _as_detail(error: ModelValidationError) -> Any:
    """The model's refusal as DRF has it; what belongs to no field goes by DRF's name for that."""
    detail = get_error_detail(error)
    if isinstance(detail, dict) and NON_FIELD_ERRORS in detail:
        detail["non_field_errors"] = detail.pop(NON_FIELD_ERRORS)
    return detail
