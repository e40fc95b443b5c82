"""What the demand loop has in the registry."""

from portal.core.registry.lookups import Lookup, register
from portal.core.registry.subjects import Subject, lies_in_regions
from requests.models import (
    Appraisal,
    Candidate,
    Deliberation,
    Election,
    FollowUpTask,
    LimitRule,
    Meeting,
    Resource,
    RoutingRule,
    ServiceProject,
    StreetDraft,
    Survey,
)

LIMITS = Subject(LimitRule, "requests:limit", read="limits:read", write="limits:write", icon="clock")
ROUTING_RULES = Subject(RoutingRule, "desk:routing_rule", read="routing:read", write="routing:write", icon="sitemap")
# A resource that is given no more is withdrawn: its claims stay on record.
RESOURCES = lies_in_regions(
    Subject(
        Resource, "desk:resource", read="resources:read", write="resources:write", icon="tool", sheet="resources",
        deletable=False,
    )
)  # fmt: skip
# A project comes to its end by its own steps.
PROJECTS = lies_in_regions(
    Subject(
        ServiceProject, "requests:project", read="projects:read", write="projects:write", create="projects:create",
        icon="tool", deletable=False,
    )
)  # fmt: skip
PROJECT_LOOKUP = register(Lookup(ServiceProject, "requests:project_lookup", needs="projects:read"))
RESOURCE_LOOKUP = register(Lookup(Resource, "desk:resource_lookup", code="code", needs="resources:read"))
STREET_DRAFTS = Subject(
    StreetDraft, "desk:street_draft", read="requests:act", write="requests:act", icon="sitemap", deletable=False
)
# What was raised is dropped on a ground, never deleted.
DELIBERATIONS = lies_in_regions(
    Subject(
        Deliberation, "requests:deliberation", read="deliberations:read", write="deliberations:write",
        icon="users-group", deletable=False,
    )
)  # fmt: skip
MEETINGS = Subject(
    Meeting, "requests:meeting", read="deliberations:read", write="deliberations:write", icon="calendar",
    deletable=False,
)  # fmt: skip
TASKS = Subject(
    FollowUpTask, "requests:task", read="deliberations:read", write="deliberations:write", icon="checklist",
    deletable=False,
)  # fmt: skip
SURVEYS = Subject(
    Survey, "requests:survey", read="deliberations:read", write="deliberations:write", icon="checklist",
    deletable=False,
)  # fmt: skip
APPRAISALS = Subject(
    Appraisal, "requests:appraisal", read="deliberations:read", write="deliberations:write", icon="star",
    deletable=False,
)  # fmt: skip
ELECTIONS = Subject(
    Election, "requests:election", read="elections:read", write="elections:write", icon="user-check", deletable=False
)
CANDIDATES = Subject(
    Candidate, "requests:candidate", read="elections:read", write="elections:write", icon="user-check",
    deletable=False,
)  # fmt: skip
