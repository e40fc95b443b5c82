"""What lies in a region goes along when it is merged, and no model that points at regions is forgotten."""

from datetime import date

import pytest
from django.apps import apps

from portal.core import disclosures
from portal.core.errors import Conflict
from portal.core.merging import COLUMNS
from portal.core.models import DisclosureRecord, Estate, HistoryEntry, Level, Membership, Organization, Region, Role
from portal.core.regions import abolish_region, merge_regions, move_region
from portal.core.tokens import create_token
from requests import workflow
from requests.models import Approval, RequestEvent, ServiceRequest
from requests.workflow import Resident, Staff
from requests.workflow.intake import Contact
from stations.models import Affiliate, Guarantor, PartnershipAgreement, Station
from tests.conftest import make_region, make_user
from tests.registry.conftest import make_rows

pytestmark = pytest.mark.django_db

# Columns that point at a region and are not simply moved, each with the reason.
ON_THEIR_OWN = {
    "core.Region.parent": "the regions below are moved by the verb itself, with their paths",
    "core.Region.merged_into": "a crosswalk tells each step of the way",
    "core.Membership.region": "a role that was held in both regions is held once (portal.core.region_merges)",
    "core.DisclosureRecord.region": "nobody changes a record; it stays where it was written, for the auditors above",
    "requests.LimitRule.district": "the limits of the district that takes the other one in hold for both",
    "requests.Approval.region": "open appeals alone go along (requests.region_moves)",
    "requests.Approval.to_region": "open appeals alone go along (requests.region_moves)",
}


@pytest.fixture
def other(the_north):
    return make_region("440306001002", "北二社区", Level.COMMUNITY, the_north.street)


def pointing_at_regions() -> set[str]:
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]
        if field.related_model is Region
    }


def test_every_column_that_points_at_a_region_is_moved_or_named_with_a_reason():
    moved = {f"{column.model._meta.label}.{column.name}" for column in COLUMNS}
    assert moved | set(ON_THEIR_OWN) == pointing_at_regions()
    assert moved & set(ON_THEIR_OWN) == set()


def test_it_works(north, the_north, other, case):
    rows = make_rows(the_north, 1)
    guarantor = Guarantor.objects.create(
        region=the_north.community, organization=the_north.unit, starts_on="2026-01-01"
    )
    token, _plaintext = create_token(north, name="大屏", scopes=["requests:read"])
    merge_regions([the_north.community], into=other, by=None)
    moved = [the_north.station, the_north.unit, rows.estates, rows.posts, rows.affiliates, rows.agreements, guarantor]
    for row in [*moved, token, Membership.objects.get(user=north)]:
        row.refresh_from_db()
        assert row.region == other, row
    case.refresh_from_db()
    assert (case.community, case.handling_region, case.region) == (other, other, the_north.community)


def test_nothing_but_the_past_stays_behind(north, the_north, other, case):
    make_rows(the_north, 1)
    merge_regions([the_north.community], into=other, by=None)
    left = {
        f"{column.model._meta.label}.{column.name}" for column in COLUMNS if column.rows(the_north.community).exists()
    }
    assert left == set()


def test_who_ran_the_region_runs_the_one_that_took_it_in(north, south, the_north, other, case):
    merge_regions([the_north.community], into=other, by=None)
    north = type(north).objects.get(pk=north.pk)
    for rows in (Station, Organization, ServiceRequest):
        assert rows.objects.for_user(north).exists(), rows
        assert not rows.objects.for_user(south).filter(**{"region__path__startswith": other.path}).exists()
    workflow.accept(ServiceRequest.objects.get(pk=case.pk), by=Staff(north))


def test_who_looked_at_contact_data_stays_on_record_where_it_was(north, auditor, the_north, other):
    written = disclosures.record(by=north, subject="case 1", reason="回访", region=the_north.community)
    merge_regions([the_north.community], into=other, by=None)
    assert DisclosureRecord.objects.for_user(auditor).get() == written
    assert written.region == the_north.community


def test_a_role_held_in_both_regions_is_held_once(north, the_north, other):
    second = Membership.objects.create(user=north, role=Role.COMMUNITY, region=other, is_active=False)
    merge_regions([the_north.community], into=other, by=None)
    assert list(north.memberships.filter(is_active=True)) == [second]
    assert north.memberships.get(is_active=False).region == the_north.community


def test_a_role_that_had_ended_stays_ended(north, the_north, other):
    north.memberships.update(is_active=False)
    second = Membership.objects.create(user=north, role=Role.COMMUNITY, region=other, is_active=False)
    merge_regions([the_north.community], into=other, by=None)
    second.refresh_from_db()
    assert not second.is_active


@pytest.mark.parametrize("kind", ["station", "organization", "estate", "affiliate", "agreement"])
def test_what_both_regions_have_is_told_before_anything_changes(kind, the_north, other):
    rows, today = make_rows(the_north, 1), date(2026, 1, 5)
    match kind:
        case "station":
            Station.objects.create(code="X", name=the_north.station.name, station_type="estate", region=other)
        case "organization":
            Organization.objects.create(name=the_north.unit.name, kind="enterprise", region=other)
        case "estate":
            Estate.objects.create(name=rows.estates.name, region=other)
        case "affiliate":
            Affiliate.objects.create(kind=rows.affiliates.kind, name=rows.affiliates.name, region=other)
        case "agreement":
            PartnershipAgreement.objects.create(
                region=other, organization=the_north.unit, title=rows.agreements.title, signed_on=today,
                starts_on=today, ends_on=today,
            )  # fmt: skip
    before = HistoryEntry.objects.count()
    with pytest.raises(Conflict) as refused:
        merge_regions([the_north.community], into=other, by=None)
    assert refused.value.code == "both_have_it"
    assert other.short_name in str(refused.value)
    assert HistoryEntry.objects.count() == before
    assert Region.objects.get(pk=the_north.community.pk).is_current


def test_two_regions_that_both_have_it_are_not_merged_into_a_third(the_north, other):
    third = make_region("440306001003", "北三社区", Level.COMMUNITY, the_north.street)
    Estate.objects.create(name="花园", region=the_north.community)
    Estate.objects.create(name="花园", region=other)
    with pytest.raises(Conflict):
        merge_regions([the_north.community, other], into=third, by=None)
    assert Region.objects.filter(valid_to__isnull=False).count() == 0
    assert not Estate.objects.filter(region=third).exists()


def test_a_merge_is_recorded_row_by_row_with_who_did_it(the_north, other):
    boss = make_user("boss", Role.DISTRICT, region=the_north.district)
    merge_regions([the_north.community], into=other, by=boss)
    entry = HistoryEntry.objects.filter(table="stations_station", row_id=the_north.station.pk).first()
    assert (entry.actor_id, entry.changes["region_id"]) == (boss.pk, [the_north.community.pk, other.pk])


def test_cases_of_a_merged_region_follow_the_one_that_took_it_in(case, the_north, the_south):
    """Into a neighbour under another district, and on when that one moves."""
    merge_regions([the_north.community], into=the_south.community, by=None)
    case.refresh_from_db()
    assert (case.community, case.street, case.district) == (the_south.community, the_south.street, the_south.district)
    assert set(RequestEvent.objects.filter(request=case).values_list("district", flat=True)) == {the_south.district.pk}
    street = make_region("440305002", "南二街道", Level.STREET, the_south.district)
    move_region(the_south.community, to=street, by=None)
    case.refresh_from_db()
    assert case.street == street
    # Where it was recorded plays no part any more.
    move_region(the_north.street, to=the_south.district, by=None)
    case.refresh_from_db()
    assert case.street == street


def test_merged_districts_take_the_rows_of_their_cases_along(case, the_north, the_south):
    merge_regions([the_north.district], into=the_south.district, by=None)
    case.refresh_from_db()
    assert case.district == the_south.district
    for rows in (case.events, case.requesters):
        assert set(rows.values_list("district", flat=True)) == {the_south.district.pk}


def test_cases_of_a_merged_grid_lie_in_the_other_grid(the_north):
    grids = [make_region(f"44030600100100{n}", f"第{n}网格", Level.GRID, the_north.community) for n in (1, 2)]
    made = workflow.submit(description="井盖松动", contact=Contact(phone="13800001234"), region=grids[0])
    merge_regions([grids[0]], into=grids[1], by=None)
    assert ServiceRequest.objects.at_place(grids[1]).get() == made.case


def test_an_open_appeal_goes_along_and_a_decided_one_does_not(submitted, north, the_north, other):
    workflow.reject(submitted.case, by=Staff(north), ground="out_of_scope", text="不在受理范围")
    workflow.appeal(submitted.case, by=Resident(submitted.requester), text="我不同意")
    appeal = Approval.objects.get()
    merge_regions([the_north.community], into=other, by=None)
    appeal.refresh_from_db()
    assert appeal.region == other
    Approval.objects.update(outcome=Approval.Outcome.REFUSED)
    merge_regions([other], into=make_region("440306001003", "北三社区", Level.COMMUNITY, the_north.street), by=None)
    appeal.refresh_from_db()
    assert appeal.region == other


def test_what_was_abolished_stays_where_it_is(the_north, the_south):
    Station.objects.update(status="closed")
    Organization.objects.update(is_active=False)
    abolish_region(the_north.community, by=None)
    with pytest.raises(Conflict):
        move_region(the_north.community, to=the_south.street, by=None)
