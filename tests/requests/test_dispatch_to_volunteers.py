"""Cases go to a team of volunteers, of whose leaders the first takes them, or to one volunteer."""

import pytest

from portal.core.errors import DomainError, NotAllowed
from portal.core.models import Notification, Role, User
from requests import workflow
from requests.models import ServiceRequest
from requests.timeline import lines
from requests.types import State
from requests.workflow import Staff
from tests.conftest import make_user
from volunteers.models import TeamMember, Volunteer, VolunteerTeam
from volunteers.types import MemberStatus, TeamKind, VolunteerStatus


def enrol(username, half) -> User:
    user = make_user(username, Role.VOLUNTEER, region=half.community)
    number = f"{Volunteer.objects.count() + 1:09d}"
    Volunteer.objects.create(
        person=user.person, number=number, home_region=half.community, status=VolunteerStatus.ACTIVE
    )
    return user


@pytest.fixture
def team(the_north):
    return VolunteerTeam.objects.create(
        name="北社区先锋队", kind=TeamKind.PARTY, region=the_north.community, takes_requests=True
    )


def join(team, user, *, is_leader=False):
    return TeamMember.objects.create(
        team=team, volunteer=user.person.volunteer, is_leader=is_leader, status=MemberStatus.ACTIVE,
        joined_on="2026-01-01",
    )  # fmt: skip


@pytest.fixture
def chief(team, the_north):
    user = enrol("chief", the_north)
    join(team, user, is_leader=True)
    return user


@pytest.fixture
def second(team, the_north):
    user = enrol("second", the_north)
    join(team, user, is_leader=True)
    return user


@pytest.fixture
def member(team, the_north):
    user = enrol("member", the_north)
    join(team, user)
    return user


@pytest.fixture
def offered(case, north, team, chief, second, member):
    workflow.accept(case, by=Staff(north))
    workflow.dispatch(case, by=Staff(north), to=team)
    return case


def sees(user, case):
    user = User.objects.get(pk=user.pk)
    return ServiceRequest.objects.for_user(user).filter(pk=case.pk).exists()


def test_a_team_is_offered_a_case_and_the_first_leader_takes_it(offered, chief, second):
    workflow.take(offered, by=Staff(chief))
    assert offered.state == State.IN_PROGRESS
    assert offered.current_dispatch.taken_by == chief
    with pytest.raises(DomainError):
        workflow.take(offered, by=Staff(second))


def test_its_leaders_see_the_case_and_are_told_and_nobody_else(offered, chief, second, member, south):
    assert [sees(each, offered) for each in (chief, second, member, south)] == [True, True, False, False]
    told = Notification.objects.filter(kind="case_offered").values_list("person", flat=True)
    assert set(told) == {chief.person_id, second.person_id}


def test_a_member_who_does_not_lead_takes_nothing(offered, member):
    with pytest.raises(NotAllowed):
        workflow.take(offered, by=Staff(member))


def test_another_leader_goes_on_with_what_the_first_has_taken(offered, chief, second):
    workflow.take(offered, by=Staff(chief))
    workflow.contact(offered, by=Staff(second), reached=True, text="已联系")
    workflow.resolve(offered, by=Staff(second), text="已修好")
    assert offered.state == State.RESOLVED


def test_a_leader_who_left_the_team_may_not_act_any_more(offered, chief):
    TeamMember.objects.filter(volunteer=chief.person.volunteer).update(status=MemberStatus.LEFT)
    with pytest.raises(NotAllowed):
        workflow.take(offered, by=Staff(User.objects.get(pk=chief.pk)))


def test_a_team_that_takes_no_requests_is_offered_none(case, north, team):
    workflow.accept(case, by=Staff(north))
    team.takes_requests = False
    with pytest.raises(DomainError, match="不承接"):
        workflow.dispatch(case, by=Staff(north), to=team)


def test_a_volunteer_is_offered_a_case_over_the_api_and_takes_it(case, north, member, client):
    workflow.accept(case, by=Staff(north))
    client.force_login(north)
    body = {"version": case.version, "volunteer": member.person.volunteer.pk}
    answer = client.post(f"/api/v1/service-requests/{case.pk}/dispatch/", body, content_type="application/json")
    assert answer.status_code == 200, answer.json()
    client.force_login(member)
    row = client.get(f"/api/v1/service-requests/{case.pk}/").json()
    assert row["handler"]["name"] == "Member"
    assert "take" in row["allowed"]
    answer = client.post(
        f"/api/v1/service-requests/{case.pk}/take/", {"version": row["version"]}, content_type="application/json"
    )
    assert answer.status_code == 200


def test_lists_name_the_team(offered, north, client):
    client.force_login(north)
    row = client.get("/api/v1/service-requests/").json()["results"][0]
    assert row["team"]["name"] == "北社区先锋队"
    assert row["unit"] is None
    assert client.get(f"/api/v1/service-requests/?team={row['team']['id']}").json()["results"]
    assert "北社区先锋队" in client.get("/desk/requests/").content.decode()


def test_a_team_and_a_volunteer_are_chosen_at_the_desk(case, north, team, chief, client):
    workflow.accept(case, by=Staff(north))
    client.force_login(north)
    page = client.get(f"/desk/requests/{case.pk}/").content.decode()
    assert f"team:{team.pk}" in page
    assert f"volunteer:{chief.person.volunteer.pk}" in page
    client.post(f"/desk/requests/{case.pk}/do/dispatch/", {"version": case.version, "to": f"team:{team.pk}"})
    case.refresh_from_db()
    assert case.current_dispatch.team == team


def test_residents_read_the_name_of_a_team_and_not_of_a_volunteer(offered, north, member):
    assert any("北社区先锋队" in line.sentence for line in lines(offered, audience="public"))
    workflow.recall(offered, by=Staff(north), text="另派")
    workflow.dispatch(offered, by=Staff(north), to=member.person)
    assert not any("Member" in line.sentence for line in lines(offered, audience="public"))


def test_a_leaders_queue_holds_the_teams_cases(offered, chief, south, client):
    client.force_login(chief)
    assert offered.title in client.get("/desk/").content.decode()
    client.force_login(south)
    assert client.get(f"/desk/requests/{offered.pk}/").status_code == 404


def test_a_case_redone_goes_back_to_the_team_that_handled_it(offered, chief, north, team):
    workflow.take(offered, by=Staff(chief))
    workflow.resolve(offered, by=Staff(chief), text="修好了。")
    workflow.call_back(offered, by=Staff(north), reached=True, outcome="redo", text="还是不亮。")
    assert (offered.state, offered.current_dispatch.team) == (State.DISPATCHED, team)
