"""What the ground floor has in the registry."""

from django.utils.translation import gettext_lazy as _

from portal.core.models import Estate, Organization, Post, Region, User
from portal.core.registry.subjects import Ending, Subject, lies_in_regions

# One that is no longer there, and one whose term is over.
NO_LONGER_ACTIVE = Ending(
    _("Delete only what was entered by mistake. What no longer exists is set to “not active”: its past stays."),
    _("Set it to “not active”"),
    "is_active",
)
TERM_IS_OVER = Ending(
    _("Delete only what was entered by mistake. What is over gets an end of its term: its past stays."),
    _("Enter the end of the term"),
    "ends_on",
)

REGIONS = Subject(
    Region, "registry:region", read="regions:read", write="regions:write", icon="sitemap", deletable=False
)
ORGANIZATIONS = lies_in_regions(
    Subject(
        Organization, "registry:organization", read="organizations:read", write="organizations:write",
        icon="building-community", sheet="organizations", ending=NO_LONGER_ACTIVE,
    )
)  # fmt: skip
ESTATES = lies_in_regions(
    Subject(Estate, "registry:estate", read="organizations:read", write="organizations:write", icon="building")
)
POSTS = lies_in_regions(
    Subject(
        Post, "registry:post", read="people:read", write="people:write", icon="users", ending=TERM_IS_OVER,
    )
)  # fmt: skip
ACCOUNTS = Subject(
    User, "registry:account", read="accounts:read", write="accounts:write", icon="user-check", deletable=False
)
