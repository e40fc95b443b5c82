"""Claims of hours at the desk, and the ledger of a volunteer."""

from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.errors import Conflict, DomainError
from portal.core.models import Role
from tests.conftest import make_user
from volunteers import attendance, ledger, places
from volunteers.models import HourClaim, HourEntry
from volunteers.types import CheckMethod, ClaimKind, ClaimStatus, HourAccount

CLAIMS = "/desk/duty/claims/"
YESTERDAY = datetime.combine(timezone.localdate(timezone=ZONE) - timedelta(days=1), time(8), ZONE)


@pytest.fixture
def street_leader(the_north):
    return make_user("street-leader", Role.LEADER, region=the_north.street)


@pytest.fixture
def serve(make_shift, north):
    def serve(volunteer, minutes, at=YESTERDAY):
        place = places.assign(make_shift(at, minutes=minutes), volunteer=volunteer, by=north)
        left = at + timedelta(minutes=minutes)
        attendance.check_in(place, by=north, how=CheckMethod.STAFF, at=at, now=left)
        return attendance.check_out(place, by=north, how=CheckMethod.STAFF, at=left, now=left)

    return serve


@pytest.fixture
def wang(enrol):
    return enrol()


@pytest.fixture
def claim(wang, serve):
    """Nine hours in one day: one waits to be decided."""
    serve(wang, 9 * 60)
    return HourClaim.objects.get()


def test_it_works(browser, street_leader, claim, wang):
    client = browser(street_leader)
    listed = client.get(CLAIMS, {"to_decide": "true"})
    assert [row for _href, row, _cells in listed.context["lines"]] == [claim]
    page = client.get(f"{CLAIMS}{claim.pk}/")
    assert (page.context["day"]["approved"], len(page.context["served"])) == (480, 1)
    answer = client.post(f"{CLAIMS}{claim.pk}/", {"granted": "yes"})
    assert (answer.status_code, answer.url) == (302, f"{CLAIMS}?to_decide=true")
    assert ledger.totals(wang)["approved"] == 540
    assert client.get(CLAIMS, {"to_decide": "true"}).context["page"].paginator.count == 0
    assert client.get(CLAIMS, {"to_decide": "false"}).context["page"].paginator.count == 1


def test_a_refusal_says_why(browser, street_leader, claim, wang):
    client = browser(street_leader)
    answer = client.post(f"{CLAIMS}{claim.pk}/", {"granted": "no", "decision": " "})
    assert answer.status_code == 400
    assert "decision" in answer.context["form"].errors
    assert client.post(f"{CLAIMS}{claim.pk}/", {"granted": "no", "decision": "与签到表不符"}).status_code == 302
    claim.refresh_from_db()
    assert (claim.status, claim.decision, claim.decided_by) == (ClaimStatus.REFUSED, "与签到表不符", street_leader)
    assert "与签到表不符" in client.get(f"{CLAIMS}{claim.pk}/").content.decode()


def supplement(wang, north, the_north, **values):
    values = {"on": YESTERDAY.date(), "minutes": 60, "reason": "没有网络", **values}
    return ledger.claim(wang, kind=ClaimKind.SUPPLEMENT, region=the_north.community, by=north, **values)


def test_a_supplement_is_asked_for_once(wang, north, the_north):
    supplement(wang, north, the_north)
    with pytest.raises(Conflict):
        supplement(wang, north, the_north)
    supplement(wang, north, the_north, reason="下午又来了一次")


def test_a_supplement_of_no_length_or_of_years_ago_is_refused(wang, north, the_north):
    for values in ({"minutes": 0}, {"on": YESTERDAY.date() - timedelta(days=400)}):
        with pytest.raises(DomainError) as refused:
            supplement(wang, north, the_north, **values)
        assert set(refused.value.fields) == set(values)


def test_whoever_decides_is_told_what_is_odd(browser, street_leader, wang, north, the_north):
    first = supplement(wang, north, the_north)
    second = supplement(wang, north, the_north, reason="下午又来了一次")
    page = browser(street_leader).get(f"{CLAIMS}{second.pk}/")
    assert page.context["is_before_joining"]
    assert list(page.context["others"]) == [first]
    assert f"{CLAIMS}{first.pk}/" in page.content.decode()


@pytest.mark.parametrize("data", [{}, {"granted": "maybe"}, {"granted": "no", "decision": "长" * 301}])
def test_bad_input_decides_nothing(data, browser, street_leader, claim):
    assert browser(street_leader).post(f"{CLAIMS}{claim.pk}/", data).status_code == 400
    claim.refresh_from_db()
    assert claim.status == ClaimStatus.PENDING


def test_what_is_decided_stays_decided(browser, street_leader, claim):
    ledger.decide(claim, by=street_leader, granted=True)
    answer = browser(street_leader).post(f"{CLAIMS}{claim.pk}/", {"granted": "no", "decision": "改主意"})
    assert answer.status_code == 409
    claim.refresh_from_db()
    assert claim.status == ClaimStatus.GRANTED


def test_only_whoever_decides_is_offered_a_decision(browser, north, south, helper, leader, claim, wang):
    # North looks after the volunteer and decides nothing; the claim is for the street, so the district may, too.
    for reader, is_theirs in ((north, False), (leader, True)):
        assert browser(reader).get(f"{CLAIMS}{claim.pk}/").context["row"].is_mine_to_decide is is_theirs
    assert browser(north).post(f"{CLAIMS}{claim.pk}/", {"granted": "yes"}).status_code == 403
    for other in (south, helper):
        assert browser(other).get(CLAIMS).context["page"].paginator.count == 0
        assert browser(other).get(f"{CLAIMS}{claim.pk}/").status_code == 404
        assert browser(other).post(f"{CLAIMS}{claim.pk}/", {"granted": "yes"}).status_code == 404
    claim.refresh_from_db()
    assert claim.status == ClaimStatus.PENDING


def test_nobody_is_offered_a_decision_about_the_own_hours(browser, street_leader, claim, wang):
    wang.person = street_leader.person
    wang.save()
    assert browser(street_leader).get(CLAIMS, {"to_decide": "true"}).context["page"].paginator.count == 0
    assert browser(street_leader).post(f"{CLAIMS}{claim.pk}/", {"granted": "yes"}).status_code == 403


def test_the_ledger_of_a_volunteer_shows_every_entry(browser, north, leader, claim, wang):
    address = f"/desk/volunteers/{wang.pk}/hours/"
    page = browser(north).get(address)
    assert {entry.account for entry in page.context["page"].object_list} == set(HourAccount)
    assert page.context["hours"]["approved"] == 480
    assert not any(entry.may_reverse for entry in page.context["page"].object_list)
    assert all(entry.may_reverse for entry in browser(leader).get(address).context["page"].object_list)
    assert address in browser(north).get(f"/desk/volunteers/{wang.pk}/").content.decode()


def test_a_leader_reverses_an_entry_once(browser, leader, north, south, claim, wang):
    entry = HourEntry.objects.get(account=HourAccount.APPROVED)
    address = f"/desk/volunteers/{wang.pk}/hours/{entry.pk}/reverse/"
    assert browser(north).get(address).status_code == 403
    assert browser(south).get(f"/desk/volunteers/{wang.pk}/hours/").status_code == 404
    client = browser(leader)
    assert client.get(address).status_code == 200
    assert client.post(address, {"reason": ""}).status_code == 400
    assert client.post(address, {"reason": "签错人"}).status_code == 302
    assert ledger.totals(wang)["approved"] == 0
    again = client.post(address, {"reason": "签错人"})
    assert (again.status_code, HourEntry.objects.filter(reverses=entry).count()) == (409, 1)
    assert "签错人" in client.get(f"/desk/volunteers/{wang.pk}/hours/").content.decode()
    assert client.get(f"/desk/volunteers/{wang.pk}/hours/{entry.pk + 999}/reverse/").status_code == 404


def test_a_leader_of_elsewhere_reverses_nothing(browser, the_south, the_north, wang, claim):
    entry = HourEntry.objects.first()
    elsewhere = make_user("south-leader", Role.LEADER, region=the_south.district)
    address = f"/desk/volunteers/{wang.pk}/hours/{entry.pk}/reverse/"
    assert browser(elsewhere).post(address, {"reason": "不对"}).status_code == 404


def test_pages_take_as_many_queries_for_many_rows_as_for_few(browser, leader, claim, wang, enrol, the_north, serve):
    client = browser(leader)
    addresses = (CLAIMS, f"{CLAIMS}{claim.pk}/", f"/desk/volunteers/{wang.pk}/hours/")

    def count(address):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    before = [count(address) for address in addresses]
    for n in range(2, 6):
        serve(wang, 60, at=YESTERDAY - timedelta(days=n))
        ledger.claim(
            enrol(), kind=ClaimKind.SUPPLEMENT, region=the_north.community, on=YESTERDAY.date(), minutes=30,
            reason="补", by=None,
        )  # fmt: skip
    assert [count(address) for address in addresses] == before


def test_the_ledger_has_pages(browser, north, claim, wang):
    address = f"/desk/volunteers/{wang.pk}/hours/"
    assert browser(north).get(address, {"page": "99"}).status_code == 404
    assert browser(north).get(address, {"page": "x"}).status_code == 404
