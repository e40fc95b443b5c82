"""How people sign in, where it differs from what allauth does: nobody signs up, and a start password is used once.

After several failures an account is locked for a while, by name; the lock can be looked at and lifted here.
"""

import time
from collections.abc import Iterator
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.core.models import User
from portal.core.permissions import BELONGING
from portal.core.throttling import client_ip


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Behind our proxy everybody would share its address, and thirty bad passwords would lock everybody out."""
        return client_ip(request)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Without the host name that allauth puts before it: one account has one lock, which can be found again."""
        return credentials.get("username", "").lower()

    def clean_password(self, password: str, user: User | None = None) -> str:
        if user is not None and user.must_change_password and user.check_password(password):
            message = _("This is the start password, which others have seen. Please choose one of your own.")
            raise ValidationError(message, code="start_password")
        return super().clean_password(password, user)

    def set_password(self, user: User, password: str) -> None:
        """Only ever called for one's own password."""
        user.must_change_password = False
        super().set_password(user, password)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Whoever is a volunteer and no more has nothing at the desk."""
        grants = request.user.scope.grants
        is_volunteer_alone = bool(grants) and all(grant.role in BELONGING for grant in grants)
        return settings.VOLUNTEER_REDIRECT_URL if is_volunteer_alone else super().get_login_redirect_url(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return settings.LOGIN_REDIRECT_URL


def is_locked(account: User) -> bool:
    """Whether the next attempt to sign in is refused, whatever the password."""
    now = time.time()
    return any(
        not ratelimit.apply_rate(cache.get(key, []), now, rate, dry_run=True)[0] for key, rate in _failures(account)
    )


def lift_lock(account: User) -> None:
    for key, _rate in _failures(account):
        cache.delete(key)


def _failures(account: User) -> Iterator[tuple[str, ratelimit.Rate]]:
    """Where the failures of this account are counted; those of an address (many accounts) are none of it."""
    about: dict[str, Any] = {"app": "allauth.account", "action": "login_failed"}
    for rate in ratelimit.get_rates(**about):
        if rate.per == "key":
            yield ratelimit.get_cache_key(HttpRequest(), rate=rate, key=account.username.lower(), **about), rate
