"""How people sign in, where it differs from what allauth does: nobody signs up, and a start password is used once."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
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
