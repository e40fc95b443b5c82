"""A resident's whole way without JavaScript: ask, keep the code, follow, rate."""

import pytest

from portal.core import codes
from requests import workflow
from requests.models import Requester, ServiceRequest
from requests.types import Channel, State
from requests.workflow import Staff


@pytest.mark.smoke
def test_it_works(client, typed, north, helper, the_north):
    assert client.get("/").status_code == 200
    assert client.get("/ask/").status_code == 200
    sent = client.post("/ask/", typed)
    assert sent.status_code == 302, sent.content.decode()
    case = ServiceRequest.objects.get()
    assert (case.channel, case.community, case.state) == (Channel.WEB, the_north.community, State.SUBMITTED)
    receipt = client.get(sent.url)
    code = codes.format_code(Requester.objects.get().code.reveal())
    assert code in receipt.content.decode()
    client.post("/track/leave/")
    assert client.get(f"/case/{case.number}/").status_code == 404

    workflow.accept(case, by=Staff(north))
    workflow.dispatch(case, by=Staff(north), to=the_north.unit)
    workflow.take(case, by=Staff(helper))
    workflow.resolve(case, by=Staff(helper), text="路灯已经修好。")

    opened = client.post("/track/", {"code": code.lower()}, follow=True)
    assert "路灯已经修好。" in opened.content.decode()
    rated = client.post(
        f"/case/{case.number}/rate/",
        {"version": case.version, "code": "satisfied", "solved": "yes", "comment": "谢谢"},
        follow=True,
    )
    assert rated.status_code == 200
    case.refresh_from_db()
    assert (case.state, case.last_rating, case.last_solved) == (State.CLOSED, "satisfied", True)
