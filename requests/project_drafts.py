"""A project as it is drafted: on its own (`projects.create`), or by a deliberation (`workflow.conclude`).

Below both of them, for the verbs of projects call those of cases.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.history import acting_as
from portal.core.models import Region, User
from requests.models import ProjectEvent, ServiceProject
from requests.project_types import ProjectVerb
from volunteers.guards import refuse, refuse_outside, save

CREATE = "projects:create"
DETAILS = (
    "kind", "name", "description", "summary", "region", "estate", "station", "organization", "lead_person",
    "planned_start", "planned_end", "branch_name",
)  # fmt: skip


def draft(*, by: User, region: Region, at: datetime, **details: Any) -> ServiceProject:
    """A new draft in a region that one looks after, with the first line of its timeline."""
    refuse_outside(region, by=by, field="region", capability=CREATE)
    project = ServiceProject(region=region, created_by=by, created_at=at, **known(details))
    refuse_elsewhere(project)
    refuse_past_end(project, at=at)
    with transaction.atomic(), acting_as(by.pk):
        save(project)
        ProjectEvent.objects.create(
            project=project, at=at, verb=ProjectVerb.CREATE, from_state=project.state, to_state=project.state, user=by
        )
    return project


def refuse_elsewhere(project: ServiceProject) -> None:
    """An estate or a station of another region is a slip of the hand."""
    for name in ("estate", "station"):
        place = getattr(project, name)
        if place is not None and not place.region.path.startswith(project.region.path):
            refuse(name, _("“%(name)s” does not lie in “%(region)s”.") % {"name": place, "region": project.region})


def refuse_past_end(project: ServiceProject, *, at: datetime) -> None:
    """It may have begun before somebody wrote it down; what has ended is no plan."""
    if project.planned_end < timezone.localdate(at, timezone=ZONE):
        refuse("planned_end", _("This day has passed already."))


def known(details: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(details) - set(DETAILS):
        raise TypeError(f"a project has no {sorted(unknown)}")
    return details
