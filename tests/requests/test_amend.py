"""更正 of the place: within the city, by the same rule at the desk and in the API."""

import pytest
from rest_framework.test import APIClient

from portal.core.errors import DomainError
from portal.core.models import Level, Role
from portal.core.regions import create_region, move_region
from requests import workflow
from requests.workflow import Staff
from tests.conftest import make_region, make_user
from tests.registry.conftest import region_text


@pytest.fixture
def elsewhere(db):
    """A community of another city."""
    city = make_region("4401", "广州市", Level.CITY)
    district = make_region("440106", "天河区", Level.DISTRICT, city)
    street = make_region("440106001", "五山街道", Level.STREET, district)
    return make_region("440106001001", "五山社区", Level.COMMUNITY, street)


def send(client, user, case, **fields):
    client.force_login(user)
    return client.post(
        f"/desk/requests/{case.pk}/do/amend/", {"version": case.version, "time_limit": "general"} | fields
    )


def call(user, case, **fields):
    caller = APIClient()
    caller.force_login(user)
    return caller.post(f"/api/v1/service-requests/{case.pk}/amend/", {"version": case.version} | fields)


def test_it_works(client, case, north, the_south):
    assert send(client, north, case, region=region_text(the_south.community)).status_code == 302
    case.refresh_from_db()
    assert (case.region, case.handling_region) == (the_south.community, the_south.community)
    assert (case.street, case.district) == (the_south.street, the_south.district)


def test_the_form_sent_as_it_is_moves_nothing(client, case, north, the_north):
    assert send(client, north, case, region=region_text(the_north.community)).status_code == 302
    case.refresh_from_db()
    assert (case.region, case.version) == (the_north.community, 2)


def test_a_functional_district_is_a_part_of_its_city(case, north, city, the_south):
    zone = create_region(
        code="F440301", name="南湾新区", level=Level.DISTRICT, parent=city, by=None, is_functional=True
    )  # fmt: skip
    move_region(the_south.street, to=zone, by=None)
    the_south.community.refresh_from_db()
    workflow.amend(case, by=Staff(north), region=the_south.community)
    assert case.district == zone


def test_another_city_is_refused_by_the_verb_and_the_case_stays(case, north, the_north, elsewhere):
    with pytest.raises(DomainError) as refused:
        workflow.amend(case, by=Staff(north), region=elsewhere)
    assert refused.value.code == "another_city"
    case.refresh_from_db()
    assert (case.region, case.version) == (the_north.community, 1)


def test_desk_and_api_refuse_another_city_beside_the_field(client, case, north, elsewhere):
    answer = call(north, case, region=elsewhere.code)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "another_city")
    assert "另一个城市" in answer.json()["error"]["fields"]["region"][0]
    answer = send(client, north, case, region=region_text(elsewhere), text="走错了门")
    assert answer.status_code == 422
    assert "本市没有" in answer.content.decode()
    assert "走错了门" in answer.content.decode()


def test_who_looks_after_two_cities_moves_no_case_between_them(client, case, elsewhere):
    boss = make_user("boss", Role.ADMINISTRATOR)
    assert send(client, boss, case, region=region_text(elsewhere)).status_code == 422
    assert call(boss, case, region=elsewhere.code).status_code == 400


@pytest.mark.parametrize("level", ["city", "district"])
def test_a_place_is_a_street_or_a_community(level, case, north, the_south, city):
    with pytest.raises(DomainError) as refused:
        workflow.amend(case, by=Staff(north), region=city if level == "city" else the_south.district)
    assert refused.value.fields is not None


def test_places_of_ones_own_city_are_proposed(client, north, helper, south, auditor, the_north, elsewhere):
    for user in (north, helper, south):
        client.force_login(user)
        found = client.get("/desk/places/lookup/", {"q": "社区"}).json()["proposals"]
        assert region_text(the_north.community) in found
        assert region_text(elsewhere) not in found
        assert client.get("/desk/places/lookup/", {"q": "区"}).json()["proposals"] == found
    client.force_login(auditor)
    assert client.get("/desk/places/lookup/", {"q": "社区"}).status_code == 403
