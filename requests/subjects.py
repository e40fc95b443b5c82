"""What the demand loop has in the registry."""

from portal.core.registry.subjects import Subject
from requests.models import LimitRule

LIMITS = Subject(LimitRule, "requests:limit", read="limits:read", write="limits:write", icon="clock")
