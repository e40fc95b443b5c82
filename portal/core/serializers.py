"""Regions, organisations, estates, posts and disclosures in the API."""

from typing import Any, ClassVar

from rest_framework import serializers

from portal.core.models import DisclosureRecord, Estate, Level, Organization, Post, Region
from portal.core.registry.api import RegistrySerializer
from portal.core.rest.fields import PersonRef, RegionCodeField
from portal.core.rest.rows import LabelField


class RegionRow(serializers.ModelSerializer):
    """A region; it changes by verbs on the desk, not by editing."""

    level_label = LabelField(source="level", choices=Level.choices)
    # The stubs take "parent" for the serializer above.
    parent = serializers.CharField(  # type: ignore[assignment]
        source="parent.code", default=None, allow_null=True, read_only=True
    )
    merged_into = serializers.CharField(source="merged_into.code", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Region
        fields: ClassVar = [
            "id", "code", "name", "short_name", "pinyin", "level", "level_label", "parent", "path", "is_functional",
            "valid_from", "valid_to", "merged_into", "latitude", "longitude",
        ]  # fmt: skip
        read_only_fields = fields


class OrganizationSerializer(RegistrySerializer):
    kind_label = LabelField(source="kind", choices=Organization.Kind.choices)
    region = RegionCodeField()
    region_name = serializers.CharField(source="region.short_name", read_only=True)

    class Meta:
        model = Organization
        fields: ClassVar = [
            "id", "name", "short_name", "kind", "kind_label", "credit_code", "region", "region_name", "parent",
            "address", "phone", "member_count", "founded_on", "takes_requests", "is_active", "notes", "created_at",
            "updated_at",
        ]  # fmt: skip


class EstateSerializer(RegistrySerializer):
    kind_label = LabelField(source="kind", choices=Estate.Kind.choices)
    region = RegionCodeField()
    region_name = serializers.CharField(source="region.short_name", read_only=True)

    class Meta:
        model = Estate
        fields: ClassVar = [
            "id", "name", "kind", "kind_label", "region", "region_name", "address", "built_year", "building_count",
            "household_count", "resident_count", "area_m2", "property_company", "owners_committee", "branch", "mark",
            "mark_reason", "latitude", "longitude",
        ]  # fmt: skip


class PostSerializer(RegistrySerializer):
    """Who holds a post: the person is one who has an account or a post already; names, no phone numbers."""

    kind_label = LabelField(source="kind", choices=Post.Kind.choices)
    region = RegionCodeField()
    region_name = serializers.CharField(source="region.short_name", read_only=True)
    holder = PersonRef(source="person", read_only=True)

    class Meta:
        model = Post
        fields: ClassVar = [
            "id", "person", "holder", "kind", "kind_label", "region", "region_name", "organization", "title",
            "starts_on", "ends_on",
        ]  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"person": {"write_only": True}}


class DisclosureRow(serializers.ModelSerializer):
    kind_label = LabelField(source="kind", choices=DisclosureRecord.Kind.choices)
    account = serializers.CharField(source="user.username", read_only=True)
    person = PersonRef(source="user.person", read_only=True)
    region = serializers.CharField(source="region.code", default=None, allow_null=True, read_only=True)

    class Meta:
        model = DisclosureRecord
        fields: ClassVar = [
            "id", "at", "kind", "kind_label", "user", "account", "person", "about", "subject", "region", "count",
            "reason",
        ]  # fmt: skip
        read_only_fields = fields
