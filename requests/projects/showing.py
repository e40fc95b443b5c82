"""What is seen of a project: photos, and its page for everybody."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from portal.core.models import StoredFile, User
from requests.models import Milestone, ProjectPhoto, ServiceProject
from requests.project_types import PhotoStage, ProjectVerb
from requests.projects.step import mine, step
from volunteers.guards import refuse


def add_photos(
    project: ServiceProject,
    *,
    by: User,
    stage: str,
    files: Sequence[StoredFile],
    caption: str = "",
    is_public: bool = False,
    milestone: Milestone | None = None,
    at: datetime | None = None,
) -> ServiceProject:
    """Before, during or after the work."""
    with step(project, ProjectVerb.ADD_PHOTOS, by=by, about=str(PhotoStage(stage).label), at=at) as now:
        if not files:
            refuse("files", _("Please choose a photo."))
        at_milestone = mine(now.project, milestone, "milestone") if milestone is not None else None
        ProjectPhoto.objects.bulk_create(
            ProjectPhoto(
                project=now.project, file=file, stage=stage, caption=caption, is_public=is_public,
                milestone=at_milestone, added_by=by, added_at=now.at,
            )
            for file in files
        )  # fmt: skip
    return project


def publish(project: ServiceProject, *, by: User, at: datetime | None = None) -> ServiceProject:
    """Everybody reads its summary, how far it is, and the photos marked for it."""
    with step(project, ProjectVerb.PUBLISH, by=by, at=at) as now:
        if not now.project.summary:
            refuse("summary", _("Write a summary for everybody first."))
        now.set(published_at=now.at)
    return project


def unpublish(project: ServiceProject, *, by: User, at: datetime | None = None) -> ServiceProject:
    with step(project, ProjectVerb.UNPUBLISH, by=by, at=at) as now:
        now.set(published_at=None)
    return project
