"""Duty, rosters and hours under /api/v1/ to read: each sees the rows that are theirs, named as they may know them."""

from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from portal.core.rest.rows import plan_of
from portal.core.tokens import create_token
from tests.volunteers.conftest import SOON, V1, ids
from volunteers import ledger, places
from volunteers.models import (
    DutyShift,
    DutyTemplate,
    DutyTurn,
    HourClaim,
    HourEntry,
    HourRule,
    KeyHolder,
    Roster,
    Skill,
)
from volunteers.serializers.duty import ShiftRow, TemplateRow
from volunteers.serializers.hours import HourEntryRow, HourRuleRow
from volunteers.serializers.rosters import RosterRow


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
    def test_the_fast_path_gives_what_the_serializer_gives(self, model, row, rows, the_north, the_south):
        first_aid = Skill.objects.create(code="first-aid", name="急救")
        for duty in (DutyTemplate.objects.get(), DutyShift.objects.first()):
            duty.skills.add(first_aid)
        for position, unit in enumerate((the_south.unit, the_north.unit)):
            DutyTurn.objects.create(template_id=rows["duty-templates"], organization=unit, position=position)
        shown = DutyShift.objects.filter(pk=rows["shifts"])
        shown.update(template=rows["duty-templates"], unit_on_turn=the_north.unit)
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
            # 日常: not the shifts that the roster has had made.
            ("shifts/?uncovered=true&q=日常", 0), ("shifts/?uncovered=false&q=日常", 2), ("shifts/?kind=overnight", 0),
            ("shifts/?has_signup=true", 0), ("shifts/?has_signup=false&q=日常", 2), ("shifts/?q=日常", 2),
            ("shifts/?status=called_off", 0), ("shifts/?region=440306&q=日常", 2), ("shifts/?region=440305", 0),
            (f"shifts/?starts_from={SOON:%Y-%m-%d}&starts_to={SOON:%Y-%m-%d}&q=日常", 1),
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
