"""Photos of a case: taken in with a step, seen by whoever may see the step."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import BinaryIO

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from portal.core import files
from portal.core.errors import DomainError
from portal.core.models import StoredFile, User
from requests.models import DeliberationFile, ProjectPhoto, RequestAttachment, Requester, ServiceRequest
from requests.types import Actor
from stations.models import AgreementDocument
from volunteers.models import VolunteerSkill


def take_in(
    uploads: Iterable[BinaryIO], *, room: int, by: User | None = None, documents: bool = False
) -> tuple[list[StoredFile], list[DomainError]]:
    """Store up to `room` uploads; what is no photo is told one by one and costs the others nothing.

    `documents`: a PDF is taken too, which only staff may attach.
    """
    stored: list[StoredFile] = []
    refused: list[DomainError] = []
    for upload in uploads:
        if len(stored) == room:
            refused.append(too_many(room))
            break
        is_document = documents and by is not None
        try:
            stored.append(files.store_document(upload, by=by) if is_document else files.store_image(upload, by=by))
        except DomainError as error:
            if is_document and error.code == "image_type":
                error = DomainError(error.code, _("This is neither a photo (JPEG, PNG, WebP, HEIC) nor a PDF."))
            refused.append(error)
    return stored, refused


def too_many(limit: int) -> DomainError:
    return DomainError("too_many_photos", _("At most %(count)d photos.") % {"count": limit})


def attachments_of(case: ServiceRequest, *, public: bool) -> QuerySet[RequestAttachment]:
    """The files of a case that its holder (`public`) or its staff may open."""
    attachments = case.attachments.select_related("file")
    return attachments.filter(is_public=True) if public else attachments


def attachments_for(requester: Requester) -> QuerySet[RequestAttachment]:
    """The files that one of those who asked may open: what staff attached, and what that person sent."""
    whose = models.Q(event__data__requester=requester.pk)
    if requester.is_main:
        whose |= ~models.Q(event__data__has_key="requester")
    of_case = models.Q(request=requester.request_id) & (~models.Q(event__actor=Actor.RESIDENT) | whose)
    mine = of_case | models.Q(request=requester.came_with_id) if requester.came_with_id else of_case
    return RequestAttachment.objects.filter(mine, is_public=True).select_related("file")


def unused(before: datetime) -> QuerySet[StoredFile]:
    """Files that came in before that moment and were never attached: forms that nobody sent."""
    attached = RequestAttachment.objects.values("file")
    of_minutes = DeliberationFile.objects.values("file")
    signed = AgreementDocument.objects.values("file")
    shown = VolunteerSkill.objects.exclude(evidence=None).values("evidence")
    of_projects = ProjectPhoto.objects.values("file")
    rows = StoredFile.objects.filter(created_at__lt=before).exclude(pk__in=of_projects)
    rows = rows.exclude(pk__in=attached).exclude(pk__in=of_minutes)
    return rows.exclude(pk__in=signed).exclude(pk__in=shown)


def discard(stored: Sequence[StoredFile] | QuerySet[StoredFile]) -> int:
    """Delete files that belong to nothing; returns how many."""
    count = 0
    for each in stored:
        files.delete(each)
        count += 1
    return count
