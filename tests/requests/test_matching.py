"""Matching: what fits a case and why, in an order that the reasons explain; and which cases something fits."""

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from portal.core import humanize, throttling
from portal.core.clock import ZONE
from portal.core.models import Membership, Organization, Role, User
from requests import workflow
from requests.matching.matches import matches_for
from requests.matching.need import Need
from requests.matching.needs import needs_for
from requests.matching.ranking import by_spare_time, common_words
from requests.models import Category, ServiceRequest
from requests.types import ResourceStatus, State
from requests.workflow import Staff
from requests.workflow.intake import Contact
from tests.conftest import make_region
from tests.requests.builders import case_in, enrolled, offer
from volunteers.models import (
    Assignment,
    DutyShift,
    Skill,
    TeamMember,
    VolunteerSkill,
    VolunteerTeam,
    WeeklyAvailability,
)
from volunteers.types import MemberStatus

# A Wednesday, in the morning.
NOW = datetime(2026, 12, 2, 9, 0, tzinfo=ZONE)


@pytest.fixture
def tree(db):
    top = Category.objects.create(name="城乡建设")
    group = Category.objects.create(name="市政", parent=top)
    return top, group, Category.objects.create(name="路灯", parent=group)


@pytest.fixture
def need(the_north, north, tree):
    """A case about street lights in the north, at a known point, that waits to be dispatched."""
    made = workflow.submit(
        description="小区门口的路灯坏了三天，晚上老人出门看不清路。", region=the_north.community,
        contact=Contact(phone="13800001234", name="张小北"), category=tree[2],
    )  # fmt: skip
    workflow.accept(made.case, by=Staff(north))
    ServiceRequest.objects.filter(pk=made.case.pk).update(
        latitude=22.6, longitude=113.88, due_at=NOW + timedelta(days=7)
    )
    return ServiceRequest.objects.get(pk=made.case.pk)


@pytest.fixture
def member(the_north):
    """`member("王小明")`: on the register, and able to sign in."""

    def member(name="王小明", **values):
        volunteer = enrolled(the_north, name, **values)
        user = User.objects.create_user(f"v{volunteer.number}", person=volunteer.person)
        Membership.objects.create(user=user, role=Role.VOLUNTEER, region=the_north.community)
        return volunteer

    return member


def reasons(fits):
    return {str(fit.target): fit.words for fit in fits}


class TestResources:
    def test_it_works(self, need, north, the_north, tree):
        made = offer(
            the_north, name="路灯巡检", latitude=22.6054, longitude=113.88, radius_m=2000, weekly=["wednesday_evening"]
        )
        made.categories.add(tree[2])
        (fit,) = matches_for(need, user=north, now=NOW).resources
        assert fit.target == made
        assert fit.words == ["符合类别", "都提到“路灯”", "距离 600 米", "周三晚上有空"]

    def test_the_closer_the_category_the_better_and_what_is_about_something_else_is_left_out(
        self, need, north, the_north, tree
    ):
        for name, category in zip(("甲", "乙", "丙"), tree, strict=True):
            offer(the_north, name=name).categories.add(category)
        offer(the_north, name="爱心米油").categories.add(Category.objects.create(name="民政"))
        fits = matches_for(need, user=north).resources
        # The field, 城乡建设, is no reason.
        assert [str(fit.target) for fit in fits] == ["丙", "乙"]
        assert [fit.words[0] for fit in fits] == ["符合类别", "符合中类"]
        assert [fit.score for fit in fits] == sorted((fit.score for fit in fits), reverse=True)

    def test_a_category_of_the_second_level_fits_itself_exactly(self, need, north, the_north, tree):
        ServiceRequest.objects.filter(pk=need.pk).update(category=tree[1])
        offer(the_north, name="甲").categories.add(tree[1])
        need = ServiceRequest.objects.get(pk=need.pk)
        assert matches_for(need, user=north).resources[0].words[0] == "符合类别"

    def test_what_reaches_across_the_border_counts_and_what_does_not_reach_is_left_out(
        self, need, north, the_north, tree
    ):
        district = north.memberships.get()
        district.region = the_north.district
        district.save()
        street = make_region("440306002", "北二街道", "street", the_north.district)
        beside = make_region("440306002001", "邻社区", "community", street)
        user = User.objects.get(pk=north.pk)
        for name, radius in (("够得着", 3000), ("够不着", 200)):
            made = offer(the_north, name=name, region=beside, latitude=22.61, longitude=113.88, radius_m=radius)
            made.categories.add(tree[2])
        offer(the_north, name="全区", region=the_north.district).categories.add(tree[2])
        assert set(reasons(matches_for(need, user=user).resources)) == {"够得着", "全区"}

    def test_what_cannot_be_claimed_is_no_match(self, need, north, the_north, tree):
        for name, values in (
            ("暂停", {"status": ResourceStatus.PAUSED}), ("过期", {"valid_until": timezone.localdate() - timedelta(1)}),
            ("没了", {"amount": 2, "claimed": 2}),
        ):  # fmt: skip
            offer(the_north, name=name, **values).categories.add(tree[2])
        assert matches_for(need, user=north).resources == []

    def test_nobody_is_shown_what_lies_elsewhere(self, need, north, the_south, tree):
        offer(the_south, name="路灯").categories.add(tree[2])
        assert matches_for(need, user=north).resources == []


class TestPeople:
    def test_units_with_the_same_done_before_come_first_and_those_with_much_in_hand_later(self, need, cast, the_north):
        rival = Organization.objects.create(
            name="北市政", kind=Organization.Kind.ENTERPRISE, region=the_north.community, takes_requests=True
        )
        for state in (State.RESOLVED, State.CLOSED, State.IN_PROGRESS):
            done, _resident = case_in(state, cast)
            ServiceRequest.objects.filter(pk=done.pk).update(category=need.category)
        case_in(State.DISPATCHED, cast)
        said = reasons(matches_for(need, user=cast.dispatcher.user).units)
        assert list(said) == ["北物业公司", "北市政"]
        assert said["北物业公司"] == ["在本社区", "办结过同类 2 件", "在办 2 件"]
        assert said[str(rival)] == ["在本社区"]

    def test_units_that_take_no_cases_are_left_out(self, need, north, the_north):
        Organization.objects.update(takes_requests=False)
        assert matches_for(need, user=north).units == []

    def test_a_team_is_named_with_what_it_is_about(self, need, north, the_north):
        VolunteerTeam.objects.create(name="点亮路灯队", kind="mobile", region=the_north.community, takes_requests=True)
        VolunteerTeam.objects.create(name="读书队", kind="mobile", region=the_north.community, takes_requests=True)
        said = reasons(matches_for(need, user=north).teams)
        assert said == {"点亮路灯队": ["都提到“路灯”", "在本社区"], "读书队": ["在本社区"]}

    def test_a_volunteer_with_the_skill_who_is_free_comes_before_one_who_is_near(self, need, north, member):
        able, near = member("王小明"), member("李小红")
        skill = Skill.objects.create(code="lights", name="路灯维修")
        VolunteerSkill.objects.create(volunteer=able, skill=skill)
        WeeklyAvailability.objects.create(volunteer=able, weekday=2, starts=time(19), ends=time(21))
        fits = matches_for(need, user=north, now=NOW).volunteers
        assert [fit.target for fit in fits] == [able, near]
        assert [fit.words for fit in fits] == [["路灯维修", "在本社区", "周三晚上有空"], ["在本社区"]]

    def test_who_is_on_duty_then_is_not_free(self, need, north, member, the_north):
        busy = member()
        WeeklyAvailability.objects.create(volunteer=busy, weekday=2, starts=time(19), ends=time(21))
        WeeklyAvailability.objects.create(volunteer=busy, weekday=4, starts=time(9), ends=time(11))
        evening = NOW.replace(hour=19)
        shift = DutyShift.objects.create(
            station=the_north.station, district=the_north.district, title="值班", starts_at=evening,
            ends_at=evening + timedelta(hours=2),
        )  # fmt: skip
        Assignment.objects.create(
            shift=shift, volunteer=busy, district=the_north.district, period=(shift.starts_at, shift.ends_at),
            status="confirmed", source="staff",
        )  # fmt: skip
        (fit,) = matches_for(need, user=north, now=NOW).volunteers
        assert fit.words == ["在本社区", "周五上午有空"]

    def test_names_are_masked_for_those_who_do_not_work_with_volunteers(self, need, leader, the_north, member):
        member()
        shown = [fit.target.shown_name for fit in matches_for(need, user=leader).volunteers]
        assert shown == ["王**"]

    def test_who_cannot_sign_in_is_no_match(self, need, north, the_north):
        enrolled(the_north)
        assert matches_for(need, user=north).volunteers == []


class TestCost:
    def test_it_is_the_same_for_few_and_many(self, need, north, the_north, tree, member):
        def world(number):
            offer(the_north, name=f"路灯{number}", volunteer=member(f"王{number}")).categories.add(tree[2])
            team = VolunteerTeam.objects.create(
                name=f"路灯队{number}", kind="mobile", region=the_north.community, takes_requests=True
            )
            TeamMember.objects.create(
                team=team, volunteer=member(f"李{number}"), status=MemberStatus.ACTIVE, joined_on=timezone.localdate()
            )
            Organization.objects.create(
                name=f"单位{number}", kind=Organization.Kind.ENTERPRISE, region=the_north.community, takes_requests=True
            )

        def queries():
            with CaptureQueriesContext(connection) as seen:
                matches_for(ServiceRequest.objects.select_related(*Need.RELATED).get(pk=need.pk), user=north)
            return len(seen)

        world(0)
        queries()
        few = queries()
        for number in range(1, 9):
            world(number)
        assert queries() == few
        assert few <= 14


class TestTheOtherWayRound:
    def test_it_works(self, need, north, the_north, tree):
        made = offer(the_north, name="路灯巡检")
        made.categories.add(tree[2])
        (fit,) = needs_for(made, user=north)
        assert fit.target == need
        assert fit.words == ["符合类别", "都提到“路灯”", "在本社区"]
        workflow.claim(need, by=Staff(north), resource=made, amount=Decimal(1))
        assert needs_for(made, user=north) == []

    def test_cases_elsewhere_and_of_another_matter_are_left_out(self, need, north, south, the_north, the_south, tree):
        made, other = offer(the_north, name="甲", region=the_north.street), offer(the_south, name="乙")
        for each in (made, other):
            each.categories.add(tree[1])
        assert [fit.target for fit in needs_for(made, user=north)] == [need]
        assert needs_for(other, user=south) == []
        assert needs_for(made, user=south) == []

    def test_a_point_reaches_across_the_border(self, need, north, the_north, tree):
        street = make_region("440306002", "北二街道", "street", the_north.district)
        made = offer(the_north, name="甲", region=street, latitude=22.605, longitude=113.88, radius_m=1000)
        made.categories.add(tree[2])
        assert [fit.words for fit in needs_for(made, user=north)] == [["符合类别", "距离 550 米"]]


class TestAddresses:
    @pytest.fixture
    def api(self):
        throttling.forget_here()

        def call_as(user):
            caller = APIClient()
            caller.force_login(user)
            return caller

        return call_as

    def test_it_works(self, api, need, north, the_north, tree):
        made = offer(the_north, name="路灯巡检")
        made.categories.add(tree[2])
        found = api(north).get(f"/api/v1/service-requests/{need.pk}/matches/").json()
        assert set(found) == {"resources", "units", "teams", "volunteers"}
        assert (found["resources"][0]["code"], found["resources"][0]["reasons"][0]) == (made.code, "符合类别")
        assert found["units"][0]["name"] == "北物业公司"
        back = api(north).get(f"/api/v1/resources/{made.pk}/matches/").json()
        assert [each["number"] for each in back["results"]] == [need.number]

    def test_south_finds_neither(self, api, need, south, the_north):
        made = offer(the_north)
        assert api(south).get(f"/api/v1/service-requests/{need.pk}/matches/").status_code == 404
        assert api(south).get(f"/api/v1/resources/{made.pk}/matches/").status_code == 404

    def test_one_click_dispatches_and_one_claims(self, client, need, north, the_north, tree):
        made = offer(the_north, name="路灯巡检")
        made.categories.add(tree[2])
        client.force_login(north)
        page = client.get(f"/desk/requests/{need.pk}/matches/").content.decode()
        assert "距离" in page or "在本社区" in page
        assert f'value="unit:{the_north.unit.pk}"' in page
        assert (
            client.get(f"/desk/requests/{need.pk}/").content.decode().count(f"/desk/requests/{need.pk}/matches/") == 2
        )
        claim = {"version": need.version, "resource": f"{made.name} {made.code}", "amount": "1"}
        assert client.post(f"/desk/requests/{need.pk}/do/claim/", claim).status_code == 302
        need.refresh_from_db()
        dispatch = {"version": need.version, "to": f"unit:{the_north.unit.pk}"}
        assert client.post(f"/desk/requests/{need.pk}/do/dispatch/", dispatch).status_code == 302
        need.refresh_from_db()
        assert (need.state, need.claims.count()) == (State.DISPATCHED, 1)
        assert "已认领的资源" in client.get(f"/desk/requests/{need.pk}/").content.decode()


class TestWords:
    @pytest.mark.parametrize(
        ("about", "text", "found"),
        [
            ("路灯巡检", "门口路灯坏了", ["路灯"]), ("社区服务", "社区服务真好", []), ("水电维修", "水管漏水", []),
            ("", "路灯", []), ("家电小修", "想找人小修家电", ["家电", "小修"]), ("灯", "灯", []),
        ],
    )  # fmt: skip
    def test_two_signs_in_a_row_are_a_word_and_empty_words_are_none(self, about, text, found):
        assert common_words(about, text) == found

    @pytest.mark.parametrize(("distance", "said"), [(3, "50 米"), (612, "600 米"), (1240, "1.2 公里")])
    def test_distances_are_as_exact_as_people_walk(self, distance, said):
        assert humanize.distance(distance) == said

    def test_a_time_outside_the_usual_parts_is_said_by_the_clock(self):
        late = NOW.replace(hour=23)
        assert by_spare_time([(late, late + timedelta(hours=2))])[0].words == "星期三 23:00有空"
