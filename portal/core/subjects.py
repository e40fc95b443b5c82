"""What the ground floor has in the registry."""

from portal.core.models import Estate, Organization, Post, Region, User
from portal.core.registry.subjects import Subject, lies_in_regions

REGIONS = Subject(Region, "registry:region", read="regions:read", write="regions:write", icon="sitemap")
ORGANIZATIONS = lies_in_regions(
    Subject(
        Organization, "registry:organization", read="organizations:read", write="organizations:write",
        icon="building-community", sheet="organizations",
    )
)  # fmt: skip
ESTATES = lies_in_regions(
    Subject(Estate, "registry:estate", read="organizations:read", write="organizations:write", icon="building")
)
POSTS = lies_in_regions(Subject(Post, "registry:post", read="people:read", write="people:write", icon="users"))
ACCOUNTS = Subject(User, "registry:account", read="accounts:read", write="accounts:write", icon="user-check")
