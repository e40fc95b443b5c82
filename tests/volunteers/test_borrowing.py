"""借调: people of stations nearby are found and asked for a shift that is short of people."""

from datetime import timedelta

import pytest

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import Notification
from volunteers import borrowing, call_outs, places
from volunteers.models import CallOut
from volunteers.types import AssignmentStatus

pytestmark = pytest.mark.django_db


def text(response):
    return response.content.decode()


@pytest.fixture
def short(make_shift, soon):
    """Nobody is on it, and two are needed. The south's station is a kilometre away."""
    return make_shift(soon, min_people=2, max_people=2)


@pytest.fixture
def neighbour(anytime, the_south):
    return anytime("赵大山", starts="00:00", ends="23:59", home_region=the_south.community)


def address(shift):
    return f"/desk/duty/shifts/{shift.pk}/borrow/"


def test_it_works(short, neighbour, north, client):
    client.force_login(north)
    assert address(short) in text(client.get("/desk/duty/watch/"))
    page = text(client.get(address(short)))
    assert "赵**" in page
    assert "赵大山" not in page
    assert "南小站" in page
    assert "1.1 公里" in page
    assert f'value="{neighbour.pk}" checked' in page
    sure = text(client.post(address(short), {"people": neighbour.pk}))
    assert "请 1 个人来帮忙" in sure
    assert not CallOut.objects.exists()
    client.post(address(short), {"people": neighbour.pk, "confirmed": "1"})
    assert CallOut.objects.get().asks.get().volunteer == neighbour
    assert Notification.objects.filter(kind="duty_call_out", person=neighbour.person).count() == 1
    assert "未答复" in text(client.get(address(short)))


def test_they_are_asked_in_the_call_that_goes_on_and_not_twice(short, neighbour, enrol, north):
    enrol("王小明")
    going_on = call_outs.start(short, by=north)
    assert call_outs.borrow(short, people=[neighbour.pk], by=north) == going_on
    with pytest.raises(Conflict):
        call_outs.borrow(short, people=[neighbour.pk], by=north)
    assert going_on.asks.filter(volunteer=neighbour).count() == 1


def test_only_who_belongs_to_a_station_nearby_and_can_come_is_asked(short, neighbour, enrol, north, the_north):
    ours = enrol("王小明")
    with pytest.raises(Conflict):
        call_outs.borrow(short, people=[ours.pk], by=north)
    with pytest.raises(DomainError):
        call_outs.borrow(short, people=[], by=north)
    the_north.station.latitude += 1
    the_north.station.save()
    short.refresh_from_db()
    assert borrowing.nearby(short, by=north).loans == []


def test_whoever_has_been_on_duty_at_a_station_belongs_to_it(short, make_shift, enrol, north, the_south, soon):
    there = {"station": the_south.station, "district": the_south.district}
    # Lives next to the short station, and serves at the other one.
    volunteer, far = enrol("王小明"), enrol("钱多多", home_region=the_south.street)
    places.assign(make_shift(soon + timedelta(days=3), **there), volunteer=far, by=None)
    places.assign(make_shift(soon + timedelta(days=3), **there), volunteer=volunteer, by=None)
    assert [each.volunteer for each in borrowing.nearby(short, by=north).loans] == [far]


def test_an_empty_list_says_why(short, neighbour, make_shift, north, client, the_south, soon):
    client.force_login(north)
    busy = make_shift(soon, station=the_south.station, district=the_south.district)
    places.assign(busy, volunteer=neighbour, by=None)
    page = text(client.get(address(short)))
    assert "附近 3 公里内无人可借" in page
    assert "这个时间已在别处值班（1 人）" in page
    the_south.station.status = "closed"
    the_south.station.save()
    assert "没有其他开放的站点" in text(client.get(address(short)))


def test_who_chooses_nobody_or_somebody_else_is_told_so(short, neighbour, north, client):
    client.force_login(north)
    for sent in ({}, {"people": "x"}, {"people": 9_999_999}):
        page = client.post(address(short), {**sent, "confirmed": "1"})
        assert page.status_code == 400
    assert not CallOut.objects.exists()


def test_other_stations_borrow_nobody_for_this_one(short, neighbour, south, helper, keeper, client):
    for user in (south, helper):
        client.force_login(user)
        assert client.get(address(short)).status_code in (403, 404)
        with pytest.raises(NotAllowed):
            call_outs.borrow(short, people=[neighbour.pk], by=user)
    client.force_login(keeper)
    assert client.get(address(short)).status_code == 200


def test_the_page_takes_as_many_queries_for_many_people_as_for_one(
    short, neighbour, anytime, north, the_south, django_assert_max_num_queries
):
    with django_assert_max_num_queries(30) as few:
        borrowing.nearby(short, by=north)
    for number in range(20):
        anytime(f"李{number}", home_region=the_south.community)
    with django_assert_max_num_queries(len(few.captured_queries)):
        assert len(borrowing.nearby(short, by=north).loans) == 21


def test_the_api_lists_and_asks_them(short, neighbour, north, south, client):
    client.force_login(north)
    found = client.get(f"/api/v1/shifts/{short.pk}/nearby/").json()
    assert [row["volunteer"]["name"] for row in found["loans"]] == ["赵**"]
    assert found["stations"] == 1
    asked = {"shift": short.pk, "people": [neighbour.pk]}
    made = client.post("/api/v1/call-outs/", asked, content_type="application/json")
    assert made.status_code == 201
    assert [ask["volunteer"]["id"] for ask in made.json()["asks"]] == [neighbour.pk]
    empty = client.post("/api/v1/call-outs/", {"shift": short.pk, "people": []}, content_type="application/json")
    assert empty.status_code == 400
    client.force_login(south)
    assert client.get(f"/api/v1/shifts/{short.pk}/nearby/").status_code == 404


def test_after_a_decline_the_shift_the_watch_and_the_notice_lead_to_somebody_who_stands_in(
    make_shift, person, keeper, client, north, soon
):
    shift = make_shift(soon + timedelta(days=30))
    volunteer, user = person("王小明")
    place = places.assign(shift, volunteer=volunteer, by=north, answer_by=soon)
    places.decline(place, by=user, reason="要去医院")
    assert place.status == AssignmentStatus.DECLINED
    notice = Notification.objects.get(person=keeper.person, kind="duty_given_back")
    assert notice.link == f"/desk/duty/shifts/{shift.pk}/#short"
    client.force_login(keeper)
    page = text(client.get(f"/desk/duty/shifts/{shift.pk}/"))
    top = page[page.index('id="short"') : page.index("班次人员")]
    assert "要去医院" in top
    assert f"/desk/duty/shifts/{shift.pk}/call-out/start/" in top
    assert address(shift) in top
    near = make_shift(soon)
    place = places.assign(near, volunteer=volunteer, by=north, answer_by=soon)
    places.decline(place, by=user)
    CallOut.objects.filter(shift=near).update(status=CallOut.Status.ENDED)
    watch = text(client.get("/desk/duty/watch/"))
    assert "1 人不来" in watch
    assert f"/desk/duty/shifts/{near.pk}/call-out/start/" in watch
