"""An estate's households as a sheet: the flat and its floor area."""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from portal.core.imports.resources import Sheet, SheetResource
from portal.core.models import User
from requests import households
from requests.models import Household


class HouseholdSheet(SheetResource):
    """A flat is found by its estate and its label; what differs is its floor area alone."""

    key = "label"
    needed = ("estate", "label")
    title = _("Households")
    notes = {
        "label": _("As everybody says it: 3栋2单元501. The building is read from it."),
        "area_m2": _("With it, votes count by floor area, too."),
    }

    also_called = {
        "estate": ("小区名称",), "label": ("房号", "门牌号", "户号"), "area_m2": ("建筑面积", "面积", "房屋面积"),
    }  # fmt: skip

    class Meta(SheetResource.Meta):
        model = Household
        fields = ["estate", "label", "area_m2"]

    @classmethod
    def requires(cls, model_field: models.Field) -> bool:
        return model_field.name in cls.needed

    @cached_property
    def by(self) -> User:
        return User.objects.get(pk=self.scope.user_id)

    def related(self) -> models.QuerySet:
        return Household.objects.select_related("estate__region")

    def _find_rows(self, sheet: Sheet, *, lock: bool) -> None:
        labels = {self.key_in(row.values) for row in sheet.rows} - {""}
        rows = self.related().in_scope(self.scope).filter(label__in=labels)
        found = rows.select_for_update(of=("self",)) if lock else rows
        self._of_estate = {(row.estate_id, row.label): row for row in found}

    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> Household | None:
        estate = self.fields["estate"].widget.clean(row.get("estate"), row) if row.get("estate") else None
        return self._of_estate.get((estate.pk, self.key_in(row))) if estate is not None else None

    def _identities(self, instance: Household) -> Iterator[tuple[Any, ...]]:
        yield "label", instance.estate_id, instance.label

    def do_instance_save(self, instance: Household, is_create: bool) -> None:
        households.put_down(instance, by=self.by)
