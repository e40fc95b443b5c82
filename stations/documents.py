"""The documents of a partnership agreement: attached and taken away by those who may change the agreement."""

from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from portal.core import files
from portal.core.errors import DomainError, NotFound
from portal.core.models import User
from portal.core.text import clean_text
from stations.models import AgreementDocument, PartnershipAgreement

MAX_DOCUMENTS = 20
MAX_NAME = 100


@transaction.atomic
def attach(agreement: PartnershipAgreement, *, upload: BinaryIO, name: str, by: User) -> AgreementDocument:
    """Keep a PDF or a photo, known by its content, with the agreement."""
    # Lock first: two uploads at once must not both find the last place.
    PartnershipAgreement.objects.select_for_update().get(pk=agreement.pk)
    if agreement.documents.count() >= MAX_DOCUMENTS:
        message = _("An agreement has at most %(count)d documents.")
        raise DomainError("too_many_documents", message % {"count": MAX_DOCUMENTS})
    stored = files.store_document(upload, by=by)
    shown = clean_text(name[-MAX_NAME:], max_length=MAX_NAME) or _("Signed document")
    return AgreementDocument.objects.create(agreement=agreement, file=stored, name=shown)


@transaction.atomic
def detach(document: AgreementDocument) -> None:
    """Delete a document with its file."""
    locked = AgreementDocument.objects.select_for_update().filter(pk=document.pk).first()
    if locked is None:
        raise NotFound()
    locked.delete()
    files.delete(locked.file)
