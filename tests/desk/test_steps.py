"""Every step by its form, for those who may and for those who may not."""

import pytest
from django.urls import reverse

from requests import workflow
from requests.models import ServiceRequest
from requests.types import State
from requests.workflow import Staff


@pytest.fixture
def desk(client):
    """Send one step's form as somebody."""

    def send(user, case, verb, *, htmx=False, **fields):
        client.force_login(user)
        fields.setdefault("version", ServiceRequest.objects.get(pk=case.pk).version)
        headers = {"HX-Request": "true"} if htmx else {}
        return client.post(reverse("desk:step", args=[case.pk, verb]), fields, headers=headers)

    return send


@pytest.mark.smoke
def test_it_works(client, desk, case, north, helper, the_north):
    client.force_login(north)
    assert case.title in client.get(reverse("desk:home")).content.decode()
    assert desk(north, case, "accept").status_code == 302
    assert desk(north, case, "dispatch", to=f"unit:{the_north.unit.pk}").status_code == 302
    assert desk(helper, case, "take").status_code == 302
    assert desk(helper, case, "contact", reached="1", text="说好明天来修").status_code == 302
    assert desk(helper, case, "resolve", text="路灯已经修好。").status_code == 302
    case.refresh_from_db()
    assert case.state == State.RESOLVED


def test_a_step_without_words_comes_back_with_the_form(desk, case, north):
    answer = desk(north, case, "reject", ground="unclear")
    assert answer.status_code == 422
    assert "请填写说明" in answer.content.decode()
    case.refresh_from_db()
    assert case.state == State.SUBMITTED


def test_somebody_elses_case_is_not_found(desk, case, south):
    assert desk(south, case, "accept").status_code == 404


def test_a_stale_form_says_what_happened_and_keeps_what_was_typed(desk, case, north):
    workflow.accept(case, by=Staff(north))
    answer = desk(north, case, "ask", version=1, text="是哪一盏路灯？", htmx=True)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "North" in page and "受理" in page
    assert "是哪一盏路灯？" in page
    assert 'name="version" value="2"' in page
