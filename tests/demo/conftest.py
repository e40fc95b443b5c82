"""One small demo for all tests of a module, in a transaction that is rolled back afterwards."""

import io
from datetime import date

import pytest
from django.db import transaction

from portal.demo.build import build

TODAY = date(2026, 11, 18)


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """The demo network with 300 cases; tests run in savepoints of its transaction."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build(today=TODAY, requests=300, password="a good password", stream=io.StringIO())
        transaction.set_rollback(True)
