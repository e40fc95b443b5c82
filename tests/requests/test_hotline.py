"""The 12345 hotline: its cases come in once each, and every result goes back to it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Barrier, Thread
from typing import ClassVar

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.notifications.posting import signature
from portal.desk import import_jobs, imports
from portal.desk.models import SheetImport
from requests import hotline, hotline_delivery, limits, workflow
from requests.clocks import clocks_of
from requests.hotline_imports import HotlineSheet
from requests.models import HotlineCase, HotlineReturn, ServiceRequest
from requests.models.hotline import ReturnState
from requests.types import Channel, LimitStep, State
from requests.workflow import Staff
from requests.workflow.intake import Contact

API, RETURNS = "/api/v1/hotline-cases/", "/api/v1/hotline-returns/"
WORDS = "小区门口的路灯坏了三天。"


@pytest.fixture
def take_in(the_north, north):
    def take_in(number="20261126001", *, by=None, **more):
        matter = {"description": WORDS, "region": the_north.community, "contact": Contact(phone="")} | more
        return hotline.take_in(external_number=number, by=Staff(by or north), **matter)

    return take_in


@pytest.fixture
def resolved(take_in, north):
    made = take_in().hotline
    workflow.accept(made.request, by=Staff(north))
    workflow.resolve(made.request, by=Staff(north), text="路灯已经修好。")
    return made


def body(the_north, **more):
    return {"external_number": "T-1", "description": WORDS, "region": the_north.community.code} | more


def test_its_number_finds_the_case_and_stands_on_its_page(take_in, client, north, south):
    made = take_in("12345-77").hotline
    shown = {}
    for user in (north, south):
        client.force_login(user)
        shown[user] = client.post(reverse("desk:search"), {"q": "12345-77"}, follow=True)
    assert shown[north].redirect_chain[-1][0] == reverse("desk:case", args=[made.request_id])
    assert "12345-77" in shown[north].content.decode()
    assert made.request.number not in shown[south].content.decode()


def test_it_works(take_in, north, resolved):
    case = resolved.request
    assert (case.channel, case.recorded_by) == (Channel.HOTLINE, north)
    told = HotlineReturn.objects.get()
    assert (told.outcome, told.text, told.state) == (State.RESOLVED, "路灯已经修好。", ReturnState.WAITING)
    # The log told nobody: it is prepared, until somebody says that it was handed over.
    assert hotline_delivery.send_due() == {"sent": 0, "prepared": 1, "failed": 0}
    assert hotline_delivery.send_due() == {"sent": 0, "prepared": 0, "failed": 0}
    told.refresh_from_db()
    assert (told.state, told.attempts, told.sent_at) == (ReturnState.PREPARED, 1, None)
    assert list(HotlineReturn.objects.unsent()) == [told]
    hotline.mark_sent([told], by=north)
    told.refresh_from_db()
    assert (told.state, told.sent_by) == (ReturnState.SENT, north)


def test_a_number_that_is_known_is_the_same_case(take_in):
    first, second = take_in(), take_in(description="别的话。")
    assert first.hotline == second.hotline
    assert (first.requester is not None, second.requester) == (True, None)
    assert ServiceRequest.objects.count() == 1


def test_a_number_of_another_area_is_refused_and_tells_nothing(take_in, south, the_south):
    take_in()
    with pytest.raises(Conflict) as refused:
        take_in(by=south, region=the_south.community)
    assert refused.value.code == "number_taken"
    assert "路灯" not in str(refused.value)


@pytest.mark.parametrize("number", ["", "   "])
def test_without_a_number_it_is_refused(take_in, number):
    with pytest.raises(DomainError) as refused:
        take_in(number)
    assert "external_number" in refused.value.fields
    assert not ServiceRequest.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_sent_twice_in_the_same_second_it_is_one_case(take_in):
    barrier = Barrier(2)

    def send(_number):
        barrier.wait()
        try:
            return take_in().hotline.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(send, range(2)))
    assert len(set(found)) == 1
    assert (ServiceRequest.objects.count(), HotlineCase.objects.count()) == (1, 1)


# The limit


def test_the_sooner_of_both_limits_counts_and_is_explained(take_in, north):
    wanted = timezone.now() + timedelta(days=2)
    case = take_in(due_at=wanted).hotline.request
    workflow.accept(case, by=Staff(north))
    assert case.due_at == wanted
    (clock,) = [each for each in clocks_of(case, list(case.events.order_by("id"))) if each.step == LimitStep.RESOLVE]
    assert clock.account.due_at == case.due_at
    assert any("热线要求" in line for line in clock.lines)


def test_our_own_limit_counts_where_it_is_sooner(take_in, north):
    case = take_in(due_at=timezone.now() + timedelta(days=90)).hotline.request
    workflow.accept(case, by=Staff(north))
    assert case.due_at == limits.due_for(case, LimitStep.RESOLVE, case.accepted_at)


# Results


def test_each_result_is_told_once_in_its_order(resolved, north, leader):
    case = resolved.request
    workflow.redo(case, by=Staff(leader), text="灯又坏了。")
    workflow.resolve(case, by=Staff(north), text="换了新灯。")
    assert [row.text for row in resolved.returns.order_by("pk")] == ["路灯已经修好。", "换了新灯。"]
    assert len({row.key for row in resolved.returns.all()}) == 2


def test_a_rejection_is_told_with_its_words(take_in, north):
    case = take_in().hotline.request
    workflow.reject(case, by=Staff(north), ground="out_of_scope", text="属于市级事项。")
    told = HotlineReturn.objects.get()
    assert (told.outcome, told.text) == (State.REJECTED, "属于市级事项。")


def test_a_case_that_was_merged_hears_what_became_of_the_other(take_in, case, north):
    merged = take_in().hotline
    workflow.merge(merged.request, by=Staff(north), into=case)
    workflow.accept(case, by=Staff(north))
    workflow.resolve(case, by=Staff(north), text="修好了。")
    assert [(row.outcome, row.text) for row in merged.returns.all()] == [(State.RESOLVED, "修好了。")]


def test_other_cases_tell_the_hotline_nothing(case, north):
    workflow.accept(case, by=Staff(north))
    workflow.resolve(case, by=Staff(north), text="修好了。")
    assert not HotlineReturn.objects.exists()


class Receiver(BaseHTTPRequestHandler):
    answers: ClassVar[list[int]] = []
    taken: ClassVar[list[tuple[dict, bytes]]] = []

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append((dict(self.headers), sent))
        self.send_response(self.answers.pop(0))
        self.end_headers()

    def log_message(self, *_args) -> None:
        pass


@pytest.fixture
def receiver(settings):
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=server.serve_forever, daemon=True).start()
    settings.HOTLINE_URL = f"http://127.0.0.1:{server.server_port}/results"
    settings.HOTLINE_SECRET, settings.PRIVATE_ADDRESSES = "s3cret", True
    settings.HOTLINE_PROVIDER = "requests.hotline_delivery.Http"
    Receiver.answers, Receiver.taken = [], []
    yield Receiver
    server.shutdown()
    server.server_close()


def test_results_are_posted_signed_and_again_after_a_failure(resolved, receiver):
    receiver.answers[:] = [503, 200]
    assert hotline_delivery.send_due() == {"sent": 0, "prepared": 0, "failed": 1}
    told = HotlineReturn.objects.get()
    assert (told.state, told.error, told.attempts) == (ReturnState.WAITING, "answer_503", 1)
    assert told.due_at > timezone.now()
    HotlineReturn.objects.update(due_at=timezone.now())
    assert hotline_delivery.send_due() == {"sent": 1, "prepared": 0, "failed": 0}
    (first, sent), (second, again) = receiver.taken
    assert sent == again
    assert first["Idempotency-Key"] == second["Idempotency-Key"] == told.key
    assert first["Xiaozhan-Signature"] == signature("s3cret", timestamp=int(first["Xiaozhan-Timestamp"]), body=sent)


def test_what_the_hotline_refuses_is_given_up_until_somebody_tries_again(resolved, receiver, north):
    receiver.answers[:] = [400, 200]
    hotline_delivery.send_due()
    told = HotlineReturn.objects.get()
    assert (told.state, told.error) == (ReturnState.FAILED, "answer_400")
    hotline.retry(told, by=north)
    assert hotline_delivery.send_due() == {"sent": 1, "prepared": 0, "failed": 0}
    with pytest.raises(Conflict):
        hotline.retry(told, by=north)


def test_without_a_provider_results_wait_for_the_file(resolved, settings):
    settings.HOTLINE_PROVIDER = ""
    assert hotline_delivery.send_due() == {"sent": 0, "prepared": 1, "failed": 0}
    assert HotlineReturn.objects.unsent().get().state == ReturnState.PREPARED


def test_only_staff_of_the_area_mark_results_as_sent(resolved, north, south, helper):
    told = HotlineReturn.objects.get()
    for stranger in (south, helper):
        with pytest.raises(NotAllowed):
            hotline.mark_sent([told], by=stranger)
    assert hotline.mark_sent([told], by=north) == 1
    assert hotline.mark_sent([told], by=north) == 0
    told.refresh_from_db()
    assert (told.state, told.sent_by) == (ReturnState.SENT, north)


# Pages


def test_the_desk_lists_results_for_those_of_the_area(resolved, client, north, south, helper):
    told = HotlineReturn.objects.get()
    addresses = [reverse("requests:hotline_return_list"), reverse("requests:hotline_hand_over")]
    client.force_login(north)
    for address in addresses:
        assert "20261126001" in client.get(address).content.decode()
    client.force_login(south)
    for address in addresses:
        assert "20261126001" not in client.get(address).content.decode()
    assert client.get(reverse("requests:hotline_return_detail", args=[told.pk])).status_code == 404
    client.force_login(helper)
    assert client.get(addresses[0]).status_code == 403


def test_results_are_handed_over_as_a_file_and_ticked_off(resolved, client, north):
    told = HotlineReturn.objects.get()
    client.force_login(north)
    answer = client.get(reverse("requests:hotline_unsent"))
    assert answer["Content-Type"].startswith("application/vnd.openxmlformats")
    client.post(reverse("requests:hotline_hand_over"), {"row": ["x", str(10**30), str(told.pk)]})
    told.refresh_from_db()
    assert told.state == ReturnState.SENT
    assert client.post(reverse("requests:hotline_hand_over"), {}, follow=True).status_code == 200


def test_the_desk_tries_again_by_hand(resolved, client, north, south):
    told = HotlineReturn.objects.get()
    HotlineReturn.objects.update(state=ReturnState.FAILED, attempts=7)
    client.force_login(south)
    assert client.post(reverse("requests:hotline_retry", args=[told.pk])).status_code == 404
    client.force_login(north)
    assert client.post(reverse("requests:hotline_retry", args=[told.pk])).status_code == 302
    told.refresh_from_db()
    assert (told.state, told.attempts) == (ReturnState.WAITING, 0)


def test_at_the_counter_the_number_is_asked_for_the_hotline(client, north, the_north):
    client.force_login(north)
    address = reverse("desk:request_new")
    asked = {
        "channel": "hotline",
        "description": WORDS,
        "kind": "demand",
        "consent": "on",
        "region": the_north.community.pk,
    }
    refused = client.post(address, asked)
    assert refused.status_code == 422
    assert "热线" in refused.content.decode()
    assert client.post(address, asked | {"external_number": "H-9"}).status_code == 302
    assert HotlineCase.objects.get().request.channel == Channel.HOTLINE
    again = client.post(address, asked | {"external_number": "H-9"})
    assert again.url == reverse("desk:case", args=[HotlineCase.objects.get().request_id])
    other = client.post(address, asked | {"external_number": "H-10", "channel": "phone", "phone": "13800001234"})
    assert other.status_code == 422


# The API


@pytest.fixture
def api(client):
    def call(user, method, address, data=None):
        client.force_login(user)
        return getattr(client, method)(address, data, content_type="application/json")

    return call


def test_the_api_gives_the_same_answer_twice(api, north, the_north):
    sent = body(the_north, due_at="2027-03-01T18:00:00.5+08:00")
    first, second = (api(north, "post", API, sent) for _time in range(2))
    assert (first.status_code, second.status_code) == (201, 201), first.content
    assert first.json() == second.json()
    assert ServiceRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"external_number": ""}, "external_number"), ({"external_number": "9" * 41}, "external_number"),
        ({"due_at": "morgen"}, "due_at"), ({"phone": "abc"}, "phone"), ({"region": "0"}, "region"),
        ({"description": ""}, "description"), ({"channel": "web"}, "channel"),
    ],
)  # fmt: skip
def test_bad_input_names_the_field(api, north, the_north, change, field):
    answer = api(north, "post", API, body(the_north, **change))
    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]
    assert not ServiceRequest.objects.exists()


def test_the_api_shows_cases_and_results_of_ones_own_area(api, resolved, north, south, helper):
    told = HotlineReturn.objects.get()
    assert [row["external_number"] for row in api(north, "get", API).json()["results"]] == ["20261126001"]
    assert api(south, "get", API).json()["results"] == []
    assert [row["outcome"] for row in api(north, "get", f"{RETURNS}?state=to_send").json()["results"]] == ["resolved"]
    assert api(north, "get", f"{RETURNS}?state=sent").json()["results"] == []
    assert api(south, "post", f"{RETURNS}{told.pk}/retry/").status_code == 404
    assert api(helper, "get", RETURNS).status_code == 403
    assert api(north, "post", f"{RETURNS}{told.pk}/mark-sent/").json()["state"] == "sent"


def test_other_channels_have_addresses_of_their_own(api, north, the_north):
    asked = {"description": WORDS, "region": the_north.community.code, "phone": "13800001234"}
    for channel in ("hotline", "rider", "visit"):
        assert api(north, "post", "/api/v1/service-requests/", asked | {"channel": channel}).status_code == 400


# The spreadsheet


COLUMNS = ("external_number", "description", "region", "kind", "phone", "due_at")


def send(by, lines):
    """Have the worker check a file with these lines."""
    fields = HotlineSheet(by.scope).fields
    text = "\n".join([",".join(fields[name].header for name in COLUMNS), *lines])
    upload = SimpleUploadedFile("热线.csv", text.encode())
    kept = imports.send(kind="hotline", upload=upload, size=upload.size, filename=upload.name, by=by)
    import_jobs.work(kept.pk)
    kept.refresh_from_db()
    assert kept.state == SheetImport.State.CHECKED, kept.refusal
    return kept


def load(kept, by):
    imports.load(kept, by=by)
    import_jobs.work(kept.pk)
    kept.refresh_from_db()
    return kept


@pytest.fixture
def _own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.mark.usefixtures("_own_files")
@pytest.mark.django_db(transaction=True)
def test_a_sheet_takes_new_numbers_in_and_leaves_known_ones_alone(take_in, north):
    known = take_in("K-1").hotline
    lines = [
        "K-1,别的话,北街道/北社区,,,", "N-1,井盖丢了,北街道/北社区,诉求,13800001234,2026-12-01 18:00",
        "N-1,同一个,北街道/北社区,,,",
    ]  # fmt: skip
    kept = load(send(north, lines), north)
    assert HotlineCase.objects.count() == 2
    made = HotlineCase.objects.get(external_number="N-1")
    assert (made.request.description, made.request.channel, made.request.recorded_by) == ("井盖丢了", "hotline", north)
    assert timezone.localtime(made.due_at).strftime("%Y-%m-%d %H:%M") == "2026-12-01 18:00"
    known.request.refresh_from_db()
    assert known.request.description == WORDS
    assert kept.failed
    load(send(north, lines[:2]), north)
    assert HotlineCase.objects.count() == 2


@pytest.mark.usefixtures("_own_files")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "line",
    [
        ",没有编号,北街道/北社区,,,", "N-1,,北街道/北社区,,,", "N-1,井盖丢了,,,,", "N-1,井盖丢了,南街道/南社区,,,",
        "N-1,井盖丢了,北街道/北社区,不知道,,", "N-1,井盖丢了,北街道/北社区,,12,", "N-1,井盖丢了,北街道/北社区,,,明天",
        "N-1,井盖丢了,北街道/北社区,,,2026-12-01 99:00", f"{'9' * 41},井盖丢了,北街道/北社区,,,",
    ],
)  # fmt: skip
def test_a_row_that_is_wrong_is_told_and_costs_the_others_nothing(north, the_south, line):
    kept = load(send(north, [line, "N-2,路灯坏了,北街道/北社区,,,"]), north)
    assert [row.external_number for row in HotlineCase.objects.all()] == ["N-2"]
    assert kept.failed


def test_what_was_prepared_goes_out_once_there_is_a_line_to_the_hotline(resolved, north, receiver, settings):
    settings.HOTLINE_PROVIDER = "requests.hotline_delivery.Console"
    hotline_delivery.send_due()
    settings.HOTLINE_PROVIDER = "requests.hotline_delivery.Http"
    receiver.answers[:] = [200]
    told = HotlineReturn.objects.get()
    hotline.retry(told, by=north)
    assert hotline_delivery.send_due() == {"sent": 1, "prepared": 0, "failed": 0}
    told.refresh_from_db()
    assert told.state == ReturnState.SENT


def test_the_list_says_what_is_still_to_be_handed_over(resolved, client, north):
    hotline_delivery.send_due()
    client.force_login(north)
    address = reverse("requests:hotline_return_list")
    assert "待导出" in client.get(address).content.decode()
    assert "20261126001" in client.get(address, {"state": "prepared"}).content.decode()
    assert "20261126001" not in client.get(address, {"state": "sent"}).content.decode()
