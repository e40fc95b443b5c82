"""Swaps, calls and the coverage watch under /api/v1/."""

from datetime import timedelta

import pytest
from django.utils import timezone

from volunteers import call_outs, places
from volunteers.models import CallOut, Swap

pytestmark = pytest.mark.django_db
API = "/api/v1"


def post(client, path, body=None):
    return client.post(f"{API}/{path}", body or {}, content_type="application/json")


def rows(client, path):
    return client.get(f"{API}/{path}").json()["results"]


def test_a_volunteer_finds_a_partner_asks_and_the_other_agrees(two, client, north):
    mine, theirs, one, other = two
    client.force_login(one)
    (partner,) = client.get(f"{API}/assignments/{mine.pk}/partners/").json()
    assert partner["id"] == theirs.pk
    assert partner["volunteer"]["name"] == "李**"
    made = post(client, "swaps/", {"assignment": mine.pk, "wanted": theirs.pk})
    assert made.status_code == 201, made.json()
    assert [row["id"] for row in rows(client, "swaps/")] == [made.json()["id"]]
    client.force_login(other)
    assert post(client, f"swaps/{made.json()['id']}/accept/").json()["status"] == "done"
    client.force_login(north)
    assert rows(client, "swaps/?status=done")


@pytest.mark.parametrize(
    ("body", "field"), [({}, "wanted"), ({"wanted": 1, "number": "000000001"}, "wanted"), ({"number": "x"}, "number")]
)
def test_a_swap_that_names_nobody_is_refused_in_words(two, client, body, field):
    mine, _theirs, one, _other = two
    client.force_login(one)
    answer = post(client, "swaps/", {"assignment": mine.pk, **body})
    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]


def test_swaps_of_others_are_not_there(two, person, client, south, north):
    mine, theirs, one, _other = two
    client.force_login(one)
    pk = post(client, "swaps/", {"assignment": mine.pk, "wanted": theirs.pk}).json()["id"]
    _volunteer, stranger = person("赵大山")
    for user, status in ((stranger, 404), (south, 403), (north, 403)):
        client.force_login(user)
        assert post(client, f"swaps/{pk}/accept/").status_code == status
        assert post(client, "swaps/", {"assignment": mine.pk, "wanted": theirs.pk}).status_code in (400, 403)
    client.force_login(south)
    assert rows(client, "swaps/") == []
    assert Swap.objects.get().status == Swap.Status.ASKED


def test_a_call_is_started_followed_stopped_and_answered(person, make_shift, north, south, client, soon):
    shift = make_shift(soon)
    volunteer, user = person("王小明")
    client.force_login(south)
    assert post(client, "call-outs/", {"shift": shift.pk}).status_code == 400
    client.force_login(north)
    made = post(client, "call-outs/", {"shift": shift.pk}).json()
    assert [ask["volunteer"]["id"] for ask in made["asks"]] == [volunteer.pk]
    client.force_login(user)
    (ask,) = rows(client, "call-out-asks/?answer=none")
    assert ask["is_open"]
    assert post(client, f"call-out-asks/{ask['id']}/answer/", {"is_yes": True}).json()["answer"] == "yes"
    client.force_login(north)
    assert client.get(f"{API}/call-outs/{made['id']}/").json()["status"] == "filled"
    again = post(client, f"call-outs/{made['id']}/stop/")
    assert again.json()["status"] == "filled"
    client.force_login(south)
    assert rows(client, "call-outs/") == []
    assert client.get(f"{API}/call-outs/{made['id']}/").status_code == 404


def test_another_volunteers_question_is_not_there(person, make_shift, north, client, soon):
    person("王小明")
    ask = call_outs.start(make_shift(soon), by=north).asks.get()
    _volunteer, stranger = person("李小红")
    client.force_login(stranger)
    assert rows(client, "call-out-asks/") == []
    assert post(client, f"call-out-asks/{ask.pk}/answer/", {"is_yes": True}).status_code == 404
    assert CallOut.objects.get().status == CallOut.Status.OPEN


def test_the_watch_is_a_filter_of_shifts(enrol, make_shift, north, client, soon):
    short = make_shift(soon)
    keyless = make_shift(soon, needs_key_holder=True)
    unopened = make_shift(timezone.now() - timedelta(hours=1))
    for shift, name in ((keyless, "王小明"), (unopened, "李小红")):
        places.assign(shift, volunteer=enrol(name), by=north)
    client.force_login(north)
    for kind, shift in (("short", short), ("keyless", keyless), ("unopened", unopened)):
        assert [row["id"] for row in rows(client, f"shifts/?watch={kind}")] == [shift.pk], kind
    assert len(rows(client, "shifts/?watch=short&watch=keyless")) == 2
    assert client.get(f"{API}/shifts/?watch=nothing").status_code == 400
