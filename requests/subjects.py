"""What the demand loop has in the registry."""

from portal.core.registry.subjects import Subject
from requests.models import LimitRule, RoutingRule

LIMITS = Subject(LimitRule, "requests:limit", read="limits:read", write="limits:write", icon="clock")
ROUTING_RULES = Subject(RoutingRule, "desk:routing_rule", read="routing:read", write="routing:write", icon="sitemap")
