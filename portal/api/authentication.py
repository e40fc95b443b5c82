"""Who calls: a machine by its token, or a person by the session of their browser."""

from rest_framework import authentication, exceptions
from rest_framework.request import Request

from portal.core import tokens
from portal.core.models import ApiToken, User


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer xz_…`"""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        keyword, _space, plaintext = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if keyword.lower() != self.keyword.lower():
            return None
        found = tokens.find(plaintext.strip()) if plaintext.strip().isascii() else None
        if found is None:
            raise exceptions.AuthenticationFailed
        return found

    def authenticate_header(self, request: Request) -> str:
        return f'{self.keyword} realm="api"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The session of the desk, with CSRF protection as for any form."""
