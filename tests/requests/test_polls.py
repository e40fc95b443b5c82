"""表决: who has a voice and when, and how votes are counted."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from portal.core.errors import Conflict, DomainError
from portal.core.models import Estate
from requests import households
from requests.deliberations import polls, topics
from requests.models import Household
from tests.requests.talks import DAY


class TestVotes:
    @pytest.fixture
    def homes(self, topic, runner):
        topic.estate = Estate.objects.create(name="龙井小区", region=topic.region)
        topic.save()
        lines = "\n".join(f"{number}栋101,{50 + number}" for number in range(1, 11))
        assert households.revise(topic.estate, by=runner, lines=lines).added == 10
        topics.schedule(topic, by=runner, scheduled_for=timezone.now() + DAY, place="议事厅")
        return list(Household.objects.order_by("pk"))

    def put(self, topic, runner, **values):
        asked = {
            "question": "装充电桩？",
            "options": ["同意", "不同意"],
            "voted": "household",
            "quorum": 60,
            "majority": 51,
        }
        return polls.put(topic, by=runner, **asked | values)

    def test_the_result_is_counted_by_households_and_by_area(self, topic, runner, homes):
        poll = self.put(topic, runner)
        yes, no = poll.options.all()
        polls.record(poll, by=runner, voters=homes[:2], option=yes)
        assert not polls.result(poll).has_quorum
        polls.record(poll, by=runner, voters=homes[2:5], option=yes)
        polls.record(poll, by=runner, voters=homes[5:6], option=no)
        polls.record(poll, by=runner, voters=homes[6:7], option=None)
        found = polls.result(poll)
        assert (found.entitled, found.voted, found.turnout, found.ahead) == (10, 7, 70, yes)
        assert [line.votes for line in found.tallies] == [5, 1, 1]
        assert str(found.tallies[0].area_share) == "70.11"

    def test_an_open_vote_has_carried_nothing(self, topic, runner, homes):
        poll = self.put(topic, runner)
        polls.record(poll, by=runner, voters=homes, option=poll.options.first())
        assert (polls.result(poll).ahead, polls.result(poll).carried) == (poll.options.first(), None)
        polls.close(poll, by=runner)
        assert polls.result(poll).carried == poll.options.first()

    def test_many_small_flats_do_not_outvote_the_floor_area(self, topic, runner, homes):
        Household.objects.filter(pk__in=[home.pk for home in homes[6:]]).update(area_m2=500)
        poll = self.put(topic, runner)
        yes, no = poll.options.all()
        polls.record(poll, by=runner, voters=homes[:6], option=yes)
        polls.record(poll, by=runner, voters=homes[6:], option=no)
        polls.close(poll, by=runner)
        found = polls.result(poll)
        assert (found.has_quorum, found.unmeasured, found.ahead, found.carried) == (True, 0, None, None)

    def test_an_unknown_floor_area_is_no_consent(self, topic, runner, homes):
        Household.objects.filter(pk__in=[home.pk for home in homes[8:]]).update(area_m2=None)
        poll = self.put(topic, runner)
        yes, _no = poll.options.all()
        polls.record(poll, by=runner, voters=homes[1:], option=yes)
        polls.close(poll, by=runner)
        found = polls.result(poll)
        assert (found.unmeasured, found.ahead, found.carried) == (2, yes, None)
        # 385 of 436 m² that are known; the two flats without one add nothing.
        assert (str(found.area_turnout), str(found.tallies[0].area_share)) == ("88.30", "100.00")

    def test_a_household_votes_once_and_nothing_is_recorded_if_one_has(self, topic, runner, homes):
        poll = self.put(topic, runner)
        polls.record(poll, by=runner, voters=homes[:1], option=None)
        with pytest.raises(Conflict) as refusal:
            polls.record(poll, by=runner, voters=homes, option=None)
        assert refusal.value.code == "voted_already" and poll.votes.count() == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            poll.votes.create(household=homes[0])

    def test_the_list_of_households_can_be_corrected(self, topic, runner, homes):
        made = households.revise(topic.estate, by=runner, lines="1栋101，88.5\n2栋101\n11栋101", off="10栋101")
        assert (made.added, made.measured, made.removed) == (1, 1, 1)
        areas = dict(topic.estate.households.values_list("label", "area_m2"))
        assert [str(areas[label]) for label in ("1栋101", "2栋101", "11栋101")] == ["88.50", "52.00", "None"]
        assert "10栋101" not in areas

    def test_a_household_that_has_voted_stays_on_the_list(self, topic, runner, homes):
        polls.record(self.put(topic, runner), by=runner, voters=homes[:1], option=None)
        for off in ("1栋101\n2栋101", "99栋101"):
            with pytest.raises(DomainError) as refusal:
                households.revise(topic.estate, by=runner, lines="", off=off)
            assert list(refusal.value.fields) == ["off"]
        assert topic.estate.households.count() == 10

    def test_seats_vote_and_strangers_do_not(self, topic, runner, homes):
        poll = self.put(topic, runner, voted="seat")
        with pytest.raises(DomainError):
            polls.record(poll, by=runner, voters=homes[:1], option=None)
        there = list(topic.participants.all())
        polls.record(poll, by=runner, voters=there, option=poll.options.first(), at=timezone.now() + DAY)
        assert polls.result(poll).turnout == 100

    def test_seats_vote_once_the_meeting_has_begun_and_households_from_the_notice_on(self, topic, runner, homes):
        by_seat, by_household = self.put(topic, runner, voted="seat"), self.put(topic, runner)
        there = list(topic.participants.all())
        with pytest.raises(Conflict) as refusal:
            polls.record(by_seat, by=runner, voters=there, option=None)
        assert refusal.value.code == "not_possible_now"
        assert polls.record(by_household, by=runner, voters=homes[:1], option=None) == 1

    def test_nobody_closes_a_vote_of_seats_before_they_can_have_voted(self, topic, runner, homes, client):
        by_seat, by_household = self.put(topic, runner, voted="seat"), self.put(topic, runner)
        with pytest.raises(Conflict) as refusal:
            polls.close(by_seat, by=runner)
        assert "会议" in str(refusal.value)
        client.force_login(runner)
        page = client.get(reverse("requests:deliberation_detail", args=[topic.pk])).content.decode()
        addresses = [reverse(f"requests:poll_{name}", args=[by_seat.pk]) for name in ("votes", "close")]
        assert not any(address in page for address in addresses) and "会议开始后" in page
        assert reverse("requests:poll_close", args=[by_household.pk]) in page
        assert client.post(addresses[1]).status_code == 409
        polls.close(by_household, by=runner)
        assert polls.close(by_seat, by=runner, at=topic.scheduled_for + DAY).closed_at is not None

    def test_who_was_not_at_the_meeting_has_no_vote(self, topic, runner, homes):
        poll = self.put(topic, runner, voted="seat")
        came, away = topic.participants.all()
        topics.hold(topic, by=runner, minutes="好。", attended=[came], at=timezone.now() + DAY)
        with pytest.raises(DomainError) as refusal:
            polls.record(poll, by=runner, voters=[came, away], option=None, at=timezone.now() + DAY)
        assert str(away) in refusal.value.fields["voters"][0]
        assert polls.result(poll).voted == 0

    def test_a_closed_vote_takes_no_more_and_an_open_one_holds_the_resolution_up(self, topic, runner, homes):
        poll = self.put(topic, runner)
        topics.hold(
            topic, by=runner, minutes="好。", attended=list(topic.participants.all()), at=timezone.now() + 2 * DAY
        )
        with pytest.raises(Conflict):
            topics.resolve(topic, by=runner, resolution="装。")
        polls.close(poll, by=runner)
        with pytest.raises(Conflict):
            polls.record(poll, by=runner, voters=homes[:1], option=None)
        topics.resolve(topic, by=runner, resolution="装。")
