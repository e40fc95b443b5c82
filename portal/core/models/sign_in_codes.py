from django.db import models
from django.utils.translation import gettext_lazy as _


class SignInCode(models.Model):
    """The code that was last sent to a phone; a new one takes its place. See `portal.core.codes_login`."""

    phone_hash = models.CharField(max_length=64, primary_key=True)
    code_hash = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("sign-in code")
        verbose_name_plural = _("sign-in codes")

    def __str__(self) -> str:
        return f"{self.expires_at:%Y-%m-%d %H:%M}"
