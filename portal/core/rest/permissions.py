from typing import Any

from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from portal.core.errors import NotAllowed


class HasCapability(BasePermission):
    """The one permission class. Every view says what it needs, action by action; one that says nothing is closed.

    `capability = "stations:read"` for all actions, or `capabilities = {"list": "stations:read", "create": …}`;
    `public = True` for views that need no account. A test walks all addresses for it.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if getattr(view, "public", False):
            return True
        if not request.user or not request.user.is_authenticated:
            return False
        needed = needed_capability(view)
        alternatives = (needed,) if isinstance(needed, str) else needed
        if alternatives is None or any(request.user.scope.can(each) for each in alternatives):
            return True
        raise NotAllowed(
            _("This needs the permission “%(name)s”.") % {"name": alternatives[0]}, code="missing_permission",
            extra={"permission": alternatives[0]},
        )  # fmt: skip


def needed_capability(view: Any) -> str | tuple[str, ...] | None:
    """What the current action of `view` needs; of several, one is enough: staff with the first, people about their own
    rows with another. None: to be signed in is enough (the view says `capability = None`).
    """
    action = getattr(view, "action", None)
    capabilities = getattr(view, "capabilities", {})
    if action in capabilities:
        return capabilities[action]
    # OPTIONS and unknown methods have no action; whoever may list may ask what there is.
    return view.capability if hasattr(view, "capability") else capabilities["list"]
