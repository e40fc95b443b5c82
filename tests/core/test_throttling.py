"""Limits hold, windows end, and a hit costs one statement."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core import throttling
from portal.core.errors import DomainError
from portal.core.models import ThrottleCounter
from portal.core.throttling import Throttled

pytestmark = pytest.mark.django_db


def test_it_works():
    for _attempt in range(3):
        throttling.hit("try", "192.0.2.1", limit=3, seconds=60)
    with pytest.raises(DomainError) as refusal:
        throttling.hit("try", "192.0.2.1", limit=3, seconds=60)
    assert (refusal.value.code, refusal.value.status) == ("throttled", 429)
    assert 1 <= refusal.value.extra["retry_after"] <= 60


def test_others_and_other_scopes_are_counted_apart():
    throttling.hit("try", "192.0.2.1", limit=1, seconds=60)
    throttling.hit("try", "192.0.2.2", limit=1, seconds=60)
    throttling.hit("look", "192.0.2.1", limit=1, seconds=60)


def test_a_window_that_is_over_starts_anew():
    throttling.hit("try", "192.0.2.1", limit=1, seconds=60)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_throttlecounter SET ends_at = now() - interval '1 second'")
    throttling.hit("try", "192.0.2.1", limit=1, seconds=60)
    assert ThrottleCounter.objects.get().hits == 1


def test_a_hit_is_one_statement_and_stores_no_address():
    with CaptureQueriesContext(
        connection,
    ) as queries:
        throttling.hit("try", "192.0.2.1", limit=1, seconds=60)
    assert len(queries) == 1
    assert "192" not in ThrottleCounter.objects.get().key[:3]


def test_the_process_counts_without_a_statement(django_assert_num_queries):
    throttling.forget_here()
    with django_assert_num_queries(0):
        throttling.hit_here("api", "token 1", limit=1, seconds=60)
        with pytest.raises(DomainError, match=""):
            throttling.hit_here("api", "token 1", limit=1, seconds=60)
    throttling.forget_here()


@pytest.mark.parametrize(("seconds", "words"), [(40, "1 分钟后"), (60, "1 分钟后"), (61, "2 分钟后")])
def test_how_long_to_wait_is_said(seconds, words):
    assert words in str(Throttled(seconds))
