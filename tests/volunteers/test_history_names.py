"""Whoever sees masked names sees them masked in the history, too."""

from datetime import date

import pytest

from portal.core.models import HistoryEntry, Role
from tests.conftest import make_user
from volunteers import certificates, merging, places, privacy, register
from volunteers.models import HourEntry, Volunteer, VolunteerTeam
from volunteers.teams import add_member
from volunteers.types import HourAccount

DAY = date(2026, 1, 5)


@pytest.fixture
def boss(db):
    return make_user("boss", Role.ADMINISTRATOR)


@pytest.fixture
def merged(enrol, north, the_north, make_shift):
    """An entry that another one was merged into, and the pages of what came along: a place, a team, a certificate."""
    gone, kept = enrol("王小明"), enrol("王小明")
    place = places.assign(make_shift(), volunteer=gone, by=north)
    team = VolunteerTeam.objects.create(name="先锋队", kind="party", region=the_north.community)
    add_member(team, volunteer=gone, by=north)
    HourEntry.objects.create(
        volunteer=gone, region=the_north.community, account=HourAccount.APPROVED, on=DAY, minutes=60
    )
    certificate = certificates.apply(gone, since=DAY, until=DAY, by=north)
    merging.merge(gone, into=kept, by=north)
    return kept, [
        f"/desk/volunteers/{gone.pk}/", f"/desk/volunteers/{kept.pk}/", f"/desk/duty/shifts/{place.shift_id}/",
        f"/desk/certificates/{certificate.pk}/",
    ]  # fmt: skip


def page(browser, user, address) -> str:
    answer = browser(user).get(address)
    assert answer.status_code == 200, address
    assert answer.context["steps"], address
    return answer.content.decode()


def test_after_a_merge_people_are_named_as_the_reader_may_know_them(browser, boss, auditor, leader, merged):
    kept, addresses = merged
    for address in addresses:
        for user in (auditor, leader):
            told = page(browser, user, address)
            assert "王小明" not in told, (user, address)
            # The number tells two entries of one name apart.
            assert f"王** {kept.number}" in told or address == addresses[1], (user, address)
        assert "王小明" in page(browser, boss, address)


def test_a_volunteer_who_acted_alone_is_masked_and_staff_are_not(
    browser, boss, auditor, person, make_shift, north, soon
):
    volunteer, account = person("李小红")
    place = places.assign(make_shift(soon), volunteer=volunteer, by=north, answer_by=soon)
    places.accept(place, by=account)
    address = f"/desk/duty/shifts/{place.shift_id}/"
    told = page(browser, auditor, address)
    assert "李小红" not in told
    assert "North" in told
    assert "李小红" in page(browser, boss, address)


def test_staff_who_are_volunteers_too_are_named_as_staff(browser, auditor, enrol, make_shift, north):
    enrol("(to be replaced)")
    Volunteer.objects.update(person=north.person)
    place = places.assign(make_shift(), volunteer=enrol("李小红"), by=north)
    places.withdraw(place, by=north)
    assert "North" in page(browser, auditor, f"/desk/duty/shifts/{place.shift_id}/")


def test_who_somebody_was_stands_nowhere_after_the_entry_was_erased(browser, boss, enrol, the_north):
    somebody = enrol("李小红")
    somebody.person = make_user("someone", Role.LEADER, region=the_north.district).person
    somebody.save()
    register.leave(somebody, by=boss)
    privacy.erase(somebody, by=boss, reason="本人要求")
    changes = HistoryEntry.objects.filter(table=Volunteer._meta.db_table, row_id=somebody.pk).latest("id").changes
    assert changes["person_id"] is True, changes
    assert "Someone" not in page(browser, boss, f"/desk/volunteers/{somebody.pk}/")
