"""Somebody is taken from one shift to another: both shifts are counted anew, or neither, and the person is told."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import Notification
from tests.volunteers.conftest import MORNING
from volunteers import places
from volunteers.models import Assignment
from volunteers.types import AssignmentSource, AssignmentStatus

BEFORE = MORNING - timedelta(days=5)


@pytest.fixture
def other(make_shift):
    return make_shift(MORNING + timedelta(days=1), title="晚间一小时")


@pytest.fixture
def place(make_shift, enrol, north):
    return places.assign(make_shift(), volunteer=enrol(), by=north)


@pytest.fixture
def browser(client):
    def browser(user):
        client.force_login(user)
        return client

    return browser


def taken(*shifts) -> list[int]:
    for shift in shifts:
        shift.refresh_from_db()
    return [shift.taken for shift in shifts]


def nothing_changed(place, other) -> bool:
    place.refresh_from_db()
    return Assignment.objects.filter(shift=other).count() + (place.status != AssignmentStatus.CONFIRMED) == 0


def test_it_works(place, other, north):
    made = places.move(place, to=other, by=north)
    place.refresh_from_db()
    assert (place.status, made.status) == (AssignmentStatus.WITHDRAWN, AssignmentStatus.CONFIRMED)
    assert (made.shift, made.volunteer, made.source) == (other, place.volunteer, AssignmentSource.STAFF)
    assert "晚间一小时" in place.reason
    assert taken(place.shift, other) == [0, 1]


def test_the_person_is_told_once_where_to_come(place, other, north):
    Notification.objects.all().delete()
    places.move(place, to=other, by=north)
    told = Notification.objects.get(person=place.volunteer.person)
    assert told.kind == "duty_moved"
    assert "晚间一小时" in told.context.reveal()


def test_who_was_still_asked_is_asked_for_the_new_time_and_a_pin_stays(make_shift, enrol, other, north):
    asked = places.assign(
        make_shift(MORNING + timedelta(days=3)), volunteer=enrol(), by=north, is_pinned=True,
        answer_by=MORNING + timedelta(days=3),
    )  # fmt: skip
    made = places.move(asked, to=other, by=north)
    assert (made.status, made.is_pinned, made.answer_by) == (AssignmentStatus.PROPOSED, True, other.starts_at)


def test_the_shifts_may_overlap(place, make_shift, north):
    later = make_shift(MORNING + timedelta(hours=1))
    assert places.move(place, to=later, by=north).shift == later


def test_the_free_place_goes_to_whoever_waits(make_shift, enrol, open_signup, other, north):
    full = make_shift(max_people=1, **open_signup)
    first = places.sign_up(full, volunteer=enrol(), by=None, at=BEFORE)
    waiting = places.sign_up(full, volunteer=enrol(), by=None, at=BEFORE)
    places.move(first, to=other, by=north, at=BEFORE)
    waiting.refresh_from_db()
    assert waiting.status == AssignmentStatus.CONFIRMED
    assert taken(full, other) == [1, 1]


def refuse_full(place, other, **kit):
    other.max_people = 1
    other.save()
    places.assign(other, volunteer=kit["enrol"](), by=None)
    Assignment.objects.filter(shift=other).update(shift=kit["make_shift"](MORNING + timedelta(days=9)))
    return "已满"


def refuse_called_off(place, other, **kit):
    places.call_off(other, by=None, reason="台风")
    return "取消"


def refuse_busy(place, other, **kit):
    places.assign(kit["make_shift"](other.starts_at), volunteer=place.volunteer, by=None)
    return "另有班次"


def refuse_uninsured(place, other, **kit):
    other.needs_insurance = True
    other.save()
    return "保险"


def refuse_begun(place, other, **kit):
    other.starts_at = MORNING - timedelta(days=300)
    other.save()
    return "已开始"


@pytest.mark.parametrize("spoil", [refuse_full, refuse_called_off, refuse_busy, refuse_uninsured, refuse_begun])
def test_what_cannot_be_says_why_in_chinese_and_changes_nothing(
    place, other, north, browser, make_shift, enrol, spoil
):  # fmt: skip
    words = spoil(place, other, make_shift=make_shift, enrol=enrol)
    before = taken(place.shift, other)
    answer = browser(north).post(f"/desk/duty/places/{place.pk}/move/", {"to": other.pk})
    assert answer.status_code == 409
    summary = answer.content.decode().split("data-error-summary")[1].split("</div>")[0]
    assert words in summary
    assert nothing_changed(place, other)
    assert taken(place.shift, other) == before


def test_who_has_come_already_is_moved_no_more(make_shift, enrol, other, north, soon):
    place = places.assign(make_shift(soon), volunteer=enrol(), by=north)
    Assignment.objects.update(checked_in_at=soon)
    place.refresh_from_db()
    with pytest.raises(Conflict):
        places.move(place, to=other, by=north)


def test_to_the_same_shift_is_no_move(place, north):
    with pytest.raises(Conflict):
        places.move(place, to=place.shift, by=north)
    assert taken(place.shift) == [1]


@pytest.mark.parametrize("who", ["south", "helper", "auditor", "leader"])
def test_others_move_nobody(place, other, request, who):
    with pytest.raises(NotAllowed):
        places.move(place, to=other, by=request.getfixturevalue(who))
    assert nothing_changed(place, other)


def test_north_moves_nobody_to_a_shift_of_the_south(place, make_shift, the_south, north):
    theirs = make_shift(MORNING + timedelta(days=1), station=the_south.station, district=the_south.district)
    with pytest.raises(NotAllowed):
        places.move(place, to=theirs, by=north)


def test_a_volunteer_does_not_move_the_own_place(person, make_shift, other, north):
    volunteer, user = person("王小明")
    place = places.assign(make_shift(), volunteer=volunteer, by=north)
    with pytest.raises(DomainError):
        places.move(place, to=other, by=user)


class TestPages:
    def test_the_month_names_who_is_on_each_shift(self, browser, north, keeper, auditor, place, the_north):
        address = f"/desk/duty/?station={the_north.station.pk}&month=2026-12"
        for user, name, moves in ((north, "王小明", True), (keeper, "王小明", True), (auditor, "王**", False)):
            page = browser(user).get(address).content.decode()
            assert name in page
            assert (f'href="/desk/duty/places/{place.pk}/move/"' in page) is moves
            assert ("data-move-form" in page) is moves

    def test_who_has_not_answered_is_marked_in_words(self, browser, north, make_shift, enrol, the_north):
        places.assign(make_shift(), volunteer=enrol(), by=north, answer_by=MORNING)
        page = browser(north).get(f"/desk/duty/?station={the_north.station.pk}&month=2026-12").content.decode()
        assert re.search(r'is-asked"[^>]*>王小明<span title="待确认">', page)

    def test_names_are_text(self, browser, north, make_shift, enrol, the_north):
        places.assign(make_shift(), volunteer=enrol("<b>王</b>"), by=north)
        page = browser(north).get(f"/desk/duty/?station={the_north.station.pk}&month=2026-12").content.decode()
        assert "<b>王" not in page

    def test_without_scripts_a_form_offers_the_other_shifts(self, browser, north, place, other, make_shift, the_south):
        make_shift(MORNING + timedelta(days=1), title="南边的班", station=the_south.station)
        page = browser(north).get(f"/desk/duty/places/{place.pk}/move/").content.decode()
        assert "晚间一小时" in page
        assert "南边的班" not in page
        assert f'value="{place.shift_id}"' not in page
        answer = browser(north).post(f"/desk/duty/places/{place.pk}/move/", {"to": other.pk})
        assert answer.url == f"/desk/duty/shifts/{other.pk}/"

    @pytest.mark.parametrize("to", ["", "abc", "0", "99999999999999999999"])
    def test_a_bad_shift_is_told(self, browser, north, place, to):
        answer = browser(north).post(f"/desk/duty/places/{place.pk}/move/", {"to": to})
        assert answer.status_code == 400
        assert "data-error-summary" in answer.content.decode()

    def test_it_goes_back_to_the_month_that_it_came_from_and_to_no_other_host(self, browser, north, place, other):
        sent = {"to": other.pk, "next": "https://elsewhere.example/"}
        answer = browser(north).post(f"/desk/duty/places/{place.pk}/move/", sent)
        assert answer.url == f"/desk/duty/shifts/{other.pk}/"

    def test_the_count_of_queries_does_not_grow(self, browser, keeper, north, the_north, make_shift, enrol):
        def count() -> int:
            with CaptureQueriesContext(connection) as queries:
                browser(keeper).get(f"/desk/duty/?station={the_north.station.pk}&month=2026-12")
            return len(queries)

        places.assign(make_shift(), volunteer=enrol(), by=north)
        count()
        few = count()
        for day in range(20):
            for _each in range(2):
                places.assign(make_shift(MORNING + timedelta(days=day)), volunteer=enrol(), by=north)
        assert count() == few


class TestApi:
    def test_it_works(self, browser, north, place, other):
        client = browser(north)
        sent = {"shift": other.pk}
        for _each in range(2):  # the same key moves once
            answer = client.post(
                f"/api/v1/assignments/{place.pk}/move/", sent, content_type="application/json",
                headers={"Idempotency-Key": "once"},
            )  # fmt: skip
            assert answer.status_code == 201, answer.json()
        assert answer.json()["shift"]["id"] == other.pk
        assert taken(place.shift, other) == [0, 1]

    @pytest.mark.parametrize(("who", "status"), [("south", 404), ("helper", 403), ("auditor", 403)])
    def test_others_are_refused(self, browser, request, who, status, place, other):
        client = browser(request.getfixturevalue(who))
        sent = {"shift": other.pk}
        answer = client.post(f"/api/v1/assignments/{place.pk}/move/", sent, content_type="application/json")
        assert answer.status_code == status

    def test_somebody_elses_shift_is_not_there(self, browser, north, place, make_shift, the_south):
        theirs = make_shift(station=the_south.station, district=the_south.district)
        sent = {"shift": theirs.pk}
        answer = browser(north).post(f"/api/v1/assignments/{place.pk}/move/", sent, content_type="application/json")
        assert answer.status_code == 400
        assert "shift" in answer.json()["error"]["fields"]
