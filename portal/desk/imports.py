"""A spreadsheet comes in: looked at in a dry run, kept, loaded when its sender has seen what it would do."""

from datetime import timedelta
from typing import IO, Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from portal.core.errors import NotFound
from portal.core.imports.organizations import OrganizationResource
from portal.core.imports.outcome import run
from portal.core.imports.resources import CAPABILITY, SheetResource
from portal.core.models import User
from portal.desk.models import SheetImport
from stations.imports import StationResource
from volunteers.imports import VolunteerResource

KINDS: dict[str, type[SheetResource]] = {
    "stations": StationResource, "organizations": OrganizationResource, "volunteers": VolunteerResource,
}  # fmt: skip
KEPT_FOR = timedelta(days=1)


def resource_for(kind: str, user: User, *, capability: str = CAPABILITY) -> SheetResource:
    """The sheet of a kind as far as `user` holds the capability: other regions are as unknown as made-up ones."""
    if kind not in KINDS:
        raise NotFound()
    return KINDS[kind](user.scope.granting(capability))


def check(*, kind: str, upload: IO[bytes], filename: str, by: User) -> SheetImport:
    """The dry run: nothing changes, and the file is kept for `load`."""
    outcome, failed = run(resource_for(kind, by), upload, dry_run=True)
    kept = SheetImport(user=by, kind=kind, filename=filename[-100:], outcome=outcome.as_json())
    upload.seek(0)
    kept.upload.save("sheet", File(upload), save=False)
    _keep_failed(kept, failed)
    kept.save()
    return kept


@transaction.atomic
def load(kept: SheetImport, *, by: User) -> SheetImport:
    """Load the good rows; say what is wrong with the others. A second call finds the first one's result."""
    # Lock first: an impatient second click must not load the file twice.
    kept = SheetImport.objects.for_user(by).select_for_update().get(pk=kept.pk)
    if kept.loaded_at is not None:
        return kept
    with kept.upload.open("rb") as upload:
        outcome, failed = run(resource_for(kept.kind, by), upload, dry_run=False)
    _delete_later(kept.upload, kept.failed)
    kept.upload = kept.failed = ""
    kept.outcome, kept.loaded_at = outcome.as_json(), timezone.now()
    _keep_failed(kept, failed)
    kept.save()
    return kept


def forget(kept: SheetImport) -> None:
    """Delete the row and its files."""
    _delete_later(kept.upload, kept.failed)
    kept.delete()


def forget_old() -> int:
    """Delete what was sent more than a day ago, loaded or not."""
    old = list(SheetImport.objects.filter(created_at__lt=timezone.now() - KEPT_FOR))
    for kept in old:
        with transaction.atomic():
            forget(kept)
    return len(old)


def _keep_failed(kept: SheetImport, failed: IO[bytes] | None) -> None:
    if failed is not None:
        with failed:
            kept.failed.save("failed", File(failed), save=False)


def _delete_later(*files: Any) -> None:
    """Remove the files once it is certain that nothing names them any more."""
    kept = [(file.storage, file.name) for file in files if file]

    def delete() -> None:
        for storage, name in kept:
            storage.delete(name)

    transaction.on_commit(delete)
