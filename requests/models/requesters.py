from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.fields import EncryptedTextField
from portal.core.history import HistoryTrigger
from portal.core.models import ConsentText, Region
from requests.models.service_requests import ServiceRequest, known
from requests.types import Relation


class Requester(models.Model):
    """Somebody who asked for the matter to be dealt with, and the tracking code by which they follow it.

    Everything that tells who they are is encrypted; the masked form stands beside it, so that lists decrypt nothing.
    """

    request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="requesters", verbose_name=_("request"))
    district = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False, editable=False)
    name = EncryptedTextField(pgettext_lazy("of a person", "name"), blank=True, default="")
    name_masked = models.CharField(max_length=30, blank=True, editable=False)
    phone = EncryptedTextField(_("phone"), blank=True, default="")
    phone_masked = models.CharField(max_length=30, blank=True, editable=False)
    phone_hash = models.CharField(max_length=64, blank=True, editable=False)
    address = EncryptedTextField(_("home address"), blank=True, default="")
    address_masked = models.CharField(max_length=60, blank=True, editable=False)
    # Whose request it is; others who ask for the same stand beside.
    is_main = models.BooleanField(_("asked first"), default=True, db_default=True, editable=False)
    # The case with which they asked, when it was merged into this one.
    came_with = models.ForeignKey(
        ServiceRequest, models.PROTECT, null=True, related_name="gave_requesters", db_index=False, editable=False
    )
    # Filed for somebody else, such as a parent.
    relation = models.CharField(_("filed for"), max_length=12, choices=Relation.choices, blank=True)
    beneficiary = EncryptedTextField(_("name of that person"), blank=True, default="")
    beneficiary_masked = models.CharField(max_length=30, blank=True, editable=False)
    hide_name = models.BooleanField(_("hide my name from the handling unit"), default=False)
    code = EncryptedTextField(_("tracking code"), editable=False)
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    consent = models.ForeignKey(ConsentText, models.PROTECT, null=True, related_name="+", verbose_name=_("consent"))
    consented_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("requester")
        verbose_name_plural = _("requesters")
        ordering = ["-is_main", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["request"], condition=models.Q(is_main=True), name="requester_one_main")
        ]
        indexes = [
            models.Index(fields=["phone_hash"], condition=~models.Q(phone_hash=""), name="requester_phone"),
            models.Index(fields=["came_with"], condition=known("came_with"), name="requester_came_with"),
        ]
        triggers = [
            HistoryTrigger(
                hidden=[
                    "name", "name_masked", "phone", "phone_masked", "phone_hash", "address", "address_masked",
                    "beneficiary", "beneficiary_masked", "code", "code_hash",
                ]
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name_masked or self.phone_masked or str(self.pk)

    @property
    def asked_with(self) -> ServiceRequest:
        """The case in the words of this person: the one that was merged, or the case itself."""
        return self.came_with or self.request
