"""Duty, rosters and hours under /api/v1/: the verbs of the desk, each for the rows of whoever calls."""

import json
from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from portal.core import throttling
from portal.core.clock import ZONE
from portal.core.models import Role
from portal.core.rest.rows import plan_of
from portal.core.tokens import create_token
from tests.conftest import make_user
from volunteers import attendance, ledger, places, rosters
from volunteers.models import (
    Assignment,
    DutyShift,
    DutyTemplate,
    HourClaim,
    HourEntry,
    HourRule,
    KeyHolder,
    Roster,
    Skill,
    WeeklyAvailability,
)
from volunteers.roster import job
from volunteers.serializers.duty import ShiftRow, TemplateRow
from volunteers.serializers.hours import HourEntryRow, HourRuleRow
from volunteers.serializers.rosters import RosterRow
from volunteers.types import AssignmentStatus, CheckMethod, ClaimStatus, ShiftStatus

V1 = "/api/v1/"
# A week from now, at nine: far enough to be answered, near enough for a template's weeks.
SOON = datetime.combine(timezone.localdate(timezone=ZONE) + timedelta(days=7), time(9), ZONE)
QUICK = {"cover": 1.0, "fairness": 0.5, "wishes": 0.5}


@pytest.fixture
def api():
    throttling.forget_here()

    def call_as(user):
        caller = APIClient()
        caller.force_login(user)
        return caller

    return call_as


@pytest.fixture
def shift(make_shift):
    return make_shift(SOON)


@pytest.fixture
def wang(enrol):
    return enrol()


@pytest.fixture
def volunteer(wang, the_north):
    """The account of somebody on the register."""
    user = make_user("volunteer", Role.VOLUNTEER, region=the_north.community)
    user.person = wang.person
    user.save()
    return user


@pytest.fixture
def proposed(shift, wang, north):
    return places.assign(shift, volunteer=wang, by=north, answer_by=SOON - timedelta(days=1))


@pytest.fixture
def template(the_north):
    return DutyTemplate.objects.create(
        station=the_north.station, title="晚间一小时", rule="FREQ=DAILY", first_day=SOON.date(), starts=time(19),
        ends=time(20), weeks_ahead=2,
    )  # fmt: skip


@pytest.fixture
def served(make_shift, wang, north):
    """Nine hours of yesterday: eight count, one has to be decided."""
    yesterday = datetime.combine(timezone.localdate(timezone=ZONE) - timedelta(days=1), time(8), ZONE)
    place = places.assign(make_shift(yesterday, minutes=9 * 60), volunteer=wang, by=north)
    later = yesterday + timedelta(hours=9)
    attendance.check_in(place, by=north, how=CheckMethod.STAFF, at=yesterday, now=later)
    return attendance.check_out(place, by=north, how=CheckMethod.STAFF, at=later, now=later)


@pytest.fixture
def roster(shift, wang, north, the_north):
    WeeklyAvailability.objects.create(volunteer=wang, weekday=SOON.weekday(), starts=time(8), ends=time(20))
    return rosters.ask(the_north.station, first_day=SOON.date(), last_day=SOON.date(), by=north)


@pytest.fixture
def draft(roster):
    return job.run(roster.pk, seconds=QUICK)


@pytest.fixture
def rows(template, proposed, wang, served, draft, the_north, the_south):
    """One row of each kind, all of the north."""
    return {
        "duty-templates": template.pk,
        "shifts": proposed.shift_id,
        "assignments": proposed.pk,
        "key-holders": KeyHolder.objects.create(station=the_north.station, volunteer=wang).pk,
        "rosters": draft.pk,
        "hour-entries": HourEntry.objects.first().pk,
        "hour-claims": HourClaim.objects.get().pk,
    }


KINDS = ["duty-templates", "shifts", "assignments", "key-holders", "rosters", "hour-entries", "hour-claims"]


def ids(answer):
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["results"]]


class TestReading:
    @pytest.mark.parametrize("kind", KINDS)
    def test_north_sees_her_rows_and_nobody_elses(self, kind, api, north, helper, south, rows):
        assert rows[kind] in ids(api(north).get(f"{V1}{kind}/"))
        assert api(north).get(f"{V1}{kind}/{rows[kind]}/").json()["id"] == rows[kind]
        for other in (helper, south):
            assert ids(api(other).get(f"{V1}{kind}/")) == []
            assert api(other).get(f"{V1}{kind}/{rows[kind]}/").status_code == 404

    def test_a_volunteer_sees_what_is_their_own(self, api, volunteer, rows, make_shift, enrol, north):
        stranger = places.assign(make_shift(SOON + timedelta(days=1)), volunteer=enrol("李四"), by=north)
        for kind in ("shifts", "assignments", "hour-entries", "hour-claims"):
            assert rows[kind] in ids(api(volunteer).get(f"{V1}{kind}/")), kind
        assert stranger.pk not in ids(api(volunteer).get(f"{V1}assignments/"))
        assert api(volunteer).get(f"{V1}shifts/{stranger.shift_id}/").status_code == 404
        for kind in ("duty-templates", "key-holders", "rosters"):
            assert api(volunteer).get(f"{V1}{kind}/").status_code == 403, kind

    def test_names_are_for_those_who_work_with_them(self, api, north, auditor, volunteer, proposed):
        for caller, name in ((north, "王小明"), (auditor, "王**"), (volunteer, "王小明")):
            row = api(caller).get(f"{V1}assignments/{proposed.pk}/").json()
            assert row["volunteer"]["name"] == name
            assert api(caller).get(f"{V1}assignments/").json()["results"][0]["volunteer"]["name"] == name

    @pytest.mark.parametrize(
        ("model", "row"),
        [
            (DutyTemplate, TemplateRow), (DutyShift, ShiftRow), (HourEntry, HourEntryRow), (Roster, RosterRow),
            (HourRule, HourRuleRow),
        ],
    )  # fmt: skip
    def test_the_fast_path_gives_what_the_serializer_gives(self, model, row, rows, the_north, helper):
        first_aid = Skill.objects.create(code="first-aid", name="急救")
        for duty in (DutyTemplate.objects.get(), DutyShift.objects.first()):
            duty.skills.add(first_aid)
            duty.unit_on_turn = the_north.unit
            duty.save()
        DutyShift.objects.filter(pk=rows["shifts"]).update(template=rows["duty-templates"])
        HourRule.objects.create(valid_from=SOON.date())
        HourRule.objects.create(valid_from=SOON.date(), district=the_north.district)
        found = model.objects.order_by("pk")
        assert plan_of(row, model).rows(found) == [dict(row(each).data) for each in found]

    @pytest.mark.parametrize("kind", KINDS)
    def test_lists_and_details_take_as_many_queries_for_many_rows_as_for_few(
        self, kind, api, north, rows, the_north, make_shift, enrol
    ):
        def count(address):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert api(north).get(address).status_code == 200
            return len(queries)

        addresses = (f"{V1}{kind}/", f"{V1}{kind}/{rows[kind]}/")
        before = [count(address) for address in addresses]
        for n in range(4):
            person, at = enrol(), SOON + timedelta(days=2 + n)
            shift = make_shift(at)
            place = places.assign(shift, volunteer=person, by=north)
            KeyHolder.objects.create(station=the_north.station, volunteer=person)
            DutyTemplate.objects.create(
                station=the_north.station,
                title="早班",
                rule="FREQ=DAILY",
                first_day=at.date(),
                starts=time(8),
                ends=time(9),
            )
            copy = Roster.objects.create(station=the_north.station, first_day=at, last_day=at)
            copy.lines.create(shift=shift, volunteer=person)
            Roster.objects.get(pk=rows["rosters"]).lines.create(shift=shift, volunteer=person)
            HourEntry.objects.create(
                volunteer=person,
                region=the_north.community,
                assignment=place,
                account="planned",
                on=at.date(),
                minutes=9,
            )
            ledger.claim(
                person, kind="supplement", region=the_north.community, on=timezone.localdate(), minutes=9, reason="补",
                by=None,
            )  # fmt: skip
        assert [count(address) for address in addresses] == before

    @pytest.mark.parametrize(
        ("address", "found"),
        [
            ("shifts/?uncovered=true", 0), ("shifts/?uncovered=false", 2), ("shifts/?kind=overnight", 0),
            ("shifts/?has_signup=true", 0), ("shifts/?has_signup=false", 2), ("shifts/?q=日常", 2),
            ("shifts/?status=called_off", 0), ("shifts/?region=440306", 2), ("shifts/?region=440305", 0),
            (f"shifts/?starts_from={SOON:%Y-%m-%d}&starts_to={SOON:%Y-%m-%d}", 1),
            ("assignments/?status=proposed", 1), ("assignments/?status=confirmed", 1), ("assignments/?source=self", 0),
            ("assignments/?is_pinned=true", 0), ("assignments/?region=440306", 2), ("assignments/?is_no_show=true", 0),
            (f"assignments/?starts_from={SOON:%Y-%m-%d}", 1),
            ("duty-templates/?is_active=false", 0), ("duty-templates/?q=晚间", 1), ("duty-templates/?kind=regular", 1),
            ("rosters/?status=draft", 1), ("rosters/?status=queued", 0), ("rosters/?region=440306", 1),
            (f"rosters/?first_day_to={SOON:%Y-%m-%d}", 1),
            ("hour-entries/?account=approved", 1), ("hour-entries/?region=440305", 0),
            ("hour-entries/?on_to=2020-01-01", 0), ("hour-entries/?volunteer=999999", 0),
            ("hour-claims/?status=pending", 1), ("hour-claims/?kind=supplement", 0),
            ("hour-claims/?decided_in=440306001", 1), ("hour-claims/?on_from=2099-01-01", 0),
            ("key-holders/?region=440306", 1), ("key-holders/?volunteer=999999", 0),
        ],
    )  # fmt: skip
    def test_a_filter_includes_and_excludes(self, address, found, api, north, rows):
        assert len(ids(api(north).get(V1 + address))) == found

    @pytest.mark.parametrize(
        "address", ["shifts/?station=x", "shifts/?colour=red", "assignments/?status=gone", "hour-entries/?on_from=soon"]
    )
    def test_a_bad_filter_is_named(self, address, api, north):
        answer = api(north).get(V1 + address)
        assert answer.status_code == 400
        assert answer.json()["error"]["fields"]

    def test_a_token_reads_duty_when_it_was_made_for_that(self, north, the_north, proposed):
        def machine(*scopes):
            _token, plaintext = create_token(north, name="test", scopes=scopes, region=the_north.community)
            return APIClient(headers={"Authorization": f"Bearer {plaintext}"})

        assert ids(machine("duty:read").get(f"{V1}shifts/")) == [proposed.shift_id]
        assert machine("volunteers:read").get(f"{V1}shifts/").status_code == 403
        assert machine("duty:read").post(f"{V1}assignments/{proposed.pk}/accept/").status_code == 403


def times(start=SOON, hours=2):
    return {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=hours)).isoformat()}


class TestShifts:
    def test_north_adds_changes_and_calls_off_a_shift(self, api, north, the_north, wang):
        first_aid = Skill.objects.create(code="first-aid", name="急救")
        body = {"station": the_north.station.pk, "title": "红色周末", "skills": ["first-aid"], **times()}
        made = api(north).post(f"{V1}shifts/", body, format="json")
        assert made.status_code == 201, made.json()
        address = f"{V1}shifts/{made.json()['id']}/"
        assert made.json()["skills"] == [{"code": "first-aid", "name": "急救"}]
        place = places.assign(DutyShift.objects.get(), volunteer=wang, by=north)
        later = times(SOON + timedelta(hours=1))
        changed = api(north).patch(address, {"title": "改期", "skills": [], **later}, format="json")
        assert (changed.status_code, changed.json()["title"], changed.json()["is_changed"]) == (200, "改期", True)
        assert not DutyShift.objects.filter(skills=first_aid).exists()
        place.refresh_from_db()
        assert place.period.lower == SOON + timedelta(hours=1)
        done = api(north).post(f"{address}call-off/", {"reason": "台风"}, format="json")
        assert (done.json()["status"], done.json()["called_off_reason"]) == (ShiftStatus.CALLED_OFF, "台风")
        again = api(north).post(f"{address}call-off/", {"reason": "台风"}, format="json")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "called_off")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"title": ""}, "title"), ({"max_people": 1, "min_people": 3}, "non_field_errors"),
            (times(hours=-1), "non_field_errors"), (times(hours=30), "ends_at"), ({"skills": ["no"]}, "skills"),
            ({"signup_opens_at": SOON.isoformat()}, "non_field_errors"), ({"colour": "red"}, "colour"),
            ({"min_people": 10**12}, "min_people"),
        ],
    )  # fmt: skip
    def test_an_impossible_shift_is_refused(self, change, field, api, north, the_north, shift):
        body = {"station": the_north.station.pk, "title": "值班", **times(), **change}
        answer = api(north).post(f"{V1}shifts/", body, format="json")
        assert answer.status_code == 400, answer.json()
        assert field in answer.json()["error"]["fields"]
        assert api(north).patch(f"{V1}shifts/{shift.pk}/", change, format="json").status_code in (200, 400)
        assert DutyShift.objects.count() == 1

    def test_nobody_plans_elsewhere(self, api, north, helper, south, the_north, shift):
        body = {"station": the_north.station.pk, "title": "值班", **times()}
        assert api(south).post(f"{V1}shifts/", body, format="json").status_code == 400
        assert api(helper).post(f"{V1}shifts/", body, format="json").status_code == 403
        for verb, asked in (("", {"title": "x"}), ("call-off/", {"reason": "x"}), ("sign-up/", {})):
            call = "patch" if verb == "" else "post"
            address = f"{V1}shifts/{shift.pk}/{verb}"
            assert getattr(api(south), call)(address, asked, format="json").status_code == 404, verb
            assert getattr(api(helper), call)(address, asked, format="json").status_code == 403, verb

    def test_a_volunteer_signs_up_for_a_shift_that_is_open(self, api, volunteer, wang, make_shift, enrol, north):
        now = timezone.now()
        window = {"signup_opens_at": now - timedelta(days=1), "signup_closes_at": SOON}
        opened, closed = make_shift(SOON, max_people=1, **window), make_shift(SOON + timedelta(days=1))
        assert ids(api(volunteer).get(f"{V1}shifts/")) == [opened.pk]
        made = api(volunteer).post(f"{V1}shifts/{opened.pk}/sign-up/")
        assert (made.status_code, made.json()["status"]) == (201, AssignmentStatus.CONFIRMED)
        assert made.json()["volunteer"] == {"id": wang.pk, "number": wang.number, "name": "王小明"}
        again = api(volunteer).post(f"{V1}shifts/{opened.pk}/sign-up/")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "already_there")
        assert api(volunteer).post(f"{V1}shifts/{closed.pk}/sign-up/").status_code == 404
        other = enrol("李四")
        assert api(volunteer).post(f"{V1}shifts/{opened.pk}/sign-up/", {"volunteer": other.pk}).status_code == 400
        by_staff = api(north).post(f"{V1}shifts/{opened.pk}/sign-up/", {"volunteer": other.pk}, format="json")
        assert (by_staff.status_code, by_staff.json()["status"]) == (201, AssignmentStatus.WAITING)
        assert api(north).post(f"{V1}shifts/{opened.pk}/sign-up/").json()["error"]["fields"].keys() == {"volunteer"}

    def test_a_call_repeated_with_its_key_happens_once(self, api, north, the_north):
        body = {"station": the_north.station.pk, "title": "值班", **times()}
        for _each in range(2):
            made = api(north).post(f"{V1}shifts/", body, format="json", headers={"Idempotency-Key": "once"})
            assert made.status_code == 201
        assert DutyShift.objects.count() == 1


class TestTemplates:
    @pytest.fixture
    def body(self, the_north):
        return {
            "station": the_north.station.pk, "title": "晚间一小时", "kind": "evening_hour", "rule": "FREQ=DAILY",
            "first_day": f"{SOON:%Y-%m-%d}", "last_day": f"{SOON + timedelta(days=2):%Y-%m-%d}", "starts": "19:00",
            "ends": "20:00", "weeks_ahead": 2,
        }  # fmt: skip

    def test_a_template_is_previewed_saved_and_changed(self, api, north, body):
        seen = api(north).post(f"{V1}duty-templates/preview/", body, format="json").json()
        assert (len(seen["added"]), DutyTemplate.objects.count()) == (3, 0)
        made = api(north).post(f"{V1}duty-templates/", {**body, "mark": seen["mark"]}, format="json")
        assert made.status_code == 201, made.json()
        assert DutyShift.objects.count() == 3
        address = f"{V1}duty-templates/{made.json()['id']}/"
        change = {"starts": "18:00", "last_day": f"{SOON + timedelta(days=1):%Y-%m-%d}"}
        seen = api(north).post(f"{address}preview/", change, format="json").json()
        assert (len(seen["changed"]), len(seen["removed"]), DutyShift.objects.count()) == (2, 1, 3)
        assert api(north).patch(address, {**change, "mark": seen["mark"]}, format="json").json()["starts"] == "18:00:00"
        assert sorted({shift.minutes for shift in DutyShift.objects.all()}) == [120]
        assert DutyShift.objects.count() == 2
        assert api(north).post(f"{address}apply/").json()["added"] == []

    def test_a_preview_that_no_longer_holds_is_refused(self, api, north, body):
        seen = api(north).post(f"{V1}duty-templates/preview/", body, format="json").json()
        other = {**body, "rule": "FREQ=WEEKLY", "mark": seen["mark"]}
        answer = api(north).post(f"{V1}duty-templates/", other, format="json")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "preview_outdated")
        assert not DutyTemplate.objects.exists()

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"rule": "every day"}, "rule"), ({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "rule"),
            ({"last_day": "2020-01-01"}, "non_field_errors"), ({"ends": "19:00"}, "non_field_errors"),
            ({"min_people": 5, "max_people": 1}, "non_field_errors"), ({"weeks_ahead": 99}, "weeks_ahead"),
            ({"starts": "25:00"}, "starts"),
        ],
    )  # fmt: skip
    def test_an_impossible_template_is_refused(self, change, field, api, north, body):
        answer = api(north).post(f"{V1}duty-templates/", {**body, **change}, format="json")
        assert answer.status_code == 400, answer.json()
        assert field in answer.json()["error"]["fields"]
        assert not DutyTemplate.objects.exists()

    def test_nobody_plans_elsewhere(self, api, helper, south, template, body):
        for verb, call in (("", "patch"), ("preview/", "post"), ("apply/", "post")):
            address = f"{V1}duty-templates/{template.pk}/{verb}"
            assert getattr(api(south), call)(address, {}, format="json").status_code == 404, verb
            assert getattr(api(helper), call)(address, {}, format="json").status_code == 403, verb
        for address in ("duty-templates/", "duty-templates/preview/"):
            assert api(south).post(V1 + address, body, format="json").status_code == 400
            assert api(helper).post(V1 + address, body, format="json").status_code == 403


class TestPlaces:
    def test_staff_assign_and_the_volunteer_accepts(self, api, north, volunteer, wang, shift):
        asked = {"shift": shift.pk, "volunteer": wang.pk, "answer_by": (SOON - timedelta(days=1)).isoformat()}
        made = api(north).post(f"{V1}assignments/", asked, format="json")
        assert (made.status_code, made.json()["status"]) == (201, AssignmentStatus.PROPOSED)
        address = f"{V1}assignments/{made.json()['id']}/"
        assert api(volunteer).post(f"{address}accept/").json()["status"] == AssignmentStatus.CONFIRMED
        refused = api(volunteer).post(f"{address}accept/")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not_possible_now")
        assert api(north).post(f"{address}pin/", {"is_pinned": True}, format="json").json()["is_pinned"] is True
        left = api(volunteer).post(f"{address}withdraw/", {"reason": "出差"}, format="json").json()
        assert (left["status"], left["reason"]) == (AssignmentStatus.WITHDRAWN, "出差")

    def test_a_volunteer_declines(self, api, volunteer, proposed):
        answer = api(volunteer).post(f"{V1}assignments/{proposed.pk}/decline/")
        assert answer.json()["status"] == AssignmentStatus.DECLINED

    def test_staff_keep_the_attendance(self, api, north, volunteer, wang, make_shift):
        start = timezone.now() - timedelta(hours=2)
        place = places.assign(make_shift(start), volunteer=wang, by=north)
        address = f"{V1}assignments/{place.pk}/"
        came = {"at": start.isoformat(), "how": "sheet"}
        assert api(north).post(f"{address}check-in/", came, format="json").json()["checked_in_how"] == "sheet"
        left = {"at": (start + timedelta(hours=1)).isoformat()}
        assert api(north).post(f"{address}check-out/", left, format="json").json()["checked_out_how"] == "staff"
        assert ledger.totals(wang)["approved"] == 60
        absent = api(north).post(f"{address}no-show/", {"is_excused": True}, format="json")
        assert (absent.status_code, absent.json()["error"]["code"]) == (409, "checked_in")
        assert api(volunteer).post(f"{address}check-in/").status_code == 403
        assert api(north).post(f"{address}check-in/", {"how": "code"}, format="json").status_code == 400

    def test_somebody_who_did_not_come_is_noted(self, api, north, wang, make_shift):
        place = places.assign(make_shift(timezone.now() - timedelta(hours=2)), volunteer=wang, by=north)
        answer = api(north).post(f"{V1}assignments/{place.pk}/no-show/", {"is_excused": True}, format="json").json()
        assert (answer["is_no_show"], answer["is_excused"]) == (True, True)

    @pytest.mark.parametrize("verb", ["accept", "decline", "withdraw", "pin", "check-in", "check-out", "no-show"])
    def test_nobody_acts_on_anothers_place(self, verb, api, helper, south, proposed, the_north, enrol):
        address = f"{V1}assignments/{proposed.pk}/{verb}/"
        assert api(south).post(address).status_code == 404
        assert api(helper).post(address).status_code == 403
        stranger = make_user("stranger", Role.VOLUNTEER, region=the_north.community)
        own = enrol("李四")
        own.person = stranger.person
        own.save()
        assert api(stranger).post(address).status_code in (403, 404)
        proposed.refresh_from_db()
        assert (proposed.status, proposed.checked_in_at) == (AssignmentStatus.PROPOSED, None)

    def test_south_puts_nobody_on_a_shift_of_the_north(self, api, south, helper, shift, wang):
        asked = {"shift": shift.pk, "volunteer": wang.pk}
        answer = api(south).post(f"{V1}assignments/", asked, format="json")
        assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"shift", "volunteer"})
        assert api(helper).post(f"{V1}assignments/", asked, format="json").status_code == 403
        assert not Assignment.objects.exists()

    def test_a_key_is_handed_over_and_comes_back(self, api, north, south, helper, wang, the_north):
        asked = {"station": the_north.station.pk, "volunteer": wang.pk}
        assert api(helper).post(f"{V1}key-holders/", asked, format="json").status_code == 403
        assert api(south).post(f"{V1}key-holders/", asked, format="json").status_code == 400
        made = api(north).post(f"{V1}key-holders/", asked, format="json")
        assert made.status_code == 201, made.json()
        twice = api(north).post(f"{V1}key-holders/", asked, format="json")
        assert twice.status_code in (400, 409)
        address = f"{V1}key-holders/{made.json()['id']}/"
        assert api(south).delete(address).status_code == 404
        assert api(helper).delete(address).status_code == 403
        assert api(north).delete(address).status_code == 204
        assert not KeyHolder.objects.exists()


class TestRosters:
    def test_a_roster_is_asked_for_solved_pinned_and_published(self, api, north, shift, wang, the_north):
        WeeklyAvailability.objects.create(volunteer=wang, weekday=SOON.weekday(), starts=time(8), ends=time(20))
        asked = {"station": the_north.station.pk, "first_day": f"{SOON:%Y-%m-%d}", "last_day": f"{SOON:%Y-%m-%d}"}
        made = api(north).post(f"{V1}rosters/", asked, format="json")
        assert (made.status_code, made.json()["status"], made.json()["outcome"]) == (201, "queued", {})
        pk = made.json()["id"]
        job.run(pk, seconds=QUICK)
        row = api(north).get(f"{V1}rosters/{pk}/").json()
        assert (row["status"], row["outcome"]["gaps"]) == ("draft", [])
        assert [line["volunteer"]["name"] for line in row["lines"]] == ["王小明"]
        line = row["lines"][0]["id"]
        pinned = api(north).post(f"{V1}rosters/{pk}/lines/{line}/pin/").json()
        assert pinned["lines"][0]["is_pinned"] is True
        assert api(north).get(f"{V1}rosters/{pk}/comparison/").json() == {"added": [line], "removed": [], "kept": []}
        assert api(north).post(f"{V1}rosters/{pk}/solve-again/").json()["status"] == "queued"
        job.run(pk, seconds=QUICK)
        done = api(north).post(f"{V1}rosters/{pk}/publish/").json()
        assert (len(done["assigned"]), done["withdrawn"], done["refused"]) == (1, [], [])
        again = api(north).post(f"{V1}rosters/{pk}/publish/")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "not_possible_now")

    def test_a_roster_that_waits_is_cancelled(self, api, north, roster):
        assert api(north).post(f"{V1}rosters/{roster.pk}/cancel/").json()["status"] == "cancelled"

    def test_bad_days_and_foreign_lines_are_refused(self, api, north, roster, the_north):
        asked = {"station": the_north.station.pk, "first_day": f"{SOON:%Y-%m-%d}", "last_day": "2020-01-01"}
        answer = api(north).post(f"{V1}rosters/", asked, format="json")
        assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"last_day"})
        assert api(north).post(f"{V1}rosters/{roster.pk}/lines/999/pin/").status_code == 404

    @pytest.mark.parametrize("verb", ["cancel", "solve-again", "publish", "lines/1/pin"])
    def test_nobody_acts_on_anothers_roster(self, verb, api, helper, south, auditor, draft):
        address = f"{V1}rosters/{draft.pk}/{verb}/"
        assert api(south).post(address).status_code == 404
        for reader in (helper, auditor):
            assert api(reader).post(address).status_code == 403
        assert Roster.objects.get().status == Roster.Status.DRAFT


class TestHours:
    def test_a_volunteer_asks_and_a_leader_decides(self, api, volunteer, wang, north, the_north):
        today = timezone.localdate(timezone=ZONE)
        street = make_user("street-leader", Role.LEADER, region=the_north.street)
        asked = {
            "kind": "supplement", "region": the_north.community.code, "on": f"{today:%Y-%m-%d}", "minutes": 90,
            "reason": "签到设备断电",
        }  # fmt: skip
        made = api(volunteer).post(f"{V1}hour-claims/", asked, format="json")
        assert (made.status_code, made.json()["status"]) == (201, ClaimStatus.PENDING)
        address = f"{V1}hour-claims/{made.json()['id']}/decide/"
        assert api(north).post(address, {"granted": True}, format="json").status_code == 403
        assert "decision" in api(street).post(address, {"granted": False}, format="json").json()["error"]["fields"]
        granted = api(street).post(address, {"granted": True}, format="json")
        assert (granted.status_code, granted.json()["status"]) == (200, ClaimStatus.GRANTED)
        assert ledger.totals(wang)["approved"] == 90
        assert api(street).post(address, {"granted": True}, format="json").status_code == 409

    def test_an_entry_is_reversed_once(self, api, leader, north, south, served, wang):
        entry = HourEntry.objects.get(account="approved")
        address = f"{V1}hour-entries/{entry.pk}/reverse/"
        assert api(north).post(address, {"reason": "签错人"}, format="json").status_code == 403
        assert api(leader).post(address, {"reason": " "}, format="json").status_code == 400
        made = api(leader).post(address, {"reason": "签错人"}, format="json")
        assert (made.status_code, made.json()["minutes"], made.json()["reverses"]) == (201, -480, entry.pk)
        assert ledger.totals(wang)["approved"] == 0
        assert api(leader).post(address, {"reason": "签错人"}, format="json").status_code == 409

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"minutes": 0}, "minutes"), ({"minutes": 10**9}, "minutes"), ({"reason": ""}, "reason"),
            ({"on": "2999-01-01"}, "on"), ({"kind": "long_day"}, "kind"), ({"region": "1"}, "region"),
        ],
    )  # fmt: skip
    def test_a_claim_that_cannot_be_is_refused(self, change, field, api, volunteer, the_north):
        asked = {
            "kind": "supplement", "region": the_north.community.code, "on": "2026-01-05", "minutes": 60,
            "reason": "补录",
        } | change  # fmt: skip
        answer = api(volunteer).post(f"{V1}hour-claims/", asked, format="json")
        assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, [field])

    def test_nobody_claims_by_anothers_duty_or_for_anothers_volunteer(
        self, api, north, south, enrol, served, the_north
    ):
        other = enrol("李四")
        asked = {
            "volunteer": other.pk, "kind": "correction", "region": the_north.community.code, "on": "2026-01-05",
            "minutes": 60, "reason": "更正", "assignment": served.pk,
        }  # fmt: skip
        answer = api(north).post(f"{V1}hour-claims/", asked, format="json")
        assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["assignment"])
        assert set(api(south).post(f"{V1}hour-claims/", asked, format="json").json()["error"]["fields"]) == {
            "volunteer", "assignment",
        }  # fmt: skip
        claim = HourClaim.objects.get()
        assert api(south).post(f"{V1}hour-claims/{claim.pk}/decide/", {"granted": True}).status_code == 403

    def test_a_district_lays_down_a_rule_for_a_day_to_come(self, api, leader, north, south, the_north, the_south):
        body = {"district": the_north.district.code, "valid_from": f"{SOON:%Y-%m-%d}", "rounding_minutes": 30}
        made = api(leader).post(f"{V1}hour-rules/", body, format="json")
        assert made.status_code == 201, made.json()
        again = api(leader).post(f"{V1}hour-rules/", {**body, "rounding_minutes": 15}, format="json")
        assert (again.json()["rounding_minutes"], HourRule.objects.count()) == (15, 1)
        assert ids(api(south).get(f"{V1}hour-rules/")) == [again.json()["id"]]
        assert api(north).post(f"{V1}hour-rules/", body, format="json").status_code == 403
        for change, status in (
            ({"valid_from": f"{timezone.localdate(timezone=ZONE):%Y-%m-%d}"}, 400), ({"district": None}, 403),
            ({"district": the_south.district.code}, 400), ({"district": the_north.street.code}, 400),
            ({"day_limit_minutes": 900, "long_day_minutes": 800}, 400), ({"rounding_minutes": 0}, 400),
        ):  # fmt: skip
            answer = api(leader).post(f"{V1}hour-rules/", {**body, **change}, format="json")
            assert answer.status_code == status, (change, answer.json())
        assert HourRule.objects.count() == 1


@pytest.mark.parametrize("moment", ["0001-01-01", "0001-01-01T00:00:00", "9999-12-31T23:59:59-12:00"])
def test_a_moment_at_the_edge_of_the_calendar_is_refused_and_no_fault_of_ours(api, proposed, wang, north, moment):
    caller = api(north)
    place = {"shift": proposed.shift_id, "volunteer": wang.pk, "answer_by": moment}
    for address, sent, field in (
        ("assignments/", place, "answer_by"),
        (f"assignments/{proposed.pk}/check-in/", {"at": moment}, "at"),
    ):
        answer = caller.post(V1 + address, sent, format="json")
        assert answer.status_code == 400, address
        assert field in answer.json()["error"]["fields"]


def test_half_a_surrogate_pair_is_no_code_of_a_region(api, wang, north):
    sent = {"volunteer": wang.pk, "kind": "supplement", "region": "\ud800", "on": "2026-11-01", "minutes": 60}
    # Escaped, as a JSON body may hold it.
    answer = api(north).post(V1 + "hour-claims/", json.dumps(sent), content_type="application/json")
    assert answer.status_code == 400
    assert "region" in answer.json()["error"]["fields"]
