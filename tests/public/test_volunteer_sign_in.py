"""A volunteer signs in by a code that their phone received."""

import re

import pytest

from portal.core import crypto
from portal.core.models import OutboxMessage, Person, Role, User
from portal.core.people import new_person
from tests.conftest import make_user
from volunteers.models import Volunteer
from volunteers.types import VolunteerStatus

PHONE = "13800001234"
START, CODE, WHO = "/volunteer/sign-in/", "/volunteer/sign-in/code/", "/volunteer/sign-in/who/"


def enrol(half, name="王小明", phone=PHONE, **values):
    person = new_person(name=name, phone=phone)
    person.save()
    number = f"{Volunteer.objects.count() + 100:09d}"
    values.setdefault("status", VolunteerStatus.ACTIVE)
    return Volunteer.objects.create(person=person, number=number, home_region=half.community, **values)


def sent_code():
    message = OutboxMessage.objects.filter(kind="sign_in_code").order_by("-pk").first()
    return re.search(r"\d{6}", message.context.reveal()).group()


def ask(client, phone=PHONE):
    return client.post(START, {"phone": phone})


def test_the_phone_of_an_entry_opens_its_own_pages_and_makes_the_account_once(client, the_north):
    entry = enrol(the_north)
    assert ask(client).url == CODE
    assert client.post(CODE, {"code": sent_code()}).url == "/volunteer/me/"
    assert "王小明" in client.get("/volunteer/me/").content.decode()
    user = User.objects.get(person=entry.person)
    assert user.username == entry.number
    assert not user.has_usable_password()
    assert [grant.role for grant in user.scope.all_grants] == [Role.VOLUNTEER]


def test_it_goes_on_to_the_page_that_was_asked_for_if_it_is_ours(client, the_north):
    enrol(the_north)
    client.get(f"{START}?next=/volunteer/me/teams/")
    ask(client)
    assert client.post(CODE, {"code": sent_code()}).url == "/volunteer/me/teams/"
    client.logout()
    client.get(f"{START}?next=https://elsewhere.example/")
    OutboxMessage.objects.all().delete()
    assert client.session.get("sign-in-next") is None


def test_a_wrong_code_signs_nobody_in_and_the_right_one_works_once(client, the_north):
    enrol(the_north)
    ask(client)
    code = sent_code()
    wrong = client.post(CODE, {"code": "000000" if code != "000000" else "111111"})
    assert wrong.status_code != 302
    assert "验证码不正确或已失效" in wrong.content.decode()
    assert client.post(CODE, {"code": code}).status_code == 302
    other = type(client)()
    ask_again = other.post(CODE, {"code": code})
    assert ask_again.url == START


def test_the_answer_to_a_phone_tells_nobody_whether_it_is_registered(client, the_north):
    enrol(the_north)
    known = ask(client, PHONE)
    unknown = ask(type(client)(), "13900005678")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


def test_whoever_holds_an_unknown_phone_is_shown_the_way_to_sign_up(client, db):
    ask(client)
    page = client.post(CODE, {"code": sent_code()})
    assert page.status_code == 409
    assert "/volunteer/join/" in page.content.decode()


def test_an_entry_that_waits_for_confirmation_opens_nothing_yet(client, the_north):
    enrol(the_north, status=VolunteerStatus.APPLIED)
    ask(client)
    page = client.post(CODE, {"code": sent_code()})
    assert page.status_code == 409
    assert "/volunteer/join/" not in page.content.decode()
    assert not User.objects.exists()


def test_a_family_that_shares_a_phone_chooses_who_it_is_and_nobody_else(client, the_north):
    enrol(the_north, "王小明")
    second = enrol(the_north, "王大明")
    stranger = enrol(the_north, "李四", phone="13900005678")
    ask(client)
    assert client.post(CODE, {"code": sent_code()}).url == WHO
    assert "王大明" in client.get(WHO).content.decode()
    assert client.post(WHO, {"entry": stranger.pk}).status_code == 200
    assert client.post(WHO, {"entry": second.pk}).url == "/volunteer/me/"
    assert client.get("/volunteer/me/").context["user"].person == second.person


def test_an_account_that_also_works_at_the_desk_signs_in_by_its_password_alone(client, the_north):
    user = make_user("north", Role.COMMUNITY, region=the_north.community)
    Person.objects.filter(pk=user.person_id).update(phone_hash=crypto.keyed_hash(PHONE, purpose="phone"))
    Volunteer.objects.create(
        person=user.person, number="000000001", home_region=the_north.community, status=VolunteerStatus.ACTIVE
    )
    ask(client)
    page = client.post(CODE, {"code": sent_code()})
    assert page.status_code == 403
    assert client.get("/volunteer/me/").status_code == 302


def test_no_phone_stands_in_a_session(client, the_north):
    ask(client)
    assert PHONE not in str(dict(client.session))


@pytest.mark.parametrize("phone", ["", "123", "0755-12345678", "1" * 40])
def test_what_is_no_mobile_phone_is_told_in_words(client, db, phone):
    page = ask(client, phone)
    assert page.status_code in (400, 422)
    assert "手机" in page.content.decode()


def test_an_old_link_leads_to_the_volunteers_door_and_back(client, the_north):
    enrol(the_north)
    answer = client.get("/volunteer/me/points/")
    assert answer.url == "/volunteer/sign-in/?next=/volunteer/me/points/"
    page = client.get(answer.url).content.decode()
    # Somebody with a password does not lose the way either.
    assert "/accounts/login/?next=/volunteer/me/points/" in page
    ask(client)
    assert client.post(CODE, {"code": sent_code()}).url == "/volunteer/me/points/"


def test_a_button_that_was_pressed_too_late_comes_back_to_a_page_that_there_is(client, db):
    assert client.post("/volunteer/me/shifts/1/accept/").url == "/volunteer/sign-in/?next=/volunteer/me/"
