"""Who calls: a machine by its token, or a person by the session of their browser."""

from typing import Any

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
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


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A machine token, made at /desk/tokens/."}


class DeskSessionScheme(SessionScheme):
    target_class = SessionAuthentication
    name = "session"
