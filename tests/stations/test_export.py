"""The registry as a file, which can be edited and loaded again; loading it unchanged changes nothing."""

import csv
import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core.imports.organizations import OrganizationResource
from portal.core.imports.outcome import run
from portal.core.models import Estate, Level, Organization
from portal.core.sheets import CsvStream
from portal.core.text import clean_text
from stations.imports import StationResource
from stations.models import Amenity, ServiceItem, Station, StationFunction
from stations.points import entered_to_stored
from stations.types import BuildMode, Datum, PremisesSource, StationClass, StationStatus, StationType, Tier
from tests.conftest import make_region


def body(response) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def url(kind="stations", **query) -> str:
    return reverse("desk:registry_export", args=[kind], query=query or None)


def test_it_works(client, north, the_north, the_south):
    client.force_login(north)
    book = openpyxl.load_workbook(io.BytesIO(body(client.get(url()))))
    lines = list(book.worksheets[0].iter_rows(values_only=True))
    assert [line[:2] for line in lines] == [("代码", "名称*"), ("S6", "北小站")]
    assert all(value is None or isinstance(value, str) for line in lines for value in line)


def test_as_csv(client, north, the_north, the_south):
    client.force_login(north)
    lines = list(csv.reader(io.StringIO(body(client.get(url("organizations", format="csv"))).decode("utf-8-sig"))))
    assert [line[0] for line in lines] == ["名称", "北物业公司"]


def test_the_filters_of_the_list_hold(client, leader, the_north):
    other = make_region("440306001002", "东社区", Level.COMMUNITY, the_north.street)
    Station.objects.create(code="E1", name="东小站", station_type=StationType.SCHOOL, region=other)
    client.force_login(leader)
    rows = body(client.get(url(format="csv", station_type="school"))).decode()
    assert "东小站" in rows
    assert "北小站" not in rows
    assert client.get(url(station_type="nonsense")).status_code == 400


def test_who_may_not_export_is_refused(client, keeper, helper, auditor):
    for user in (keeper, helper, auditor):
        client.force_login(user)
        assert client.get(url()).status_code == 403


def test_an_export_costs_as_many_queries_for_30_rows_as_for_3(client, north, the_north, django_assert_max_num_queries):
    amenity = Amenity.objects.create(code="tea", name="热水")
    for number in range(30):
        station = Station.objects.create(
            code=f"E{number}", name=f"站{number}", station_type=StationType.SCHOOL, region=the_north.community,
            organization=the_north.unit,
        )  # fmt: skip
        station.amenities.add(amenity)
    client.force_login(north)
    with django_assert_max_num_queries(25):
        body(client.get(url()))


TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), st.sampled_from("=+-@'、，,;\"\n/#社区街道 0123")
    ),
    max_size=30,
)  # fmt: skip


def line(max_length=100, *, required=False):
    texts = TEXT.map(lambda text: clean_text(text, max_length=10_000)[:max_length].strip())
    return texts.filter(bool) if required else texts


def lines():
    return TEXT.map(lambda text: clean_text(text, max_length=10_000, multiline=True))


@st.composite
def station_values(draw):
    tier = draw(st.sampled_from(Tier.values))
    datum = draw(st.sampled_from(Datum.values))
    point = draw(st.none() | st.tuples(st.floats(22.56, 22.8), st.floats(113.8, 114.0)))
    latitude, longitude = entered_to_stored(*(point or (None, None)), datum)
    return {
        "name": draw(line(required=True)),
        "tier": tier,
        "station_type": draw(st.sampled_from(StationType.values)) if tier == Tier.STATION else "",
        "station_class": draw(st.sampled_from(["", *StationClass.values])),
        "status": draw(st.sampled_from(StationStatus.values)),
        "opened_on": draw(st.none() | st.dates(dt.date(1921, 1, 1), dt.date(2100, 1, 1))),
        "address": draw(line()),
        "latitude": latitude,
        "longitude": longitude,
        "datum": datum,
        "area_m2": draw(st.none() | st.decimals(1, 9_999_999, places=2)),
        "room_count": draw(st.none() | st.integers(0, 500)),
        "build_mode": draw(st.sampled_from(["", *BuildMode.values])),
        "premises_source": draw(st.sampled_from(["", *PremisesSource.values])),
        "phone": draw(line(30)),
        "brand": draw(line(60)),
        "is_demonstration": draw(st.booleans()),
        "open_24h": draw(st.booleans()),
        "has_study_hall": draw(st.booleans()),
        "introduction": draw(lines()),
    }


def files(resource, rows):
    yield resource.write(rows)
    yield io.BytesIO(b"".join(CsvStream(resource.headers(), resource.lines(rows))))


def assert_unchanged(make, rows):
    for file in files(make(), rows):
        outcome, failed = run(make(), file, dry_run=False)
        assert (outcome.unchanged, failed) == (len(rows), None), outcome.rows


RELAXED = settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def catalogues(db):
    for number, name in enumerate(["充电", "文化、体育", "a1", "热水（24小时）"]):
        for model in (StationFunction, Amenity):
            model.objects.create(code=f"a{number}", name=name, is_active=number != 3)
        ServiceItem.objects.create(code=f"a{number}", name=name, group=ServiceItem.Group.PARTY)


@RELAXED
@given(values=station_values(), offers=st.sets(st.integers(0, 3)), data=st.data())
def test_an_exported_station_loads_without_a_change(north, the_north, catalogues, values, offers, data):
    station = the_north.station
    Station.objects.filter(pk=station.pk).update(
        **values,
        estate=Estate.objects.get_or_create(name="丽晶苑", region=the_north.community)[0],
        organization=data.draw(st.sampled_from([None, the_north.unit])),
    )
    for relation in (station.functions, station.amenities, station.service_items):
        relation.set(relation.model.objects.filter(code__in=[f"a{number}" for number in offers]))
    rows = list(StationResource(north.scope).related().filter(pk=station.pk))
    assert_unchanged(lambda: StationResource(north.scope), rows)


@RELAXED
@given(
    names=st.lists(line(120, required=True), min_size=2, max_size=4, unique=True), short=line(60), notes=lines(),
    members=st.none() | st.integers(0, 10_000), code=st.just("") | st.from_regex("[0-9A-Z]{18}", fullmatch=True),
)  # fmt: skip
def test_exported_organisations_load_without_a_change(leader, the_north, names, short, notes, members, code):
    """Their superiors have the name of another, or a name that looks like something else."""
    Organization.objects.update(parent=None)
    Organization.objects.exclude(pk=the_north.unit.pk).delete()
    parent = the_north.unit
    for number, name in enumerate(names):
        parent = Organization.objects.create(
            name=name, short_name=short, notes=notes, member_count=members, parent=parent, kind="enterprise",
            region=the_north.community, credit_code=code if number == 0 else "",
        )  # fmt: skip
    Organization.objects.create(name=names[0], kind="merchant", region=the_north.street, parent=parent)
    rows = list(OrganizationResource(leader.scope).related().order_by("pk"))
    assert_unchanged(lambda: OrganizationResource(leader.scope), rows)


def test_an_export_keeps_what_could_not_be_entered_today(north, the_north, the_south):
    """A unit outside of the area, an abolished region, an entry out of use: unchanged is unchanged."""
    the_north.community.valid_to = dt.date(2020, 1, 1)
    the_north.community.save()
    station = the_north.station
    station.organization = the_south.unit
    station.area_m2 = Decimal("70.00")
    station.save()
    rows = list(StationResource(north.scope).related().filter(pk=station.pk))
    assert_unchanged(lambda: StationResource(north.scope), rows)
