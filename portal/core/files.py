"""Files: checked and re-encoded on the way in, served through views that have checked whose they are.

Where they are kept is a setting: the local folder, or a bucket of an S3-compatible store (`portal/file_store.py`).
A store that does not answer raises `StoreDown`, a `DomainError` like any other.
"""

import functools
import hashlib
import re
from datetime import timedelta
from typing import BinaryIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django_tasks import task

from portal.core import images
from portal.core.errors import DomainError, NotFound
from portal.core.models import StoredFile, User
from portal.core.stores import StoreDown
from portal.core.text import clean_text

JPEG, PDF = "image/jpeg", "application/pdf"
EXTENSIONS = {JPEG: "jpg", PDF: "pdf"}
MAX_NAME = 120
TRY_AGAIN_AFTER = timedelta(minutes=30)


def store_image(upload: BinaryIO, *, by: User | None = None) -> StoredFile:
    """Keep a photo as a fresh JPEG with a thumbnail. Raises DomainError for what is no photo, or too large."""
    image = images.reencode(upload)
    stored = _described(image.bytes, JPEG, by)
    stored.width, stored.height = image.width, image.height
    stored.file.save("photo.jpg", ContentFile(image.bytes), save=False)
    stored.thumbnail.save("photo.jpg", ContentFile(images.thumbnail(image).bytes), save=False)
    stored.save()
    return stored


def store_pdf(upload: BinaryIO, *, by: User) -> StoredFile:
    """Keep a PDF that a member of staff attaches. Raises DomainError for one that does more than show pages."""
    content = images.check_pdf(upload)
    stored = _described(content, PDF, by)
    stored.file.save("document.pdf", ContentFile(content), save=False)
    stored.save()
    return stored


def store_document(upload: BinaryIO, *, by: User) -> StoredFile:
    """Keep what a member of staff attaches, a PDF or a photo, by what it is and not by what it is called; the name it
    had is what it is saved as again (`serve`)."""
    head = upload.read(5)
    upload.seek(0)
    try:
        stored = store_pdf(upload, by=by) if head == b"%PDF-" else store_image(upload, by=by)
    except DomainError as error:
        if error.code != "image_type":
            raise
        message = _("This is neither a PDF nor a photo. Please choose a PDF, or a JPEG, PNG, WebP or HEIC picture.")
        raise DomainError(error.code, message) from error
    if name := _stem(getattr(upload, "name", None) or ""):
        stored.original_name = name
        stored.save(update_fields=["original_name"])
    return stored


def _stem(name: str) -> str:
    """What a file is called, without folders, ending, and what no file system takes."""
    last = clean_text(name.replace("\\", "/").rsplit("/", 1)[-1][:200], max_length=200)
    stem = last.rpartition(".")[0] if "." in last else last
    return re.sub(r'[<>:"|?*]', "", stem).strip(" .")[:MAX_NAME]


def _described(content: bytes, content_type: str, by: User | None) -> StoredFile:
    digest = hashlib.sha256(content).hexdigest()
    return StoredFile(content_type=content_type, size=len(content), sha256=digest, uploaded_by=by)


def serve(
    stored: StoredFile, *, name: str, thumbnail: bool = False, keeps_name: bool = False
) -> HttpResponseBase:  # fmt: skip
    """The file itself. The caller has checked that whoever asks may see it; `name` is what it is saved as, unless
    `keeps_name` says that these readers may learn what staff called it.

    The browser shows it as what it is and as nothing else, and no cache between here and there keeps it.
    """
    content = stored.thumbnail if thumbnail and stored.thumbnail else stored.file
    try:
        opened = content.open("rb")
    except FileNotFoundError as error:
        raise NotFound() from error
    saved_as = (keeps_name and stored.original_name) or name
    response = FileResponse(opened, filename=f"{saved_as}.{EXTENSIONS[stored.content_type]}")
    response["Content-Type"] = stored.content_type
    response["X-Content-Type-Options"] = "nosniff"
    # Nothing in a document may run or load anything, whatever a viewer makes of it.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    patch_cache_control(response, private=True, max_age=3600)
    return response


def delete(stored: StoredFile) -> None:
    """Remove the row, and what it names once that is certain."""
    remove_later(stored.file, stored.thumbnail)
    stored.delete()


def remove_later(*contents: FieldFile | None) -> None:
    """Remove from the store what no row names any more, once it is certain that none does."""
    if names := [content.name for content in contents if content]:
        transaction.on_commit(functools.partial(remove.call, names))


@task
def remove(names: list[str]) -> None:
    """Remove files by name. What the store cannot remove now a job tries again: erased must mean gone."""
    left = []
    for name in names:
        try:
            default_storage.delete(name)
        except StoreDown:
            left.append(name)
    if left:
        remove.using(run_after=timezone.now() + TRY_AGAIN_AFTER).enqueue(left)
