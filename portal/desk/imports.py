"""A spreadsheet comes in: checked by the worker, kept, loaded when its sender has seen what it would do."""

from typing import IO

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError
from portal.core.models import User
from portal.core.sheet_reader import MAX_BYTES, too_large
from portal.desk.import_jobs import forget, work_on_import
from portal.desk.import_kinds import resource_for
from portal.desk.models import SheetImport

# How many of one person's files may wait or be worked on: others wait for the same worker.
MAX_RUNNING = 5


@transaction.atomic
def send(*, kind: str, upload: IO[bytes], size: int, filename: str, by: User) -> SheetImport:
    """Keep the file and have the worker say what it would do. Nothing changes before `load`."""
    resource_for(kind, by)
    if size > MAX_BYTES:
        raise too_large()
    if SheetImport.objects.for_user(by).running().count() >= MAX_RUNNING:
        message = _("%(count)d of your files are still being worked on. Please wait until one is done.")
        raise DomainError("too_many_imports", message % {"count": MAX_RUNNING})
    kept = SheetImport(
        user=by, acts_as=by.active_membership_id, language=get_language() or "", kind=kind, filename=filename[-100:]
    )
    kept.upload.save("sheet", File(upload), save=False)
    kept.save()
    work_on_import.enqueue(kept.pk)
    return kept


@transaction.atomic
def load(kept: SheetImport, *, by: User) -> None:
    """Have the worker load the good rows. A second call finds the first one's work, and does nothing."""
    checked = SheetImport.objects.for_user(by).filter(pk=kept.pk, state=SheetImport.State.CHECKED)
    if checked.update(state=SheetImport.State.LOADING, tries=0, started_at=None, done_count=0):
        work_on_import.enqueue(kept.pk)


@transaction.atomic
def take_back(kept: SheetImport, *, by: User) -> None:
    """Put a file aside before it is loaded; a check that is under way stops, and leaves nothing."""
    kept = SheetImport.objects.for_user(by).select_for_update().get(pk=kept.pk)
    if not kept.can_be_taken_back:
        raise Conflict(_("This file is being loaded or has been loaded; it can no longer be put aside."))
    forget(kept)
