"""Where uploaded files are kept, and what is said when that place does not answer.

A store's own failures (a full disk, a bucket out of reach) become one `StoreDown`, so that forms keep what was typed
and pages say what happened. Which store it is: `portal/file_store.py`.
"""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from django.core.cache import caches
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError

logger = logging.getLogger(__name__)
# Probes ask often, and anybody may: so long one look counts, in each process.
LOOK_COUNTS_FOR = 15
T = TypeVar("T")


class StoreDown(DomainError):
    """The store of uploaded files does not answer, or takes no more."""

    def __init__(self) -> None:
        message = _(
            "Photos and files cannot be stored or opened at the moment. Please try again later, or go on without them."
        )
        super().__init__("files_unavailable", message, status=503)


class ToldStore:
    """A storage whose failures are told as `StoreDown`. That a file is not there stays a `FileNotFoundError`."""

    failures: tuple[type[Exception], ...] = (OSError,)

    def _open(self, name: str, mode: str = "rb") -> File:
        return self._told(super()._open, name, mode)  # type: ignore[misc]

    def _save(self, name: str, content: File) -> str:
        return self._told(super()._save, name, content)  # type: ignore[misc]

    def delete(self, name: str) -> None:
        self._told(super().delete, name)  # type: ignore[misc]

    def exists(self, name: str) -> bool:
        return self._told(super().exists, name)  # type: ignore[misc]

    def look(self) -> None:
        """Raise unless files can be stored now."""
        raise NotImplementedError

    def _told(self, do: Callable[..., T], *arguments: Any) -> T:
        try:
            return do(*arguments)
        except FileNotFoundError:
            raise
        except self.failures as error:
            # Names of files are random, and addresses of stores nobody's secret.
            logger.warning("The file store failed: %s", error)
            raise StoreDown from error


class LocalStore(ToldStore, FileSystemStorage):
    """The local folder."""

    def look(self) -> None:
        folder = Path(self.location)
        # Made with the first file: until then the folder that it will be made in counts.
        while not folder.exists():
            folder = folder.parent
        if not os.access(folder, os.W_OK | os.X_OK) or not os.statvfs(folder).f_bavail:
            raise StoreDown


def answers() -> bool:
    """Whether files can be stored now."""
    found = caches["local"].get("file-store")
    if found is None:
        try:
            default_storage.look()
            found = True
        except StoreDown:
            found = False
        caches["local"].set("file-store", found, LOOK_COUNTS_FOR)
    return found
