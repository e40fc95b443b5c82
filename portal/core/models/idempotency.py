from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.fields import EncryptedTextField


class IdempotencyRecord(models.Model):
    """The answer given to a POST that carried a key, so that a repeat gets the same answer and changes nothing.

    The answer may hold a tracking code, so it is encrypted.
    """

    key = models.CharField(max_length=64, primary_key=True, help_text=_("Hash of sender, address and key"))
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = EncryptedTextField(default="")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("idempotency record")
        verbose_name_plural = _("idempotency records")

    def __str__(self) -> str:
        return self.key
