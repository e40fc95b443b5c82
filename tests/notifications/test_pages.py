"""The bell, the list, the choices and the webhooks, at the desk and under /api/v1/."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core.errors import DomainError
from portal.core.models import Membership, Notification, NotificationChoice, NotificationTemplate, Role, Webhook
from portal.core.notifications import webhooks
from portal.core.notifications.choices import choose
from portal.core.notifications.outbox import notify
from portal.core.notifications.webhook_delivery import call_webhooks
from tests.api.conftest import api, machine  # noqa: F401  (fixtures)
from tests.conftest import make_user

pytestmark = pytest.mark.django_db
LIST, CHOICES, WEBHOOKS = "/desk/notifications/", "/desk/notifications/choices/", "/desk/webhooks/"


def tell(user, count=1, link="/desk/"):
    for number in range(count):
        context = {"number": f"202603-{number:06}", "to": "北物业公司", "title": "路灯坏了", "due": "明天"}
        notify(kind="case_offered", to=user, context=context, dedupe_key=f"k{number}", link=link)
    return list(Notification.objects.filter(person=user.person).order_by("pk"))


def test_it_works(client, helper):
    (row,) = tell(helper)
    client.force_login(helper)
    page = client.get(LIST).content.decode()
    assert "诉求" in page
    assert "路灯坏了" in page
    assert client.get(f"{LIST}{row.pk}/").url == "/desk/"
    assert client.get(f"{LIST}?unread=1").context["lines"] == []
    assert client.get(LIST).context["portal"].unread == ""


def test_notifications_are_ones_own(client, helper, north, south, leader):
    (row,) = tell(helper)
    for user in (north, south, leader):
        client.force_login(user)
        assert client.get(LIST).context["lines"] == []
        assert client.get(f"{LIST}{row.pk}/").status_code == 404
        client.post(f"{LIST}read/")
    assert Notification.objects.get().read_at is None


def test_the_bell_counts_to_ninety_nine(client, helper):
    tell(helper, 101)
    client.force_login(helper)
    response = client.get(LIST)
    assert response.context["portal"].unread == "99+"
    client.post(f"{LIST}read/")
    assert not Notification.objects.unread().exists()


def test_the_list_takes_as_many_queries_for_thirty_as_for_three(client, helper):
    client.force_login(helper)
    counts = []
    for many in (3, 30):
        tell(helper, many)
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_administrators_wording_is_used_and_a_wrong_placeholder_refused(client, helper):
    administrator = make_user("administrator", Role.ADMINISTRATOR)
    client.force_login(administrator)
    form = {
        "kind": "case_offered", "channel": "desk", "language": "zh-hans", "subject": "新任务 {number}",
        "body": "{tittle}",
    }  # fmt: skip
    address = "/admin/core/notificationtemplate/add/"
    refused = client.post(address, form)
    assert refused.status_code == 200
    assert "{tittle}" in refused.content.decode()
    assert "{title}" in refused.content.decode()
    assert client.post(address, {**form, "channel": "desk", "body": "{title}", "subject": ""}).status_code == 200
    assert client.post(address, {**form, "kind": "sign_in_code", "body": "x"}).status_code == 200
    assert client.post(address, {**form, "body": "{title}"}).status_code == 302
    template = NotificationTemplate.objects.get()
    preview = client.get(f"/admin/core/notificationtemplate/{template.pk}/change/").content.decode()
    assert "新任务 202603-000123" in preview
    tell(helper)
    client.force_login(helper)
    assert "新任务 202603-000000" in client.get(LIST).content.decode()


def test_choices_are_kept(client, helper):
    helper.email = "helper@example.com"
    helper.save()
    client.force_login(helper)
    form = {
        "channels_cases": ["email", "sms"], "quiet_from": "21:00", "quiet_until": "08:00", "language": "en",
        "daily_digest": "on",
    }  # fmt: skip
    assert client.post(CHOICES, form).status_code == 302
    choice = NotificationChoice.objects.get(person=helper.person)
    assert (choice.channels["cases"], choice.channels["portal"]) == (["email", "sms"], [])
    assert (choice.daily_digest, choice.language) == (True, "en")
    assert client.get(CHOICES).context["form"]["channels_cases"].value() == ["email", "sms"]


def test_only_what_can_concern_somebody_is_offered_to_them(client, north, helper, keeper, auditor, leader, the_north):
    volunteer = make_user("wang", Role.VOLUNTEER, region=the_north.community)
    both = make_user("both", Role.STATION_KEEPER, station=the_north.station)
    Membership.objects.create(user=both, role=Role.VOLUNTEER, region=the_north.community)
    for user, offered in (
        (north, ["cases", "stations"]), (keeper, ["cases", "stations"]), (helper, ["cases"]), (leader, ["cases"]),
        (auditor, []), (volunteer, ["cases", "duty"]), (both, ["cases", "duty", "stations"]),
    ):  # fmt: skip
        client.force_login(user)
        names = {name.removeprefix("channels_") for name in client.get(CHOICES).context["form"].fields}
        assert sorted(names & {"cases", "duty", "stations"}) == offered, user


def test_a_group_of_others_is_not_chosen_and_one_of_a_role_that_ended_is_kept(client, keeper, the_north):
    client.force_login(keeper)
    form = {"channels_stations": ["email"], "channels_duty": ["email"], "language": "zh-hans"}
    assert client.post(CHOICES, form).status_code == 302
    choice = NotificationChoice.objects.get(person=keeper.person)
    assert choice.channels == {"portal": [], "cases": [], "deliberations": [], "surveys": [], "stations": ["email"]}
    with pytest.raises(DomainError):
        choose(by=keeper, channels={"duty": ["email"]}, language="zh-hans")
    Membership.objects.create(user=keeper, role=Role.AUDITOR, region=the_north.community)
    keeper.memberships.filter(role=Role.STATION_KEEPER).update(is_active=False)
    client.post(CHOICES, {"language": "zh-hans"})
    choice.refresh_from_db()
    assert choice.channels == {"portal": [], "cases": [], "deliberations": [], "surveys": [], "stations": ["email"]}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"quiet_from": "21:00"}, "quiet_until"), ({"quiet_from": "25:00", "quiet_until": "08:00"}, "quiet_from"),
        ({"channels_cases": ["pigeon"]}, "channels_cases"), ({"language": "xx"}, "language"),
        ({"daily_digest": "on"}, "daily_digest"),
    ],
)  # fmt: skip
def test_a_bad_choice_is_said_beside_its_field_and_nothing_is_lost(client, helper, changed, field):
    client.force_login(helper)
    response = client.post(CHOICES, {"language": "zh-hans", "channels_portal": ["email"], **changed})
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert response.context["form"]["channels_portal"].value() == ["email"]
    assert not NotificationChoice.objects.exists()


def make_webhook(client, place, **changed):
    form = {"name": "区平台", "url": "https://example.com/hook", "kinds": ["case_offered"], "region": place.pk}
    return client.post(WEBHOOKS, {**form, **changed})


def test_a_webhook_is_made_edited_switched_and_removed(client, district, the_north):
    client.force_login(district)
    made = make_webhook(client, the_north.district)
    secret = made.context["secret"]
    assert (made.status_code, secret in made.content.decode()) == (201, True)
    assert secret not in client.get(WEBHOOKS).content.decode()
    webhook = Webhook.objects.get()
    page = f"{WEBHOOKS}{webhook.pk}/"
    edit = {"name": "新名", "url": "https://example.com/2", "kinds": ["case_returned"], "region": the_north.street.pk}
    assert client.post(f"{page}edit/", edit).status_code == 302
    assert client.post(f"{page}edit/", {**edit, "url": "https://10.0.0.1/"}).status_code == 422
    for verb, is_active in (("off", False), ("on", True), ("ping", True)):
        assert client.post(f"{page}do/{verb}/").status_code == 302
        assert Webhook.objects.get().is_active is is_active
    assert client.post(f"{page}do/explode/").status_code == 404
    assert "新名" in client.get(page).content.decode()
    assert client.get(f"{page}remove/").status_code == 200
    assert client.post(f"{page}remove/").status_code == 302
    assert not Webhook.objects.exists()


def test_a_webhook_form_sent_twice_makes_one(client, district, the_north):
    client.force_login(district)
    for _again in range(2):
        make_webhook(client, the_north.district, idempotency_key="a" * 32)
    assert Webhook.objects.count() == 1


def test_bad_input_to_a_webhook_keeps_what_was_typed(client, district, the_north, the_south):
    client.force_login(district)
    bad = [{"url": "https://192.168.1.1/"}, {"kinds": []}, {"name": "\x00"}, {"region": the_south.district.pk}]
    for changed in bad:
        response = make_webhook(client, the_north.district, **changed)
        assert response.status_code in (400, 422)
        assert "https://" in response.content.decode()
    assert not Webhook.objects.exists()


def test_somebody_elses_webhook_is_not_there(client, webhook, the_north, the_south, north):
    webhooks.ping(webhook, by=webhook.owner)
    call_webhooks.call()
    delivery = webhook.deliveries.get()
    other = make_user("other", Role.DISTRICT, region=the_south.district)
    colleague = make_user("colleague", Role.STREET, region=the_north.street)
    for user, status in ((other, 404), (colleague, 404), (north, 403)):
        client.force_login(user)
        for tail in ("", "edit/", "remove/"):
            assert client.get(f"{WEBHOOKS}{webhook.pk}/{tail}").status_code == status
        for tail in ("do/off/", f"replay/{delivery.pk}/", "remove/"):
            assert client.post(f"{WEBHOOKS}{webhook.pk}/{tail}").status_code == status
    administrator = make_user("administrator", Role.ADMINISTRATOR)
    client.force_login(administrator)
    assert client.get(f"{WEBHOOKS}{webhook.pk}/").status_code == 200
    client.force_login(webhook.owner)
    assert client.post(f"{WEBHOOKS}{webhook.pk}/replay/{delivery.pk}/").status_code == 302


def test_the_api_gives_ones_own_notifications(api, machine, helper, south, the_north):  # noqa: F811
    rows = tell(helper, 3)
    mine = api(helper)
    listed = mine.get("/api/v1/notifications/?unread=true").json()["results"]
    assert [row["id"] for row in listed] == [row.pk for row in reversed(rows)]
    assert "路灯坏了" in listed[0]["text"]
    assert mine.post(f"/api/v1/notifications/{rows[0].pk}/read/").json()["read_at"]
    assert len(mine.get("/api/v1/notifications/?unread=false").json()["results"]) == 1
    assert mine.post("/api/v1/notifications/read-all/").json() == {"read": 2}
    assert mine.get("/api/v1/notifications/?kind=case_returned").json()["results"] == []
    assert mine.get("/api/v1/notifications/?kind=nonsense").status_code == 400
    assert api(south).get("/api/v1/notifications/").json()["results"] == []
    assert api(south).get(f"/api/v1/notifications/{rows[0].pk}/").status_code == 404
    assert machine(helper).get("/api/v1/notifications/").json()["results"] == []


def test_the_api_makes_and_replays_webhooks(api, district, south, the_north, receiver):  # noqa: F811
    mine = api(district)
    body = {"name": "区平台", "url": receiver.url, "kinds": ["case_offered"], "region": the_north.street.code}
    made = mine.post("/api/v1/webhooks/", body, headers={"Idempotency-Key": "1"})
    assert made.status_code == 201, made.json()
    webhook = made.json()["webhook"]["id"]
    assert made.json()["secret"].startswith("whsec_")
    assert "secret" not in mine.post("/api/v1/webhooks/", body, headers={"Idempotency-Key": "1"}).json()
    assert mine.patch(f"/api/v1/webhooks/{webhook}/", {"name": "二号"}).json()["name"] == "二号"
    refused = mine.patch(f"/api/v1/webhooks/{webhook}/", {"url": "ftp://x"})
    assert (refused.status_code, list(refused.json()["error"]["fields"])) == (400, ["url"])
    assert mine.post(f"/api/v1/webhooks/{webhook}/ping/").status_code == 200
    call_webhooks.call()
    (delivery,) = mine.get(f"/api/v1/webhook-deliveries/?webhook={webhook}&state=sent").json()["results"]
    assert delivery["body"]["kind"] == "ping"
    assert mine.post(f"/api/v1/webhook-deliveries/{delivery['id']}/replay/").json()["state"] == "to_send"
    assert mine.post(f"/api/v1/webhooks/{webhook}/switch-off/").json()["is_active"] is False
    assert mine.post(f"/api/v1/webhooks/{webhook}/switch-on/").json()["is_active"] is True
    assert api(south).get("/api/v1/webhooks/").status_code == 403
    other = make_user("other", Role.STREET, region=the_north.street)
    assert api(other).get("/api/v1/webhooks/").json()["results"] == []
    assert api(other).get("/api/v1/webhook-deliveries/").json()["results"] == []
    assert api(other).post(f"/api/v1/webhooks/{webhook}/ping/").status_code == 404
    assert mine.delete(f"/api/v1/webhooks/{webhook}/").status_code == 204


def test_a_limited_token_widens_no_webhook(machine, district, the_north, webhook):  # noqa: F811
    limited = machine(district, "tokens:manage", "requests:read", region=the_north.street)
    refused = limited.patch(f"/api/v1/webhooks/{webhook.pk}/", {"region": the_north.district.code})
    assert refused.status_code == 400
    assert "region" in refused.json()["error"]["fields"]
