"""What the demand loop has in the registry."""

from dataclasses import replace
from typing import Any

from django.db.models import Q

from portal.core.models import Level, Region
from portal.core.registry.lookups import Lookup, RegionLookup, register
from portal.core.registry.subjects import Subject, lies_in_regions
from requests.models import (
    Absence,
    Appraisal,
    Candidate,
    Deliberation,
    Election,
    FollowUpTask,
    HotlineReturn,
    LimitRule,
    Meeting,
    ReplyTemplate,
    Resource,
    ReviewRule,
    RoutingRule,
    ServiceProject,
    StreetDraft,
    Survey,
    Visit,
)
from volunteers.subjects import VOLUNTEERS

LIMITS = Subject(LimitRule, "requests:limit", read="limits:read", write="limits:write", icon="clock")
REPLY_TEMPLATES = Subject(
    ReplyTemplate, "requests:reply_template", read="replies:read", write="replies:write", icon="message"
)
REVIEW_RULES = Subject(ReviewRule, "requests:review_rule", read="replies:read", write="reviews:write", icon="eye")
ABSENCES = Subject(Absence, "requests:absence", read="absences:read", write="absences:write", icon="user-check")
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


class DraftedLookup(RegionLookup):
    """Streets and communities, a community with its street: 劳动社区 there is in several."""

    def rows(self, user: Any) -> Any:
        found = super().rows(user).filter(level__in=(Level.STREET, Level.COMMUNITY))
        return found.select_related("parent")

    def text(self, row: Any) -> str:
        street = f"{row.parent} " if row.level == Level.COMMUNITY else ""
        return f"{street}{super().text(row)}"

    def by_name(self, rows: Any, text: str) -> Any:
        """By its name alone, or after that of its street."""
        street, _blank, name = text.rpartition(" ")
        of_street = Q(parent__short_name=street) | Q(parent__name=street)
        return super().by_name(rows.filter(of_street) if street else rows, name)


DRAFTED = DraftedLookup(Region, "desk:drafted_lookup", name="short_name", code="code", needs="requests:act")
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
# What is told back to the 12345 hotline comes of steps, and of nothing else.
HOTLINE_RETURNS = Subject(
    HotlineReturn, "requests:hotline_return", read="hotline:return", write="hotline:return", icon="phone-call",
    deletable=False,
)  # fmt: skip
VISITS = lies_in_regions(
    Subject(Visit, "requests:visit", read="requests:record", write="requests:record", icon="home", deletable=False)
)
# Riders on the register of volunteers, as those see them who give them codes.
RIDER_CODES = replace(VOLUNTEERS, prefix="requests:rider_code", read=VOLUNTEERS.write, icon="qrcode")
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
