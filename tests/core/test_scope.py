"""What a person sees follows from memberships: by the tree of regions, not by the digits of codes."""

import pytest
from django.db.utils import IntegrityError

from portal.core.models import Level, Membership, Organization, Region, Role, User
from stations.models import Station
from tests.conftest import make_half, make_region, make_user


def test_it_works(north, south, the_north, the_south):
    assert list(Station.objects.for_user(north)) == [the_north.station]
    assert list(Station.objects.for_user(south)) == [the_south.station]
    assert set(Region.objects.for_user(north)) == {the_north.community}


def test_a_street_sees_its_communities(the_north, the_south):
    street = make_user("street", Role.STREET, region=the_north.street)
    assert set(Region.objects.for_user(street)) == {the_north.street, the_north.community}


def test_a_functional_district_governs_streets_that_are_coded_elsewhere(city, the_north):
    zone = Region.objects.create(
        code="F440301", name="高新区", short_name="高新区", level=Level.DISTRICT, parent=city, is_functional=True
    )
    street = make_region("440306099", "科技街道", Level.STREET, zone)
    manager = make_user("zone", Role.DISTRICT, region=zone)
    district = make_user("district", Role.DISTRICT, region=the_north.district)
    assert street in Region.objects.for_user(manager)
    assert street not in Region.objects.for_user(district)


def test_a_code_that_begins_like_another_is_not_inside_it(city):
    short = make_region("44030", "短", Level.DISTRICT, city)
    long = make_region("440306", "长", Level.DISTRICT, city)
    assert list(Region.objects.subtree(short)) == [short]
    assert list(Region.objects.subtree(long)) == [long]


def test_somebody_without_a_membership_sees_nothing(the_north, db):
    nobody = User.objects.create_user("nobody", password="a good password")
    for model in (Region, Station, Organization, Membership):
        assert not model.objects.for_user(nobody).exists()
    assert nobody.scope.capabilities == frozenset()


def test_a_membership_that_ended_gives_nothing(north):
    north.memberships.update(is_active=False)
    assert not Station.objects.for_user(User.objects.get(pk=north.pk)).exists()


def test_an_administrator_without_a_region_sees_everything(the_north, the_south):
    administrator = make_user("administrator", Role.ADMINISTRATOR)
    assert Station.objects.for_user(administrator).count() == 2


def test_a_token_is_no_wider_than_its_region_and_its_permissions(the_north, the_south):
    administrator = make_user("administrator", Role.ADMINISTRATOR)
    scope = administrator.scope.limited(path=the_south.district.path, capabilities=frozenset({"stations:read"}))
    assert list(Station.objects.in_scope(scope)) == [the_south.station]
    assert scope.capabilities == {"stations:read"}


def test_a_token_gives_no_more_than_its_owner_has(north, the_north, the_south):
    elsewhere = north.scope.limited(path=the_south.district.path, capabilities=frozenset({"stations:read"}))
    assert not Station.objects.in_scope(elsewhere).exists()
    wider = north.scope.limited(path=the_north.district.path, capabilities=frozenset({"regions:write"}))
    assert wider.region_paths == (the_north.community.path,)
    assert wider.capabilities == frozenset()


def test_two_memberships_are_added_and_one_can_be_chosen(city, the_north, the_south):
    user = make_user("both", Role.COMMUNITY, region=the_north.community)
    other = Membership.objects.create(user=user, role=Role.STATION_KEEPER, station=the_south.station)
    assert Station.objects.for_user(user).count() == 2
    again = User.objects.get(pk=user.pk)
    again.active_membership_id = other.pk
    assert list(Station.objects.for_user(again)) == [the_south.station]
    assert not again.scope.has_role(Role.COMMUNITY)


@pytest.mark.parametrize("role", [Role.STREET, Role.STATION_KEEPER, Role.UNIT_CONTACT])
def test_a_role_needs_the_kind_of_place_it_stands_in(role, db):
    user = User.objects.create_user("somebody", password="a good password")
    with pytest.raises(IntegrityError):
        Membership.objects.create(user=user, role=role)


def test_loading_the_scope_takes_one_query(north, django_assert_num_queries):
    user = User.objects.get(pk=north.pk)
    with django_assert_num_queries(1):
        user.scope.can("requests:read")
        user.scope.can("stations:read")


def test_a_third_half_of_the_city_changes_nothing(city, north, the_north):
    make_half(city, 7, "东")
    assert Station.objects.for_user(north).count() == 1
