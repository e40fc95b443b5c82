"""The second factors of accounts, which allauth keeps, in our history."""

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger


class SecondFactor(Authenticator):
    """Set up by whoever owns the account, taken away when the phone is lost: both must be known later."""

    class Meta:
        proxy = True
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")
        triggers = [HistoryTrigger(hidden=["data"], ignored=["last_used_at"])]
