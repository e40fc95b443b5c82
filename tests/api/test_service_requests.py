"""Cases over the API, for three people."""

import pytest

from requests.types import State

LIST = "/api/v1/service-requests/"


def url(case, step=""):
    return f"{LIST}{case.pk}/" + (f"{step}/" if step else "")


@pytest.mark.smoke
def test_it_works(api, north, helper, case, the_north):
    dispatcher, handler = api(north), api(helper)
    listed = dispatcher.get(LIST).json()
    assert [row["id"] for row in listed["results"]] == [case.pk]
    answer = dispatcher.post(url(case, "accept"), {"version": 1})
    assert (answer.status_code, answer.json()["state"], answer.json()["version"]) == (200, "accepted", 2)
    assert dispatcher.post(url(case, "dispatch"), {"version": 2, "unit": the_north.unit.pk}).status_code == 200
    assert handler.post(url(case, "take"), {"version": 3}).json()["allowed"]
    assert handler.post(url(case, "contact"), {"version": 4, "reached": True}).status_code == 200
    resolved = handler.post(url(case, "resolve"), {"version": 5, "text": "路灯已经修好。"})
    assert resolved.json()["state"] == State.RESOLVED
    detail = dispatcher.get(url(case)).json()
    assert [line["verb"] for line in detail["timeline"]] == [
        "submit", "accept", "dispatch", "take", "contact", "resolve",
    ]  # fmt: skip
    assert detail["unit"]["name"] == the_north.unit.name
    assert "call_back" in detail["allowed"]
