"""Webhooks: signed, scoped, tried again, switched off, replayed, and no way into the own network."""

import hashlib
import hmac
import ssl
import time
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import HistoryEntry, Membership, Notification, Role, SendState, Webhook, WebhookDelivery
from portal.core.notifications import posting, webhook_delivery, webhooks
from portal.core.notifications.webhook_delivery import call_webhooks
from requests import workflow
from requests.workflow import Staff
from tests.conftest import make_user

pytestmark = pytest.mark.django_db


def announce(region, key="k1"):
    data = {"number": "1", "verb": "dispatch", "from_state": "accepted", "to_state": "dispatched", "due_at": None}
    webhooks.announce(kind="case_offered", region=region, data=data, dedupe_key=key)


def test_it_works(webhook, receiver, case, north, the_north):
    workflow.accept(case, by=Staff(north))
    workflow.dispatch(case, by=Staff(north), to=the_north.unit)
    assert call_webhooks.call() == {"sent": 2, "failed": 0}
    assert [body["kind"] for body in receiver.bodies] == ["case_accepted", "case_offered"]
    told = receiver.bodies[1]
    assert told["data"]["number"] == case.number
    assert told["region"] == the_north.community.code
    assert "路灯" not in str(receiver.bodies)


def test_a_call_is_signed_over_its_time_and_body(webhook, receiver, the_north):
    announce(the_north.street)
    call_webhooks.call()
    headers, body = receiver.calls[0]
    stamp = headers["Xiaozhan-Timestamp"]
    expected = hmac.new(webhook.plain_secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["Xiaozhan-Signature"] == f"v1={expected}"
    assert abs(time.time() - int(stamp)) < 60
    assert headers["Xiaozhan-Event"] == "case_offered"
    assert headers["Xiaozhan-Delivery"] == str(WebhookDelivery.objects.get().event_id)


def test_the_secret_is_shown_once_and_stands_nowhere_in_the_clear(webhook):
    row = Webhook.objects.get()
    assert webhook.plain_secret not in str(row.__dict__)
    assert webhook.plain_secret not in str(list(HistoryEntry.objects.values()))
    assert row.secret.reveal() == webhook.plain_secret


def test_only_what_happens_in_its_region_is_told(webhook, the_north, the_south, city):
    for number, region in enumerate([the_south.community, city, the_north.district, the_north.community]):
        announce(region, key=str(number))
    assert sorted(WebhookDelivery.objects.values_list("dedupe_key", flat=True)) == ["2", "3"]


def test_the_same_event_is_told_once(webhook, the_north):
    announce(the_north.street)
    announce(the_north.street)
    assert WebhookDelivery.objects.count() == 1


def test_who_may_not_manage_tokens_makes_no_webhook(north, helper, the_north):
    for user in (north, helper):
        with pytest.raises(NotAllowed):
            webhooks.create_webhook(
                by=user, name="x", url="https://example.com/", kinds=["case_offered"], region=the_north.community
            )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "), ("url", "http://example.com/"), ("url", "ftp://example.com"), ("url", "https://"),
        ("url", "https://user:pass@example.com/"), ("url", "https://127.0.0.1/"), ("url", "https://[::1]/"),
        ("url", "https://10.0.0.1/"), ("url", "https://169.254.169.254/latest"), ("url", "https://localhost/"),
        ("url", "https://0x7f000001/"), ("url", "https://2130706433/"), ("url", "https://127.1/"), ("url", "https://0/"),
        ("url", "https://0177.0.0.1/"), ("url", "https://localhost./"),
        ("url", "https://[::ffff:10.0.0.1]/"), ("url", "https://[64:ff9b::a00:1]/"), ("url", "https://例子.com/"),
        ("url", "https://example.com:99999/"), ("url", "https://example.com/" + "a" * 300), ("kinds", []),
        ("kinds", ["no_such"]), ("kinds", ["sign_in_code"]),
    ],
)  # fmt: skip
def test_bad_input_names_its_field(district, the_north, field, value):
    given = {"name": "x", "url": "https://example.com/", "kinds": ["case_offered"], "region": the_north.district}
    with pytest.raises(DomainError) as refused:
        webhooks.create_webhook(by=district, **{**given, field: value})
    assert list(refused.value.fields) == [field]


def test_a_region_of_others_is_refused(district, the_south):
    with pytest.raises(DomainError) as refused:
        webhooks.create_webhook(
            by=district, name="x", url="https://example.com/", kinds=["case_offered"], region=the_south.district
        )
    assert list(refused.value.fields) == ["region"]


def test_a_name_that_leads_into_the_own_network_is_not_called(webhook, receiver, the_north, settings):
    settings.PRIVATE_ADDRESSES = False
    # Stored while it was allowed, or by a name that pointed elsewhere then.
    for number, url in enumerate(["https://localhost.localdomain/", receiver.url, "https://localhost/"]):
        Webhook.objects.update(url=url)
        announce(the_north.street, key=str(number))
        assert call_webhooks.call() == {"sent": 0, "failed": 1}
    assert receiver.calls == []


def test_a_certificate_must_be_trusted_and_fit_the_name(receiver, tmp_path, monkeypatch):
    certificate = make_certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    port = receiver.server.server_port
    with pytest.raises(posting.NotReached, match="certificate"):
        posting.post(f"https://localhost:{port}/", body=b"{}", secret="s")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert posting.post(f"https://localhost:{port}/", body=b"{}", secret="s") == 204
    assert receiver.calls[0][0]["Host"] == f"localhost:{port}"
    with pytest.raises(posting.NotReached, match="certificate"):
        posting.post(f"https://127.0.0.1:{port}/", body=b"{}", secret="s")


def make_certificate(folder, name):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = timezone.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "certificate.pem"
    path.write_bytes(private + certificate.public_bytes(pem))
    return path


def test_a_redirect_is_a_failure_and_is_not_followed(webhook, receiver, the_north):
    receiver.answer = 302
    announce(the_north.street)
    assert call_webhooks.call() == {"sent": 0, "failed": 1}
    row = WebhookDelivery.objects.get()
    assert (row.state, row.answered, row.error) == (SendState.WAITING, 302, "answer_302")
    assert row.due_at > timezone.now() + timedelta(seconds=30)


def test_nobody_answering_is_said_so(webhook, the_north):
    Webhook.objects.update(url="http://127.0.0.1:9/")
    announce(the_north.street)
    call_webhooks.call()
    assert WebhookDelivery.objects.get().error == "no_connection"


def test_after_many_failures_it_is_switched_off_and_its_owner_told(webhook, receiver, the_north, district):
    receiver.answer = 500
    Webhook.objects.update(failures=webhook_delivery.MOST_FAILURES - 1)
    announce(the_north.street)
    announce(the_north.street, key="k2")
    call_webhooks.call()
    webhook.refresh_from_db()
    assert (webhook.is_active, webhook.stopped) == (False, Webhook.Stopped.FAILURES)
    assert Notification.objects.get(person=district.person).kind == "webhook_stopped"
    assert len(receiver.calls) == 1
    # Switched on again, it is called with what waited.
    receiver.answer = 204
    webhooks.switch_on(webhook, by=district)
    WebhookDelivery.objects.update(due_at=timezone.now())
    assert call_webhooks.call()["sent"] == 2
    assert Webhook.objects.get().failures == 0


def test_an_owner_who_lost_the_role_hears_nothing_more(webhook, receiver, the_north, district):
    announce(the_north.street)
    Membership.objects.filter(user=district).update(is_active=False)
    assert call_webhooks.call() == {"sent": 0, "failed": 1}
    assert receiver.calls == []
    assert Webhook.objects.get().stopped == Webhook.Stopped.OWNER


def test_a_replay_carries_the_same_id(webhook, receiver, the_north, district):
    announce(the_north.street)
    with pytest.raises(Conflict):
        webhooks.replay(WebhookDelivery.objects.get(), by=district)
    call_webhooks.call()
    webhooks.replay(WebhookDelivery.objects.get(), by=district)
    call_webhooks.call()
    assert len({body["id"] for body in receiver.bodies}) == 1
    assert (len(receiver.calls), WebhookDelivery.objects.get().replays) == (2, 1)


def test_a_test_call_tells_nothing(webhook, receiver, district):
    webhooks.ping(webhook, by=district)
    call_webhooks.call()
    assert (receiver.bodies[0]["kind"], receiver.bodies[0]["data"]) == ("ping", {})
    webhooks.switch_off(webhook, by=district)
    webhook.refresh_from_db()
    with pytest.raises(Conflict):
        webhooks.ping(webhook, by=district)


def test_others_touch_no_webhook(webhook, the_south, the_north):
    other = make_user("other", Role.DISTRICT, region=the_south.district)
    for do in (webhooks.ping, webhooks.switch_off, webhooks.switch_on, webhooks.remove_webhook):
        with pytest.raises(NotAllowed):
            do(webhook, by=other)


def test_the_signature_is_the_documented_one():
    assert posting.signature("whsec_example", timestamp=1767225600, body=b'{"id":"1"}') == "v1=" + (
        hmac.new(b"whsec_example", b'1767225600.{"id":"1"}', hashlib.sha256).hexdigest()
    )
