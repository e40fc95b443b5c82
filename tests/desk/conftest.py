"""What the tests of the desk share: forms sent as somebody, and lists of any length."""

import pytest
from django.urls import reverse

from portal.core.models import Role
from requests import workflow
from requests.models import ServiceRequest
from requests.workflow import Staff
from requests.workflow.intake import Contact
from tests.conftest import make_user
from tests.requests.talks import by, cast, estate, runner  # noqa: F401


@pytest.fixture
def desk(client):
    """Send one step's form as somebody."""

    def send(user, case, verb, *, htmx=False, **fields):
        client.force_login(user)
        fields.setdefault("version", ServiceRequest.objects.get(pk=case.pk).version)
        headers = {"HX-Request": "true"} if htmx else {}
        return client.post(reverse("desk:step", args=[case.pk, verb]), fields, headers=headers)

    return send


@pytest.fixture
def page(client):
    """The page at an address as somebody reads it."""

    def read(user, address, **query):
        client.force_login(user)
        return client.get(address, query)

    return read


@pytest.fixture
def many(the_north):
    """Any number of cases of the north."""

    def make(count, **how):
        how = {"description": "楼道里堆满杂物，消防通道过不去。", "region": the_north.community} | how
        return [
            workflow.submit(contact=Contact(phone=f"1380000{1000 + number}"), **how).case for number in range(count)
        ]

    return make


@pytest.fixture
def district(the_north):
    return make_user("district", Role.DISTRICT, region=the_north.district)


@pytest.fixture
def dispatched(case, north, the_north):
    workflow.accept(case, by=Staff(north))
    return workflow.dispatch(case, by=Staff(north), to=the_north.unit)


@pytest.fixture
def in_progress(dispatched, helper):
    return workflow.take(dispatched, by=Staff(helper))


@pytest.fixture
def resolved(in_progress, helper):
    return workflow.resolve(in_progress, by=Staff(helper), text="路灯已经修好。")
