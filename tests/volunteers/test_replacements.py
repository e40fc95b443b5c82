"""After a roster is published: told, reminded, swapped, and somebody found who stands in."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import Membership, Notification, OutboxMessage, Role, User
from portal.core.notifications.choices import choose
from volunteers import call_outs, places, reminders, swaps
from volunteers.models import Assignment, CallOut, CallOutAsk, Swap, WeeklyAvailability
from volunteers.types import HOLDING, AssignmentSource, AssignmentStatus


@pytest.fixture
def soon():
    """Tomorrow at this time, to the minute."""
    return timezone.now().replace(second=0, microsecond=0) + timedelta(hours=24)


@pytest.fixture
def with_account(the_north):
    def with_account(volunteer):
        user = User.objects.create_user(f"v{volunteer.number}", person=volunteer.person)
        Membership.objects.create(user=user, role=Role.VOLUNTEER, region=the_north.community)
        return user

    return with_account


@pytest.fixture
def pair(enrol, make_shift, with_account, north, soon):
    """Two people, each on a shift of their own."""
    first, second = enrol("王小明"), enrol("李小红")
    one, other = make_shift(soon), make_shift(soon + timedelta(days=1))
    mine = places.assign(one, volunteer=first, by=north)
    theirs = places.assign(other, volunteer=second, by=north)
    return mine, theirs, with_account(first), with_account(second)


def told(kind, person):
    return Notification.objects.filter(kind=kind, person=person).count()


def on(shift):
    return sorted(shift.assignments.filter(status__in=HOLDING).values_list("volunteer__person__name", flat=True))


def test_whoever_is_asked_is_told_once_for_a_shift(enrol, make_shift, north, soon):
    volunteer, shift = enrol(), make_shift(soon)
    places.assign(shift, volunteer=volunteer, by=north, answer_by=soon)
    assert told("duty_asked", volunteer.person) == 1
    places.call_off(shift, by=north, reason="台风")
    assert told("duty_cancelled", volunteer.person) == 1


def test_whoever_moves_up_from_the_waiting_list_is_told(enrol, make_shift, soon):
    now = timezone.now()
    shift = make_shift(
        soon, max_people=1, signup_opens_at=now - timedelta(days=1), signup_closes_at=soon - timedelta(minutes=1)
    )
    first, second = enrol("王小明"), enrol("李小红")
    held = places.sign_up(shift, volunteer=first, by=None)
    places.sign_up(shift, volunteer=second, by=None)
    places.withdraw(held, by=None)
    assert told("duty_placed", second.person) == 1


def test_a_duty_is_reminded_of_a_day_and_two_hours_before_each_once(enrol, make_shift, north, soon):
    volunteer, shift = enrol(), make_shift(soon)
    place = places.assign(shift, volunteer=volunteer, by=north)
    Assignment.objects.filter(pk=place.pk).update(made_at=timezone.now() - timedelta(days=3))
    assert reminders.remind(soon - timedelta(hours=25)) == 0
    assert [reminders.remind(soon - timedelta(hours=23)), reminders.remind(soon - timedelta(hours=23))] == [1, 0]
    assert [reminders.remind(soon - timedelta(hours=1)), reminders.remind(soon - timedelta(minutes=50))] == [1, 0]
    assert told("duty_reminder", volunteer.person) == 2


def test_nobody_is_reminded_of_what_is_called_off_or_given_back(enrol, make_shift, north, soon):
    one, other = make_shift(soon), make_shift(soon)
    places.assign(one, volunteer=enrol("王小明"), by=north)
    given_back = places.assign(other, volunteer=enrol("李小红"), by=north)
    Assignment.objects.update(made_at=timezone.now() - timedelta(days=3))
    places.call_off(one, by=north, reason="台风")
    places.withdraw(given_back, by=north)
    assert reminders.remind(soon - timedelta(hours=20)) == 0


def test_two_swap_their_places_in_one_go(pair):
    mine, theirs, first, second = pair
    swap = swaps.ask(mine, wanted=theirs, by=first)
    assert told("swap_asked", second.person) == 1
    swaps.accept(swap, by=second)
    assert swap.status == Swap.Status.DONE
    assert (on(mine.shift), on(theirs.shift)) == (["李小红"], ["王小明"])
    mine.shift.refresh_from_db()
    assert mine.shift.taken == 1
    assert told("swap_answered", first.person) == 1
    new = Assignment.objects.holding().get(shift=mine.shift)
    assert new.source == AssignmentSource.SWAP


def test_somebody_takes_a_place_over_for_nothing(pair, enrol, with_account):
    mine, _theirs, first, _second = pair
    third = enrol("赵大山")
    swap = swaps.ask(mine, to=third, by=first)
    swaps.accept(swap, by=with_account(third))
    assert on(mine.shift) == ["赵大山"]


def test_a_swap_that_would_put_somebody_in_two_places_changes_nothing(pair, make_shift, north):
    mine, theirs, first, second = pair
    swap = swaps.ask(mine, wanted=theirs, by=first)
    elsewhere = make_shift(mine.shift.starts_at + timedelta(minutes=30))
    places.assign(elsewhere, volunteer=theirs.volunteer, by=north)
    with pytest.raises(Conflict, match="李"):
        swaps.accept(swap, by=second)
    swap.refresh_from_db()
    assert swap.status == Swap.Status.ASKED
    assert (on(mine.shift), on(theirs.shift)) == (["王小明"], ["李小红"])


def test_whoever_may_not_do_the_others_shift_is_told_why(pair, make_shift, north):
    mine, theirs, first, _second = pair
    theirs.shift.needs_training = True
    theirs.shift.save()
    with pytest.raises(DomainError, match="培训"):
        swaps.ask(mine, wanted=theirs, by=first)


def test_a_swap_is_answered_by_the_one_who_is_asked_alone(pair, north):
    mine, theirs, first, second = pair
    swap = swaps.ask(mine, wanted=theirs, by=first)
    for somebody in (first, north):
        with pytest.raises(NotAllowed):
            swaps.accept(swap, by=somebody)
    with pytest.raises(NotAllowed):
        swaps.cancel(swap, by=second)
    swaps.refuse(swap, by=second)
    with pytest.raises(Conflict):
        swaps.accept(swap, by=second)


def test_a_place_that_was_swapped_away_is_offered_to_nobody_else(pair, enrol, with_account):
    mine, theirs, first, second = pair
    third = enrol("赵大山")
    other = swaps.ask(mine, to=third, by=first)
    swaps.accept(swaps.ask(mine, wanted=theirs, by=first), by=second)
    other.refresh_from_db()
    assert other.status == Swap.Status.CANCELLED


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_the_same_place_at_once_one_gets_it(pair, enrol, with_account):
    mine, _theirs, first, _second = pair
    people = [enrol("赵大山"), enrol("钱二")]
    users = [with_account(each) for each in people]
    asked = [swaps.ask(mine, to=each, by=first) for each in people]
    outcomes = []

    def accept(swap, user):
        try:
            outcomes.append(swaps.accept(swap, by=user).status)
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=accept, args=pair) for pair in zip(asked, users, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "not_possible_now"]
    assert len(on(mine.shift)) == 1


@pytest.fixture
def crew(enrol):
    """Eight people of the community who have time whenever it is."""
    people = [enrol(f"志愿者{number}") for number in range(8)]
    WeeklyAvailability.objects.bulk_create(
        WeeklyAvailability(volunteer=each, weekday=day, starts="00:00", ends="23:59")
        for each in people
        for day in range(7)
    )
    return people


def test_a_call_asks_in_waves_and_the_first_yes_fills_the_place(crew, make_shift, with_account, north, soon):
    shift, now = make_shift(soon, max_people=1), timezone.now()
    call_out = call_outs.start(shift, by=north, now=now)
    assert call_out.asks.count() == 3
    assert call_outs.go_on(now + timedelta(minutes=29)) == 0
    assert call_outs.go_on(now + timedelta(minutes=31)) == 1
    first_wave = list(call_out.asks.filter(wave=1))
    second_wave = list(call_out.asks.filter(wave=2))
    assert not {each.volunteer_id for each in first_wave} & {each.volunteer_id for each in second_wave}
    made = call_outs.answer(second_wave[0], by=with_account(second_wave[0].volunteer), is_yes=True)
    assert made.source == AssignmentSource.CALL_OUT
    call_out.refresh_from_db()
    assert call_out.status == CallOut.Status.FILLED
    late = call_outs.answer(first_wave[0], by=with_account(first_wave[0].volunteer), is_yes=True)
    assert late is None
    assert first_wave[0].answer == CallOutAsk.Answer.LATE


def test_whoever_was_asked_last_time_comes_after_the_others(crew, make_shift, north, soon):
    now = timezone.now()
    first = call_outs.start(make_shift(soon), by=north, now=now)
    second = call_outs.start(make_shift(soon + timedelta(days=1)), by=north, now=now)
    asked = [set(each.asks.values_list("volunteer_id", flat=True)) for each in (first, second)]
    assert not asked[0] & asked[1]


def test_a_call_ends_when_nobody_is_left_to_ask(crew, make_shift, north, soon):
    now = timezone.now()
    call_out = call_outs.start(make_shift(soon), by=north, now=now)
    for wave in range(1, 5):
        call_outs.go_on(now + wave * timedelta(minutes=31))
    call_out.refresh_from_db()
    assert call_out.asks.count() == 8
    assert call_out.status == CallOut.Status.ENDED


def test_a_place_given_back_shortly_before_starts_a_call_and_tells_the_keeper(
    crew, enrol, make_shift, with_account, north, keeper, soon
):
    volunteer, shift = enrol("王小明"), make_shift(soon)
    place = places.assign(shift, volunteer=volunteer, by=north)
    places.withdraw(place, by=with_account(volunteer), reason="发烧")
    assert CallOut.objects.get(shift=shift).started_by is None
    assert told("duty_gap", keeper.person) == 1
    assert not CallOutAsk.objects.filter(volunteer=volunteer).exists()
    for wave in range(1, 5):
        call_outs.go_on(timezone.now() + wave * timedelta(minutes=31))
    assert set(CallOutAsk.objects.values_list("volunteer", flat=True)) == {each.pk for each in crew}


def test_a_place_given_back_long_before_starts_none_and_the_keeper_hears_of_it_without_haste(
    crew, enrol, make_shift, with_account, north, keeper, soon
):  # fmt: skip
    keeper.email = "keeper@example.com"
    keeper.save()
    choose(by=keeper, channels={"stations": ["email"]}, language="zh-hans", daily_digest=True)
    volunteer, shift = enrol("王小明"), make_shift(soon + timedelta(days=10), min_people=2, max_people=3)
    place = places.assign(shift, volunteer=volunteer, by=north)
    places.withdraw(place, by=with_account(volunteer), reason="发烧")
    assert not CallOut.objects.exists()
    assert (told("duty_given_back", keeper.person), told("duty_gap", keeper.person)) == (1, 0)
    assert told("duty_given_back", north.person) == 0
    words = Notification.objects.get(kind="duty_given_back").context.reveal()
    assert '"taken": "0", "needed": "2"' in words
    assert "发烧" not in words
    # Who reads the digest gets no mail for it; a shift that is short tomorrow is another matter.
    assert not OutboxMessage.objects.filter(person=keeper.person).exists()
    near = make_shift(soon)
    places.withdraw(places.assign(near, volunteer=crew[0], by=north), by=with_account(crew[0]))
    assert OutboxMessage.objects.filter(person=keeper.person).get().kind == "duty_gap"


def test_the_keeper_hears_once_of_each_place_that_is_declined_or_not_answered(
    enrol, make_shift, with_account, north, keeper, soon
):
    shift = make_shift(soon + timedelta(days=10), max_people=3)
    first, second = (
        places.assign(shift, volunteer=enrol(name), by=north, answer_by=soon) for name in ("王小明", "李小红")
    )
    places.decline(first, by=with_account(first.volunteer))
    assert told("duty_given_back", keeper.person) == 1
    for _again in range(2):
        places.expire_proposals(soon + timedelta(hours=1))
    assert told("duty_given_back", keeper.person) == 2
    assert told("duty_given_back", second.volunteer.person) == 0


def test_what_the_stations_own_staff_take_back_is_no_news_to_it(enrol, make_shift, north, keeper, soon):
    place = places.assign(make_shift(soon + timedelta(days=10)), volunteer=enrol(), by=north)
    places.withdraw(place, by=north, reason="调班")
    assert told("duty_given_back", keeper.person) == 0


def test_where_a_station_has_no_keeper_its_community_hears(enrol, make_shift, with_account, north, south, soon):
    volunteer = enrol()
    place = places.assign(make_shift(soon + timedelta(days=10)), volunteer=volunteer, by=north)
    places.withdraw(place, by=with_account(volunteer))
    assert (told("duty_given_back", north.person), told("duty_given_back", south.person)) == (1, 0)


def test_nobody_answers_for_others_or_starts_a_call_elsewhere(crew, make_shift, with_account, north, south, soon):
    shift = make_shift(soon)
    with pytest.raises(NotAllowed):
        call_outs.start(shift, by=south)
    ask = call_outs.start(shift, by=north).asks.first()
    for somebody in (north, south, with_account(crew[-1])):
        with pytest.raises(NotAllowed):
            call_outs.answer(ask, by=somebody, is_yes=True)


def test_a_shift_with_enough_people_starts_no_call(crew, make_shift, north, soon):
    shift = make_shift(soon)
    places.assign(shift, volunteer=crew[0], by=north)
    with pytest.raises(Conflict):
        call_outs.start(shift, by=north)
    assert Assignment.objects.get(shift=shift).status == AssignmentStatus.CONFIRMED


def test_nobody_is_offered_a_place_on_a_shift_that_they_are_on(pair, north):
    mine, theirs, _first, _second = pair
    assert theirs in swaps.partners(mine)
    places.assign(theirs.shift, volunteer=mine.volunteer, by=north)
    assert theirs not in swaps.partners(mine)
