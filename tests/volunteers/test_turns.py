"""轮值: units take the duty of a template in turn."""

from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.errors import DomainError, NotAllowed
from portal.core.models import HistoryEntry, Notification, Organization, Role
from portal.core.notifications.recipients import contacts_of
from tests.conftest import make_user
from tests.volunteers.conftest import SOON, V1
from tests.volunteers.test_duty_templates import NEW, form_of, seen, text_of
from volunteers import places, planning, reminders, turns, unit_reports
from volunteers.models import DutyShift, DutyTemplate, DutyTurn, TeamMember, VolunteerTeam
from volunteers.roster.plans import ON_TURN, plan
from volunteers.turns import unit_on_turn
from volunteers.types import MemberStatus, TurnLength

DAYS = [date(2026, 3, 2) + timedelta(days=n) for n in range(70)]  # from a Monday


@pytest.fixture
def units(the_north):
    """Three units of the north; the first is the helper's."""
    police, bank = (
        Organization.objects.create(name=name, kind=Organization.Kind.RESIDENT_UNIT, region=the_north.community)
        for name in ("北派出所", "北银行支行")
    )
    return [the_north.unit, police, bank]


@pytest.fixture
def police(units):
    """Contact of the second unit."""
    return make_user("police", Role.UNIT_CONTACT, organization=units[1])


@pytest.fixture
def saved(north, template, units):
    """Daily for two weeks, shift by shift, with its shifts."""
    template.turn_length = TurnLength.SHIFT
    mark = planning.preview(template, units=units).mark
    planning.save_template(template, skills=(), units=units, by=north, mark=mark)
    return template


def order_of(template) -> list[str]:
    return [str(unit) for unit in turns.units_of(template)]


def told(kind: str) -> list[str]:
    return list(Notification.objects.filter(kind=kind).order_by("pk").values_list("person__user__username", flat=True))


def made_of(rule: str, length: str, units: list, *, since: date | None = None) -> list[str]:
    """Whose turn the duties of ten weeks are, by the number of the unit; - for nobody."""
    template = DutyTemplate(rule=rule, first_day=DAYS[0], turn_length=length, turns_from=since, starts=time(9))
    days = [each.day for each in _duties(template)]
    return ["-" if (unit := unit_on_turn(template, day, units)) is None else unit for day in days]


def _duties(template):
    template.ends, template.on_holidays = time(10), "keep"
    return planning.occurrences(template, since=DAYS[0], until=DAYS[-1])


class TestWhoseTurnItIs:
    def test_it_works(self):
        assert made_of("FREQ=WEEKLY;BYDAY=MO,TU", "week", ["a", "b", "c"])[:8] == [*"aabbccaa"]

    @pytest.mark.parametrize(
        ("rule", "length", "turns_taken"),
        [
            ("FREQ=WEEKLY;BYDAY=MO,TU,FR", "shift", "abcabcabc"),
            # As many units as days of the week: each has a weekday of its own.
            ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "shift", "abcabc"),
            ("FREQ=WEEKLY;BYDAY=MO,TU", "month", "aaaaaaaaaabbbb"),
            # Weeks and months without duty are nobody's turn.
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "week", "abcab"),
            ("FREQ=DAILY;INTERVAL=35", "month", "ab"),
        ],
    )
    def test_a_turn_is_a_shift_a_week_or_a_month(self, rule, length, turns_taken):
        assert "".join(made_of(rule, length, ["a", "b", "c"])).startswith(turns_taken)

    def test_the_first_turn_begins_on_its_day_and_nobody_is_on_turn_before(self):
        # A Wednesday: the rest of its week is the first turn.
        found = made_of("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "week", ["a", "b"], since=DAYS[2])
        assert "".join(found[:12]) == "--aaabbbbbaa"

    def test_a_duty_that_falls_away_uses_its_turn_up(self, db):
        rule, holiday = "FREQ=DAILY", date(2026, 10, 1)
        template = DutyTemplate(rule=rule, first_day=holiday - timedelta(days=1), turn_length="shift", starts=time(9))
        template.ends, template.on_holidays = time(10), "skip"
        until = holiday + timedelta(days=14)
        found = {each.day: each for each in planning.occurrences(template, since=template.first_day, until=until)}
        assert holiday not in found
        day = date(2026, 10, 12)
        assert unit_on_turn(template, day, [*"abcd"]) == "abcd"[(day - template.first_day).days % 4]

    def test_one_unit_has_every_turn_and_none_has_none(self):
        assert set(made_of("FREQ=DAILY", "month", ["a"])) == {"a"}
        assert set(made_of("FREQ=DAILY", "month", [])) == {"-"}

    def test_whoever_asks_for_a_far_day_hears_the_same(self):
        template = DutyTemplate(rule="FREQ=DAILY", first_day=DAYS[0], turn_length="shift")
        far = DAYS[0] + timedelta(days=4 * 366)
        assert unit_on_turn(template, far, [*"abc"]) == "abc"[(far - DAYS[0]).days % 3]


class TestShifts:
    def test_they_are_made_with_the_unit_whose_turn_it_is(self, saved, units):
        shifts = list(saved.shifts.order_by("starts_at"))
        assert len(shifts) > 6
        assert [each.unit_on_turn for each in shifts[:6]] == [*units, *units]

    def test_the_night_makes_the_next_ones_in_the_same_order(self, saved, units):
        now = timezone.now() + timedelta(days=3)
        assert planning.extend_all(now) == 3
        found = list(saved.shifts.order_by("starts_at"))
        assert [each.unit_on_turn for each in found] == [units[n % 3] for n in range(len(found))]

    def test_a_changed_order_says_which_shifts_change_hands_before_it_does(self, saved, units, north):
        other = [units[1], units[0], units[2]]
        changes = planning.preview(saved, units=other)
        assert len(changes.changed) == sum(each.unit_on_turn != units[2] for each in saved.shifts.all())
        shift, occurrence = changes.changed[0]
        assert (shift.unit_on_turn, occurrence.unit_on_turn) == (units[0], units[1])
        with pytest.raises(planning.NotAgreed):
            planning.save_template(saved, skills=(), units=other, by=north)
        with pytest.raises(planning.NotAgreed):
            mark = planning.preview(saved, units=[units[2], units[0], units[1]]).mark
            planning.save_template(saved, skills=(), units=other, by=north, mark=mark)
        planning.save_template(saved, skills=(), units=other, by=north, mark=changes.mark)
        assert saved.shifts.order_by("starts_at").first().unit_on_turn == units[1]

    def test_a_new_length_of_the_turn_is_a_change_too(self, saved, units):
        saved.turn_length = TurnLength.MONTH
        assert planning.preview(saved).changed

    @pytest.mark.parametrize("count", [2, 13])
    def test_an_impossible_order_is_refused_in_words(self, saved, units, north, count, the_north):
        twice = [units[0], units[0]] if count == 2 else [units[0]] * count
        with pytest.raises(DomainError) as refused:
            planning.save_template(saved, skills=(), units=twice, by=north)
        assert "units" in refused.value.fields

    def test_a_unit_that_closed_may_stay_and_is_not_added(self, saved, units, north, the_north):
        Organization.objects.filter(pk=units[1].pk).update(is_active=False)
        assert planning.save_template(saved, skills=(), by=north).is_empty
        gone = Organization.objects.create(
            name="已停用单位", kind=Organization.Kind.ENTERPRISE, region=the_north.community, is_active=False
        )
        with pytest.raises(DomainError, match="停用"):
            planning.save_template(saved, skills=(), units=[units[0], gone], by=north)

    def test_the_order_is_in_the_history(self, browser, leader, saved, units, north):
        assert HistoryEntry.objects.filter(table=DutyTurn._meta.db_table).count() == len(units)
        other = units[:2]
        mark = planning.preview(saved, units=other).mark
        planning.save_template(saved, skills=(), units=other, by=north, mark=mark)
        page = text_of(browser(leader).get(f"/desk/duty/templates/{saved.pk}/"))
        assert page.count("轮值单位") > len(units)

    def test_a_roster_wishes_the_units_own_people(self, roster, shift, wang, units, the_north):
        DutyShift.objects.filter(pk=shift.pk).update(unit_on_turn=units[1])
        team = VolunteerTeam.objects.create(
            name="警务队", kind="patrol", region=the_north.community, organization=units[1]
        )
        TeamMember.objects.create(team=team, volunteer=wang, status=MemberStatus.ACTIVE, joined_on=timezone.localdate())
        assert plan(roster).problem.person[wang.pk].wishes[shift.pk] >= ON_TURN


class TestUnitsThatMayBeNamed:
    def test_those_of_ones_area_and_those_that_reported_to_it(self, north, keeper, units, the_north, the_south):
        assert set(turns.units_open_to(north)) == set(units)
        assert not turns.units_open_to(keeper).exists()
        unit_reports.report(
            organization=the_south.unit, region=the_north.community, by=north, reported_on=timezone.localdate()
        )
        assert the_south.unit in turns.units_open_to(north)
        assert list(turns.units_open_to(keeper)) == [the_south.unit]


class TestExchange:
    def test_it_works(self, saved, units, north, police):
        shift = saved.shifts.order_by("starts_at").first()
        planning.exchange_turn(shift, to=units[1], by=north)
        found = saved.shifts.order_by("starts_at")
        assert [each.unit_on_turn for each in found[:4]] == [units[1], units[1], units[2], units[0]]
        entry = HistoryEntry.objects.filter(table=DutyShift._meta.db_table, row_id=shift.pk).order_by("pk").last()
        assert entry.changes["unit_on_turn_id"] == [units[0].pk, units[1].pk]

    def test_both_units_are_told(self, saved, units, north, helper, police):
        planning.exchange_turn(saved.shifts.order_by("starts_at").first(), to=units[1], by=north)
        assert sorted(told("turn_changed")) == ["helper", "police"]

    def test_the_template_leaves_it_alone_from_then_on(self, saved, units, north):
        shift = saved.shifts.order_by("starts_at").first()
        planning.exchange_turn(shift, to=units[1], by=north)
        assert planning.preview(saved).left_alone == [shift]
        planning.extend_all()
        shift.refresh_from_db()
        assert shift.unit_on_turn == units[1]

    @pytest.mark.parametrize("who", ["south", "helper", "auditor", "leader"])
    def test_others_exchange_nothing(self, saved, units, request, who):
        with pytest.raises(NotAllowed):
            planning.exchange_turn(saved.shifts.first(), to=units[1], by=request.getfixturevalue(who))

    def test_the_page_offers_the_others_of_the_order(self, browser, saved, units, north, helper, south):
        shift = saved.shifts.order_by("starts_at").first()
        address = f"/desk/duty/shifts/{shift.pk}/turn/"
        page = text_of(browser(north).get(address))
        assert "北派出所" in page
        assert "北银行支行" in page
        assert "没有" in text_of(browser(north).post(address, {"unit": "不存在的单位"}))
        same = browser(north).post(address, {"unit": f"{units[0].name} #{units[0].pk}"})
        assert same.status_code == 400
        assert browser(north).post(address, {"unit": f"北派出所 #{units[1].pk}"}).status_code == 302
        shift.refresh_from_db()
        assert shift.unit_on_turn == units[1]
        assert browser(helper).get(address).status_code in (403, 404)
        assert browser(south).get(address).status_code == 404


class TestWhatUnitsAreTold:
    def test_of_turns_that_are_planned_once_each(self, helper, saved, police, units):
        assert told("turn_planned") == ["helper"]
        words = Notification.objects.get(kind="turn_planned", person=helper.person).context.reveal()
        assert "北物业公司" in words

    def test_the_next_shift_of_a_turn_that_is_known_says_nothing_again(self, helper, template, units, north):
        template.turn_length = TurnLength.MONTH
        mark = planning.preview(template, units=units).mark
        planning.save_template(template, skills=(), units=units, by=north, mark=mark)
        before = len(told("turn_planned"))
        last = template.shifts.order_by("-occurs_on").first().occurs_on
        if (last + timedelta(days=1)).month == last.month:
            planning.extend_all(timezone.now() + timedelta(days=1))
        assert len(told("turn_planned")) == before == 1

    def test_a_turn_that_is_near_is_said_once(self, helper, saved, units):
        first = saved.shifts.filter(unit_on_turn=units[0]).order_by("starts_at").first()
        assert reminders.remind(first.starts_at - timedelta(days=4)) == 0
        at = first.starts_at - timedelta(days=2)
        reminders.remind(at)
        reminders.remind(at + timedelta(minutes=10))
        assert told("turn_near") == ["helper"]

    def test_a_turn_of_a_month_is_said_whole_and_once(self, helper, template, units, north):
        template.turn_length = TurnLength.MONTH
        mark = planning.preview(template, units=units[:1]).mark
        planning.save_template(template, skills=(), units=units[:1], by=north, mark=mark)
        first = template.shifts.order_by("starts_at").first()
        count = sum(each.occurs_on.month == first.occurs_on.month for each in template.shifts.all())
        for hours in (60, 59, 20):
            reminders.remind(first.starts_at - timedelta(hours=hours))
        told_of = Notification.objects.filter(kind="turn_near").earliest("pk").context.reveal()
        assert (f"另有 {count - 1} 个班次" in told_of) is (count > 1)

    def test_a_shift_that_is_called_off_is_told_its_unit(self, helper, saved, north, units):
        places.call_off(saved.shifts.order_by("starts_at").first(), by=north, reason="台风")
        assert told("turn_cancelled") == ["helper"]

    def test_a_shift_by_hand_and_one_that_is_moved_are_told(self, helper, north, make_shift, the_north, units):
        shift = DutyShift(
            station=the_north.station, title="加班", unit_on_turn=units[0], starts_at=SOON,
            ends_at=SOON + timedelta(hours=2),
        )  # fmt: skip
        planning.add_shift(shift, by=north)
        planning.change_shift(shift, by=north, ends_at=SOON + timedelta(hours=3))
        planning.change_shift(shift, by=north, note="带水")
        assert told("turn_changed") == ["helper"] * 2

    def test_a_template_at_another_time_tells_each_unit_once(self, helper, saved, north):
        saved.starts = time(18)
        planning.save_template(saved, skills=(), by=north, mark=planning.preview(saved).mark)
        assert told("turn_changed") == ["helper"]
        assert "18:00" in Notification.objects.get(kind="turn_changed").context.reveal()

    def test_a_template_that_ends_tells_each_unit_once(self, helper, saved, north):
        saved.is_active = False
        planning.save_template(saved, skills=(), by=north, mark=planning.preview(saved).mark)
        assert told("turn_cancelled") == ["helper"]

    def test_contacts_are_those_of_the_unit_alone(self, helper, police, units):
        assert list(contacts_of(units[0].pk)) == [helper.person]


class TestOwnTurns:
    def test_a_contact_sees_the_turns_of_the_own_unit(self, browser, helper, police, saved, units):
        for who, unit in ((helper, units[0]), (police, units[1])):
            lines = browser(who).get("/desk/duty/turns/").context["lines"]
            assert {line[0].unit_on_turn for line in lines} == {unit}
            assert browser(who).get("/desk/duty/").url == "/desk/duty/turns/"

    def test_the_shift_tells_them_how_many_come_and_not_who(self, browser, helper, saved, units, north, wang):
        shift = saved.shifts.filter(unit_on_turn=units[0]).first()
        places.assign(shift, volunteer=wang, by=north)
        page = text_of(browser(helper).get(f"/desk/duty/shifts/{shift.pk}/"))
        assert "已排 1 人" in page
        assert "王" not in page.split("<main")[1]
        assert "还没有人" not in page

    def test_others_shifts_are_not_theirs(self, browser, helper, south, saved, units):
        other = saved.shifts.filter(unit_on_turn=units[1]).first()
        assert browser(helper).get(f"/desk/duty/shifts/{other.pk}/").status_code == 404
        assert not browser(south).get("/desk/duty/turns/").context["lines"]

    def test_the_count_of_queries_does_not_grow(self, browser, helper, saved, units):
        caller = browser(helper)

        def count() -> int:
            with CaptureQueriesContext(connection) as queries:
                caller.get("/desk/duty/turns/")
            return len(queries)

        few = count()
        DutyShift.objects.update(unit_on_turn=units[0])
        assert count() == few


class TestTemplatePage:
    def sent(self, half, units, **change):
        lines = [f"{unit.name} #{unit.pk}" for unit in units]
        return form_of(half.station, units=[*lines, ""], turn_length="week", turns_from="", **change)

    def test_an_order_is_shown_before_it_is_made(self, browser, north, the_north, units):
        sent = self.sent(the_north, units)
        shown = browser(north).post(NEW, sent)
        assert "北派出所" in text_of(shown)
        browser(north).post(NEW, {**sent, "mark": shown.context["changes"].mark})
        assert order_of(DutyTemplate.objects.get()) == [str(unit) for unit in units]

    def test_units_move_without_scripts_and_nothing_is_lost(self, browser, north, the_north, units):
        sent = self.sent(the_north, units, title="")
        answer = browser(north).post(NEW, {**sent, "turn": "up 1"})
        assert answer.status_code == 200
        lines = answer.context["form"]["units"].value()
        assert [line.split(" #")[0] for line in lines] == ["北派出所", "北物业公司", "北银行支行"]
        assert "必填" not in text_of(answer)
        for nonsense in ("up 0", "down 99", "up ²", "side 1", "more", ""):
            assert browser(north).post(NEW, {**sent, "turn": nonsense}).status_code == 200

    @pytest.mark.parametrize(
        ("lines", "words"),
        [(["北物业公司", "北物业公司"], "重复"), (["南物业公司"], "南物业公司"), (["没有这个单位"], "没有")],
    )
    def test_what_cannot_be_is_said_and_kept(self, browser, north, the_north, the_south, units, lines, words):
        answer = browser(north).post(NEW, form_of(the_north.station, units=lines))
        assert answer.status_code == 400
        assert words in text_of(answer)
        assert f'value="{lines[0]}"' in text_of(answer)

    def test_a_first_turn_after_the_last_day_is_refused(self, browser, north, the_north, units):
        sent = self.sent(the_north, units, last_day="2030-01-01") | {"turns_from": "2030-01-02"}
        answer = browser(north).post(NEW, sent)
        assert answer.status_code == 400
        assert "首个单位" in text_of(answer)

    def test_an_edit_shows_the_order_and_changes_it(self, browser, north, the_north, saved, units):
        address = f"/desk/duty/templates/{saved.pk}/edit/"
        form = browser(north).get(address).context["form"]
        assert [line.split(" #")[0] for line in form["units"].value()] == [str(unit) for unit in units]
        assert "每班轮换" in text_of(browser(north).get(f"/desk/duty/templates/{saved.pk}/"))
        sent = self.sent(the_north, units[:2], recurs="daily", first_day=str(saved.first_day), weeks_ahead="2")
        sent |= {"turn_length": "shift", "seen": seen(browser(north), saved)}
        shown = browser(north).post(address, sent)
        assert "→" in text_of(shown)
        browser(north).post(address, {**sent, "mark": shown.context["changes"].mark})
        assert order_of(saved) == [str(unit) for unit in units[:2]]

    def test_the_lookup_proposes_what_may_be_named(self, browser, north, south, helper, units):
        address = "/desk/duty/templates/units/?q=北"
        assert len(browser(north).get(address).json()["proposals"]) == len(units)
        assert browser(south).get(address).json() == {"proposals": []}
        assert browser(helper).get(address).status_code == 403


class TestWhereItIsShown:
    def test_month_roster_watch_and_shift_name_the_unit(self, browser, north, saved, units, the_north, make_shift):
        soon = make_shift(timezone.now() + timedelta(hours=5), unit_on_turn=units[1])
        where = f"station={the_north.station.pk}&month={soon.starts_at.astimezone(ZONE):%Y-%m}"
        for address in (
            f"/desk/duty/?{where}", f"/desk/duty/roster/?{where}", "/desk/duty/watch/",
            f"/desk/duty/shifts/{soon.pk}/",
        ):  # fmt: skip
            assert "北派出所" in text_of(browser(north).get(address)), address


class TestApi:
    def body(self, half, units, **change):
        return {
            "station": half.station.pk, "title": "晚间一小时", "kind": "evening_hour", "rule": "FREQ=DAILY",
            "first_day": str(SOON.date()), "starts": "19:00", "ends": "20:00", "weeks_ahead": 2,
            "units": [unit.pk for unit in units], "turn_length": "shift", **change,
        }  # fmt: skip

    def test_an_order_is_written_previewed_and_read(self, api, north, the_north, units):
        preview = api(north).post(f"{V1}duty-templates/preview/", self.body(the_north, units)).json()
        assert [each["unit_on_turn"]["name"] for each in preview["added"][:3]] == [str(unit) for unit in units]
        row = api(north).post(f"{V1}duty-templates/", self.body(the_north, units)).json()
        assert [unit["name"] for unit in row["units"]] == [str(unit) for unit in units]
        assert (row["turn_length"], row["turns_from"]) == ("shift", None)
        address = f"{V1}duty-templates/{row['id']}/"
        turned = {"units": [unit.pk for unit in reversed(units)]}
        changed = api(north).post(f"{address}preview/", turned).json()["changed"][0]
        assert (changed["unit_before"]["id"], changed["unit_on_turn"]["id"]) == (units[0].pk, units[2].pk)
        assert api(north).patch(address, turned).json()["error"]["code"] == "preview_needed"
        mark = api(north).post(f"{address}preview/", turned).json()["mark"]
        assert api(north).patch(address, {**turned, "mark": mark}).json()["units"][0]["id"] == units[2].pk
        assert api(north).patch(address, {"note": "带钥匙", "units": []}).status_code == 400

    def test_what_cannot_be_is_refused_beside_its_field(self, api, north, the_north, the_south, units):
        for bad in ([units[0]] * 2, [the_south.unit]):
            answer = api(north).post(f"{V1}duty-templates/", self.body(the_north, bad))
            assert answer.status_code == 400
            assert next(iter(answer.json()["error"]["fields"])).startswith("units")
        for bad in ("abc", [None], ["x"], [10**30], list(range(1, 20))):
            answer = api(north).post(f"{V1}duty-templates/", {**self.body(the_north, []), "units": bad})
            assert answer.status_code == 400, bad
        assert not DutyTemplate.objects.exists()

    def test_a_turn_is_exchanged_by_those_who_run_the_duty(self, api, north, south, helper, saved, units):
        shift = saved.shifts.order_by("starts_at").first()
        address, asked = f"{V1}shifts/{shift.pk}/exchange-turn/", {"unit": units[1].pk}
        assert api(south).post(address, asked).status_code == 404
        assert api(helper).post(address, asked).status_code == 403
        assert api(north).post(address, {"unit": units[0].pk}).status_code == 400
        assert api(north).post(address, asked).json()["unit_on_turn"]["id"] == units[1].pk

    def test_shifts_are_found_by_their_unit_and_by_its_contact(self, api, north, helper, south, saved, units):
        def found(who, query=""):
            return {row["unit_on_turn"]["id"] for row in api(who).get(f"{V1}shifts/{query}").json()["results"]}

        assert found(north, f"?unit={units[1].pk}") == {units[1].pk}
        assert found(helper) == {units[0].pk}
        assert found(south) == set()
