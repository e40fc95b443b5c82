"""Stations as a sheet."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.core.imports.resources import SheetField, SheetResource
from stations.models import Station
from stations.points import entered_to_stored, stored_to_entered

POINT = ("latitude", "longitude")


class PointField(SheetField):
    """Latitude or longitude as it was once entered, beside the datum it came in."""

    def get_value(self, instance: Any) -> Any:
        shown = stored_to_entered(instance.latitude, instance.longitude, instance.datum)
        return shown[POINT.index(self.attribute)]


class PointSheet(SheetResource):
    """A sheet whose rows have a point, in the datum of the map that it was read from."""

    @classmethod
    def field_from_django_field(cls, field_name: str, django_field: Any, readonly: bool) -> SheetField:
        kind = PointField if field_name in POINT else SheetField
        return kind(django_field, note=cls.notes.get(field_name, ""), required=cls.requires(django_field))

    def import_instance(self, instance: Any, row: dict[str, Any], **kwargs: Any) -> None:
        # The cells are read in the datum of the row, so the stored point is set aside while they are.
        self.stored = instance.latitude, instance.longitude, instance.datum
        super().import_instance(instance, row, **kwargs)

    def finish(self, instance: Any, row: dict[str, Any], errors: dict[str, Any]) -> None:
        """Store the point that was entered; one that nobody touched stays to the last digit."""
        if not {*POINT, "datum"} & set(self.changed):
            return
        shown = stored_to_entered(*self.stored)
        latitude = instance.latitude if "latitude" in self.changed else shown[0]
        longitude = instance.longitude if "longitude" in self.changed else shown[1]
        instance.latitude, instance.longitude = entered_to_stored(latitude, longitude, instance.datum)
        self.changed.extend(name for name in POINT if name not in self.changed)


class StationResource(PointSheet):
    key = "code"
    title = _("Stations")
    notes = {
        "code": _("A new station needs one. If it is empty, the station is found by its region and name."),
        "station_type": _("For stations only; a centre has none."),
        "datum": _("Which map the coordinates were read from. They are stored as WGS-84."),
        "phone": _("Shown to residents: an office phone, never a private number."),
    }

    class Meta(PointSheet.Meta):
        model = Station
        fields = [
            "code", "name", "tier", "station_type", "station_class", "status", "opened_on", "region", "estate",
            "address", "latitude", "longitude", "datum", "area_m2", "room_count", "build_mode", "premises_source",
            "organization", "phone", "brand", "is_demonstration", "open_24h", "has_study_hall", "functions",
            "service_items", "amenities", "introduction",
        ]  # fmt: skip
