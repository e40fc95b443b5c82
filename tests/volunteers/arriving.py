"""Somebody on duty, and what a scan of a station's code sends."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.core.models import Role
from portal.core.people import new_person
from tests.conftest import make_user
from volunteers import checkin, places
from volunteers.numbers import with_check_digit

PHONE = "13800001234"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def station(the_north):
    return the_north.station


@pytest.fixture
def join(enrol, the_north):
    """Somebody on the register, with a phone, a number that is one, and an account."""

    def join(username, phone=PHONE):
        user = make_user(username, Role.VOLUNTEER, region=the_north.community)
        person = new_person(name="王小明", phone=phone)
        for name in ("name", "phone", "phone_hash", "phone_masked"):
            setattr(user.person, name, getattr(person, name))
        user.person.save()
        volunteer = enrol(name="(to be replaced)")
        volunteer.person, volunteer.number = user.person, with_check_digit(f"{10_000_000 + volunteer.pk:08d}")
        volunteer.save()
        volunteer.user = user
        return volunteer

    return join


@pytest.fixture
def on_duty(join, make_shift, north):
    """Somebody whose shift begins now (or at another moment)."""

    def on_duty(username="wang", at=None, minutes=180, **values):
        volunteer = join(username)
        shift = make_shift(at or datetime.now(UTC), minutes=minutes, **values)
        return places.assign(shift, volunteer=volunteer, by=north)

    return on_duty


def scan_of(station, at, *, read_at=None):
    return checkin.read(checkin.code_of(station, at=at), station=station, at=read_at or at)


def sent(place, scan, action, now, **values):
    values.setdefault("has_signed_in", True)
    return checkin.check(
        place.volunteer, station=place.shift.station, scan=scan, action=action, now=now, **values
    )  # fmt: skip
