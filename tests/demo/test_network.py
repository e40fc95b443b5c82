"""What the demo promises: proportions, functional districts, named places, accounts that see what they should."""

import io
from collections import Counter

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from portal.core.models import Estate, Level, Organization, Post, Region, User
from portal.demo import channel_cases, joined_cases, projects, replies, whistled_cases
from portal.demo.accounts import WHAT_THEY_SEE
from portal.demo.build import build
from portal.demo.catalogue import RECOMMENDED
from portal.demo.named_places import BAOAN, ELSEWHERE
from portal.demo.stations import PROPORTIONS, SHARE_24H
from portal.demo.volunteer_cases import MATTERS
from requests.models import Category, Claim, Dispatch, Requester, Resource, ServiceRequest
from requests.types import HELD, OPEN_STATES, ClaimState, ResourceKind, State
from stations.models import Affiliate, Guarantor, PartnershipAgreement, ServiceItem, Station
from stations.types import StationType, Tier
from tests.demo.conftest import TODAY
from volunteers.models import Volunteer

pytestmark = pytest.mark.django_db
# 光明区 lies east of 公明's western edge and north of 石岩: a coarse box is enough to tell.
GUANGMING = (22.715, 22.90, 113.875, 114.02)

# Cases that the demo makes by the verbs, beside its story and what volunteers handle.
ADDED = channel_cases.COUNT + joined_cases.COUNT + projects.COUNT + replies.COUNT + whistled_cases.COUNT


@pytest.fixture(autouse=True)
def _demo(demo):
    """All of these look at the one demo."""


def in_baoan():
    return Station.objects.filter(region__path__startswith="4403/440306/", tier=Tier.STATION)


def test_baoan_has_its_358_stations_in_their_exact_proportions():
    assert Counter(in_baoan().values_list("station_type", flat=True)) == PROPORTIONS
    assert in_baoan().count() == 358
    assert in_baoan().filter(open_24h=True).count() == round(358 * SHARE_24H)


def test_every_street_and_community_of_baoan_has_its_centre():
    streets = Region.objects.filter(parent__code="440306").exclude(code="440306400")
    assert streets.count() == 10
    assert set(Station.objects.filter(tier=Tier.STREET_CENTRE).values_list("region", flat=True)) == {
        street.pk for street in streets
    }
    communities = Region.objects.filter(parent__in=streets)
    assert communities.exclude(stations__tier=Tier.COMMUNITY_CENTRE).count() == 0
    assert communities.exclude(stations__tier=Tier.STATION).count() == 0


def test_nothing_of_baoan_stands_in_guangming():
    south, north, west, east = GUANGMING
    box = {"latitude__range": (south, north), "longitude__range": (west, east)}
    assert not Station.objects.filter(region__path__startswith="4403/440306/", **box).exists()
    assert not ServiceRequest.objects.filter(district__code="440306", **box).exists()


def test_functional_districts_govern_streets_coded_elsewhere():
    high_tech = Region.objects.get(code="F420601")
    assert set(high_tech.children.values_list("code", flat=True)) == {
        "420606070", "420606071", "420606072", "420606170", "420606171",
    }  # fmt: skip
    community = Region.objects.get(code="420606070001")
    assert community.path.startswith("4206/F420601/420606070/")
    dapeng = Region.objects.get(code="F440301")
    assert sorted(dapeng.children.values_list("short_name", flat=True)) == ["南澳街道", "大鹏街道", "葵涌街道"]
    # The cases of these places count for the functional district.
    assert ServiceRequest.objects.at_place(high_tech).exists()
    assert not ServiceRequest.objects.at_place(Region.objects.get(code="420606")).exists()


def test_all_regions_of_the_four_cities_are_there():
    assert Region.objects.filter(is_functional=False).count() == 7550
    assert Region.objects.filter(level=Level.CITY).count() == 4


@pytest.mark.parametrize("place", [*BAOAN, *ELSEWHERE], ids=lambda place: place.name)
def test_a_named_place_has_its_published_facts(place):
    station = Station.objects.get(region__code=place.region, name=place.name)
    assert (station.area_m2, station.room_count) == (place.area_m2, place.rooms)
    if place.estate:
        estate = Estate.objects.get(pk=station.estate_id)
        facts = (estate.building_count, estate.household_count, estate.resident_count)
        assert facts == (place.buildings, place.households, place.residents)
    assert ServiceRequest.objects.filter(region__code=place.region).exists()


def test_stations_offer_what_is_recommended_for_their_type():
    for station in in_baoan().prefetch_related("functions")[:40]:
        offered = {function.code for function in station.functions.all()}
        assert set(RECOMMENDED[station.station_type]) <= offered
    assert ServiceItem.objects.count() >= 21


def test_chunyuan_signed_thirteen_agreements_and_yaohai_has_its_merchants():
    assert PartnershipAgreement.objects.filter(region__code="420606070001").count() == 13
    merchants = Affiliate.objects.filter(kind=Affiliate.Kind.CARING_MERCHANT, region__path__contains="/340102/")
    assert merchants.count() == 165


def test_every_kind_of_organisation_post_and_affiliate_is_there():
    assert set(Organization.objects.values_list("kind", flat=True)) == set(Organization.Kind)
    assert set(Post.objects.values_list("kind", flat=True)) == set(Post.Kind)
    assert set(Affiliate.objects.values_list("kind", flat=True)) == set(Affiliate.Kind)
    assert Guarantor.objects.filter(station__isnull=False).exists()
    assert Guarantor.objects.filter(region__isnull=False).exists()


def test_the_categories_are_a_tree_of_three_levels_with_limits():
    assert Category.objects.filter(level=3).count() == 517
    assert Category.objects.get(path__endswith="/ 自来水供应").time_limit == "utility"
    assert not Category.objects.filter(level=3, top__isnull=True).exists()


@pytest.mark.parametrize("name", WHAT_THEY_SEE)
def test_an_account_signs_in_and_sees_cases(name):
    user = User.objects.get(username=name)
    assert user.check_password("a good password")
    # A volunteer works with no case, and has an own entry instead.
    rows = (
        Volunteer.objects.filter(person=user.person) if name == "volunteer" else ServiceRequest.objects.for_user(user)
    )
    assert rows.exists()


def test_the_accounts_see_their_own_part():
    def seen(name):
        return set(ServiceRequest.objects.for_user(User.objects.get(username=name)).values_list("pk", flat=True))

    assert len(seen("admin")) == 300 + len(MATTERS) + ADDED
    assert seen("community") < seen("street") < seen("district") < seen("admin")
    assert seen("leader") == seen("auditor") == seen("district")
    assert seen("keeper") <= seen("community")
    community = Region.objects.get(code="440306017001")
    assert {case.community_id for case in ServiceRequest.objects.filter(pk__in=seen("community"))} == {community.pk}


def test_the_first_community_has_cases_in_every_state_and_its_unit_nearly_so():
    def states(name):
        cases = ServiceRequest.objects.for_user(User.objects.get(username=name))
        return set(cases.values_list("state", flat=True))

    assert states("community") == set(State)
    # What only came in was not dispatched to anybody yet.
    assert states("unit") == set(State) - {State.SUBMITTED, State.MERGED, State.SPLIT, State.REFERRED, State.IN_PROJECT}


def test_cases_hold_together():
    cases = ServiceRequest.objects.all()
    assert cases.count() == 300 + len(MATTERS) + ADDED
    assert cases.filter(state__in=OPEN_STATES).overdue().exists()
    assert not cases.filter(submitted_at__date__gte=TODAY).exists()
    for case in cases.prefetch_related("events", "dispatches"):
        events, held = list(case.events.all()), [offer for offer in case.dispatches.all() if offer.is_held]
        assert case.version == len(events)
        assert [event.at for event in events] == sorted(event.at for event in events)
        assert events[-1].to_state == case.state
        assert len(held) == (case.state in (State.DISPATCHED, State.IN_PROGRESS) or case.waiting_from == "in_progress")
        if case.state in (State.RESOLVED, State.CLOSED):
            assert case.accepted_at <= case.finished_at <= case.resolved_at
    assert Dispatch.objects.filter(outcome__in=HELD).count() == cases.filter(current_dispatch__outcome__in=HELD).count()


def test_personal_data_is_sealed_masked_and_nobodys():
    for requester in Requester.objects.all()[:50]:
        phone = requester.phone.reveal()
        assert phone.startswith(("1380000", "1990000"))
        assert requester.phone_masked == f"{phone[:3]}****{phone[-4:]}"
        assert requester.code.reveal()


def test_a_second_demo_is_refused_and_changes_nothing():
    out, before = io.StringIO(), Station.objects.count()
    call_command("demo", stdout=out)
    assert "nothing was changed" in out.getvalue()
    assert Station.objects.count() == before


def test_types_are_only_those_of_the_table():
    assert set(PROPORTIONS) == set(StationType)


def _fingerprint():
    """The demo as far as it does not depend on keys."""
    return [
        list(rows)
        for rows in (
            Station.objects.order_by("code").values_list("code", "name", "latitude", "status", "open_24h"),
            User.objects.order_by("username").values_list("username", "person__name"),
            ServiceRequest.objects.order_by("submitted_at", "title").values_list(
                "title", "state", "submitted_at", "due_at", "last_rating", "region__code"
            ),
        )
    ]


def test_the_same_day_gives_the_same_demo():
    first = _fingerprint()
    with transaction.atomic():
        for table in (
            "core_region", "core_person", "core_consenttext", "requests_category",
            "stations_stationfunction", "stations_serviceitem", "stations_amenity", "volunteers_skill",
        ):  # fmt: skip
            _empty(table)
        build(today=TODAY, requests=300, password="a good password", stream=io.StringIO())
        second = _fingerprint()
        transaction.set_rollback(True)
    assert first == second


def _empty(table):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(f"TRUNCATE {table} CASCADE")


def test_units_teams_and_volunteers_of_baoan_give_some_four_hundred_things_and_some_are_claimed():
    given = Resource.objects.filter(region__path__startswith="4403/440306/")
    assert given.count() == Resource.objects.count() == 400
    assert set(given.values_list("kind", flat=True)) == set(ResourceKind.values)
    for giver in ("organization", "team", "volunteer"):
        assert given.filter(**{f"{giver}__isnull": False}).exists()
    assert set(Claim.objects.values_list("state", flat=True)) == {ClaimState.CLAIMED, ClaimState.USED}
    claimed = Resource.objects.filter(claims__isnull=False).first()
    assert claimed.claimed + claimed.used > 0
