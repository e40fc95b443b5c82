"""The account that a session belongs to comes with its person's name and its roles, in one statement."""

import pytest

from portal.core.backends import AccountBackend
from portal.core.models import Membership, Role, User
from tests.conftest import make_user


@pytest.fixture
def district(the_north):
    return make_user("district", Role.DISTRICT, region=the_north.district)


@pytest.fixture
def administrator(db):
    return make_user("administrator", Role.ADMINISTRATOR)


@pytest.fixture
def of_session():
    return lambda user: AccountBackend().get_user(user.pk)


@pytest.mark.parametrize("who", ["north", "helper", "south", "keeper", "district", "administrator"])
def test_the_roles_are_those_that_the_scope_loads(who, request, of_session, django_assert_num_queries):
    user = request.getfixturevalue(who)
    with django_assert_num_queries(1):
        found = of_session(user)
        assert found.get_full_name() == user.person.name
        scope = found.scope
    assert scope == User.objects.get(pk=user.pk).scope
    assert [grant.id for grant in scope.grants] == [each.pk for each in user.memberships.filter(is_active=True)]


@pytest.mark.parametrize("who", ["north", "helper", "keeper", "administrator"])
def test_a_role_is_named_as_its_membership_is(who, request, of_session):
    user = request.getfixturevalue(who)
    assert [str(grant) for grant in of_session(user).scope.grants] == [str(each) for each in user.memberships.all()]


def test_the_place_of_a_keeper_is_the_station_and_not_its_region(keeper, the_north, of_session):
    (grant,) = of_session(keeper).scope.grants
    assert (grant.place, grant.station_id, grant.region_id, grant.level) == ("北小站", the_north.station.pk, None, None)
    assert grant.path == the_north.community.path


def test_an_account_without_roles_is_somebody_who_may_do_nothing(north, of_session):
    Membership.objects.filter(user=north).update(is_active=False)
    found = of_session(north)
    assert found == north
    assert found.scope.grants == ()


def test_a_closed_account_is_nobody(north, of_session):
    User.objects.filter(pk=north.pk).update(is_active=False)
    assert of_session(north) is None


def test_what_was_not_read_is_read_when_it_is_asked_for(north, of_session):
    assert of_session(north).date_joined == north.date_joined


def test_a_role_given_meanwhile_counts_from_the_next_request_on(client, north, the_south):
    client.force_login(north)
    address = f"/api/v1/stations/{the_south.station.pk}/"
    assert client.get(address).status_code == 404
    Membership.objects.create(user=north, role=Role.COMMUNITY, region=the_south.community)
    assert client.get(address).status_code == 200
