"""The screen on a station's wall under an address that needs no account."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.core.errors import NotAllowed
from portal.core.logs import discreet
from volunteers import places, walls
from volunteers.models import WallLink


@pytest.fixture
def now_on(make_shift, enrol, north, the_north):
    the_north.station.phone = "0755-12345678"
    the_north.station.save()
    shift = make_shift(timezone.now() - timedelta(minutes=30), unit_on_turn=the_north.unit)
    places.assign(shift, volunteer=enrol("王小明"), by=north)
    return shift


def test_it_works(client, north, the_north, now_on):
    _link, token = walls.renew(the_north.station, by=north)
    answer = client.get(f"/screen/{token}/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "王**" in page
    assert "北物业公司" in page
    assert "王小明" not in page
    assert "0755" not in page
    assert 'http-equiv="refresh"' in page
    assert 'name="robots" content="noindex' in page
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies


def test_the_signed_in_wall_still_has_the_stations_phone(browser, north, the_north, now_on):
    page = browser(north).get(f"/desk/duty/wall/{the_north.station.pk}/").content.decode()
    assert "0755-12345678" in page
    assert "王**" in page


def test_the_text_of_an_address_is_kept_nowhere_and_stands_in_no_log(north, the_north):
    link, token = walls.renew(the_north.station, by=north)
    assert token not in link.digest
    assert token not in discreet(f"GET /screen/{token}/ 200")
    assert "/desk/duty/wall/12/" in discreet("GET /desk/duty/wall/12/ 200")


def test_a_new_address_ends_the_one_before(client, north, keeper, the_north):
    _old, first = walls.renew(the_north.station, by=north)
    _new, second = walls.renew(the_north.station, by=keeper)
    assert client.get(f"/screen/{first}/").status_code == 404
    assert client.get(f"/screen/{second}/").status_code == 200
    assert WallLink.objects.live().count() == 1


@pytest.mark.parametrize("token", ["x", "a" * 300, "王", "%00"])
def test_what_was_never_given_out_opens_nothing(client, db, token):
    assert client.get(f"/screen/{token}/").status_code == 404


def test_the_page_makes_an_address_and_whoever_runs_the_duty_revokes_it(client, browser, north, keeper, the_north):
    address = f"/desk/duty/wall/{the_north.station.pk}/address/"
    made = browser(north).post(address, {"step": "renew"})
    assert made.status_code == 201
    token = made.context["address"].rstrip("/").rsplit("/", 1)[-1]
    assert token not in browser(north).get(address).content.decode()
    assert browser(keeper).post(address, {"step": "revoke"}).status_code == 302
    client.logout()
    assert client.get(f"/screen/{token}/").status_code == 404


def test_others_make_and_revoke_nothing(browser, south, helper, auditor, the_north):
    address = f"/desk/duty/wall/{the_north.station.pk}/address/"
    assert browser(south).post(address, {"step": "renew"}).status_code == 404
    assert browser(helper).post(address, {"step": "renew"}).status_code == 403
    assert browser(auditor).get(address).status_code == 403
    for who in (south, helper, auditor):
        with pytest.raises(NotAllowed):
            walls.renew(the_north.station, by=who)
        with pytest.raises(NotAllowed):
            walls.revoke(the_north.station, by=who)
    assert not WallLink.objects.exists()
