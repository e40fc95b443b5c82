"""What the web server calls."""

import logging
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

logger = logging.getLogger(__name__)
_portal = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request, on connections that nobody before has left in a transaction."""
    drop_left_transactions()
    return _portal(environ, start_response)


def drop_left_transactions() -> None:
    """Give up connections of this thread that are still in somebody's transaction.

    A generator that reads in a transaction and is stopped by an error stays where it is, and the transaction with it.
    Django closes no connection that is in a transaction: the database ends it after a while, and from then on every
    request that this thread serves would fail.
    """
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            logger.error("A request left its transaction open; the connection is given up.")
            left = connections[connection.alias]
            del connections[connection.alias]
            # Rolls back. Whoever still holds this connection finds it closed, and the thread gets another.
            if left.connection is not None:
                left.connection.close()
