"""What the app of requests has in the registry."""

from portal.core.registry.lookups import Lookup, register
from portal.core.registry.subjects import Subject, lies_in_regions
from requests.models import Resource

# A resource that is given no more is withdrawn: its claims stay on record.
RESOURCES = lies_in_regions(
    Subject(
        Resource, "desk:resource", read="resources:read", write="resources:write", icon="tool", sheet="resources",
        deletable=False,
    )
)  # fmt: skip
RESOURCE_LOOKUP = register(Lookup(Resource, "desk:resource_lookup", code="code", needs="resources:read"))
