"""Swaps and calls on a volunteer's phone; the coverage watch and the call at the desk."""

from datetime import timedelta

import pytest
from django.utils import timezone

from volunteers import call_outs, places, swaps
from volunteers.models import Assignment, CallOut, KeyHolder, Swap
from volunteers.types import HOLDING

pytestmark = pytest.mark.django_db


def text(response):
    return response.content.decode()


def test_a_swap_is_asked_for_and_agreed_on_the_phone(two, client):
    mine, theirs, one, other = two
    client.force_login(one)
    assert f"/volunteer/me/shifts/{mine.pk}/swap/" in text(client.get(f"/volunteer/me/shifts/{mine.pk}/"))
    page = text(client.get(f"/volunteer/me/shifts/{mine.pk}/swap/"))
    assert "李**" in page
    assert "李小红" not in page
    client.post(f"/volunteer/me/shifts/{mine.pk}/swap/", {"wanted": theirs.pk, "message": "孩子有事"})
    swap = Swap.objects.get()
    client.force_login(other)
    page = text(client.get("/volunteer/me/shifts/"))
    assert "想请您替班" in page
    assert "孩子有事" in page
    client.post(f"/volunteer/me/swaps/{swap.pk}/accept/")
    swap.refresh_from_db()
    assert swap.status == Swap.Status.DONE
    assert Assignment.objects.filter(shift=mine.shift, volunteer=theirs.volunteer, status__in=HOLDING).exists()


@pytest.mark.parametrize("sent", [{}, {"number": "999999999"}, {"wanted": "1", "number": "2"}, {"wanted": "x"}])
def test_a_swap_that_names_nobody_is_told_so_and_keeps_what_was_typed(two, client, sent):
    mine, _theirs, one, _other = two
    client.force_login(one)
    page = client.post(f"/volunteer/me/shifts/{mine.pk}/swap/", {"message": "孩子有事", **sent})
    assert page.status_code == 422
    assert "孩子有事" in text(page)
    assert not Swap.objects.exists()


def test_a_swap_can_be_let_go_of_again_for_somebody_who_takes_it_over(two, client):
    mine, theirs, one, _other = two
    client.force_login(one)
    address, number = f"/volunteer/me/shifts/{mine.pk}/swap/", theirs.volunteer.number
    both = client.post(address, {"wanted": theirs.pk, "number": number})
    assert both.status_code == 422
    assert "只能选一样" in text(both)
    assert '<input type="radio" name="wanted" value=""' in text(both)
    client.post(address, {"wanted": "", "number": number})
    assert Swap.objects.get().wanted is None


def test_only_shifts_that_pass_the_checks_are_offered_and_the_others_are_told_in_one_line(
    two, make_shift, enrol, client
):
    mine, theirs, one, _other = two
    strict = make_shift(theirs.shift.starts_at + timedelta(days=1), title="要保险的班", needs_insurance=True)
    insured = enrol("赵大山", insured_until=timezone.localdate() + timedelta(days=400))
    places.assign(strict, volunteer=insured, by=None)
    client.force_login(one)
    page = text(client.get(f"/volunteer/me/shifts/{mine.pk}/swap/"))
    assert f'value="{theirs.pk}"' in page
    assert "要保险的班" not in page
    assert "保险" in page[page.index("没有列出的") :]
    places.assign(make_shift(theirs.shift.starts_at), volunteer=mine.volunteer, by=None)
    assert f'value="{theirs.pk}"' not in text(client.get(f"/volunteer/me/shifts/{mine.pk}/swap/"))


def test_looking_for_a_shift_to_swap_shows_fewer_and_loses_nothing_that_was_typed(two, make_shift, enrol, client, soon):
    mine, _theirs, one, _other = two
    for number in range(7):
        shift = make_shift(soon + timedelta(days=number + 2), title=f"晚间{number}班")
        places.assign(shift, volunteer=enrol(f"钱{number}"), by=None)
    client.force_login(one)
    address = f"/volunteer/me/shifts/{mine.pk}/swap/"
    assert 'name="find_words"' in text(client.get(address))
    page = text(client.post(address, {"find": "1", "find_words": "晚间3班", "message": "孩子有事"}))
    assert "晚间3班" in page
    assert "晚间4班" not in page
    assert "孩子有事" in page
    assert not Swap.objects.exists()


def test_nobody_else_sees_or_answers_a_swap(two, person, client, south, north):
    mine, theirs, one, _other = two
    swap = swaps.ask(mine, wanted=theirs, by=one)
    _volunteer, stranger = person("赵大山")
    for user in (stranger, south, north):
        client.force_login(user)
        assert client.post(f"/volunteer/me/swaps/{swap.pk}/accept/").status_code in (403, 404)
        assert client.get(f"/volunteer/me/shifts/{mine.pk}/swap/").status_code in (403, 404)
    swap.refresh_from_db()
    assert swap.status == Swap.Status.ASKED


def test_a_call_is_started_at_the_desk_and_answered_on_the_phone(person, make_shift, north, client, soon):
    shift = make_shift(soon, max_people=1)
    volunteer, user = person("王小明")
    client.force_login(north)
    assert "找人顶班" in text(client.get(f"/desk/duty/shifts/{shift.pk}/"))
    client.post(f"/desk/duty/shifts/{shift.pk}/call-out/start/")
    ask = CallOut.objects.get(shift=shift).asks.get()
    assert ask.volunteer == volunteer
    client.force_login(user)
    assert "临时缺人" in text(client.get("/volunteer/me/shifts/"))
    answer = client.post(f"/volunteer/me/call-outs/{ask.pk}/", {"answer": "yes"})
    assert answer.url.endswith("?new=1")
    client.force_login(north)
    assert "来顶班" in text(client.get(f"/desk/duty/shifts/{shift.pk}/"))


def test_whoever_says_yes_too_late_is_thanked_and_sent_home(person, make_shift, north, client, soon):
    shift = make_shift(soon, max_people=1)
    _first, user = person("王小明")
    second, _other = person("李小红")
    ask = call_outs.start(shift, by=north).asks.get(volunteer__person=user.person)
    places.assign(shift, volunteer=second, by=north)
    client.force_login(user)
    answer = client.post(f"/volunteer/me/call-outs/{ask.pk}/", {"answer": "yes"}, follow=True)
    assert "不用来" in text(answer)


def test_a_call_is_nobody_elses_to_answer_or_to_start(person, make_shift, north, south, client, soon):
    shift = make_shift(soon)
    person("王小明")
    _volunteer, stranger = person("李小红")
    client.force_login(south)
    assert client.post(f"/desk/duty/shifts/{shift.pk}/call-out/start/").status_code == 404
    ask = call_outs.start(shift, by=north).asks.exclude(volunteer__person=stranger.person).first()
    client.force_login(stranger)
    assert client.get(f"/volunteer/me/call-outs/{ask.pk}/").status_code == 404


def test_the_watch_lists_what_is_short_without_a_key_or_not_opened(
    enrol, make_shift, north, south, keeper, client, soon, the_north
):
    now = timezone.now()
    short = make_shift(soon, title="缺人的班")
    keyless = make_shift(soon + timedelta(hours=5), title="缺钥匙的班", needs_key_holder=True)
    running = make_shift(now - timedelta(hours=1), title="没人来的班")
    make_shift(soon + timedelta(days=9), title="以后的班")
    for shift, name in ((keyless, "王小明"), (running, "李小红")):
        places.assign(shift, volunteer=enrol(name), by=north)
    for user in (north, keeper):
        client.force_login(user)
        page = text(client.get("/desk/duty/watch/"))
        assert all(shift.title in page for shift in (short, keyless, running))
        assert "以后的班" not in page
    client.force_login(south)
    assert "都有人值守" in text(client.get("/desk/duty/watch/"))
    holder = Assignment.objects.get(shift=keyless).volunteer
    KeyHolder.objects.create(station=the_north.station, volunteer=holder)
    client.force_login(north)
    assert "缺钥匙的班" not in text(client.get("/desk/duty/watch/"))


def test_the_watch_takes_as_many_queries_for_many_shifts_as_for_few(
    make_shift, north, client, soon, django_assert_max_num_queries
):
    client.force_login(north)
    make_shift(soon)
    with django_assert_max_num_queries(40) as few:
        client.get("/desk/duty/watch/")
    for hours in range(30):
        make_shift(soon + timedelta(hours=hours))
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get("/desk/duty/watch/")


def test_a_region_that_is_not_there_is_told_in_words(north, client):
    client.force_login(north)
    assert client.get("/desk/duty/watch/?region=nowhere").status_code == 400
