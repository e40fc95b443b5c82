"""Organisations: party organisations, property companies, owners' committees, units, enterprises."""

import re

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.core.chinese import zh_vector
from portal.core.history import HistoryTrigger
from portal.core.models.regions import Region
from portal.core.scope import Scope, ScopedQuerySet

CREDIT_CODE = re.compile(r"[0-9A-Za-z]{18}")


class OrganizationQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "OrganizationQuerySet":
        """Organisations of my regions, and those that I speak for."""
        return self.filter(scope.region_filter("region__path") | Q(pk__in=scope.organization_ids))

    def active(self) -> "OrganizationQuerySet":
        return self.filter(is_active=True)


class Organization(models.Model):
    class Kind(models.TextChoices):
        COMMUNITY_PARTY_COMMITTEE = "community_party_committee", _("Community party committee")  # 社区党委
        ESTATE_BRANCH = "estate_branch", _("Estate party branch")  # 小区党支部
        GENERAL_BRANCH = "general_branch", _("General party branch")  # 党总支
        NEW_SECTOR_BRANCH = "new_sector_branch", _("Party branch of new sectors")  # 两新支部
        TEMPORARY_BRANCH = "temporary_branch", _("Temporary party branch")  # 临时党支部
        RESIDENTS_GROUP = "residents_group", _("Residents' group")  # 居民小组
        OWNERS_COMMITTEE = "owners_committee", _("Owners' committee")  # 业委会
        PROPERTY_COMPANY = "property_company", _("Property company")  # 物业公司
        RESIDENT_UNIT = "resident_unit", _("Unit in the area")  # 驻区单位
        DEPARTMENT = "department", _("Government department")  # 职能部门
        MASS_ORGANIZATION = "mass_organization", _("Mass organisation")  # 群团
        SOCIAL_ORGANIZATION = "social_organization", _("Social organisation")  # 社会组织
        ENTERPRISE = "enterprise", _("Enterprise")  # 企业
        MERCHANT = "merchant", _("Merchant")  # 商户

    name = models.CharField(_("name"), max_length=120)
    short_name = models.CharField(_("short name"), max_length=60, blank=True)
    kind = models.CharField(_("kind"), max_length=30, choices=Kind.choices)
    # 统一社会信用代码; not every branch or group has one.
    credit_code = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="organizations", verbose_name=_("region"))
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("superior organisation"),
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("office phone"), max_length=30, blank=True)
    member_count = models.PositiveIntegerField(_("members"), null=True, blank=True)
    founded_on = models.DateField(_("founded on"), null=True, blank=True)
    takes_requests = models.BooleanField(
        _("takes requests"), default=False, help_text=_("Cases can be dispatched to this unit")
    )
    is_active = models.BooleanField(_("active"), default=True)
    notes = models.TextField(_("notes"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    search = models.GeneratedField(
        expression=zh_vector("name", "short_name", "address"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name", "pk"]
        indexes = [GinIndex(fields=["search"], name="organization_search")]
        constraints = [
            models.UniqueConstraint(fields=["region", "name"], name="organization_name_once_a_region"),
            models.UniqueConstraint(
                fields=["credit_code"], condition=~Q(credit_code=""), name="organization_credit_code_once"
            ),
        ]
        triggers = [HistoryTrigger(hidden=["notes"], ignored=["search", "updated_at"])]

    def __str__(self) -> str:
        return self.short_name or self.name

    def clean(self) -> None:
        if self.credit_code and not CREDIT_CODE.fullmatch(self.credit_code):
            message = _("A unified social credit code has 18 digits and letters.")
            raise ValidationError({"credit_code": ValidationError(message, code="bad_credit_code")})
        if self.parent_id is not None and self.parent_id == self.pk:
            message = _("An organisation cannot be its own superior.")
            raise ValidationError({"parent": ValidationError(message, code="own_parent")})
