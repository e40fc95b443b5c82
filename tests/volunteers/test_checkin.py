"""Check-in by a station's code: what a code proves, to whom, and for how long."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from portal.core.errors import Conflict, DomainError
from portal.core.models import User
from portal.core.throttling import Throttled
from tests.volunteers.arriving import MINUTE, scan_of, sent
from tests.volunteers.conftest import MORNING
from volunteers import attendance, checkin, ledger, places
from volunteers.checkin import BadCode, ExpiredCode, NotFoundHere
from volunteers.models import Assignment, LateCode
from volunteers.numbers import with_check_digit
from volunteers.types import AssignmentStatus, CheckMethod


class TestMistakes:
    """Scanned twice, or much too early: nothing that cannot be put right."""

    def test_before_the_beginning_a_check_in_is_undone_and_made_again(self, station, on_duty):
        place, early = on_duty(at=MORNING), MORNING - 5 * MINUTE
        sent(place, scan_of(station, early), "in", early)
        with pytest.raises(Conflict) as refused:
            sent(place, scan_of(station, early + MINUTE), "out", early + MINUTE)
        assert refused.value.code == "too_early"
        undone = sent(place, scan_of(station, early + MINUTE), "undo", early + MINUTE)
        assert (undone.checked_in_at, undone.checked_in_how) == (None, "")
        assert sent(place, scan_of(station, MORNING), "in", MORNING).checked_in_at == MORNING

    def test_once_the_shift_runs_a_check_in_stays(self, station, on_duty):
        place = on_duty(at=MORNING)
        sent(place, scan_of(station, MORNING), "in", MORNING)
        with pytest.raises(Conflict):
            sent(place, scan_of(station, MORNING + MINUTE), "undo", MORNING + MINUTE)
        with pytest.raises(Conflict):
            attendance.undo_check_in(place, by=None, now=MORNING + MINUTE)

    def test_staff_cannot_check_out_before_the_beginning_either(self, on_duty, north):
        place, early = on_duty(at=MORNING), MORNING - 30 * MINUTE
        attendance.check_in(place, by=north, how=CheckMethod.STAFF, at=early, now=early)
        with pytest.raises(DomainError):
            attendance.check_out(place, by=north, how=CheckMethod.STAFF, at=early + MINUTE, now=MORNING)

    def test_a_check_out_of_no_minutes_is_taken_back_while_the_shift_runs(self, station, on_duty):
        place, end = on_duty(at=MORNING), MORNING + timedelta(hours=3)
        sent(place, scan_of(station, MORNING), "in", MORNING)
        attendance.check_out(place, by=None, how=CheckMethod.CODE, at=MORNING, now=MORNING)
        sent(place, scan_of(station, MORNING + MINUTE), "resume", MORNING + MINUTE)
        sent(place, scan_of(station, end), "out", end)
        assert ledger.totals(place.volunteer)["recorded"] == 180

    def test_what_the_ledger_holds_is_put_right_by_a_correction(self, station, on_duty):
        place = on_duty(at=MORNING)
        sent(place, scan_of(station, MORNING), "in", MORNING)
        sent(place, scan_of(station, MORNING + 5 * MINUTE), "out", MORNING + 5 * MINUTE)
        with pytest.raises(Conflict) as refused:
            attendance.resume(place, by=None, now=MORNING + 6 * MINUTE)
        assert refused.value.code == "settled"

    def test_who_leaves_in_the_first_minutes_is_asked(self, client, station, on_duty):
        place = on_duty(at=datetime.now(UTC) - 10 * MINUTE)
        attendance.check_in(place, by=None, how=CheckMethod.CODE, at=datetime.now(UTC) - 5 * MINUTE)
        client.force_login(User.objects.get(person=place.volunteer.person))
        page = client.get(f"/checkin/{station.pk}/{checkin.code_of(station, at=datetime.now(UTC))}/", follow=True)
        assert "只记录 5 分钟" in page.content.decode()
        assert "仍要签退" in page.content.decode()

    def test_who_came_late_and_scans_again_at_once_is_asked(self, client, station, on_duty):
        place = on_duty(at=datetime.now(UTC) - 60 * MINUTE)
        attendance.check_in(place, by=None, how=CheckMethod.CODE, at=datetime.now(UTC) - 3 * MINUTE)
        client.force_login(User.objects.get(person=place.volunteer.person))
        page = client.get(f"/checkin/{station.pk}/{checkin.code_of(station, at=datetime.now(UTC))}/", follow=True)
        assert "只记录 3 分钟" in page.content.decode()

    def test_who_has_been_there_for_a_while_is_not_asked(self, client, station, on_duty):
        place = on_duty(at=datetime.now(UTC) - 60 * MINUTE)
        attendance.check_in(place, by=None, how=CheckMethod.CODE, at=datetime.now(UTC) - 20 * MINUTE)
        client.force_login(User.objects.get(person=place.volunteer.person))
        page = client.get(f"/checkin/{station.pk}/{checkin.code_of(station, at=datetime.now(UTC))}/", follow=True)
        assert "只记录" not in page.content.decode()

    def test_who_came_early_is_offered_to_undo_it_by_page(self, client, station, on_duty):
        place = on_duty(at=datetime.now(UTC) + 10 * MINUTE)
        attendance.check_in(place, by=None, how=CheckMethod.CODE, at=datetime.now(UTC) - 5 * MINUTE)
        client.force_login(User.objects.get(person=place.volunteer.person))
        page = client.get(f"/checkin/{station.pk}/{checkin.code_of(station, at=datetime.now(UTC))}/", follow=True)
        assert "撤销签到" in page.content.decode()
        done = client.post(page.redirect_chain[-1][0], {"action": "undo"}, follow=True)
        assert "签到已撤销" in done.content.decode()
        place.refresh_from_db()
        assert place.checked_in_at is None


class TestCodes:
    def test_it_works(self, station, on_duty):
        place = on_duty(at=MORNING)
        sent(place, scan_of(station, MORNING), "in", MORNING)
        noon = MORNING + timedelta(hours=3)
        sent(place, scan_of(station, noon), "out", noon)
        place.refresh_from_db()
        assert (place.checked_in_how, place.checked_out_how) == (CheckMethod.CODE, CheckMethod.CODE)
        assert ledger.totals(place.volunteer)["approved"] == 180

    def test_a_code_lives_for_its_minute_and_the_two_after_it(self, station):
        for age, is_late in [(0, False), (1, False), (2, False), (3, True), (4, True)]:
            assert scan_of(station, MORNING, read_at=MORNING + age * MINUTE).is_late is is_late

    def test_each_minute_has_another_code_and_each_station_too(self, station, the_south):
        codes = {
            checkin.code_of(each, at=MORNING + n * MINUTE) for each in (station, the_south.station) for n in (0, 1)
        }
        assert len(codes) == 4

    def test_a_code_of_another_station_is_none(self, station, the_south):
        with pytest.raises(BadCode):
            checkin.read(checkin.code_of(the_south.station, at=MORNING), station=station, at=MORNING)

    @pytest.mark.parametrize("at", range(28))
    def test_a_code_with_one_digit_changed_is_none(self, station, at):
        code = checkin.code_of(station, at=MORNING)
        forged = code[:at] + ("0" if code[at] != "0" else "1") + code[at + 1 :]
        with pytest.raises(BadCode):
            checkin.read(forged, station=station, at=MORNING)

    @pytest.mark.parametrize("code", ["", "x", "0" * 28, "f" * 28, "０" * 28, "0" * 29, "0" * 28 + "\n", "A" * 28])
    def test_what_is_no_code_is_refused(self, station, code):
        with pytest.raises(BadCode):
            checkin.read(code, station=station, at=MORNING)

    def test_a_code_of_the_future_proves_nothing(self, station):
        with pytest.raises(ExpiredCode):
            scan_of(station, MORNING + 5 * MINUTE, read_at=MORNING)

    def test_after_some_hours_a_code_proves_nothing(self, station):
        with pytest.raises(ExpiredCode):
            scan_of(station, MORNING, read_at=MORNING + checkin.LATE + MINUTE)


class TestTwice:
    def test_a_second_check_in_says_since_when(self, station, on_duty):
        place = on_duty(at=MORNING)
        sent(place, scan_of(station, MORNING), "in", MORNING)
        with pytest.raises(Conflict, match="09:00"):
            sent(place, scan_of(station, MORNING + MINUTE), "in", MORNING + MINUTE)
        place.refresh_from_db()
        assert (place.checked_in_at, place.checked_out_at) == (MORNING, None)

    def test_a_second_check_out_counts_nothing(self, station, on_duty):
        place = on_duty(at=MORNING)
        sent(place, scan_of(station, MORNING), "in", MORNING)
        for minutes in (60, 90):
            at = MORNING + timedelta(minutes=minutes)
            if minutes == 60:
                sent(place, scan_of(station, at), "out", at)
            else:
                with pytest.raises(Conflict, match="10:00"):
                    sent(place, scan_of(station, at), "out", at)
        assert ledger.totals(place.volunteer)["recorded"] == 60

    def test_nobody_leaves_who_has_not_come(self, station, on_duty):
        with pytest.raises(Conflict):
            sent(on_duty(at=MORNING), scan_of(station, MORNING), "out", MORNING)

    @pytest.mark.parametrize("action", ["", "done", "x"])
    def test_an_action_that_does_not_exist_is_refused(self, station, on_duty, action):
        with pytest.raises(Conflict):
            sent(on_duty(at=MORNING), scan_of(station, MORNING), action, MORNING)


class TestWhichPlace:
    def test_of_two_shifts_the_one_that_runs_is_meant_then_the_next(self, station, on_duty, make_shift, north):
        first = on_duty(at=MORNING)
        shift = make_shift(MORNING + timedelta(hours=3))
        second = places.assign(shift, volunteer=first.volunteer, by=north)
        near_its_end = MORNING + timedelta(hours=2, minutes=30)
        assert checkin.standing(first.volunteer, station=station, at=near_its_end).assignment == first
        sent(first, scan_of(station, near_its_end), "in", near_its_end)
        noon = MORNING + timedelta(hours=3)
        found = checkin.standing(first.volunteer, station=station, at=noon)
        assert (found.assignment, found.action) == (first, "out")
        sent(first, scan_of(station, noon), "out", noon)
        found = checkin.standing(first.volunteer, station=station, at=noon + MINUTE)
        assert (found.assignment, found.action) == (second, "in")

    @pytest.mark.parametrize("offset", [timedelta(hours=-2), timedelta(hours=5)])
    def test_somebody_without_duty_now_checks_in_nowhere(self, station, on_duty, offset):
        place, at = on_duty(at=MORNING), MORNING + offset
        with pytest.raises(Conflict) as refused:
            sent(place, scan_of(station, at), "in", at)
        assert refused.value.code == "no_duty"

    def test_a_place_that_was_given_back_is_none(self, station, on_duty):
        place = on_duty(at=MORNING)
        places.withdraw(place, by=None, at=MORNING - timedelta(days=1))
        assert checkin.standing(place.volunteer, station=station, at=MORNING) is None

    def test_duty_elsewhere_is_none_here(self, station, on_duty, the_south):
        on_it = on_duty(at=MORNING)
        assert checkin.standing(on_it.volunteer, station=the_south.station, at=MORNING) is None


class TestLate:
    """A code scanned without a network, sent when there was one."""

    later = MORNING + timedelta(hours=4)

    def late(self, station, at):
        return scan_of(station, at, read_at=self.later)

    def test_it_counts_for_its_own_minute_and_is_marked(self, station, on_duty):
        place = on_duty(at=MORNING)
        sent(place, self.late(station, MORNING), "in", self.later)
        sent(place, self.late(station, MORNING + timedelta(hours=2)), "out", self.later)
        place.refresh_from_db()
        assert (place.checked_in_at, place.checked_in_how) == (MORNING, CheckMethod.CODE_LATE)
        assert ledger.totals(place.volunteer)["recorded"] == 120

    def test_sent_again_it_changes_nothing(self, station, on_duty):
        place = on_duty(at=MORNING)
        scan = self.late(station, MORNING)
        sent(place, scan, "in", self.later)
        for action in ("in", "out"):
            with pytest.raises(Conflict, match="09:00"):
                sent(place, scan, action, self.later)
        place.refresh_from_db()
        assert (place.checked_in_at, place.checked_out_at) == (MORNING, None)

    def test_a_photograph_of_it_serves_nobody_else(self, station, on_duty, join, north):
        place = on_duty(at=MORNING)
        other = places.assign(place.shift, volunteer=join("li"), by=north)
        sent(place, self.late(station, MORNING), "in", self.later)
        with pytest.raises(Conflict) as refused:
            sent(other, self.late(station, MORNING), "in", self.later)
        other.refresh_from_db()
        assert (refused.value.code, other.checked_in_at) == ("used", None)

    def test_it_is_for_those_alone_who_have_signed_in(self, station, on_duty):
        place = on_duty(at=MORNING)
        with pytest.raises(ExpiredCode):
            sent(place, self.late(station, MORNING), "in", self.later, has_signed_in=False)
        with pytest.raises(NotFoundHere):
            checkin.identify(
                number=place.volunteer.number, digits="1234", scan=self.late(station, MORNING), station=station,
                address="10.0.0.1",
            )  # fmt: skip

    @pytest.mark.parametrize("offset", [timedelta(hours=-2), timedelta(hours=3, minutes=30)])
    def test_its_minute_lies_within_the_shift(self, station, on_duty, offset):
        with pytest.raises(DomainError):
            sent(on_duty(at=MORNING), self.late(station, MORNING + offset), "in", self.later)
        assert not LateCode.objects.exists()

    def test_it_does_not_undo_a_check_in_of_before(self, station, on_duty):
        place = on_duty(at=MORNING)
        ten = MORNING + timedelta(hours=1)
        sent(place, scan_of(station, ten), "in", ten)
        with pytest.raises(Conflict, match="10:00"):
            sent(place, self.late(station, MORNING + timedelta(minutes=30)), "out", self.later)

    def test_after_the_planned_end_was_taken_it_changes_nothing(self, station, on_duty):
        place = on_duty(at=MORNING)
        sent(place, scan_of(station, MORNING), "in", MORNING)
        attendance.close_forgotten(self.later + MINUTE)
        with pytest.raises(Conflict):
            sent(place, self.late(station, MORNING + timedelta(hours=1)), "out", self.later + 2 * MINUTE)
        assert ledger.totals(place.volunteer)["recorded"] == 180

    @pytest.mark.django_db(transaction=True)
    def test_of_two_who_send_it_at_once_one_is_taken(self, station, on_duty, join, north):
        place = on_duty(at=MORNING)
        both = [place, places.assign(place.shift, volunteer=join("li"), by=north)]
        start = Barrier(2)

        def send(each):
            try:
                start.wait()
                return bool(sent(each, self.late(station, MORNING), "in", self.later))
            except Conflict:
                return False
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(send, both)) == [False, True]
        assert Assignment.objects.filter(checked_in_at__isnull=False).count() == 1


class TestByNumber:
    def who(self, place, **values):
        station = place.shift.station
        given = {"number": place.volunteer.number, "digits": "1234", "address": "10.0.0.1"} | values
        return checkin.identify(**given, station=station, scan=scan_of(station, MORNING))

    def test_number_and_last_digits_tell_who_it_is(self, on_duty):
        place = on_duty(at=MORNING)
        assert self.who(place) == place.volunteer
        spelt = f" {place.volunteer.number[:3]} {place.volunteer.number[3:]} "
        assert self.who(place, number=spelt, digits="１２３４") == place.volunteer

    def test_all_that_is_wrong_gets_one_answer(self, on_duty, join):
        place = on_duty(at=MORNING)
        without_duty = join("li", phone="13800005678")
        said = set()
        for values in (
            {"digits": "4321"}, {"digits": ""}, {"digits": "12345"}, {"number": with_check_digit("99999999")},
            {"number": "123456789"}, {"number": ""}, {"number": without_duty.number, "digits": "5678"},
        ):  # fmt: skip
            with pytest.raises(NotFoundHere) as refused:
                self.who(place, **values)
            said.add((refused.value.code, refused.value.status, str(refused.value)))
        assert len(said) == 1

    def test_digits_are_not_guessed(self, on_duty):
        place = on_duty(at=MORNING)
        for guess in range(5):
            with pytest.raises(NotFoundHere):
                self.who(place, digits=f"{guess:04d}", address=f"10.0.0.{guess}")
        with pytest.raises(Throttled):
            self.who(place, address="10.0.0.99")


def test_a_proposed_place_counts_when_its_person_comes(join, make_shift, north, station):
    shift = make_shift(MORNING)
    place = places.assign(shift, volunteer=join("wang"), by=north, answer_by=MORNING - MINUTE)
    assert place.status == AssignmentStatus.PROPOSED
    assert sent(place, scan_of(station, MORNING), "in", MORNING).checked_in_at == MORNING
