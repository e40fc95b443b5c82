"""/admin/: for administrators alone, with every page of every model answering."""

import pytest
from django.contrib import admin

from portal.core.models import ConsentText, HistoryEntry, Membership, Role, User
from stations.models import Amenity
from tests.conftest import make_user


@pytest.fixture
def administrator(db):
    """By a membership, not by Django's flags."""
    return make_user("administrator", Role.ADMINISTRATOR)


def pages() -> list[str]:
    return sorted(
        f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for model in admin.site._registry
        if model._meta.app_label in ("core", "stations", "requests")
    )


@pytest.mark.parametrize("path", ["/admin/", *pages()])
def test_administrators_alone_enter(path, client, administrator, north, helper, south, leader, auditor, keeper):
    assert client.get(path).status_code == 302
    assert client.get("/admin/login/").url.startswith("/accounts/login/")
    for user in (north, helper, south, leader, auditor, keeper):
        client.force_login(user)
        answer = client.get(path, follow=True)
        assert answer.status_code == 403
    client.force_login(administrator)
    assert client.get(path).status_code == 200


def test_an_ended_membership_closes_the_door(client, administrator):
    Membership.objects.filter(user=administrator).update(is_active=False)
    client.force_login(administrator)
    assert client.get("/admin/", follow=True).status_code == 403


def test_a_catalogue_entry_is_added(client, administrator):
    client.force_login(administrator)
    data = {"code": "wifi", "name": "WiFi", "order": "0", "is_active": "on"}
    assert client.post("/admin/stations/amenity/add/", data).status_code == 302
    assert HistoryEntry.objects.filter(table=Amenity._meta.db_table, actor_id=administrator.pk).exists()


def test_an_account_is_made_with_its_person_and_role(client, administrator, the_north):
    client.force_login(administrator)
    data = {
        "username": "newcomer", "person_name": "赵新", "usable_password": "true", "password1": "longer-than-ten-9",
        "password2": "longer-than-ten-9", "memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0",
    }  # fmt: skip
    answer = client.post("/admin/core/user/add/", data)
    assert answer.status_code == 302, answer.context["errors"]
    user = User.objects.get(username="newcomer")
    assert user.person.name == "赵新"
    assert client.get(f"/admin/core/user/{user.pk}/change/").status_code == 200


def test_what_was_agreed_to_and_the_logs_stay_as_they_are(client, administrator):
    text = ConsentText.objects.create(version="1", text="同意", valid_from="2026-01-01T00:00:00Z")
    client.force_login(administrator)
    assert client.post(f"/admin/core/consenttext/{text.pk}/change/", {"text": "x"}).status_code == 403
    entry = HistoryEntry.objects.first()
    for action in ("change", "delete"):
        assert client.post(f"/admin/core/historyentry/{entry.pk}/{action}/", {}).status_code == 403
    assert client.get(f"/admin/core/historyentry/{entry.pk}/change/").status_code == 200


def test_the_weaker_content_policy_is_for_this_part_alone(client, administrator):
    client.force_login(administrator)
    assert "unsafe-inline" in client.get("/admin/")["Content-Security-Policy"]
    assert "unsafe" not in client.get("/desk/")["Content-Security-Policy"]
