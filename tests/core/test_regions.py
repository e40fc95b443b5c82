"""The verbs that change the tree of regions, and what follows them."""

from datetime import date

import pytest
from django.db import connection

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import HistoryEntry, Level, Organization, Region, Role
from portal.core.regions import abolish_region, create_region, merge_regions, move_region, rename_region
from requests import workflow
from requests.models import RequestEvent, ServiceRequest
from requests.workflow import Staff
from stations.models import Station
from tests.conftest import make_region, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def zone(city):
    return create_region(
        code="F440301", name="北湾新区", level=Level.DISTRICT, parent=city, by=None, is_functional=True
    )  # fmt: skip


def test_it_works(zone, the_north):
    move_region(the_north.street, to=zone, by=None)
    community = Region.objects.get(pk=the_north.community.pk)
    assert community.path == "4403/F440301/440306001/440306001001/"
    assert community.depth == 4
    assert the_north.street.parent == zone
    assert set(Region.objects.subtree(zone)) == {zone, the_north.street, community}
    assert set(Region.objects.subtree(the_north.district)) == {the_north.district}


def test_cases_follow_their_street_into_a_functional_district(case, zone, the_north):
    move_region(the_north.street, to=zone, by=None)
    moved = ServiceRequest.objects.get(pk=case.pk)
    assert (moved.district, moved.street, moved.community) == (zone, the_north.street, the_north.community)
    assert ServiceRequest.objects.at_place(zone).get() == moved
    assert set(RequestEvent.objects.filter(request=case).values_list("district", flat=True)) == {zone.pk}


def test_a_move_is_recorded_with_who_did_it(zone, the_north, city):
    boss = make_user("boss", Role.ADMINISTRATOR)
    move_region(the_north.street, to=zone, by=boss)
    entry = HistoryEntry.objects.filter(table="core_region", row_id=the_north.street.pk).first()
    assert entry.actor_id == boss.pk


def test_a_second_move_to_the_same_place_changes_nothing(zone, the_north):
    move_region(the_north.street, to=zone, by=None)
    before = HistoryEntry.objects.count()
    move_region(the_north.street, to=zone, by=None)
    assert HistoryEntry.objects.count() == before


def test_a_region_lies_only_under_the_level_above(the_north, the_south):
    with pytest.raises(DomainError):
        move_region(the_north.community, to=the_south.district, by=None)


def test_a_functional_district_has_a_code_that_no_official_one_can_be(city):
    for code, is_functional in [("440399", True), ("F440399", False)]:
        with pytest.raises(DomainError):
            create_region(
                code=code, name="某区", level=Level.DISTRICT, parent=city, by=None, is_functional=is_functional
            )


def test_a_code_is_given_once(city, the_north):
    with pytest.raises(Conflict):
        create_region(code="440306", name="又一区", level=Level.DISTRICT, parent=city, by=None)


def test_community_staff_change_no_regions(north, the_north, zone):
    with pytest.raises(NotAllowed):
        move_region(the_north.street, to=zone, by=north)
    with pytest.raises(NotAllowed):
        rename_region(the_north.community, name="新名", by=north)


def test_a_district_changes_its_own_regions_only(the_north, the_south):
    staff = make_user("staff", Role.DISTRICT, region=the_north.district)
    assert rename_region(the_north.community, name="北新社区居委会", by=staff).short_name == "北新社区"
    with pytest.raises(NotAllowed):
        rename_region(the_south.community, name="南新社区居委会", by=staff)
    with pytest.raises(NotAllowed):
        move_region(the_north.street, to=the_south.district, by=staff)


def empty(half) -> None:
    """Nothing that anybody looks after lies in the half any more."""
    Station.objects.filter(pk=half.station.pk).update(status="closed")
    Organization.objects.filter(pk=half.unit.pk).update(is_active=False)


def test_a_region_is_abolished_only_when_no_other_lies_in_it(the_north):
    empty(the_north)
    with pytest.raises(Conflict):
        abolish_region(the_north.street, by=None)
    abolish_region(the_north.community, by=None, on=date(2026, 1, 1))
    abolish_region(the_north.street, by=None, on=date(2026, 1, 1))
    assert not the_north.street.is_current
    with pytest.raises(Conflict):
        abolish_region(the_north.street, by=None)


def test_what_would_be_left_behind_in_an_abolished_region_is_counted(case, north, the_north):
    with pytest.raises(Conflict) as refused:
        abolish_region(the_north.community, by=None)
    assert refused.value.code == "not_empty"
    for left in ("1 个站点", "1 个组织", "1 个账号角色", "1 件未办结的诉求"):
        assert left in str(refused.value)
    assert Region.objects.get(pk=the_north.community.pk).is_current
    empty(the_north)
    north.memberships.update(is_active=False)
    with pytest.raises(Conflict) as refused:
        abolish_region(the_north.community, by=None)
    assert str(refused.value).startswith("“北社区”内还有：1 件未办结的诉求。")
    workflow.reject(
        case, by=Staff(make_user("street", Role.STREET, region=the_north.street)), ground="unclear", text="空"
    )
    assert not abolish_region(the_north.community, by=None).is_current


def test_a_case_that_is_handled_elsewhere_keeps_that_region_too(case, the_north, the_south):
    ServiceRequest.objects.filter(pk=case.pk).update(handling_region=the_south.community)
    empty(the_south)
    with pytest.raises(Conflict) as refused:
        abolish_region(the_south.community, by=None)
    assert "1 件未办结的诉求" in str(refused.value)


def test_merged_streets_leave_a_crosswalk_and_their_communities(the_north, the_south):
    other = make_region("440306002", "北二街道", Level.STREET, the_north.district)
    merge_regions([the_north.street], into=other, by=None)
    the_north.street.refresh_from_db()
    the_north.community.refresh_from_db()
    assert the_north.street.merged_into == other
    assert not the_north.street.is_current
    assert the_north.community.parent == other
    assert the_north.community.path.startswith(other.path)
    with pytest.raises(DomainError):
        merge_regions([other], into=the_south.community, by=None)


def test_cases_of_a_merged_community_count_for_the_one_that_took_it_in(case, the_north):
    other = make_region("440306001002", "北二社区", Level.COMMUNITY, the_north.street)
    merge_regions([the_north.community], into=other, by=None)
    moved = ServiceRequest.objects.at_place(other).get()
    assert moved == case
    assert moved.handling_region == other
    assert moved.region == the_north.community


def test_prefixes_of_paths_have_an_index_whatever_the_collation(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'core_region' AND indexdef LIKE '%%pattern_ops%%'"
        )
        found = [definition for (definition,) in cursor.fetchall() if "(path " in definition]
    assert len(found) == 1
