"""What staff write to residents: templates of replies, and where somebody else reads a reply before it is sent."""

from datetime import date
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models import Region
from portal.core.models.regions import codes_on
from portal.core.notifications.wording import placeholders
from portal.core.scope import Scope, ScopedQuerySet
from requests.models.categories import Category
from requests.models.limits import today
from requests.models.service_requests import ServiceRequest
from requests.types import REVIEWED_VERBS, TEMPLATED_VERBS, Verb

# What a template may leave to be filled in, by the case that it is used on.
PLACEHOLDERS = {
    "number": _("number"),
    "title": _("title"),
    "category": _("category"),
    "unit": _("unit"),
    "station": _("station"),
    "community": _("community"),
    "due": _("due"),
}


class OfRegionsQuerySet(ScopedQuerySet):
    """Rows of a region and all that lies in it, or of every region."""

    def in_scope(self, scope: Scope) -> Self:
        """Those of my regions, and those that hold there: of the regions above, of every region."""
        if scope.sees_all_regions:
            return self
        paths = (*scope.region_paths, *scope.home_paths)
        above = Q(region__code__in={code for path in paths for code in codes_on(path)})
        return self.filter(scope.region_filter("region__path") | above | Q(region__isnull=True))

    def editable_by(self, user: Any, capability: str) -> Self:
        """What holds in every region is for those who look after all of them."""
        scope = getattr(user, "scope", None)
        if scope is None or not scope.can(capability):
            return self.none()
        return self.filter(scope.granting(capability).region_filter("region__path"))

    def about(self, case: ServiceRequest) -> Self:
        """Those that speak of this case, by its region and category."""
        region = Q(region__isnull=True) | Q(region__code__in=codes_on(case.handling_region.path))
        category = Q(category__isnull=True)
        if case.category is not None:
            # Three levels: whatever stands above a category is its parent or its top.
            above = {case.category_id, case.category.parent_id, case.category.top_id} - {None}
            category |= Q(category__in=above)
        return self.filter(region, category)


class ReplyTemplateQuerySet(OfRegionsQuerySet):
    def offered(self, case: ServiceRequest, *verbs: str) -> Self:
        """What is offered on these steps of a case, in its order."""
        return self.filter(is_active=True, verbs__overlap=verbs).about(case).order_by("order", "title", "pk")


def _verbs(choices: tuple[Verb, ...], **kwargs: Any) -> ArrayField:
    return ArrayField(
        models.CharField(max_length=20, choices=[(verb.value, verb.label) for verb in choices]), **kwargs
    )  # fmt: skip


def _clean_verbs(verbs: list[str] | None, known: tuple[Verb, ...]) -> list[str]:
    """The chosen steps, each once, in the order of the table."""
    if not verbs:
        raise ValidationError({"verbs": _("Choose at least one step.")})
    return [verb.value for verb in known if verb in verbs]


class ReplyTemplate(models.Model):
    """回复模板: words to begin with, for the steps whose text the resident reads. People edit what it fills in."""

    title = models.CharField(_("title"), max_length=60)
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="reply_templates", verbose_name=_("region"),
        help_text=_("With all that lies in it. Empty: every region."),
    )  # fmt: skip
    verbs = _verbs(TEMPLATED_VERBS, verbose_name=_("for which steps"))
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category"),
        help_text=_("With all that stands under it. Empty: every category."),
    )  # fmt: skip
    text = models.TextField(_("text"), max_length=1_000)
    is_active = models.BooleanField(_("is offered"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=100, help_text=_("The smallest number comes first"))
    use_count = models.PositiveIntegerField(_("times used"), default=0, editable=False)

    objects = ReplyTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("reply template")
        verbose_name_plural = _("reply templates")
        ordering = ["order", "title", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "title"], name="reply_template_title_once_a_region", nulls_distinct=False,
                violation_error_message=_("There is a template of this title in the region."),
            ),
            models.CheckConstraint(condition=Q(verbs__len__gt=0), name="reply_template_fits_a_step"),
        ]  # fmt: skip
        triggers = [HistoryTrigger(ignored=["use_count"])]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        self.verbs = _clean_verbs(self.verbs, TEMPLATED_VERBS)
        if unknown := sorted(placeholders(self.text or "") - set(PLACEHOLDERS)):
            known = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            message = gettext("There is no placeholder {%(name)s} here. There are: %(known)s.")
            raise ValidationError({"text": message % {"name": unknown[0], "known": known}})


class ReviewRuleQuerySet(OfRegionsQuerySet):
    def in_force(self, on: date) -> Self:
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), starts_on__lte=on)


class ReviewRule(models.Model):
    """回复审核: which replies somebody else reads before the resident does, from a day on."""

    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="review_rules", verbose_name=_("region"),
        help_text=_("With all that lies in it. Empty: every region."),
    )  # fmt: skip
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category"),
        help_text=_("With all that stands under it. Empty: every category."),
    )  # fmt: skip
    verbs = _verbs(REVIEWED_VERBS, verbose_name=_("which replies"))
    starts_on = models.DateField(_("valid from"), default=today)
    ends_on = models.DateField(_("valid until"), null=True, blank=True, help_text=_("Empty: until further notice."))

    objects = ReviewRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("review of replies")
        verbose_name_plural = _("reviews of replies")
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="review_rule_ends_after_it_starts",
                violation_error_message=_("The last day comes before the first."),
            ),
            models.CheckConstraint(condition=Q(verbs__len__gt=0), name="review_rule_names_a_step"),
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.region or _('Every region')} · {self.verbs_in_words}"

    @property
    def verbs_in_words(self) -> str:
        return "、".join(str(Verb(verb).label) for verb in self.verbs)

    def clean(self) -> None:
        self.verbs = _clean_verbs(self.verbs, REVIEWED_VERBS)
