"""Shifts, templates, places and keys under /api/v1/: the verbs of the desk, each for the rows of whoever calls."""

import json
from datetime import time, timedelta

import pytest
from django.utils import timezone

from portal.core.models import Role
from tests.conftest import make_user
from tests.volunteers.conftest import SOON, V1, ids
from volunteers import ledger, places, planning
from volunteers.models import (
    Assignment,
    DutyShift,
    DutyTemplate,
    KeyHolder,
    Skill,
)
from volunteers.types import AssignmentStatus, ShiftStatus


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
            ({"title": ""}, "title"), ({"max_people": 1, "min_people": 3}, "max_people"),
            (times(hours=-1), "ends_at"), (times(hours=30), "ends_at"), ({"skills": ["no"]}, "skills"),
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

    def test_a_change_of_shifts_wants_to_be_looked_at_first(self, api, north, body, wang):
        address = f"{V1}duty-templates/{api(north).post(f'{V1}duty-templates/', body, format='json').json()['id']}/"
        places.assign(DutyShift.objects.first(), volunteer=wang, by=north)
        change = {"starts": "18:00"}
        refused = api(north).patch(address, change, format="json")
        error = refused.json()["error"]
        assert (refused.status_code, error["code"], list(error["fields"])) == (400, "preview_needed", ["mark"])
        assert (len(error["changes"]["changed"]), error["changes"]["people_concerned"]) == (3, 1)
        assert DutyTemplate.objects.get().starts == time(19)
        outdated = api(north).patch(address, {**change, "mark": "x"}, format="json")
        assert (outdated.status_code, outdated.json()["error"]["code"]) == (409, "preview_outdated")
        mark = outdated.json()["error"]["changes"]["mark"]
        assert api(north).patch(address, {**change, "mark": mark}, format="json").status_code == 200
        assert DutyTemplate.objects.get().starts == time(18)

    def test_a_change_that_leaves_all_shifts_alone_is_made_at_once(self, api, north, template):
        planning.apply(template, by=north)
        changed = api(north).patch(f"{V1}duty-templates/{template.pk}/", {"on_holidays": "warn"}, format="json")
        assert (changed.status_code, changed.json()["on_holidays"]) == (200, "warn")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"rule": "every day"}, "rule"), ({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "rule"),
            ({"last_day": "2020-01-01"}, "last_day"), ({"ends": "19:00"}, "ends"),
            ({"min_people": 5, "max_people": 1}, "max_people"), ({"weeks_ahead": 99}, "weeks_ahead"),
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
