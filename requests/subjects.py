"""What the requests' app has in the registry."""

from portal.core.registry.subjects import Subject
from requests.models import RoutingRule

ROUTING_RULES = Subject(RoutingRule, "desk:routing_rule", read="routing:read", write="routing:write", icon="sitemap")
