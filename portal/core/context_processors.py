"""What every template may use as `portal`."""

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from portal.core.models import Notification
from portal.core.scope import Grant

ELDER_COOKIE = "elder"
MOST_UNREAD = 99


class PortalContext:
    """Looked up lazily: a public page that shows no name runs no query."""

    # Cities name their stations differently: 薪火小站, 红色驿站, 暖蜂驿站.
    brand = settings.BRAND or _("Xiaozhan")
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
    def back_url(self) -> str:
        """The page of ours that one came from, for the way out of an error."""
        referrer = self._request.headers.get("Referer", "")
        ours = url_has_allowed_host_and_scheme(referrer, allowed_hosts={self._request.get_host()})
        return referrer if ours else self._request.path

    @cached_property
    def memberships(self) -> Sequence[Grant]:
        """Every role that the signed-in person holds now, for the switch at the top of the desk."""
        if not self._request.user.is_authenticated:
            return ()
        # The superuser's own grant is no membership: nobody can choose it.
        return [grant for grant in self._request.user.scope.all_grants if grant.id]

    @cached_property
    def unread(self) -> str:
        """How many notifications the signed-in person has not read, for the bell; nothing when there are none."""
        if not hasattr(self._request.user, "scope"):
            return ""
        # Who has not looked for months is told that there are many, and not counted out.
        unread = Notification.objects.for_user(self._request.user).unread().order_by()
        count = len(unread.values_list("pk")[: MOST_UNREAD + 1])
        return f"{MOST_UNREAD}+" if count > MOST_UNREAD else str(count or "")

    @cached_property
    def membership(self) -> Grant | None:
        """The role in which the person works now; None when it is all of several together."""
        chosen = self._request.user.active_membership_id if self.memberships else None
        if chosen is None and len(self.memberships) == 1:
            return self.memberships[0]
        return next((each for each in self.memberships if each.id == chosen), None)


def portal(request: HttpRequest) -> dict[str, PortalContext]:
    return {"portal": PortalContext(request)}
