"""Check-in by a station's code on the pages: the phone's and the screen's at the station."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from portal.core.models import User
from stations.types import StationStatus
from tests.volunteers.arriving import MINUTE
from volunteers import checkin
from volunteers.models import Assignment
from volunteers.types import CheckMethod


class TestPages:
    """The same through a browser, now."""

    @pytest.fixture
    def address(self, station):
        def address(at=None):
            return f"/checkin/{station.pk}/{checkin.code_of(station, at=at or datetime.now(UTC))}/"

        return address

    def test_a_volunteer_who_has_signed_in_checks_in_and_out(self, client, on_duty, address, station):
        place = on_duty()
        client.force_login(User.objects.get(person=place.volunteer.person))
        for field in ("checked_in_at", "checked_out_at"):
            answer = client.get(address())
            assert (answer.status_code, answer.url) == (302, f"/checkin/{station.pk}/")
            page = client.get(answer.url).content.decode()
            action = "in" if field == "checked_in_at" else "out"
            assert f'name="action" value="{action}"' in page
            done = client.post(answer.url, {"action": action}, follow=True)
            assert done.redirect_chain[-1][0] == f"/checkin/{station.pk}/done/"
            assert "王**" in done.content.decode()
            place.refresh_from_db()
            assert getattr(place, field)

    def test_the_code_counts_for_one_button(self, client, on_duty, address, station):
        client.force_login(on_duty().volunteer.user)
        client.get(address())
        here = f"/checkin/{station.pk}/"
        assert client.post(here, {"action": "in"}).status_code == 302
        again = client.post(here, {"action": "out"})
        assert again.status_code == 400
        assert not Assignment.objects.filter(checked_out_at__isnull=False).exists()

    def test_without_a_code_nothing_can_be_done(self, client, on_duty, station):
        client.force_login(on_duty().volunteer.user)
        here = f"/checkin/{station.pk}/"
        for answer in (client.get(here), client.post(here, {"action": "in"}), client.post(here + "who/", {})):
            assert answer.status_code == 400
        assert client.get(here + "done/").status_code == 404
        assert not Assignment.objects.filter(checked_in_at__isnull=False).exists()

    def test_a_code_that_was_read_at_one_station_opens_no_other(self, client, on_duty, address, the_south):
        client.force_login(on_duty().volunteer.user)
        client.get(address())
        assert client.post(f"/checkin/{the_south.station.pk}/", {"action": "in"}).status_code == 400

    def test_somebody_without_an_account_types_number_and_digits(self, client, on_duty, address, station):
        place = on_duty()
        client.get(address())
        here = f"/checkin/{station.pk}/"
        assert "王" not in client.get(here).content.decode()
        wrong = client.post(here + "who/", {"number": place.volunteer.number, "digits": "0000"})
        assert wrong.status_code == 422
        assert place.volunteer.number in wrong.content.decode()
        assert client.post(here, {"action": "in"}).status_code == 302  # still nobody
        assert not Assignment.objects.filter(checked_in_at__isnull=False).exists()
        client.post(here + "who/", {"number": place.volunteer.number, "digits": "1234"})
        page = client.get(here).content.decode()
        assert "王**" in page
        assert "王小明" not in page
        client.post(here, {"action": "in"})
        place.refresh_from_db()
        assert place.checked_in_how == CheckMethod.CODE

    def test_the_next_person_at_the_same_phone_is_asked_again(self, client, on_duty, address, station):
        place = on_duty()
        client.get(address())
        client.post(f"/checkin/{station.pk}/who/", {"number": place.volunteer.number, "digits": "1234"})
        client.get(address())
        assert "王" not in client.get(f"/checkin/{station.pk}/").content.decode()

    def test_what_was_scanned_is_still_there_after_signing_in(self, client, on_duty, address, station):
        place = on_duty()
        client.get(address())
        client.post("/accounts/login/", {"login": "wang", "password": "a good password"})
        assert client.post(f"/checkin/{station.pk}/", {"action": "in"}).url.endswith("/done/")
        place.refresh_from_db()
        assert place.checked_in_at

    def test_a_late_code_asks_for_a_sign_in_and_then_counts(self, client, on_duty, address, station):
        start = datetime.now(UTC) - timedelta(hours=2)
        place = on_duty(at=start)
        answer = client.get(address(start + 10 * MINUTE), follow=True).content.decode()
        assert "/volunteer/sign-in/?next=/checkin/" in answer
        assert 'name="digits"' not in answer
        client.force_login(User.objects.get(person=place.volunteer.person))
        client.get(address(start + 10 * MINUTE))
        client.post(f"/checkin/{station.pk}/", {"action": "in"})
        place.refresh_from_db()
        assert place.checked_in_how == CheckMethod.CODE_LATE
        assert timedelta(minutes=9) <= place.checked_in_at - start <= timedelta(minutes=10)

    @pytest.mark.parametrize("code", ["x", "0" * 28, "who-is-it"])
    def test_a_forged_code_gets_plain_words(self, client, station, code):
        answer = client.get(f"/checkin/{station.pk}/{code}/")
        assert answer.status_code == 400
        assert station.name in answer.content.decode()

    def test_an_old_code_gets_plain_words(self, client, address):
        answer = client.get(address(datetime.now(UTC) - timedelta(days=2)))
        assert answer.status_code == 400
        assert "已过期" in answer.content.decode()

    def test_a_station_that_nobody_may_find_is_not_there(self, client, address, station):
        station.status = StationStatus.PLANNED
        station.save()
        assert client.get(address()).status_code == 404

    def test_the_form_needs_its_token(self, on_duty, address, station):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(on_duty().volunteer.user)
        strict.get(address())
        assert strict.post(f"/checkin/{station.pk}/", {"action": "in"}).status_code == 403

    def test_a_scan_lasts_for_some_minutes(self, client, on_duty, address, station):
        client.force_login(on_duty().volunteer.user)
        client.get(address())
        session = client.session
        scan = session["check-in-scan"]
        session["check-in-scan"] = {**scan, "read_at": scan["read_at"] - 700}
        session.save()
        assert client.post(f"/checkin/{station.pk}/", {"action": "in"}).status_code == 400


class TestScreen:
    def test_those_who_run_the_stations_duty_show_the_code(self, client, north, keeper, station):
        for user in (north, keeper):
            client.force_login(user)
            answer = client.get(f"/desk/duty/code/{station.pk}/")
            assert answer.status_code == 200
            assert answer["Cache-Control"] == "no-store"
            assert client.get(answer.context["address"]).status_code == 302

    def test_nobody_else_sees_it(self, client, south, helper, auditor, join, station):
        for user, status in ((south, 404), (helper, 403), (auditor, 403), (join("wang").user, 403)):
            client.force_login(user)
            assert client.get(f"/desk/duty/code/{station.pk}/").status_code == status
