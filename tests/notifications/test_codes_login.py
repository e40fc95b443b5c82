"""Sign-in codes: six digits for five minutes, five tries, one use, and no word about who is known."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.core import crypto
from portal.core.codes_login import MOST_TRIES, WrongCode, check_code, send_code
from portal.core.errors import DomainError
from portal.core.models import OutboxMessage, SignInCode, ThrottleCounter
from portal.core.notifications.jobs import send_messages
from portal.core.throttling import Throttled
from tests.notifications.conftest import PHONE

pytestmark = pytest.mark.django_db


def code_of(mailbox) -> str:
    send_messages.call()
    return mailbox.received[-1].values["code"]


def a_minute_later():
    ThrottleCounter.objects.all().delete()


def test_it_works(mailbox):
    send_code(phone=" +86 138-0000-1234", address="192.0.2.1")
    code = code_of(mailbox)
    assert len(code) == 6
    assert code.isdigit()
    assert code in mailbox.received[0].text
    assert check_code(phone=PHONE, code=f" {code[:3]} {code[3:]}") == crypto.keyed_hash(PHONE, purpose="phone")


def test_a_code_opens_once(mailbox):
    send_code(phone=PHONE)
    code = code_of(mailbox)
    check_code(phone=PHONE, code=code)
    with pytest.raises(WrongCode):
        check_code(phone=PHONE, code=code)


def test_after_five_tries_the_right_code_is_wrong_too(mailbox):
    send_code(phone=PHONE)
    code = code_of(mailbox)
    wrong = "000000" if code != "000000" else "111111"
    for _try in range(MOST_TRIES):
        with pytest.raises(WrongCode):
            check_code(phone=PHONE, code=wrong)
    with pytest.raises(WrongCode):
        check_code(phone=PHONE, code=code)


def test_a_code_expires(mailbox):
    send_code(phone=PHONE)
    code = code_of(mailbox)
    SignInCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(WrongCode):
        check_code(phone=PHONE, code=code)


def test_a_new_code_takes_the_place_of_the_old(mailbox):
    send_code(phone=PHONE)
    old = code_of(mailbox)
    a_minute_later()
    send_code(phone=PHONE)
    new = code_of(mailbox)
    if old != new:
        with pytest.raises(WrongCode):
            check_code(phone=PHONE, code=old)
    assert check_code(phone=PHONE, code=new)


def test_the_code_of_one_phone_opens_no_other(mailbox):
    send_code(phone=PHONE)
    code = code_of(mailbox)
    send_code(phone="13900005678")
    if code != code_of(mailbox):
        with pytest.raises(WrongCode):
            check_code(phone="13900005678", code=code)


def test_a_phone_gets_one_a_minute_and_an_address_twenty_an_hour():
    send_code(phone=PHONE)
    with pytest.raises(Throttled):
        send_code(phone=PHONE)
    for number in range(20):
        send_code(phone=f"139000056{number:02}", address="192.0.2.1")
    with pytest.raises(Throttled):
        send_code(phone="13900005699", address="192.0.2.1")


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "１２３４５６", "1" * 5000, "🙂"])
def test_a_phone_that_asked_for_no_code_gets_the_answer_of_a_wrong_one(code):
    with pytest.raises(WrongCode) as refused:
        check_code(phone=PHONE, code=code)
    assert refused.value.code == "wrong_code"


@pytest.mark.parametrize("phone", ["", "abc", "110", "0755-27778888", "+442071234567"])
def test_what_receives_no_sms_is_refused_with_a_sentence(phone):
    with pytest.raises(DomainError) as refused:
        send_code(phone=phone)
    assert refused.value.code == "bad_phone"


def test_neither_code_nor_phone_is_stored_in_the_clear(mailbox):
    send_code(phone=PHONE)
    stored = str(list(SignInCode.objects.values())) + str(list(OutboxMessage.objects.values()))
    code = code_of(mailbox)
    assert code not in stored.replace(SignInCode.objects.get().code_hash, "")
    assert PHONE not in stored
    assert code not in str(list(OutboxMessage.objects.values("context", "address")))
