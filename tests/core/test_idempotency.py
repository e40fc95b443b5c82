"""The same POST twice happens once."""

import threading

import pytest
from django.db import connection

from portal.core.errors import Conflict, DomainError
from portal.core.idempotency import run_once
from portal.core.models import IdempotencyRecord


def send(do, *, key="k-1", body=b"{}", sender="", address="/api/v1/public/requests/"):
    return run_once(sender=sender, address=address, key=key, body=body, do=do)


class Counted:
    """A POST that says how often it ran."""

    def __init__(self):
        self.runs = 0

    def __call__(self):
        self.runs += 1
        return 201, {"tracking_code": f"CODE-{self.runs}"}


@pytest.mark.django_db
def test_it_works():
    do = Counted()
    assert send(do) == send(do) == (201, {"tracking_code": "CODE-1"})
    assert do.runs == 1


@pytest.mark.django_db
def test_the_same_key_with_another_body_is_a_conflict():
    send(Counted())
    with pytest.raises(Conflict) as refusal:
        send(Counted(), body=b'{"other": 1}')
    assert refusal.value.code == "idempotency_key_reused"


@pytest.mark.django_db
def test_another_sender_and_another_address_have_keys_of_their_own():
    do = Counted()
    send(do), send(do, sender="somebody"), send(do, address="/elsewhere/"), send(do, key="")
    assert do.runs == 4


@pytest.mark.django_db
def test_a_refused_post_may_be_corrected_and_sent_again():
    def refuse():
        raise DomainError("invalid", "no")

    with pytest.raises(DomainError):
        send(refuse)
    assert send(Counted(), body=b'{"corrected": 1}')[0] == 201


@pytest.mark.django_db
def test_the_stored_answer_is_not_readable():
    send(Counted())
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(r)::text FROM core_idempotencyrecord r")
        assert "CODE" not in cursor.fetchone()[0]


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["x" * 201, "a\nb"])
def test_a_key_that_is_too_long_or_unprintable_is_refused(key):
    with pytest.raises(DomainError) as refusal:
        send(Counted(), key=key)
    assert refusal.value.code == "bad_idempotency_key"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_happen_once():
    started, answers, do = threading.Event(), [], Counted()

    def slow():
        started.set()
        second.start()
        # The second now waits at the key; it is let go by our commit.
        return do()

    def repeat():
        answers.append(send(do))
        connection.close()

    second = threading.Thread(target=repeat)
    answers.append(send(slow))
    second.join(timeout=20)
    assert answers == [(201, {"tracking_code": "CODE-1"})] * 2
    assert IdempotencyRecord.objects.count() == 1
