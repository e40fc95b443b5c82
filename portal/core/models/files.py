import secrets

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


def random_name(stored_file: "StoredFile", filename: str) -> str:
    """A name that nobody can guess and that says nothing of the upload: files/<random>.<type>."""
    extension = {"image/jpeg": "jpg", "application/pdf": "pdf"}[stored_file.content_type]
    return f"files/{secrets.token_urlsafe(24)}.{extension}"


class StoredFile(models.Model):
    """A file after it was checked and re-encoded; served only through a view that checks the owner's scope."""

    file = models.FileField(_("file"), upload_to=random_name, max_length=200)
    thumbnail = models.FileField(upload_to=random_name, max_length=200, blank=True)
    # What staff called a document, for whoever saves it again; residents' photos keep no name.
    original_name = models.CharField(_("name when it was uploaded"), max_length=120, blank=True, editable=False)
    content_type = models.CharField(_("type"), max_length=60)
    size = models.PositiveIntegerField(_("bytes"))
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")

    def __str__(self) -> str:
        return f"{self.content_type} {self.size}"
