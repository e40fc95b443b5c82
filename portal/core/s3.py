"""Uploaded files in a private bucket of an S3-compatible store. Imported only where PORTAL_S3_BUCKET is set."""

from typing import Any

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from portal.core.stores import ToldStore

# A store that hangs must not hold the web server's threads: a form waits some seconds, then says so.
TIMEOUTS = {"connect_timeout": 3, "read_timeout": 10, "retries": {"total_max_attempts": 2}}
# Checksums in trailers, boto3's default, are refused by most stores that are not Amazon's.
CHECKSUMS = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
# Photos up to this size are read without a temporary file.
MEMORY_BYTES = 4 * 1024 * 1024


class S3Store(ToldStore, S3Storage):
    """The bucket. It needs no public address: the portal reads every file itself, for whoever may see it."""

    failures = (BotoCoreError, Boto3Error, ClientError, OSError)

    def __init__(self, *, addressing_style: str, **options: Any) -> None:
        config = Config(s3={"addressing_style": addressing_style}, signature_version="s3v4", **TIMEOUTS, **CHECKSUMS)
        super().__init__(client_config=config, max_memory_size=MEMORY_BYTES, **options)

    def look(self) -> None:
        self._told(lambda: self.connection.meta.client.head_bucket(Bucket=self.bucket_name))

    def url(self, *arguments: object, **options: object) -> str:
        """A signed address would go past the check of whose file it is."""
        raise NotImplementedError("Files are served by portal.core.files.serve.")

    def _open(self, name: str, mode: str = "rb") -> File:
        """With its content: an answer that has begun can no longer say that the store is down."""
        return self._told(lambda: super(S3Store, self)._open(name, mode).open())
