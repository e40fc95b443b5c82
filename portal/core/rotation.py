"""Rotation of the key for personal data: a new key encrypts, and what old ones encrypted is encrypted anew."""

import base64
import json
import secrets
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection, models

from portal.core import crypto
from portal.core.errors import DomainError
from portal.core.fields import EncryptedTextField
from portal.core.history import bulk_load

BATCH = 2_000


def add_key() -> str:
    """Put a new random key first in the key file and return its id.

    Running workers keep encrypting with the key they read, and look for a new one when they meet its tokens; what
    they wrote in between is picked up by the next `reencrypt`.
    """
    if settings.PERSONAL_DATA_KEYS:
        raise DomainError(
            "keys_from_environment",
            "The keys come from PORTAL_DATA_KEYS: put a new one first there, restart, then run --only-data.",
        )
    path = Path(settings.PERSONAL_DATA_KEY_FILE)
    content = json.loads(path.read_text())
    number = max(int("".join(filter(str.isdigit, key_id)) or 0) for key_id in content["keys"]) + 1
    content["current"] = f"k{number}"
    content["keys"] = {content["current"]: base64.b64encode(secrets.token_bytes(32)).decode(), **content["keys"]}
    # Written beside and moved into place: a crash leaves the old file or the new one, never half of one.
    beside = path.with_suffix(".new")
    beside.touch(mode=0o600)
    beside.write_text(json.dumps(content, indent=2))
    beside.replace(path)
    crypto.reset()
    return content["current"]


def encrypted_columns() -> Iterator[tuple[type[models.Model], list[str]]]:
    """Every model that holds personal text, with its encrypted columns."""
    for model in apps.get_models():
        names = [field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]
        if names:
            yield model, names


def reencrypt() -> dict[str, int]:
    """Bring every token to the current key, in batches that each commit; returns rows changed by table.

    Safe to stop and to run again: rows that are current already are passed over. One history entry a batch.
    """
    return {model._meta.db_table: _reencrypt(model, names) for model, names in encrypted_columns()}


def _reencrypt(model: type[models.Model], names: list[str]) -> int:
    current, table, quote = crypto.current_key_id(), model._meta.db_table, connection.ops.quote_name
    key = quote(model._meta.pk.column)
    columns = ", ".join(map(quote, names))
    # Neither empty nor of the current key.
    stale = " OR ".join(f"({quote(name)} <> '' AND {quote(name)} NOT LIKE '{current}:%%')" for name in names)
    assignments = ", ".join(f"{quote(name)} = %s" for name in names)
    changed = 0
    while True:
        with bulk_load(table, reencrypted=current) as what, connection.cursor() as cursor:
            cursor.execute(f"SELECT {key}, {columns} FROM {quote(table)} WHERE {stale} LIMIT {BATCH} FOR UPDATE")  # noqa: S608
            rows = cursor.fetchall()
            for pk, *tokens in rows:
                values = [crypto.rotate(token) for token in tokens]
                cursor.execute(f"UPDATE {quote(table)} SET {assignments} WHERE {key} = %s", [*values, pk])  # noqa: S608
            what["rows"] = len(rows)
        changed += len(rows)
        if len(rows) < BATCH:
            return changed
