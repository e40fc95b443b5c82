"""Partnership agreements (共建责任书) and the pledges in them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models import Organization, Region, StoredFile
from portal.core.scope import Scope, ScopedQuerySet


class AgreementQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "AgreementQuerySet":
        return self.filter(scope.region_filter("region__path") | Q(organization__in=scope.organization_ids))

    def current(self) -> "AgreementQuerySet":
        today = timezone.localdate()
        return self.filter(starts_on__lte=today, ends_on__gte=today)


class PartnershipAgreement(models.Model):
    """A unit's agreement with a community (`region`) for a term."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="agreements", verbose_name=_("community"))
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="agreements", verbose_name=_("partner unit")
    )
    title = models.CharField(_("title"), max_length=100)
    signed_on = models.DateField(_("signed on"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("partnership agreement")
        verbose_name_plural = _("partnership agreements")
        ordering = ["-signed_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["region", "organization", "title", "starts_on"], name="agreement_once"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")),
                name="agreement_ends_after_it_starts",
                violation_error_message=_("The term ends before it starts."),
            ),
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.title


class Pledge(models.Model):
    agreement = models.ForeignKey(
        PartnershipAgreement, models.CASCADE, related_name="pledges", verbose_name=_("agreement")
    )
    text = models.CharField(_("pledge"), max_length=200)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    fulfilled_on = models.DateField(_("fulfilled on"), null=True, blank=True)
    note = models.CharField(_("how it was fulfilled"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("pledge")
        verbose_name_plural = _("pledges")
        ordering = ["pk"]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.text


class AgreementDocument(models.Model):
    """What was signed: the agreement itself, its annexes, scanned page by page. Attached by `stations.documents`."""

    agreement = models.ForeignKey(
        PartnershipAgreement, models.CASCADE, related_name="documents", verbose_name=_("agreement")
    )
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+", verbose_name=_("file"))
    # As it was called when it came; what it is, its content has said.
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["pk"]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.name
