"""Accounts at the desk and in the API: lists, forms, the slip with the start password, the first sign-in."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.core.models import IdempotencyRecord, Membership, Person, Role, User
from portal.core.tokens import create_token
from tests.conftest import make_user
from tests.registry.conftest import region_text, unit_text

ADDRESS = "/desk/accounts/"
API = "/api/v1/accounts/"
PASSWORD = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


@pytest.fixture
def manager(the_north):
    return make_user("manager", Role.STREET, region=the_north.street)


def new(half, **fields) -> dict:
    return {
        "username": "newcomer", "name": "赵新", "phone": "13800001234", "role": "community",
        "region": region_text(half.community),
    } | fields  # fmt: skip


def shown(answer) -> list[str]:
    return [row.username for _href, row, _cells in answer.context["lines"]]


def test_it_works(page, north, the_north):
    """Made, printed, signed in with, changed: and only then may the newcomer do anything."""
    answer = page(north).post(f"{ADDRESS}new/", new(the_north))
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    start = PASSWORD.search(answer.content.decode())[0]
    browser = Client()
    assert browser.post("/accounts/login/", {"login": "newcomer", "password": start}).status_code == 302
    assert browser.get("/desk/").headers["Location"] == "/accounts/password/change/"
    refused = browser.get(f"{API}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "password_change_required")
    own = "我自己的密码-2026"
    change = {"oldpassword": start, "password1": start, "password2": start}
    assert "别人见过" in browser.post("/accounts/password/change/", change).content.decode()
    done = browser.post("/accounts/password/change/", change | {"password1": own, "password2": own})
    assert done.headers["Location"] == "/desk/"
    assert browser.get("/desk/").status_code == 200
    assert not Client().login(username="newcomer", password=start)


def test_somebody_with_a_start_password_may_sign_out_and_read_in_english(page, north):
    User.objects.filter(pk=north.pk).update(must_change_password=True)
    browser = page(north)
    for address in ("/accounts/password/change/", "/accounts/logout/"):
        assert browser.get(address).status_code == 200
    assert browser.post("/language/setlang/", {"language": "en"}).status_code in (302, 204)
    for address in ("/desk/", "/", ADDRESS, "/accounts/2fa/"):
        assert browser.get(address).headers["Location"] == "/accounts/password/change/"


def test_a_form_sent_twice_makes_one_account_and_shows_its_password_once(page, north, the_north):
    browser, data = page(north), new(the_north, idempotency_key="one-attempt")
    first, second = browser.post(f"{ADDRESS}new/", data), browser.post(f"{ADDRESS}new/", data)
    assert (first.status_code, second.status_code) == (201, 302)
    account = User.objects.get(username="newcomer")
    assert second.url == f"{ADDRESS}{account.pk}/"
    start = PASSWORD.search(first.content.decode())[0]
    assert start not in str([record.answer.reveal() for record in IdempotencyRecord.objects.all()])
    assert start not in browser.get(second.url).content.decode()


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({"username": "north"}, "username"),
        ({"username": "has blank"}, "username"),
        ({"username": ""}, "username"),
        ({"name": ""}, "person"),
        ({"phone": "12"}, "phone"),
        ({"role": "district"}, "role"),
        ({"role": "administrator"}, "role"),
        ({"role": ""}, "role"),
        ({"role": "station_keeper"}, "region"),
        ({"region": ""}, "region"),
        ({"region": "没有这里"}, "region"),
        ({"region": "x" * 300}, "region"),
    ],
)
def test_bad_input_is_told_beside_the_field_and_nothing_is_lost(fields, beside, page, north, the_north):
    answer = page(north).post(f"{ADDRESS}new/", new(the_north, **fields))
    assert 400 <= answer.status_code < 500
    assert beside in answer.context["form"].errors
    assert "13800001234" in answer.content.decode() or "phone" in fields
    assert not Person.objects.filter(name="赵新").exists()


def test_a_list_shows_the_readers_own_accounts_alone(page, north, helper, south, keeper, auditor):
    assert set(shown(page(north).get(ADDRESS))) == {"north", "helper", "keeper"}
    assert shown(page(south).get(ADDRESS)) == ["south"]
    assert {"north", "auditor"} <= set(shown(page(auditor).get(ADDRESS)))
    for user in (helper, keeper):
        assert page(user).get(ADDRESS).status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=help", {"helper"}), ("q=HELPER", {"helper"}), ("role=unit_contact", {"helper"}),
        ("role=unit_contact&role=community", {"helper", "north"}), ("is_active=false", set()),
        ("region=440306001001", {"north", "helper", "keeper"}), ("region=440305", set()), ("role=district", set()),
    ],
)  # fmt: skip
def test_filters_include_and_exclude(query, found, page, api, north, helper, keeper, south, the_south):
    Membership.objects.create(user=helper, role=Role.DISTRICT, region=the_south.district)
    assert set(shown(page(north).get(f"{ADDRESS}?{query}"))) == found
    assert {row["username"] for row in api(north).get(f"{API}?{query}").json()["results"]} == found


def test_a_bad_filter_is_named(page, api, north):
    assert page(north).get(f"{ADDRESS}?role=king").status_code == 400
    assert api(north).get(f"{API}?role=king").json()["error"]["fields"].keys() == {"role"}


def test_a_page_shows_the_roles_of_the_readers_area_and_that_there_are_others(page, north, keeper, the_south):
    Membership.objects.create(user=keeper, role=Role.STATION_KEEPER, station=the_south.station)
    answer = page(north).get(f"{ADDRESS}{keeper.pk}/")
    words = answer.content.decode()
    assert "北小站" in words
    assert "南小站" not in words
    assert "管理范围之外还有角色" in words
    assert answer.context["actions"] == []


def test_the_history_tells_who_gave_what(page, north, keeper, manager, the_north):
    role = keeper.memberships.get()
    browser = page(manager)
    TOTP.activate(keeper, generate_totp_secret())
    assert browser.post(f"{ADDRESS}{keeper.pk}/roles/{role.pk}/end/").status_code == 302
    assert browser.post(f"{ADDRESS}{keeper.pk}/second-factor/").status_code == 302
    steps = browser.get(f"{ADDRESS}{keeper.pk}/").context["steps"]
    assert {step.who for step in steps} >= {"Manager"}
    told = " ".join(f"{step.about} {step.what} {step.lines}" for step in steps)
    assert "两步验证" in told
    assert "北小站" in told


def test_every_page_of_an_account_opens_for_its_manager(page, keeper, manager):
    browser, role = page(manager), keeper.memberships.get()
    for rest in (
        "",
        "edit/",
        "roles/new/",
        f"roles/{role.pk}/end/",
        "password/",
        "deactivate/",
        "second-factor/",
        "unlock/",
    ):
        assert browser.get(f"{ADDRESS}{keeper.pk}/{rest}").status_code == 200, rest
    assert browser.get(f"{ADDRESS}{keeper.pk}/explode/").status_code == 404
    assert browser.get(f"{ADDRESS}{keeper.pk}/roles/{10**9}/end/").status_code == 404


@pytest.mark.parametrize("rest", ["edit/", "roles/new/", "password/", "deactivate/", "reactivate/", "second-factor/"])
def test_who_may_not_change_an_account(rest, page, north, helper, south, auditor, keeper, manager):
    address = f"{ADDRESS}{keeper.pk}/{rest}"
    for user, status in ((helper, 403), (auditor, 403), (south, 404)):
        assert page(user).get(address).status_code == status
        assert page(user).post(address, {"username": "x", "name": "x"}).status_code == status
    # Nor does one change one's own.
    own = f"{ADDRESS}{manager.pk}/{rest}"
    assert page(manager).post(own, {"username": "x", "name": "x"}).status_code == 403


def test_the_end_of_a_role_is_offered_to_those_who_may_end_it(page, north, auditor, helper, south, manager):
    role = north.memberships.get()
    address = f"{ADDRESS}{north.pk}/roles/{role.pk}/end/"
    for user, status in ((manager, 200), (north, 403), (auditor, 403), (helper, 403), (south, 404)):
        assert page(user).get(address).status_code == status, user
    for user in (north, auditor, helper, south):
        assert page(user).post(address).status_code in (403, 404)
    assert north.memberships.get().is_active


def test_an_account_is_renamed_given_a_role_closed_and_opened_again(page, keeper, manager, the_north):
    browser, address = page(manager), f"{ADDRESS}{keeper.pk}/"
    assert browser.post(f"{address}edit/", {"username": "keeper2", "name": "钱守站"}).status_code == 302
    role = {"role": "unit_contact", "organization": unit_text(the_north.unit)}
    assert browser.post(f"{address}roles/new/", role).status_code == 302
    again = browser.post(f"{address}roles/new/", role)
    assert (again.status_code, list(again.context["form"].errors)) == (409, ["role"])
    assert browser.post(f"{address}deactivate/").status_code == 302
    keeper.refresh_from_db()
    assert (keeper.username, keeper.person.name, keeper.is_active) == ("keeper2", "钱守站", False)
    opened = browser.post(f"{address}reactivate/", {"idempotency_key": "k"})
    assert opened.status_code == 201
    assert PASSWORD.search(opened.content.decode())
    assert browser.post(f"{address}reactivate/", {"idempotency_key": "k"}).status_code == 302
    assert keeper.memberships.filter(is_active=True).count() == 2


@pytest.fixture
def locked(keeper):
    """An account with a good password whose owner mistyped it too often."""
    keeper.set_password(OWN)
    keeper.save()
    for _attempt in range(5):
        sign_in_as(keeper, "falsch")
    return keeper


OWN = "我自己的密码-2026"


def sign_in_as(user, password) -> int:
    return Client().post("/accounts/login/", {"login": user.username, "password": password}).status_code


def test_a_lock_after_failed_sign_ins_is_lifted_by_whoever_looks_after_the_account(page, locked, manager):
    assert sign_in_as(locked, OWN) == 200
    address, browser = f"{ADDRESS}{locked.pk}/", page(manager)
    shown = browser.get(address).content.decode()
    assert "多次登录失败，已锁定" in shown and f"{address}unlock/" in shown
    assert browser.get(f"{address}unlock/").status_code == 200
    assert browser.post(f"{address}unlock/").status_code == 302
    assert sign_in_as(locked, OWN) == 302
    assert f"{address}unlock/" not in (after := browser.get(address)).content.decode()
    assert any(step.who == "Manager" and "登录锁定" in str(step.lines) for step in after.context["steps"])
    assert browser.post(f"{address}unlock/").status_code == 409


def test_the_api_unlocks_an_account_once(api, locked, north):
    address = f"{API}{locked.pk}/unlock/"
    assert api(north).post(address).status_code == 200
    again = api(north).post(address)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "not_locked")
    assert sign_in_as(locked, OWN) == 302


def test_a_lock_counts_capitals_and_host_names_as_one_account(locked, settings):
    settings.ALLOWED_HOSTS = ["*"]
    form = {"login": locked.username.upper(), "password": OWN}
    assert Client().post("/accounts/login/", form, headers={"host": "other.example"}).status_code == 200


def test_the_menu_names_accounts_for_those_who_read_them(page, north, helper):
    assert ADDRESS in page(north).get("/desk/").content.decode()
    assert ADDRESS not in page(helper).get("/desk/").content.decode()


def test_the_api_does_the_same(api, north, the_north, keeper):
    caller = api(north)
    made = caller.post(
        API, {"username": "newcomer", "name": "赵新", "role": "community", "region": the_north.community.code}
    )
    assert made.status_code == 201, made.json()
    account = User.objects.get(username="newcomer")
    assert account.check_password(made.json()["start_password"])
    assert made.json()["account"]["roles"][0]["region"] == the_north.community.code
    address = f"{API}{account.pk}/"
    assert caller.patch(address, {"name": "赵欣"}).json()["person"]["name"] == "赵欣"
    given = caller.post(f"{address}roles/", {"role": "station_keeper", "station": the_north.station.pk})
    assert given.status_code == 201, given.json()
    role = given.json()["roles"][-1]
    assert caller.post(f"{address}roles/{role['id']}/end/").json()["roles"][-1]["is_active"] is False
    assert PASSWORD.fullmatch(caller.post(f"{address}start-password/").json()["start_password"])
    TOTP.activate(account, generate_totp_secret())
    assert caller.post(f"{address}remove-second-factor/").status_code == 200
    assert not Authenticator.objects.filter(user=account).exists()
    assert caller.post(f"{address}deactivate/").json()["is_active"] is False
    assert caller.post(f"{address}reactivate/").json()["account"]["is_active"] is True


def test_a_repeated_call_does_not_tell_the_password_again(api, north, the_north):
    body = {"username": "newcomer", "name": "赵新", "role": "community", "region": the_north.community.code}
    caller = api(north)
    first, second = (caller.post(API, body, headers={"Idempotency-Key": "once"}) for _time in range(2))
    assert "start_password" in first.json()
    assert second.json() == {"account": first.json()["account"]}


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({"username": "north"}, "username"), ({"role": "king"}, "role"), ({"role": "district"}, "role"),
        ({"region": "440305001001"}, "region"), ({"region": None}, "region"), ({"colour": "red"}, "colour"),
        ({"phone": "12"}, "phone"), ({"person": 10**9}, "person"),
    ],
)  # fmt: skip
def test_the_api_names_what_is_wrong(fields, beside, api, north, the_north, the_south):
    body = {"username": "newcomer", "name": "赵新", "role": "community", "region": the_north.community.code} | fields
    answer = api(north).post(API, body)
    assert 400 <= answer.status_code < 500
    assert beside in answer.json()["error"]["fields"]
    assert not Person.objects.filter(name="赵新").exists()


def test_the_api_is_scoped(api, north, helper, south, auditor, keeper):
    address = f"{API}{keeper.pk}/"
    assert api(south).get(address).status_code == 404
    assert api(helper).get(address).status_code == 403
    assert api(auditor).get(address).status_code == 200
    for rest in ("start-password/", "deactivate/", "reactivate/", "remove-second-factor/", "unlock/", "roles/"):
        assert api(south).post(f"{address}{rest}", {"role": "community"}).status_code in (400, 404)
        for user in (helper, auditor):
            assert api(user).post(f"{address}{rest}").status_code == 403
    keeper.refresh_from_db()
    assert keeper.is_active


def test_a_token_without_the_permission_makes_no_account(north, the_north):
    _token, plaintext = create_token(north, name="大屏", scopes=["accounts:read"])
    caller = Client(headers={"Authorization": f"Bearer {plaintext}"})
    assert caller.get(API).status_code == 200
    assert caller.post(API, {}, content_type="application/json").status_code == 403


def test_the_queries_of_lists_do_not_grow(page, api, north, the_north):
    counted = []
    for more in (2, 20):
        for number in range(more):
            make_user(f"k{more}-{number}", Role.STATION_KEEPER, station=the_north.station)
        for caller, address in ((page(north), ADDRESS), (api(north), API)):
            with CaptureQueriesContext(connection) as queries:
                assert caller.get(address).status_code == 200
            counted.append(len(queries))
    assert counted[:2] == counted[2:]
    assert max(counted) <= 14
