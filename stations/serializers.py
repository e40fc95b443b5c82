"""Stations, affiliates, guarantors and agreements in the API."""

import math
from itertools import groupby
from operator import itemgetter
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.fields import empty

from portal.core.errors import DomainError
from portal.core.registry.api import RegistrySerializer
from portal.core.rest.fields import PersonRef, RegionCodeField
from portal.core.rest.rows import LabelField
from portal.core.rest.serializers import Strict
from portal.core.serializer_fields import CleanCharField
from stations.hours import overlap
from stations.keeping import DAILY_FIELDS, runs
from stations.models import (
    Affiliate,
    AgreementDocument,
    Amenity,
    Guarantor,
    OpeningHours,
    PartnershipAgreement,
    Pledge,
    ServiceItem,
    SpecialDay,
    Station,
    StationFunction,
)
from stations.models.hours import Weekday
from stations.points import entered_to_stored
from stations.types import Datum, StationStatus, StationType, Tier


class StationRef(serializers.Serializer):
    """A station where it is mentioned."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class Whole(Strict):
    """A part of a row that comes complete or not at all, in a PATCH too."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            needed = [name for name, field in self.fields.items() if field.required and not field.read_only]
            if missing := [name for name in needed if name not in data]:
                lines = {name: [self.fields[name].error_messages["required"]] for name in missing}
                raise serializers.ValidationError(lines)
            data = {name: field.default for name, field in self.fields.items() if _has_default(field)} | data
        return super().to_internal_value(data)


def _has_default(field: serializers.Field) -> bool:
    return field.default is not empty


class PointInput(Whole):
    """Where a place is, in the datum of the map that it was read from."""

    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    datum = serializers.ChoiceField(choices=Datum.choices, default=Datum.WGS84)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (math.isfinite(attrs["latitude"]) and math.isfinite(attrs["longitude"])):
            raise serializers.ValidationError(_("Give latitude and longitude as decimal degrees."))
        return attrs


class PointMixin(serializers.Serializer):
    """`latitude`, `longitude` (WGS-84) and `datum` (of the source) are read; `point` is written, null takes it away."""

    point = PointInput(write_only=True, required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "point" in attrs:
            point = attrs.pop("point") or {"latitude": None, "longitude": None, "datum": Datum.WGS84}
            latitude, longitude = entered_to_stored(point["latitude"], point["longitude"], point["datum"])
            attrs |= {"latitude": latitude, "longitude": longitude, "datum": point["datum"]}
        return super().validate(attrs)


class HoursSerializer(Whole):
    weekday = serializers.ChoiceField(choices=Weekday.choices, help_text="0 is Monday.")
    opens = serializers.TimeField()
    closes = serializers.TimeField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["closes"] <= attrs["opens"]:
            raise serializers.ValidationError(_("The closing time must be after the opening time."))
        return attrs


class SpecialDaySerializer(Whole):
    date = serializers.DateField()
    opens = serializers.TimeField(allow_null=True, default=None)
    closes = serializers.TimeField(allow_null=True, default=None)
    reason = CleanCharField(max_length=60)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        opens, closes = attrs["opens"], attrs["closes"]
        if (opens is None) != (closes is None) or (opens is not None and closes <= opens):
            raise serializers.ValidationError(
                _("Give both times, the closing after the opening, or none for a closed day.")
            )
        return attrs


def by_code(model: Any) -> serializers.ManyRelatedField:
    """Entries of a catalogue by their codes."""
    return serializers.SlugRelatedField(
        slug_field="code", many=True, required=False, queryset=model._default_manager.filter(is_active=True)
    )


class StationSerializer(PointMixin, RegistrySerializer):
    tier_label = LabelField(source="tier", choices=Tier.choices)
    station_type_label = LabelField(source="station_type", choices=StationType.choices)
    status_label = LabelField(source="status", choices=StationStatus.choices)
    region = RegionCodeField()
    region_name = serializers.CharField(source="region.short_name", read_only=True)
    functions = by_code(StationFunction)
    service_items = by_code(ServiceItem)
    amenities = by_code(Amenity)
    opening_hours = HoursSerializer(many=True, required=False, help_text="Replaces those of the whole week.")
    special_days = SpecialDaySerializer(many=True, required=False, help_text="Replaces all special days.")

    class Meta:
        model = Station
        fields: ClassVar = [
            "id", "code", "name", "tier", "tier_label", "station_type", "station_type_label", "station_class", "status",
            "status_label", "region", "region_name", "estate", "organization", "address", "point", "latitude",
            "longitude", "datum", "area_m2", "room_count", "open_24h", "has_study_hall", "build_mode",
            "premises_source", "is_demonstration", "brand", "introduction", "phone", "opened_on", "functions",
            "service_items", "amenities", "opening_hours", "special_days", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields: ClassVar = ["latitude", "longitude", "datum"]

    def validate_opening_hours(self, hours: list[dict[str, Any]]) -> list[dict[str, Any]]:
        ordered = sorted(hours, key=itemgetter("weekday", "opens"))
        for weekday, spans in groupby(ordered, key=itemgetter("weekday")):
            if overlap([(span["opens"], span["closes"]) for span in spans]):
                words = {"weekday": Weekday(weekday).label}
                raise serializers.ValidationError(_("%(weekday)s: the two spans overlap.") % words)
        return hours

    def validate_special_days(self, days: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({day["date"] for day in days}) < len(days):
            raise serializers.ValidationError(_("A date is named twice."))
        return days

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        self._only_daily_fields_of_a_keeper(attrs)
        plans = {name: attrs.pop(name) for name in ("opening_hours", "special_days") if name in attrs}
        return super().validate(attrs) | plans

    def _only_daily_fields_of_a_keeper(self, attrs: dict[str, Any]) -> None:
        if self.instance is None or runs(self.context["request"].user, self.instance):
            return
        allowed = {*DAILY_FIELDS, "opening_hours", "special_days"}
        if others := sorted(set(attrs) - allowed):
            line = _("Only those who run the region of the station may change this.")
            raise DomainError("not_for_keepers", line, status=403, fields=dict.fromkeys(others, [line]))

    def create(self, validated_data: dict[str, Any]) -> Station:
        return self._with_plans(super().create, validated_data)

    def update(self, instance: Station, validated_data: dict[str, Any]) -> Station:
        return self._with_plans(lambda data: super(StationSerializer, self).update(instance, data), validated_data)

    def _with_plans(self, save: Any, data: dict[str, Any]) -> Station:
        hours, days = data.pop("opening_hours", None), data.pop("special_days", None)
        with transaction.atomic():
            station = save(data)
            _replace(OpeningHours, station, hours, ("weekday", "opens", "closes"))
            _replace(SpecialDay, station, days, ("date", "opens", "closes", "reason"))
        # What was fetched with the row is what it was before.
        station._prefetched_objects_cache = {}
        return station


def _replace(model: Any, station: Station, wanted: list[dict[str, Any]] | None, columns: tuple[str, ...]) -> None:
    """Make the rows of a station those that are wanted, touching only what differs."""
    if wanted is None:
        return
    kept = {tuple(getattr(row, column) for column in columns): row for row in model.objects.filter(station=station)}
    new = {tuple(each[column] for column in columns) for each in wanted}
    for values, row in kept.items():
        if values not in new:
            row.delete()
    for values in sorted(new - set(kept), key=str):
        model.objects.create(station=station, **dict(zip(columns, values, strict=True)))


class AffiliateSerializer(PointMixin, RegistrySerializer):
    kind_label = LabelField(source="kind", choices=Affiliate.Kind.choices)
    region = RegionCodeField()
    region_name = serializers.CharField(source="region.short_name", read_only=True)

    class Meta:
        model = Affiliate
        fields: ClassVar = [
            "id", "kind", "kind_label", "name", "region", "region_name", "station", "organization", "address", "point",
            "latitude", "longitude", "datum", "offer", "hours", "phone", "is_active", "since",
        ]  # fmt: skip
        read_only_fields: ClassVar = ["latitude", "longitude", "datum"]


class GuarantorSerializer(RegistrySerializer):
    region = RegionCodeField(required=False, allow_null=True)
    official = PersonRef(source="person", read_only=True, allow_null=True)

    class Meta:
        model = Guarantor
        fields: ClassVar = [
            "id", "station", "region", "person", "official", "organization", "title", "starts_on", "ends_on",
        ]  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"person": {"write_only": True}}


class PledgeSerializer(Whole):
    id = serializers.IntegerField(
        required=False, min_value=1, help_text="Of a pledge that is kept; a new one has none."
    )
    text = CleanCharField(max_length=200)
    due_on = serializers.DateField(allow_null=True, default=None)
    fulfilled_on = serializers.DateField(allow_null=True, default=None)
    note = CleanCharField(max_length=200, allow_blank=True, default="")


class AgreementSerializer(RegistrySerializer):
    region = RegionCodeField()
    region_name = serializers.CharField(source="region.short_name", read_only=True)
    pledges = PledgeSerializer(many=True, required=False, help_text="Replaces the list; those with an id are kept.")

    class Meta:
        model = PartnershipAgreement
        fields: ClassVar = [
            "id", "title", "region", "region_name", "organization", "signed_on", "starts_on", "ends_on", "pledges",
        ]  # fmt: skip

    def validate_pledges(self, pledges: list[dict[str, Any]]) -> list[dict[str, Any]]:
        known = set(self.instance.pledges.values_list("pk", flat=True)) if self.instance else set()
        named = [pledge["id"] for pledge in pledges if "id" in pledge]
        if len(set(named)) < len(named) or not set(named) <= known:
            raise serializers.ValidationError(_("There is no such pledge in this agreement."))
        return pledges

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        plans = {"pledges": attrs.pop("pledges")} if "pledges" in attrs else {}
        return super().validate(attrs) | plans

    def create(self, validated_data: dict[str, Any]) -> PartnershipAgreement:
        pledges = validated_data.pop("pledges", None)
        return self._with_pledges(super().create(validated_data), pledges)

    def update(self, instance: PartnershipAgreement, validated_data: dict[str, Any]) -> PartnershipAgreement:
        pledges = validated_data.pop("pledges", None)
        return self._with_pledges(super().update(instance, validated_data), pledges)

    def _with_pledges(
        self, agreement: PartnershipAgreement, pledges: list[dict[str, Any]] | None
    ) -> PartnershipAgreement:
        if pledges is not None:
            kept = [pledge["id"] for pledge in pledges if "id" in pledge]
            agreement.pledges.exclude(pk__in=kept).delete()
            for pledge in pledges:
                Pledge.objects.update_or_create(pk=pledge.pop("id", None), agreement=agreement, defaults=pledge)
        agreement._prefetched_objects_cache = {}
        return agreement


class DocumentInput(Strict):
    file = serializers.FileField(help_text="A PDF, or a photo.")
    name = CleanCharField(
        max_length=100, required=False, help_text="What it is shown as; without it the name of the file."
    )


class DocumentRow(serializers.ModelSerializer):
    content_type = serializers.CharField(source="file.content_type", read_only=True)
    size = serializers.IntegerField(source="file.size", read_only=True, help_text="In bytes.")
    sha256 = serializers.CharField(source="file.sha256", read_only=True)
    created_at = serializers.DateTimeField(source="file.created_at", read_only=True)

    class Meta:
        model = AgreementDocument
        fields: ClassVar = ["id", "name", "content_type", "size", "sha256", "created_at"]
