"""What every template may use as `portal`."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

ELDER_COOKIE = "elder"


class PortalContext:
    """Looked up lazily: a public page that shows no name runs no query."""

    brand = _("Xiaozhan")
    tagline = _("neighbourhood service stations")

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def elder(self) -> bool:
        """Large type and plain words (适老模式), remembered in a cookie so that it works without an account."""
        return self._request.COOKIES.get(ELDER_COOKIE) == "1"

    @property
    def tile_url(self) -> str:
        return settings.MAP_TILE_URL

    @property
    def tile_attribution(self) -> str:
        return settings.MAP_TILE_ATTRIBUTION

    @property
    def debug(self) -> bool:
        return settings.DEBUG

    @cached_property
    def memberships(self) -> Sequence[Any]:
        """Every role that the signed-in person holds now, for the switch at the top of the desk."""
        user = getattr(self._request, "user", None)
        if user is None or not user.is_authenticated:
            return []
        return list(user.memberships.select_related("region", "station", "organization"))

    @cached_property
    def membership(self) -> Any | None:
        """The role in which the person acts now; the first one when none was chosen."""
        chosen = getattr(self._request, "membership", None)
        return chosen or next(iter(self.memberships), None)


def portal(request: HttpRequest) -> dict[str, PortalContext]:
    return {"portal": PortalContext(request)}
