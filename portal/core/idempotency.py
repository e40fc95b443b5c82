"""The same POST sent twice happens once: a double tap, a browser that reloads, a client that retries after a time-out.

    status, body = run_once(sender=…, address=request.path, key=…, body=request.body, do=…)

Record and effect are written in one transaction. Whoever comes second with the same key waits for the first (the unique
key holds them) and is given its answer. A refused POST rolls back and leaves no record: it may be corrected and sent
again.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core import crypto
from portal.core.errors import Conflict, DomainError
from portal.core.models import IdempotencyRecord

MAX_KEY = 200

Answer = tuple[int, dict[str, Any]]


def run_once(
    *, sender: str, address: str, key: str, body: bytes | str, do: Callable[[], Answer], within: timedelta | None = None
) -> Answer:
    """Run `do` unless `sender` has sent this very POST before; then give the answer of that time.

    `within`: an older one does not count, for callers whose key says nothing but what was sent.

    `do` returns a status and what the body is made of (JSON); a `DomainError` in it is as if nothing had been sent.
    An empty `key` asks for nothing and runs `do` in any case. The same key with another body is a conflict.
    """
    if not key:
        return do()
    if len(key) > MAX_KEY or not key.isprintable():
        message = _("The idempotency key must be at most %(count)d printable characters.") % {"count": MAX_KEY}
        raise DomainError("bad_idempotency_key", message)
    digest = crypto.keyed_hash("\n".join([sender, address, key]), purpose="idempotency")
    body_hash = hashlib.sha256(body if isinstance(body, bytes) else body.encode()).hexdigest()
    with transaction.atomic():
        if within is not None:
            IdempotencyRecord.objects.filter(pk=digest, created_at__lt=timezone.now() - within).delete()
        if not _is_first(digest, body_hash):
            return _answer_of(digest, body_hash)
        status, answer = do()
        text = json.dumps(answer, cls=DjangoJSONEncoder, ensure_ascii=False)
        IdempotencyRecord.objects.filter(pk=digest).update(status=status, answer=text)
    # What the first caller gets is exactly what a repeat will get.
    return status, json.loads(text)


def _is_first(digest: str, body_hash: str) -> bool:
    # The insert waits while another transaction holds the same key, and finds nothing to do when that one succeeded.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_idempotencyrecord (key, body_hash, answer, created_at) VALUES (%s, %s, '', now())"
            " ON CONFLICT (key) DO NOTHING",
            [digest, body_hash],
        )
        return cursor.rowcount == 1


def _answer_of(digest: str, body_hash: str) -> Answer:
    record = IdempotencyRecord.objects.get(pk=digest)
    if record.body_hash != body_hash:
        raise Conflict(_("This idempotency key was used for another message."), code="idempotency_key_reused")
    assert record.status is not None
    return record.status, json.loads(record.answer.reveal())
