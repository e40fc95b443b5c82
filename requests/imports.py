"""资源清单 as a sheet. Every row goes through the verbs of resources."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# The subjects register how volunteers and teams are named in a cell.
import volunteers.subjects  # noqa: F401
from portal.core.imports import widgets
from portal.core.imports.resources import Sheet, SheetField
from portal.core.models import User
from portal.core.sheets import text_cell
from requests import resources
from requests.models import Resource
from requests.resources import DETAILS
from requests.types import WeekPart
from stations.imports import PointSheet

GIVERS = ("organization", "team", "volunteer")


class WeekWidget(widgets.SheetWidget):
    """周三晚上、周六上午."""

    choices = [label for _part, label in WeekPart.choices]

    def note(self) -> str:
        return gettext("Several with “、” between them.")

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[str]:
        known = {
            widgets.plain(text): part.value for part in WeekPart for text in widgets.in_every_language(part.label)
        }  # fmt: skip
        chosen = set()
        for word in filter(None, widgets.SEPARATORS.split(text_cell(value))):
            if widgets.plain(word) not in known:
                raise ValidationError(gettext("“%(text)s” is no part of a week.") % {"text": word[:30]}, code="unknown")
            chosen.add(known[widgets.plain(word)])
        return [part for part in WeekPart.values if part in chosen]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "、".join(str(WeekPart(part).label) for part in value or () if part in WeekPart.values)


class ResourceSheet(PointSheet):
    key = "code"
    title = _("Resources")
    notes = {
        "code": _("Leave it empty for something new. With it, that one is changed; who gives it stays."),
        "organization": _("Fill in one of unit, team and volunteer."),
        "datum": _("Which map the coordinates were read from. They are stored as WGS-84."),
    }

    also_called = {
        "name": ("资源名称",), "kind": ("资源类别", "资源类型"), "organization": ("单位名称", "提供单位"),
        "description": ("资源内容", "资源说明"), "amount": ("可提供数量",), "region": ("服务范围", "所属区域"),
        "valid_until": ("有效期", "截止日期"),
    }  # fmt: skip

    class Meta(PointSheet.Meta):
        model = Resource
        fields = [
            "code", "kind", "name", *GIVERS, "region", "amount", "unit", "description", "times", "weekly",
            "conditions", "valid_until", "latitude", "longitude", "datum", "radius_m",
        ]  # fmt: skip

    @classmethod
    def field_from_django_field(cls, field_name: str, django_field: Any, readonly: bool) -> SheetField:
        field = super().field_from_django_field(field_name, django_field, readonly)
        if field_name == "weekly":
            field.widget = WeekWidget()
        return field

    @cached_property
    def by(self) -> User:
        return User.objects.get(pk=self.scope.user_id)

    def related(self) -> models.QuerySet:
        return Resource.objects.with_givers()

    def _find_rows(self, sheet: Sheet, *, lock: bool) -> None:
        """By their numbers alone: several give something of one name in one region."""
        codes = {self.key_in(row.values) for row in sheet.rows} - {""}
        rows = self.related().in_scope(self.scope).filter(code__in=codes)
        self._by_key = {row.code: row for row in (rows.select_for_update(of=("self",)) if lock else rows)}

    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> Resource | None:
        code = self.key_in(row)
        if code and code not in self._by_key:
            raise ValidationError({"code": gettext("There is no such resource in your area.")})
        return self._by_key.get(code)

    def finish(self, instance: Resource, row: dict[str, Any], errors: dict[str, Any]) -> None:
        super().finish(instance, row, errors)
        if not instance._state.adding and set(GIVERS) & set(self.changed):
            errors["organization"] = ValidationError(gettext("Who gives something cannot be changed. Offer it anew."))

    def _identities(self, instance: Resource) -> Iterator[tuple[Any, ...]]:
        if not instance._state.adding:
            yield "id", instance.pk

    def validate_instance(
        self, instance: Resource, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """The number is the verb's to give."""
        errors = dict(import_validation_errors or {})
        try:
            instance.full_clean(exclude=[*errors, "code"], validate_unique=validate_unique)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def do_instance_save(self, instance: Resource, is_create: bool) -> None:
        if is_create:
            details = {name: getattr(instance, name) for name in DETAILS if name != "region"}
            made = resources.offer(giver=instance.giver, region=instance.region, by=self.by, **details)
            instance.pk, instance.code = made.pk, made.code
        else:
            details = {name: getattr(instance, name) for name in self.changed}
            resources.change(Resource.objects.get(pk=instance.pk), by=self.by, **details)
