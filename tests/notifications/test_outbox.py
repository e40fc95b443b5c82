"""Writing and sending: once for each key, at least once over crashes, sealed, and put off at night."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from portal.core.errors import NotAllowed
from portal.core.models import Notification, OutboxMessage, Role, SendState
from portal.core.notifications import delivery, digest, outbox, quiet
from portal.core.notifications.jobs import send_messages
from portal.core.notifications.kinds import KINDS, Kind, register
from portal.core.notifications.outbox import forget, notify, try_again
from portal.core.notifications.providers import NotSent
from portal.core.notifications.recipients import Phone
from portal.core.notifications.wording import placeholders
from portal.core.tasks import prune_notifications
from tests.conftest import make_user
from tests.notifications.conftest import PHONE

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFER = {"number": "202603-000001", "to": "北物业公司", "title": "路灯坏了", "due": "2026-03-02 18:00"}


def tell_offer(to, key="k1", **kwargs):
    notify(kind="case_offered", to=to, context=OFFER, dedupe_key=key, **kwargs)


def tell_resident(phone, key="k1", **kwargs):
    context = {"number": "202603-000001", "address": "/track/"}
    notify(kind="case_accepted", to=phone, context=context, dedupe_key=key, **kwargs)


def test_it_works(helper, phone, choose, mailbox):
    choose(helper, cases=["email"])
    tell_offer(helper)
    tell_resident(phone)
    assert send_messages.call() == {"sent": 2, "failed": 0}
    sms, mail_ = sorted(mailbox.received, key=lambda message: message.channel, reverse=True)
    assert (sms.channel, sms.address) == ("sms", PHONE)
    assert "202603-000001" in sms.text
    assert (mail_.address, mail_.subject) == ("helper@example.com", "诉求 202603-000001 待北物业公司接单")
    assert Notification.objects.get().person == helper.person


def test_what_is_rolled_back_was_never_told(helper, phone):
    with pytest.raises(RuntimeError), transaction.atomic():
        tell_offer(helper)
        tell_resident(phone)
        raise RuntimeError
    assert not Notification.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_the_same_key_tells_each_person_once(helper, north, phone, choose):
    choose(helper, cases=["email"])
    for _again in range(3):
        tell_offer([helper, helper, north])
        tell_resident([phone, Phone.of(PHONE)])
    assert sorted(Notification.objects.values_list("person__name", flat=True)) == ["Helper", "North"]
    assert sorted(OutboxMessage.objects.values_list("channel", flat=True)) == ["email", "sms"]
    tell_offer(helper, key="k2")
    assert Notification.objects.filter(person=helper.person).count() == 2


def test_nothing_personal_stands_in_the_outbox_in_the_clear(phone, helper, choose):
    choose(helper, cases=["email"])
    tell_resident(phone)
    tell_offer(helper)
    with connection.cursor() as cursor:
        stored = []
        for table in ("core_outboxmessage", "core_notification"):
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t")
            stored += [row[0] for row in cursor.fetchall()]
    text = json.dumps(stored, ensure_ascii=False)
    assert "138****1234" in text
    assert "h****@example.com" in text
    for secret in (PHONE, "helper@", "路灯", "202603"):
        assert secret not in text


def test_what_is_sent_keeps_neither_address_nor_content(phone, mailbox):
    tell_resident(phone)
    send_messages.call()
    sent = OutboxMessage.objects.get()
    assert (sent.state, sent.address.token, sent.context.token) == (SendState.SENT, "", "")
    assert sent.address_masked == "138****1234"


def test_a_context_that_does_not_fit_its_kind_is_a_mistake_of_the_caller(helper):
    with pytest.raises(ValueError, match="title"):
        notify(kind="case_offered", to=helper, context={"number": "1"}, dedupe_key="k")


def test_a_kind_is_registered_once():
    with pytest.raises(ValueError, match="two kinds"):
        register(Kind(name="case_offered", label="", group="cases", texts={}, sample={}))


def test_every_default_wording_knows_its_placeholders():
    for kind in KINDS.values():
        for text in kind.texts.values():
            assert placeholders(f"{text.subject} {text.body}") <= kind.placeholders, kind.name


def test_a_closed_account_and_a_landline_are_not_told(helper):
    helper.is_active = False
    helper.save()
    tell_offer(helper)
    tell_resident(Phone.of("0755-27778888"))
    assert not Notification.objects.exists()
    assert not OutboxMessage.objects.exists()


def test_a_failure_is_tried_again_with_longer_pauses_and_then_given_up(phone, mailbox):
    tell_resident(phone)
    mailbox.refuses = NotSent("no_connection")
    pauses = []
    for _attempt in range(delivery.MOST_ATTEMPTS):
        OutboxMessage.objects.update(due_at=timezone.now())
        assert send_messages.call() == {"sent": 0, "failed": 1}
        pauses.append(OutboxMessage.objects.get().due_at - timezone.now())
    message = OutboxMessage.objects.get()
    assert (message.state, message.error) == (SendState.FAILED, "no_connection")
    assert pauses[:-1] == sorted(pauses[:-1])
    assert send_messages.call() == {"sent": 0, "failed": 0}


def test_a_refusal_for_good_is_not_tried_again(phone, mailbox):
    tell_resident(phone)
    mailbox.refuses = NotSent("address_refused", is_final=True)
    send_messages.call()
    assert OutboxMessage.objects.get().state == SendState.FAILED


def test_an_administrator_sends_failed_ones_again(phone, mailbox, north):
    tell_resident(phone)
    OutboxMessage.objects.update(state=SendState.FAILED, attempts=7)
    administrator = make_user("administrator", Role.ADMINISTRATOR)
    with pytest.raises(NotAllowed):
        try_again(OutboxMessage.objects.all(), by=north)
    assert try_again(OutboxMessage.objects.all(), by=administrator) == 1
    assert send_messages.call() == {"sent": 1, "failed": 0}


def test_what_a_dead_worker_held_comes_again_when_its_lease_is_over(phone, mailbox):
    tell_resident(phone)
    held = OutboxMessage.objects.claim(at=timezone.now(), limit=5, lease=delivery.LEASE)
    assert len(held) == 1
    assert send_messages.call() == {"sent": 0, "failed": 0}
    OutboxMessage.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert send_messages.call() == {"sent": 1, "failed": 0}
    assert len(mailbox.received) == 1


def test_a_message_that_brings_every_worker_down_is_given_up(phone, mailbox):
    tell_resident(phone)
    OutboxMessage.objects.update(attempts=delivery.MOST_ATTEMPTS)
    assert send_messages.call() == {"sent": 0, "failed": 1}
    assert OutboxMessage.objects.get().error == delivery.WORKER_LOST
    assert mailbox.received == []


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_each_message_once(mailbox):
    for number in range(30):
        tell_resident(Phone.of(f"138000012{number:02}"))

    def work(_):
        try:
            return delivery.send_due(batch=3)["sent"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 30
    assert len({message.address for message in mailbox.received}) == len(mailbox.received) == 30


@pytest.mark.django_db(transaction=True)
def test_what_is_urgent_does_not_wait_for_the_clock(phone):
    context = {"code": "123456", "minutes": 5}
    with transaction.atomic():
        notify(kind="sign_in_code", to=phone, context=context, dedupe_key="c1")
        assert not DBTaskResult.objects.exists()
    assert DBTaskResult.objects.get().task_path == send_messages.module_path


def test_a_code_that_has_expired_is_not_sent(phone, mailbox):
    notify(kind="sign_in_code", to=phone, context={"code": "123456", "minutes": 5}, dedupe_key="c1")
    OutboxMessage.objects.update(valid_until=timezone.now() - timedelta(seconds=1))
    send_messages.call()
    assert OutboxMessage.objects.get().error == "too_late"


@pytest.mark.parametrize(
    ("now", "until"),
    [("21:59", None), ("22:00", "07:00"), ("23:30", "07:00"), ("03:00", "07:00"), ("06:59", "07:00"), ("07:00", None)],
)
def test_quiet_hours_reach_over_midnight(now, until):
    at = datetime.combine(datetime(2026, 3, 2), time.fromisoformat(now), tzinfo=SHANGHAI)
    moved = timezone.localtime(quiet.after_quiet(at, (time(22), time(7))))
    if until is None:
        assert moved == at
    else:
        assert (moved.time(), moved - at <= timedelta(hours=9)) == (time.fromisoformat(until), True)
        assert moved > at


def test_the_same_beginning_and_end_means_never_quiet():
    at = timezone.now()
    assert quiet.after_quiet(at, (time(0), time(0))) == at


def test_own_quiet_hours_win_and_what_is_urgent_passes(phone, helper, choose, settings):
    settings.QUIET_HOURS = "00:00-23:59"
    local = timezone.localtime()
    if local.time() >= time(23, 59):
        pytest.skip("the one minute of the day that is not quiet")
    tell_resident(phone)
    notify(kind="sign_in_code", to=phone, context={"code": "1", "minutes": 5}, dedupe_key="c")
    choose(helper, cases=["email"], quiet=(time(1), time(1)))
    tell_offer(helper)
    due = {message.kind: message.due_at for message in OutboxMessage.objects.all()}
    now = timezone.now() + timedelta(seconds=1)
    assert due["case_accepted"] > now
    assert due["sign_in_code"] <= now
    assert due["case_offered"] <= now


def test_each_is_told_in_their_own_language(helper, choose, mailbox):
    choose(helper, cases=["email"], language="en")
    tell_offer(helper)
    send_messages.call()
    assert mailbox.received[0].subject == "Case 202603-000001 waits for 北物业公司"


def test_the_digest_takes_the_place_of_single_mails(helper, north, choose, mailbox):
    choose(helper, cases=["email"], daily_digest=True)
    choose(north, cases=["email"])
    tell_offer([helper, north])
    assert digest.send_digests() == 1
    assert digest.send_digests() == 1  # a second run of the day
    send_messages.call()
    assert sorted((message.address, message.kind) for message in mailbox.received) == [
        ("helper@example.com", "daily_digest"), ("north@example.com", "case_offered"),
    ]  # fmt: skip
    digests = [message.text for message in mailbox.received if message.kind == "daily_digest"]
    assert "诉求 202603-000001 待北物业公司接单" in digests[0]


def test_nothing_unread_makes_no_digest(helper, choose):
    choose(helper, daily_digest=True)
    assert digest.send_digests() == 0


def test_what_was_told_goes_with_what_it_was_about(helper, phone):
    tell_offer(helper, about="t/1")
    tell_resident(phone, about="t/1")
    tell_offer(helper, key="other", about="t/2")
    forget(about="t/1")
    assert Notification.objects.get().dedupe_key == "other"
    assert not OutboxMessage.objects.exists()
    tell_resident(phone, key="again")
    forget(phone_hash=phone.hash, person=helper.person)
    assert not Notification.objects.exists()
    assert not OutboxMessage.objects.exists()
    forget()


def test_old_ones_are_deleted_and_waiting_messages_are_not(helper, phone, settings):
    tell_offer(helper)
    tell_resident(phone)
    long_ago = timezone.now() - timedelta(days=settings.NOTIFICATION_DAYS + 1)
    Notification.objects.update(created_at=long_ago)
    OutboxMessage.objects.update(created_at=long_ago)
    assert prune_notifications.call() == 1
    OutboxMessage.objects.update(state=SendState.SENT)
    assert prune_notifications.call() == 1


def test_the_console_names_no_phone_and_no_text_in_production(phone, settings, caplog):
    settings.CONSOLE_SHOWS_TEXT, settings.QUIET_HOURS = False, ""
    tell_resident(phone)
    with caplog.at_level(logging.INFO):
        send_messages.call()
    assert "138****1234" in caplog.text
    assert PHONE not in caplog.text
    assert "202603" not in caplog.text


def test_an_email_leaves_by_djangos_settings(helper, choose, settings):
    settings.NOTIFICATION_PROVIDERS = {"email": "portal.core.notifications.providers.Mail"}
    settings.QUIET_HOURS = ""
    choose(helper, cases=["email"])
    tell_offer(helper)
    send_messages.call()
    assert (mail.outbox[0].to, mail.outbox[0].subject) == (
        ["helper@example.com"],
        "诉求 202603-000001 待北物业公司接单",
    )
    assert "路灯" not in mail.outbox[0].body


def test_the_http_provider_posts_signed_json(phone, receiver, settings):
    settings.NOTIFICATION_PROVIDERS = {"sms": "portal.core.notifications.providers.Http"}
    settings.SMS_URL, settings.SMS_SECRET, settings.QUIET_HOURS = receiver.url, "s3cret", ""
    tell_resident(phone)
    assert send_messages.call() == {"sent": 1, "failed": 0}
    body = receiver.bodies[0]
    assert (body["to"], body["kind"], body["values"]["number"]) == (PHONE, "case_accepted", "202603-000001")
    receiver.answer = 400
    tell_resident(phone, key="k2")
    send_messages.call()
    failed = OutboxMessage.objects.get(dedupe_key="k2")
    assert (failed.state, failed.error) == (SendState.FAILED, "answer_400")


def test_the_count_of_queries_does_not_grow_with_the_recipients(the_north, django_assert_max_num_queries):
    users = [make_user(f"contact-{number}", Role.UNIT_CONTACT, organization=the_north.unit) for number in range(20)]
    with django_assert_max_num_queries(4):
        outbox.notify(kind="case_offered", to=users, context=OFFER, dedupe_key="many")
    assert Notification.objects.count() == 20
