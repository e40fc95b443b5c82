"""热线工单 as a sheet: the rows that the hotline hands over. A number that is known already is left alone."""

import datetime as dt
import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import cached_property
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from import_export.fields import Field

from portal.core.clock import ZONE
from portal.core.imports import widgets
from portal.core.imports.resources import Sheet, SheetField, SheetResource, widget_for
from portal.core.models import User
from portal.core.sheets import parse_date, text_cell
from requests import hotline
from requests.models import Category, HotlineCase, Requester, ServiceRequest
from requests.models.hotline import SYSTEM
from requests.types import Kind
from requests.workflow.actors import Staff
from requests.workflow.intake import MAX_DESCRIPTION, Contact

# Of the case and of who asks; the hotline's own columns come from the model of the sheet.
MATTER = ("description", "kind", "category", "region", "address_text")
CONTACT = ("phone", "name")


class CategoryWidget(widgets.SheetWidget):
    """A category by its path, or by its name where only one is called so."""

    @cached_property
    def _known(self) -> dict[str, list[Category]]:
        known: dict[str, list[Category]] = {}
        for row in Category.objects.filter(is_active=True):
            for word in {widgets.plain(row.path), widgets.plain(row.name)}:
                known.setdefault(word, []).append(row)
        return known

    def note(self) -> str:
        return gettext("Left empty where it is not known.")

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Category | None:
        text = text_cell(value)
        if not text.strip():
            return None
        found = self._known.get(widgets.plain(text), [])
        if len(found) != 1:
            message = gettext("There is no category “%(text)s”, or several are called so: write its whole path.")
            raise ValidationError(message % {"text": text[:30]}, code="unknown")
        return found[0]


class DueWidget(widgets.SheetWidget):
    """A day, until its end, or a day with a time."""

    def note(self) -> str:
        return gettext("Such as 2026-11-30 18:00; a day alone counts until its end.")

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> dt.datetime | None:
        day = parse_date(value)
        if day is None:
            return None
        is_cell = isinstance(value, dt.datetime)
        time = value.time() if is_cell else _time_in(unicodedata.normalize("NFKC", str(value)))
        return dt.datetime.combine(day, time or dt.time(23, 59), ZONE)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return f"{value.astimezone(ZONE):%Y-%m-%d %H:%M}" if value else ""


def _time_in(text: str) -> dt.time | None:
    last = text.strip().split()[-1]
    if ":" not in last:
        return None
    try:
        return dt.time.fromisoformat(last.zfill(5) if last.count(":") == 1 else last.zfill(8))
    except ValueError as error:
        raise ValidationError(gettext("“%(text)s” is not a time.") % {"text": last[:20]}, code="bad_time") from error


class MatterField(SheetField):
    """A column of another model than the sheet's: it goes on to the verb."""

    def __init__(
        self, model: type[models.Model], name: str, *, required: bool = False,
        widget: widgets.SheetWidget | None = None, label: Any = None,
    ) -> None:  # fmt: skip
        model_field: Any = model._meta.get_field(name)
        Field.__init__(self, name, name, widget or widget_for(model_field))
        self.model_field, self.own_note, self.required, self.own_label = model_field, "", required, label

    @property
    def label(self) -> Any:
        return self.own_label or super().label


class HotlineSheet(SheetResource):
    key = "external_number"
    needed = ("region", "description")
    title = format_lazy(_("Cases of the hotline {system}"), system=SYSTEM)
    notes = {
        "external_number": _("Each number once: what is known already is left as it is."),
        "due_at": _("Our own limit counts unless this is sooner."),
    }

    also_called = {
        "external_number": ("工单号", "工单编号", "热线工单号", "受理编号"),
        "description": ("诉求内容", "工单内容", "反映内容", "问题描述"),
        "region": ("事发区域", "所属区域", "所属社区"), "address_text": ("事发地点", "详细地址", "地址"),
        "kind": ("工单类型", "诉求类别"), "category": ("诉求分类", "问题类别", "问题分类"),
        "name": ("诉求人", "来电人", "联系人", "姓名", "名称"), "phone": ("联系电话", "来电号码", "联系方式", "手机号"),
        "due_at": ("办结时限", "办理时限", "截止时间"),
    }  # fmt: skip

    description = MatterField(
        ServiceRequest, "description", required=True,
        widget=widgets.TextWidget(max_length=MAX_DESCRIPTION, multiline=True),
    )  # fmt: skip
    region = MatterField(ServiceRequest, "region", required=True)
    kind = MatterField(ServiceRequest, "kind", widget=widgets.ChoiceWidget(Kind.choices, may_be_empty=False))
    category = MatterField(ServiceRequest, "category", widget=CategoryWidget())
    address_text = MatterField(ServiceRequest, "address_text")
    phone = MatterField(Requester, "phone", widget=widgets.TextWidget(max_length=30))
    name = MatterField(Requester, "name", widget=widgets.TextWidget(max_length=30), label=_("name of the caller"))

    class Meta(SheetResource.Meta):
        model = HotlineCase
        fields = [
            "external_number", "description", "region", "address_text", "kind", "category", "name", "phone", "due_at",
        ]  # fmt: skip

    @classmethod
    def field_from_django_field(cls, field_name: str, django_field: Any, readonly: bool) -> SheetField:
        field = super().field_from_django_field(field_name, django_field, readonly)
        if field_name == "due_at":
            field.widget = DueWidget()
        return field

    @classmethod
    def requires(cls, model_field: models.Field) -> bool:
        return model_field.name == cls.key

    @cached_property
    def by(self) -> Staff:
        return Staff(User.objects.get(pk=self.scope.user_id))

    def related(self) -> models.QuerySet:
        return HotlineCase.objects.select_related("request").defer("request__search")

    def _find_rows(self, sheet: Sheet, *, lock: bool) -> None:
        """Among all: a number of another area is known, too. Nothing is changed, so nothing is locked."""
        numbers = {self.key_in(row.values) for row in sheet.rows} - {""}
        rows = self.related().filter(external_system=SYSTEM, external_number__in=numbers)
        self._by_key = {row.external_number: row for row in rows}

    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> HotlineCase | None:
        return self._by_key.get(self.key_in(row))

    def import_instance(self, instance: HotlineCase, row: dict[str, Any], **kwargs: Any) -> None:
        if instance._state.adding:
            super().import_instance(instance, row, **kwargs)

    def finish(self, instance: HotlineCase, row: dict[str, Any], errors: dict[str, Any]) -> None:
        if not instance.external_number:
            errors.setdefault("external_number", ValidationError(gettext("Give the number at the hotline.")))
        if "region" not in errors and getattr(instance, "region", None) is None:
            errors["region"] = ValidationError(gettext("Name the region."))
        if not getattr(instance, "description", ""):
            errors.setdefault("description", ValidationError(gettext("Say what it is about.")))

    def _identities(self, instance: HotlineCase) -> Any:
        if instance.external_number:
            yield self.key, instance.external_number

    def validate_instance(
        self, instance: HotlineCase, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """The verb judges the rest."""
        if import_validation_errors:
            raise ValidationError(import_validation_errors)

    def do_instance_save(self, instance: HotlineCase, is_create: bool) -> None:
        matter = {name: value for name in MATTER if (value := getattr(instance, name, None)) not in (None, "")}
        contact = Contact(**{name: getattr(instance, name, "") or "" for name in CONTACT})
        made = hotline.take_in(
            external_number=instance.external_number, due_at=instance.due_at, by=self.by, contact=contact, **matter
        )
        instance.pk, instance.request_id = made.hotline.pk, made.hotline.request_id
