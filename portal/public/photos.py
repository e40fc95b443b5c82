"""Photos on their way: stored with the first upload and carried by a signed token, so that an error loses none."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core import signing
from django.http import HttpRequest

from portal.core.errors import DomainError
from portal.core.models import StoredFile
from portal.core.throttling import client_ip, hit
from requests.photos import take_in
from requests.workflow.intake import MAX_PHOTOS

SALT = "public-photo"
# Longer than anybody fills in a form; the daily job that discards unused photos waits longer still.
MAX_AGE_SECONDS = 12 * 3600
UPLOADS = {"limit": 120, "seconds": 3600}


def token_of(stored: StoredFile) -> str:
    return signing.dumps(stored.pk, salt=SALT)


def file_of(token: str) -> StoredFile | None:
    """The photo behind a token; None for one that is forged or too old."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=MAX_AGE_SECONDS)
    except signing.BadSignature:
        return None
    return StoredFile.objects.filter(pk=pk, uploaded_by=None).first()


def files_of(tokens: Iterable[str]) -> list[StoredFile]:
    """The photos behind some tokens, in their order and each once."""
    found = {stored.pk: stored for token in tokens if (stored := file_of(token))}
    return list(found.values())


@dataclass
class Carried:
    """Photos that a form has so far, and what was refused of the new ones."""

    photos: list[StoredFile] = field(default_factory=list)
    refused: list[DomainError] = field(default_factory=list)

    @property
    def tokens(self) -> list[str]:
        return [token_of(photo) for photo in self.photos]


def carry(request: HttpRequest) -> Carried:
    """Store what was uploaded now beside what came before, less what was ticked to be left out."""
    dropped = set(request.POST.getlist("drop_photo"))
    kept = files_of(token for token in request.POST.getlist("kept_photo") if token not in dropped)[:MAX_PHOTOS]
    uploads = [each for each in request.FILES.getlist("photos") if each.name]
    if not uploads:
        return Carried(kept)
    try:
        hit("photos", client_ip(request), **UPLOADS)
    except DomainError as error:
        return Carried(kept, [error])
    stored, refused = take_in(uploads, room=MAX_PHOTOS - len(kept))
    return Carried([*kept, *stored], refused)
