"""The registry's ground in the API: rows of a subject, written where the capability is held, by the model's rules."""

from typing import Any, ClassVar

from django.db import models, transaction
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS

from portal.core.errors import DomainError, NotAllowed
from portal.core.registry.subjects import Subject
from portal.core.rest.serializers import ModelSerializer
from portal.core.rest.views import ScopedModelViewSet
from portal.core.serializer_fields import CleanCharField

MAX_TEXT = 5000


class RegistrySerializer(ModelSerializer):
    """Texts are cleaned as in the forms; which rows go together is for the model to say (`full_clean`)."""

    def build_standard_field(self, field_name: str, model_field: Any) -> tuple[type, dict[str, Any]]:
        field_class, kwargs = super().build_standard_field(field_name, model_field)
        if field_class is serializers.CharField:
            kwargs.pop("style", None)
            kwargs.setdefault("max_length", MAX_TEXT)
            return CleanCharField, kwargs | {"multiline": isinstance(model_field, models.TextField)}
        return field_class, kwargs

    def get_validators(self) -> list[Any]:
        # DRF would make every column of a unique constraint required; the model checks the constraints itself.
        return []


class RegistryViewSet(ScopedModelViewSet):
    """Lists, details and editing of one subject; to delete takes what it takes to create."""

    subject: ClassVar[Subject]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if hasattr(cls, "subject"):
            read, write, create = cls.subject.read, cls.subject.write, cls.subject.capability_to_create
            cls.capability = read
            cls.capabilities = {
                "list": read, "retrieve": read, "create": create, "update": write, "partial_update": write,
                "destroy": create, **cls.__dict__.get("capabilities", {}),
            }  # fmt: skip

    def get_object(self) -> Any:
        row = super().get_object()
        if self.request.method not in SAFE_METHODS and not self.is_editable(row, self.capabilities[self.action]):
            raise NotAllowed()
        return row

    def is_editable(self, row: models.Model, capability: str) -> bool:
        rows = self.subject.model._default_manager.editable_by(self.request.user, capability)
        return rows.filter(pk=row.pk).exists()

    def _save(self, serializer: Any) -> None:
        with transaction.atomic():
            row = serializer.save()
            if not self.is_editable(row, self.capabilities[self.action]):
                raise DomainError("outside_your_area", _("This place is not one of yours."), status=403)
