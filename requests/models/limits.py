"""The limits that districts set for themselves; without any, those of `requests.limits` hold."""

from datetime import date
from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.clock import ZONE, Limit
from portal.core.history import HistoryTrigger
from portal.core.models import Level, Region
from portal.core.models.regions import codes_on
from portal.core.scope import Scope, ScopedQuerySet
from requests.models.categories import Category
from requests.types import Kind, LimitStep, LimitUnit, TimeLimit

MOST = 1000
# Where the process-local cache says that the rules at hand are of this minute.
AT_HAND = "limit-rules"


def today() -> date:
    return timezone.localdate(timezone=ZONE)


class LimitRuleQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> Self:
        """Rules that concern my regions: those of districts above or below them, and everybody's."""
        if scope.sees_all_regions:
            return self
        paths = (*scope.region_paths, *scope.home_paths)
        above = Q(district__code__in={code for path in paths for code in codes_on(path)})
        return self.filter(scope.region_filter("district__path") | above | Q(district__isnull=True))

    def editable_by(self, user: Any, capability: str) -> Self:
        """A rule for every district is for those who look after all of them."""
        scope = getattr(user, "scope", None)
        if scope is None or not scope.can(capability):
            return self.none()
        return self.filter(scope.granting(capability).region_filter("district__path"))


class LimitRule(models.Model):
    """How long one step may take, for the cases that it names, from a day on.

    What is left empty names all: every district, category, kind. A rule without a class leaves urgent cases alone.
    """

    district = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="limit_rules", verbose_name=_("district")
    )
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="limit_rules", verbose_name=_("category"),
        help_text=_("With all that stands under it. Empty: every category."),
    )  # fmt: skip
    kind = models.CharField(
        pgettext_lazy("of a case", "kind"), max_length=20, choices=Kind.choices, blank=True,
        help_text=_("Empty: every kind."),
    )  # fmt: skip
    time_limit = models.CharField(
        pgettext_lazy("of a case", "class"), max_length=10, choices=TimeLimit.choices, blank=True,
        help_text=_("Empty: every class but the urgent ones, which a rule has to name."),
    )  # fmt: skip
    step = models.CharField(pgettext_lazy("of a limit", "for"), max_length=11, choices=LimitStep.choices)
    amount = models.PositiveSmallIntegerField(
        _("amount"), validators=[MinValueValidator(1), MaxValueValidator(MOST)]
    )  # fmt: skip
    unit = models.CharField(pgettext_lazy("of a limit", "unit"), max_length=16, choices=LimitUnit.choices)
    starts_on = models.DateField(
        _("valid from"), default=today, help_text=_("Clocks that start before keep the limit they have.")
    )
    ends_on = models.DateField(_("valid until"), null=True, blank=True, help_text=_("Empty: until further notice."))

    objects = LimitRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("limit")
        verbose_name_plural = _("limits")
        ordering = ["step", F("district").asc(nulls_first=True), F("category").asc(nulls_first=True), "-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=1, amount__lte=MOST),
                name="limit_amount_possible",
                violation_error_message=_("A limit is from 1 to 1000."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="limit_ends_after_it_starts",
            ),
            # Whichever rule decides, it is one.
            ExclusionConstraint(
                name="limit_rule_once_at_a_time",
                expressions=[
                    (Coalesce(F("district"), Value(0)), RangeOperators.EQUAL),
                    (Coalesce(F("category"), Value(0)), RangeOperators.EQUAL),
                    (F("kind"), RangeOperators.EQUAL),
                    (F("time_limit"), RangeOperators.EQUAL),
                    (F("step"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("starts_on"), F("ends_on"), Value("[]"),
                            function="daterange", output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_(
                    "There is a limit for just these cases in that time. Let the older one end first."
                ),
            ),
        ]  # fmt: skip
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.length}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        caches["local"].delete(AT_HAND)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        deleted = super().delete(*args, **kwargs)
        caches["local"].delete(AT_HAND)
        return deleted

    @property
    def limit(self) -> Limit:
        return Limit(self.amount, self.unit)

    @property
    def length(self) -> str:
        """The limit in words: “3 working days”."""
        return f"{self.amount} {self.get_unit_display()}"

    def clean(self) -> None:
        if self.district_id is not None and self.district.level != Level.DISTRICT:
            raise ValidationError({"district": _("Limits are those of a district, or of all.")})
        if self.ends_on is not None and self.starts_on is not None and self.ends_on < self.starts_on:
            # Said before the database is asked about a time that ends before it begins.
            raise ValidationError({"ends_on": _("The last day comes before the first.")})
