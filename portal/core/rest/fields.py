"""Fields that look rows up the way the rest of the portal does: within the caller's scope, regions by their code."""

from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.core.errors import DomainError
from portal.core.masking import normalize_phone
from portal.core.models import Region
from portal.core.rest.rows import ColumnsField


class ScopedRelatedField(serializers.PrimaryKeyRelatedField):
    """A row that the caller may see, by its id; somebody else's does not exist. Catalogues are everybody's."""

    default_error_messages = {"does_not_exist": _("There is no such entry, or it is not yours to use.")}

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset()
        return rows.for_user(self.context["request"].user) if hasattr(rows, "for_user") else rows


@extend_schema_field(OpenApiTypes.STR)
class RegionCodeField(serializers.RelatedField):
    """A region by its code. `scoped=False`: any current region, for forms that strangers fill in."""

    default_error_messages = {
        "unknown": _("There is no region with this code."),
        "outside": _("This region is not one of those that you look after."),
        "abolished": _("This region no longer exists. Please choose again."),
    }

    def __init__(self, *, scoped: bool = True, **kwargs: Any) -> None:
        self.scoped = scoped
        if not kwargs.get("read_only"):
            kwargs.setdefault("queryset", Region.objects.all())
        super().__init__(**kwargs)

    def use_pk_only_optimization(self) -> bool:
        return False

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset()
        return rows.for_user(self.context["request"].user) if self.scoped else rows

    def to_internal_value(self, data: Any) -> Region:
        # What the database cannot hold (NUL, half a surrogate pair) is no code either.
        code = data if isinstance(data, str) and len(data) <= 20 and data.isascii() and "\0" not in data else None
        region = self.get_queryset().filter(code=code).first() if code else None
        if region is None:
            # Which regions there are, everybody may know: the two are told apart.
            self.fail("outside" if code and Region.objects.filter(code=code).exists() else "unknown")
        if not region.is_current:
            self.fail("abolished")
        return region

    def to_representation(self, region: Region) -> str:
        return region.code


class MomentField(serializers.DateTimeField):
    """A point in time, as the database gives it back: a write then answers the same as a later reading.

    At the very edge of the calendar the other time zones have no word for it: refused, too.
    """

    def enforce_timezone(self, value: datetime) -> datetime:
        try:
            return super().enforce_timezone(value).astimezone(UTC)
        except OverflowError:
            self.fail("overflow")


class PhoneField(serializers.CharField):
    """A phone number in any usual spelling; kept as it came, judged by `normalize_phone`."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            normalize_phone(text)
        except DomainError as error:
            raise serializers.ValidationError(str(error), code=error.code) from error
        return text


@extend_schema_field(OpenApiTypes.STR)
class TextOf(ColumnsField):
    """Text computed from columns."""


@extend_schema_field(OpenApiTypes.BOOL)
class TruthOf(ColumnsField):
    """Yes or no computed from columns."""


def first_of(*texts: str | None) -> str:
    return next(filter(None, texts), "")


class RegionRef(serializers.Serializer):
    """A region where it is mentioned: code and short name."""

    code = serializers.CharField()
    name = serializers.CharField(source="short_name")


class OrganizationRef(serializers.Serializer):
    id = serializers.IntegerField()
    name = TextOf(columns=("short_name", "name"), compute=first_of)


class PersonRef(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
