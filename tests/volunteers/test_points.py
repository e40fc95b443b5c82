"""Points: given for approved hours and taken back with them; rewards taken, fetched once, given back in time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core.clock import ZONE
from portal.core.errors import Conflict, DomainError, NotAllowed, NotFound
from portal.core.models import Role
from portal.core.throttling import Throttled
from stations.models import Affiliate
from tests.conftest import make_user
from volunteers import ledger, points, rewards
from volunteers.models import PointEntry, PointRule, Redemption, Reward
from volunteers.types import ClaimKind, DutyKind, HourAccount, PointKind, RedemptionStatus

DAY = timedelta(days=1)
LONG_AGO = date(2026, 1, 1)


def today() -> date:
    return timezone.localdate(timezone=ZONE)


@pytest.fixture
def rule(the_north):
    return PointRule.objects.create(
        district=the_north.district, valid_from=LONG_AGO, points_per_hour=10, evening_percent=150
    )


@pytest.fixture
def street_leader(the_north):
    return make_user("street-leader", Role.LEADER, region=the_north.street)


@pytest.fixture
def grant(the_north, street_leader):
    def grant(volunteer, minutes, *, on=None, kind=ClaimKind.SUPPLEMENT):
        asked = ledger.claim(
            volunteer, kind=kind, region=the_north.community, on=on or today() - DAY, minutes=minutes, reason="核实",
            by=None,
        )  # fmt: skip
        ledger.decide(asked, by=street_leader, granted=True)
        return asked.entries.get(account=HourAccount.APPROVED)

    return grant


@pytest.fixture
def join(enrol, the_north):
    """Somebody on the register with an account."""

    def join(username, **values):
        user = make_user(username, Role.VOLUNTEER, region=the_north.community)
        volunteer = enrol(name="(to be replaced)", **values)
        volunteer.person = user.person
        volunteer.save()
        volunteer.user = user
        return volunteer

    return join


@pytest.fixture
def wang(join, rule, grant):
    """Has 100 points."""
    wang = join("wang")
    for back in (1, 2):
        grant(wang, 300, on=today() - back * DAY)
    return wang


@pytest.fixture
def merchant(the_north):
    return Affiliate.objects.create(
        kind=Affiliate.Kind.CARING_MERCHANT, name="爱心面馆", region=the_north.community, organization=the_north.unit
    )


@pytest.fixture
def offer(merchant, north):
    def offer(name="热干面一碗", cost=40, stock=5, **values):
        return rewards.save_reward(
            Reward(merchant=merchant, name=name, points=cost, **values), by=north, stock=stock
        )  # fmt: skip

    return offer


def take(reward, volunteer, **values):
    return rewards.take(reward, volunteer=volunteer, by=volunteer.user, **values)


class TestEarning:
    def test_it_works(self, wang):
        assert points.balance(wang) == 100
        assert set(wang.point_entries.values_list("kind", "rule__points_per_hour")) == {(PointKind.EARNED, 10)}

    def test_without_a_rule_hours_give_no_points(self, enrol, grant):
        somebody = enrol()
        grant(somebody, 60)
        assert points.balance(somebody) == 0

    def test_only_approved_hours_count(self, wang):
        assert wang.hour_entries.filter(account=HourAccount.RECORDED).count() == 2
        assert wang.point_entries.count() == 2

    def test_a_rule_counts_from_its_day_on(self, rule, enrol, grant, the_north):
        PointRule.objects.create(district=the_north.district, valid_from=today() - 2 * DAY, points_per_hour=20)
        before, after = enrol(), enrol()
        grant(before, 60, on=today() - 3 * DAY)
        grant(after, 60, on=today() - 2 * DAY)
        assert (points.balance(before), points.balance(after)) == (10, 20)

    def test_a_district_without_a_rule_of_its_own_has_everybodys(self, enrol, grant, the_south):
        PointRule.objects.create(district=the_south.district, valid_from=LONG_AGO, points_per_hour=99)
        PointRule.objects.create(valid_from=LONG_AGO, points_per_hour=7)
        somebody = enrol()
        grant(somebody, 60)
        assert points.balance(somebody) == 7

    @pytest.mark.parametrize(
        ("minutes", "kind", "expected"),
        [
            (60, DutyKind.REGULAR, 10), (60, DutyKind.EVENING_HOUR, 15), (59, "", 9), (5, "", 0), (-60, "", -10),
            (-59, "", -9),
        ],
    )  # fmt: skip
    def test_kinds_of_duty_give_more_or_less(self, rule, minutes, kind, expected):
        assert points.worth(minutes, kind, rule) == expected

    def test_a_reversal_takes_back_exactly_what_was_given(self, wang, rule, leader):
        entry = wang.hour_entries.filter(account=HourAccount.APPROVED).first()
        PointRule.objects.filter(pk=rule.pk).update(points_per_hour=1)
        ledger.reverse(entry, by=leader, reason="签错人")
        assert points.balance(wang) == 50
        assert wang.point_entries.filter(kind=PointKind.TAKEN_BACK).get().points == -50

    def test_what_was_spent_is_missing_when_hours_are_reversed(self, wang, offer, leader):
        take(offer(cost=100), wang)
        ledger.reverse(wang.hour_entries.filter(account=HourAccount.APPROVED).first(), by=leader, reason="签错人")
        assert points.balance(wang) == -50
        with pytest.raises(Conflict):
            take(offer("茶水", cost=1), wang)

    def test_entries_are_never_changed(self, wang):
        for change in (lambda: PointEntry.objects.update(points=1000), lambda: PointEntry.objects.all().delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


class TestRules:
    def test_staff_of_the_district_make_them(self, the_north, north, south):
        boss = make_user("boss", Role.DISTRICT, region=the_north.district)
        made = points.add_rule(PointRule(district=the_north.district, valid_from=today()), by=boss)
        assert made.points_per_hour == 10
        for somebody in (north, south):
            with pytest.raises(NotAllowed):
                points.add_rule(PointRule(district=the_north.district, valid_from=today()), by=somebody)
        with pytest.raises(NotAllowed):
            points.add_rule(PointRule(valid_from=today()), by=boss)

    def test_what_is_over_is_not_counted_anew(self, the_north):
        boss = make_user("boss", Role.DISTRICT, region=the_north.district)
        with pytest.raises(DomainError) as refused:
            points.add_rule(PointRule(district=the_north.district, valid_from=today() - DAY), by=boss)
        assert list(refused.value.fields) == ["valid_from"]
        points.add_rule(PointRule(district=the_north.district, valid_from=today()), by=boss)
        with pytest.raises(DomainError):
            points.add_rule(PointRule(district=the_north.district, valid_from=today()), by=boss)


class TestRewards:
    def test_it_works(self, offer, north):
        reward = offer(stock=3)
        rewards.restock(reward, change=4, by=north)
        reward.name = "牛肉面一碗"
        rewards.save_reward(reward, by=north)
        reward.refresh_from_db()
        assert (reward.stock, reward.name) == (7, "牛肉面一碗")

    def test_a_form_that_was_open_leaves_the_stock_alone(self, offer, wang, north):
        reward = offer(stock=3)
        take(reward, wang)
        assert reward.stock == 3
        rewards.save_reward(reward, by=north)
        reward.refresh_from_db()
        assert reward.stock == 2

    def test_others_do_not_touch_them(self, offer, helper, south, auditor, north):
        reward = offer()
        for somebody in (helper, south, auditor):
            with pytest.raises(NotAllowed):
                rewards.save_reward(reward, by=somebody)
            with pytest.raises(NotAllowed):
                rewards.restock(reward, change=1, by=somebody)

    def test_a_place_that_is_no_caring_merchant_has_none(self, merchant, north):
        merchant.kind = Affiliate.Kind.RIDER_STATION
        merchant.save()
        with pytest.raises(DomainError):
            rewards.save_reward(Reward(merchant=merchant, name="茶水", points=5), by=north)

    @pytest.mark.parametrize("change", [0, -6, 10**6])
    def test_a_stock_that_cannot_be_is_refused(self, offer, north, change):
        with pytest.raises(DomainError) as refused:
            rewards.restock(offer(stock=5), change=change, by=north)
        assert list(refused.value.fields) == ["change"]


class TestTaking:
    def test_it_works(self, wang, offer):
        reward = offer(cost=40, stock=5)
        redemption = take(reward, wang)
        reward.refresh_from_db()
        assert (points.balance(wang), reward.stock, redemption.status) == (60, 4, RedemptionStatus.OPEN)
        assert redemption.expires_at - redemption.taken_at == 7 * DAY
        assert rewards.code_of(redemption) not in str(Redemption.objects.values().get())

    def test_points_that_are_not_there_are_not_spent(self, wang, offer):
        reward = offer(cost=101)
        with pytest.raises(Conflict) as refused:
            take(reward, wang)
        reward.refresh_from_db()
        assert (refused.value.code, reward.stock, points.balance(wang)) == ("too_few_points", 5, 100)

    def test_what_is_gone_is_not_taken(self, wang, offer):
        with pytest.raises(Conflict) as refused:
            take(offer(stock=0), wang)
        assert (refused.value.code, points.balance(wang)) == ("sold_out", 100)

    @pytest.mark.parametrize("values", [{"is_active": False}, {"offered_until": date(2026, 1, 1)}])
    def test_what_is_not_on_offer_is_not_taken(self, wang, offer, values):
        with pytest.raises(Conflict) as refused:
            take(offer(**values), wang)
        assert refused.value.code == "not_on_offer"

    def test_rewards_of_another_district_are_not_offered(self, wang, offer, merchant, the_south):
        reward = offer()
        Affiliate.objects.filter(pk=merchant.pk).update(region=the_south.community)
        assert not rewards.near(wang).exists()
        with pytest.raises(Conflict):
            take(reward, wang)

    def test_nobody_takes_for_somebody_else(self, wang, offer, join, north):
        reward = offer()
        for somebody in (join("li").user, north):
            with pytest.raises(NotAllowed):
                rewards.take(reward, volunteer=wang, by=somebody)

    def test_it_is_given_back_once(self, wang, offer, join):
        reward = offer(stock=1)
        redemption = take(reward, wang)
        with pytest.raises(NotAllowed):
            rewards.give_back(redemption, by=join("li").user)
        rewards.give_back(redemption, by=wang.user)
        with pytest.raises(Conflict):
            rewards.give_back(redemption, by=wang.user)
        reward.refresh_from_db()
        assert (points.balance(wang), reward.stock) == (100, 1)


class TestFetching:
    @pytest.fixture
    def redemption(self, wang, offer):
        return take(offer(), wang)

    def test_the_contact_of_the_merchants_unit_hands_it_out(self, redemption, helper):
        found = rewards.find(rewards.code_of(redemption).lower(), by=helper)
        assert found == redemption
        rewards.redeem(found, by=helper)
        assert (found.status, found.redeemed_by) == (RedemptionStatus.REDEEMED, helper)

    def test_so_does_the_keeper_of_its_station(self, redemption, keeper, merchant, the_north):
        code = rewards.code_of(redemption)
        with pytest.raises(NotFound):
            rewards.find(code, by=keeper)
        merchant.station = the_north.station
        merchant.save()
        assert rewards.redeem(rewards.find(code, by=keeper), by=keeper).redeemed_by == keeper

    def test_a_code_counts_once(self, redemption, helper, north):
        rewards.redeem(redemption, by=helper)
        for attempt in (lambda: rewards.redeem(redemption, by=north),
                        lambda: rewards.find(rewards.code_of(redemption), by=north)):  # fmt: skip
            with pytest.raises(Conflict) as refused:
                attempt()
            assert refused.value.code == "redeemed"

    def test_a_code_of_a_merchant_elsewhere_is_as_good_as_none(self, redemption, south, auditor, leader):
        answers = set()
        for somebody in (south, auditor, leader):
            for code in (rewards.code_of(redemption), "ABCD-EFGH-JKM", "", "x" * 200, "\0"):
                with pytest.raises(NotFound) as refused:
                    rewards.find(code, by=somebody)
                answers.add(str(refused.value))
            with pytest.raises(NotAllowed):
                rewards.redeem(redemption, by=somebody)
        assert len(answers) == 1

    def test_guessing_is_slowed_down(self, redemption, helper):
        for _try in range(60):
            with pytest.raises(NotFound):
                rewards.find("AAAA-AAAA-AAA", by=helper)
        with pytest.raises(Throttled):
            rewards.find(rewards.code_of(redemption), by=helper)

    def test_nobody_hands_out_to_themselves(self, redemption, north, wang):
        wang.person = north.person
        wang.save()
        redemption.refresh_from_db()
        with pytest.raises(NotAllowed):
            rewards.redeem(redemption, by=north)

    def test_a_code_that_was_not_used_in_time_gives_everything_back(self, redemption, wang, helper):
        later = redemption.expires_at + timedelta(seconds=1)
        with pytest.raises(Conflict) as refused:
            rewards.redeem(redemption, by=helper, now=later)
        assert refused.value.code == "expired"
        assert rewards.expire(redemption.expires_at - timedelta(seconds=1)) == 0
        assert (rewards.expire(later), rewards.expire(later)) == (1, 0)
        redemption.refresh_from_db()
        assert (redemption.status, points.balance(wang), redemption.reward.stock) == (RedemptionStatus.EXPIRED, 100, 5)


class TestAtTheSameMoment:
    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.fixture
    def at_once(self):
        """Run calls in threads that begin together; each answers with its result's class, or the code of a refusal."""

        def at_once(*calls):
            barrier = Barrier(len(calls))

            def run(call):
                try:
                    barrier.wait()
                    call()
                    return "done"
                except DomainError as error:
                    return error.code
                finally:
                    connection.close()

            with ThreadPoolExecutor(len(calls)) as pool:
                return list(pool.map(run, calls))

        return at_once

    def test_two_cashiers_hand_it_out_once(self, wang, offer, helper, north, at_once):
        redemption = take(offer(), wang)
        answers = at_once(*(lambda by=by: rewards.redeem(redemption, by=by) for by in (helper, north) * 4))
        assert sorted(answers) == ["done", *["redeemed"] * 7]

    def test_nobody_spends_more_than_they_have(self, wang, offer, at_once):
        reward = offer(cost=40, stock=50)
        answers = at_once(*(lambda: take(reward, wang) for _each in range(8)))
        reward.refresh_from_db()
        assert sorted(answers) == ["done"] * 2 + ["too_few_points"] * 6
        assert (points.balance(wang), reward.stock) == (20, 48)

    def test_no_more_is_taken_than_there_is(self, wang, join, grant, offer, at_once):
        reward, people = offer(cost=10, stock=3), [join(f"person-{number}") for number in range(8)]
        for each in people:
            grant(each, 60)
        answers = at_once(*(lambda each=each: take(reward, each) for each in people))
        reward.refresh_from_db()
        assert sorted(answers) == ["done"] * 3 + ["sold_out"] * 5
        assert reward.stock == 0

    def test_a_cashier_and_the_clock_do_not_both_win(self, wang, offer, helper, at_once):
        redemption = take(offer(stock=5), wang)
        just_before, late = redemption.expires_at - timedelta(seconds=1), redemption.expires_at
        answers = at_once(
            lambda: rewards.redeem(redemption, by=helper, now=just_before), lambda: rewards.expire(late),
            lambda: rewards.expire(late),
        )  # fmt: skip
        redemption.refresh_from_db()
        is_fetched = redemption.status == RedemptionStatus.REDEEMED
        assert points.balance(wang) == (60 if is_fetched else 100)
        assert redemption.reward.stock == (4 if is_fetched else 5)
        assert (answers[0] == "done") == is_fetched


class TestStatement:
    def test_it_works(self, wang, offer):
        take(offer(cost=40), wang)
        (month,) = points.statement(wang)
        assert (month.first, month.earned, month.spent, month.balance) == (today().replace(day=1), 100, 40, 60)
        assert points.entries_of_month(wang, month.first).count() == 3

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.tuples(
        st.sampled_from(["serve", "reverse", "take", "give_back", "redeem", "expire"]), st.integers(1, 480),
        st.integers(0, 4),
    ), max_size=14))  # fmt: skip
    def test_the_sum_of_entries_is_every_balance_shown(self, rule, join, grant, offer, leader, helper, north, steps):
        """Whatever is done in whatever order, in whatever months: entries, statement and stock agree."""
        number = Reward.objects.count() + 1
        somebody, reward = join(f"somebody-{number}"), offer(f"礼品{number}", cost=15, stock=3)
        now = timezone.now()
        for nth, (what, minutes, months) in enumerate(steps):
            at = now + timedelta(days=31 * months)
            open_ones = somebody.redemptions.filter(status=RedemptionStatus.OPEN).select_related("reward", "volunteer")
            try:
                if what == "serve":
                    # Each on a day of its own: what makes a day long is for other leaders to decide.
                    grant(somebody, minutes, on=today() - (nth + 1) * DAY)
                elif what == "reverse" and (entry := somebody.hour_entries.filter(
                    account=HourAccount.APPROVED, reverses=None, reversed_by=None).first()):  # fmt: skip
                    ledger.reverse(entry, by=leader, reason="签错人")
                elif what == "take":
                    take(reward, somebody, now=at)
                elif what == "expire":
                    rewards.expire(at)
                elif redemption := open_ones.first():
                    if what == "redeem":
                        rewards.redeem(redemption, by=helper, now=redemption.taken_at)
                    else:
                        rewards.give_back(redemption, by=somebody.user, now=redemption.taken_at)
            except Conflict:
                pass
        entries = somebody.point_entries.aggregate(Sum("points"))["points__sum"] or 0
        statement = points.statement(somebody)
        assert points.balance(somebody) == entries == sum(month.earned - month.spent for month in statement)
        assert (statement[0].balance if statement else 0) == entries
        shown = [points.entries_of_month(somebody, month.first) for month in statement]
        assert sum(entry.points for month in shown for entry in month) == entries
        gone = somebody.redemptions.filter(status__in=[RedemptionStatus.OPEN, RedemptionStatus.REDEEMED])
        reward.refresh_from_db()
        assert reward.stock == 3 - gone.count()
        spent = somebody.point_entries.filter(kind__in=[PointKind.SPENT, PointKind.RETURNED])
        assert -(spent.aggregate(Sum("points"))["points__sum"] or 0) == 15 * gone.count()
