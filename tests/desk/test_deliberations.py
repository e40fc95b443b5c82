"""Pages and API of deliberations: what each of the three people sees, what is confidential from every side."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from portal.core.models import HistoryEntry, Role, WebhookDelivery
from portal.core.rest.views import throttling
from requests.deliberations import follow_up, polls, publicity, topics
from requests.models import Deliberation, Household, Meeting, Tabling
from requests.types import State
from tests.conftest import make_user
from tests.requests.builders import case_in, deliberation
from tests.requests.talks import DAY, go

SECRET = "漏水赔偿七万元"
API = "/api/v1/deliberations/"


@pytest.fixture
def topic(cast, runner):
    row = deliberation(cast)
    topics.invite(row, by=runner, role="executor", organization=cast.half.unit)
    return row


@pytest.fixture
def secret(cast):
    row = deliberation(cast, kind="dispute", topic=SECRET, text=SECRET, is_confidential=True)
    topics.invite(row, by=cast.chair.user, role="resident", name="楼上住户")
    return go(row, cast.chair.user, to="resolved")


@pytest.fixture
def page(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def api():
    throttling.forget_here()

    def call_as(user):
        caller = APIClient()
        caller.force_login(user)
        return caller

    return call_as


def topic_page(row):
    return reverse("requests:deliberation_detail", args=[row.pk])


def step_page(row, verb):
    return reverse("requests:deliberation_step", args=[row.pk, verb])


def test_it_works_on_the_pages_from_the_topic_to_the_resolution(page, runner, cast):
    desk = page(runner)
    form = {
        "kind": "parking", "topic": "夜间停车", "region": f"北社区 {cast.half.community.code}",
        "chair": f"{runner.person.name} #{runner.person.pk}", "seen": "0",
    }  # fmt: skip
    assert desk.post(reverse("requests:deliberation_create"), form).status_code == 302
    row = Deliberation.objects.get(topic="夜间停车")
    seat = {"role": "resident", "name": "王阿姨"}
    assert desk.post(reverse("requests:seat_create", args=[row.pk]), seat).status_code == 302
    when = timezone.localtime() + DAY
    notice = {"scheduled_for": when.strftime("%Y-%m-%dT%H:%M"), "place": "议事厅"}
    assert desk.post(step_page(row, "schedule"), notice).status_code == 302
    Deliberation.objects.update(scheduled_for=timezone.now() - DAY)
    minutes = {"minutes": "都同意。", "attended": [row.participants.get().pk]}
    assert desk.post(step_page(row, "hold"), minutes).status_code == 302
    assert desk.post(step_page(row, "resolve"), {"resolution": "划线管理。"}).status_code == 302
    assert desk.post(step_page(row, "publish"), {"days": "5"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "public"
    shown = desk.get(reverse("requests:deliberation_detail", args=[row.pk])).content.decode()
    assert "划线管理。" in shown and "王阿姨" in shown
    assert "都同意。" in desk.get(reverse("requests:deliberation_minutes", args=[row.pk])).content.decode()


def test_every_page_opens_for_whoever_runs_it_and_for_nobody_elsewhere(page, runner, cast, topic):
    go(topic, runner, to="in_force")
    task = follow_up.give(topic, by=runner, text="换灯", due_on=timezone.localdate(), person=runner.person)
    meeting = Meeting.objects.create(
        region=topic.region, held_on=timezone.localdate(), chair=runner.person, called_by=runner
    )
    rows = [
        ("deliberation_detail", topic), ("deliberation_minutes", topic), ("task_create", topic), ("task_detail", task),
        ("task_report", task), ("meeting_detail", meeting), ("meeting_print", meeting), ("meeting_hold", meeting),
    ]  # fmt: skip
    lists = ["deliberation_list", "deliberation_create", "open_list", "task_list", "meeting_list", "meeting_create"]
    for name in lists:
        assert page(runner).get(reverse(f"requests:{name}")).status_code == 200, name
    for name, row in rows:
        address = reverse(f"requests:{name}", args=[row.pk])
        assert page(runner).get(address).status_code == 200, name
        assert page(cast.stranger.user).get(address).status_code == 404, name


def test_bad_input_on_a_page_loses_nothing(page, runner, topic):
    answer = page(runner).post(step_page(topic, "schedule"), {"scheduled_for": "2020-01-01T10:00", "place": "议事厅"})
    assert answer.status_code == 400 and "议事厅" in answer.content.decode()
    assert page(runner).get(step_page(topic, "fly")).status_code == 404
    assert page(runner).post(step_page(topic, "resolve"), {"resolution": "好。"}).status_code == 409


def test_a_unit_answers_its_invitation_and_reports_its_task(page, cast, runner, topic):
    topics.schedule(topic, by=runner, scheduled_for=timezone.now() + DAY, place="议事厅")
    desk, seat = page(cast.handler.user), topic.participants.get()
    assert desk.post(reverse("requests:seat_step", args=[seat.pk, "accept"])).status_code == 302
    seat.refresh_from_db()
    assert seat.reply == "accepted"
    topics.hold(topic, by=runner, minutes="好。", attended=[seat], at=timezone.now() + 2 * DAY)
    topics.resolve(topic, by=runner, resolution="换灯。")
    task = follow_up.give(
        topic, by=runner, text="换灯", due_on=timezone.localdate(), organization=cast.half.unit
    )  # fmt: skip
    assert "换灯" in desk.get(reverse("requests:task_list") + "?mine=true").content.decode()
    assert desk.post(reverse("requests:task_report", args=[task.pk]), {"result": "已换。"}).status_code == 302
    assert "+00:00" not in desk.get(reverse("requests:task_detail", args=[task.pk])).content.decode()


def test_votes_are_taken_down_on_the_page(page, cast, runner, topic):
    estate = topic.region.estates.create(name="龙井小区")
    Deliberation.objects.update(estate=estate)
    desk = page(runner)
    lines = {"lines": "1栋101，60\n1栋102"}
    assert desk.post(reverse("requests:households_add", args=[topic.pk]), lines).status_code == 302
    topics.schedule(topic, by=runner, scheduled_for=timezone.now() + DAY, place="议事厅")
    asked = {
        "question": "装充电桩？",
        "options": "同意\n不同意",
        "voted": "household",
        "quorum": "50",
        "majority": "51",
    }
    assert desk.post(reverse("requests:poll_create", args=[topic.pk]), asked).status_code == 302
    poll = topic.polls.get()
    address = reverse("requests:poll_votes", args=[poll.pk])
    vote = {"option": poll.options.first().pk, "households": "1栋101"}
    assert desk.post(address, vote).status_code == 302
    assert desk.post(address, vote).status_code == 409
    assert desk.post(address, {**vote, "households": "9栋"}).status_code == 400
    assert "通过：" not in desk.get(topic_page(topic)).content.decode()
    assert desk.post(reverse("requests:poll_close", args=[poll.pk])).status_code == 302
    # One of the two flats has no floor area.
    assert (polls.result(poll).ahead, polls.result(poll).carried) == (poll.options.first(), None)
    shown = desk.get(topic_page(topic)).content.decode()
    assert "暂按户数" in shown and "通过：" not in shown
    assert desk.post(reverse("requests:households_add", args=[topic.pk]), {"lines": "1栋102，60"}).status_code == 302
    assert "通过：同意" in desk.get(topic_page(topic)).content.decode()


class TestPublic:
    @pytest.fixture
    def hanging(self, topic, runner):
        go(topic, runner, to="resolved")
        return publicity.publish(topic, by=runner)

    def test_everybody_reads_what_hangs_and_objects(self, client, hanging):
        assert hanging.topic in client.get(reverse("public:resolutions")).content.decode()
        address = reverse("public:resolution", args=[hanging.pk])
        assert client.get(address).status_code == 200
        form = {"name": "张三", "phone": "13800002222", "text": "太亮了。"}
        assert client.post(address, form).status_code == 200
        assert hanging.objections.get().name_masked == "张*"
        again = client.post(address, form)
        assert again.status_code == 409 and "太亮了。" in again.content.decode()
        assert client.post(address, {"name": "", "phone": "1", "text": ""}).status_code == 422

    def test_what_does_not_hang_is_not_found(self, client, secret, topic):
        for row in (secret, topic):
            assert client.get(reverse("public:resolution", args=[row.pk])).status_code == 404
        assert SECRET not in client.get(reverse("public:resolutions")).content.decode()


class TestApi:
    def test_it_works(self, api, runner, cast):
        call = api(runner)
        asked = {"kind": "parking", "topic": "夜间停车", "region": cast.half.community.code}
        made = call.post(API, asked, format="json")
        assert made.status_code == 201, made.json()
        address = f"{API}{made.json()['id']}/"
        invited = call.post(f"{address}invite/", {"role": "resident", "name": "王阿姨"}, format="json").json()
        seat = invited["participants"][0]["id"]
        notice = {"scheduled_for": (timezone.now() + DAY).isoformat(), "place": "议事厅"}
        assert call.post(f"{address}schedule/", notice, format="json").json()["state"] == "scheduled"
        question = {"question": "几点？", "options": ["七点", "八点"], "voted": "seat"}
        poll = call.post(f"{address}polls/", question, format="json").json()["polls"][0]["id"]
        votes = f"/api/v1/deliberation-polls/{poll}/votes/"
        unheard = call.post(votes, {"voters": [seat]}, format="json")
        assert (unheard.status_code, unheard.json()["error"]["code"]) == (409, "not_possible_now")
        early = call.post(f"{address}hold/", {"minutes": "好。", "attended": [seat]}, format="json")
        assert (early.status_code, early.json()["error"]["code"]) == (409, "too_early")
        Deliberation.objects.update(scheduled_for=timezone.now())
        assert call.post(votes, {"voters": [seat]}, format="json").json()["result"]["voted"] == 1
        assert call.post(votes, {"voters": [seat]}, format="json").status_code == 409
        assert call.post(f"{address}drop/", {"ground": "settled"}, format="json").json()["state"] == "dropped"

    def test_the_chair_goes_to_somebody_who_looks_after_the_region(self, api, runner, north, topic):
        address = f"{API}{topic.pk}/hand-over/"
        assert api(runner).post(address, {"chair": 10**9}, format="json").status_code == 400
        given = api(runner).post(address, {"chair": north.person_id, "text": "出差"}, format="json")
        assert given.status_code == 200, given.json()
        topic.refresh_from_db()
        assert topic.chair_id == north.person_id

    def test_south_gets_an_empty_list_and_nothing_by_id(self, api, south, topic):
        call = api(south)
        assert call.get(API).json()["results"] == []
        assert call.get(f"{API}{topic.pk}/").status_code == 404
        assert call.post(f"{API}{topic.pk}/drop/", {"ground": "settled"}, format="json").status_code == 404

    def test_each_filter_includes_and_excludes(self, api, runner, cast, topic):
        estate = topic.region.estates.create(name="小区")
        Deliberation.objects.update(estate=estate)
        day, found = timezone.localdate().isoformat(), {
            "q": ("路灯", "电梯"), "kind": ("facilities", "parking"), "state": ("raised", "held"),
            "open": ("true", "false"), "mine": ("false", "true"), "source": ("raised", "tabled"),
            "confidential": ("false", "true"), "estate": (estate.pk, estate.pk + 1),
            "region": (cast.half.street.code, None),
        }  # fmt: skip
        for name, (includes, excludes) in found.items():
            assert len(api(runner).get(API, {name: includes}).json()["results"]) == 1, name
            if excludes is not None:
                assert api(runner).get(API, {name: excludes}).json()["results"] == [], name
        assert len(api(runner).get(API, {"raised_from": day}).json()["results"]) == 1
        assert api(runner).get(API, {"nonsense": "1"}).status_code == 400

    def test_meetings_tasks_and_households_are_listed_in_scope(self, api, runner, south, cast, topic):
        made = api(runner).post(
            "/api/v1/meetings/",
            {"region": cast.half.community.code, "held_on": timezone.localdate().isoformat()},
            format="json",
        )
        assert made.status_code == 201, made.json()
        items = api(runner).get(f"/api/v1/meetings/{made.json()['id']}/items/").json()
        assert [each["number"] for each in items] == [topic.number]
        Household.objects.create(estate=topic.region.estates.create(name="小区"), label="1栋101")
        go(topic, runner, to="resolved")
        due = {"text": "换灯", "due_on": timezone.localdate().isoformat(), "organization": cast.half.unit.pk}
        assert api(runner).post(f"{API}{topic.pk}/tasks/", due, format="json").status_code == 200
        for name in ("meetings", "deliberation-tasks", "households"):
            assert len(api(runner).get(f"/api/v1/{name}/").json()["results"]) == 1, name
            assert api(south).get(f"/api/v1/{name}/").json()["results"] == [], name

    def test_a_list_takes_as_many_queries_however_long_it_is(self, api, runner, cast):
        def queries():
            with CaptureQueriesContext(
                connection,
            ) as caught:
                assert api(runner).get(API).status_code == 200
            return len(caught)

        deliberation(cast)
        queries()
        few = queries()
        for number in range(12):
            deliberation(cast, topic=f"议题{number}")
        assert queries() == few

    def test_a_case_is_tabled_and_concluded_over_the_api(self, api, runner, cast, topic):
        case, _resident = case_in(State.ACCEPTED, cast)
        address = f"/api/v1/service-requests/{case.pk}/"
        asked = {"version": case.version, "text": "多户。", "deliberation": topic.pk}
        tabled = api(runner).post(f"{address}table/", asked, format="json").json()
        assert tabled["state"] == "deliberating"
        said = {"version": tabled["version"], "result": "resolved", "text": "已商定。"}
        assert api(runner).post(f"{address}conclude/", said, format="json").status_code == 403
        assert api(cast.chair.user).post(f"{address}conclude/", said, format="json").json()["state"] == "resolved"


class TestConfidential:
    """What nobody learns who is no part of it, from whichever side they look."""

    def test_no_page_of_anybody_else_holds_its_words(self, page, secret, runner, cast, admin_user):
        Tabling.objects.all().delete()
        addresses = [
            reverse("requests:deliberation_list"), reverse("requests:deliberation_list") + f"?q={SECRET}",
            reverse("requests:open_list"), reverse("requests:task_list"), reverse("requests:meeting_list"),
            reverse("desk:report_deliberations"), reverse("desk:deliberation_rows") + "?figure=disputes&period=year",
            reverse("desk:search") + f"?q={SECRET}",
        ]  # fmt: skip
        for user in (runner, cast.leader.user, cast.handler.user, cast.appeal_leader.user, admin_user):
            for address in addresses:
                shown = page(user).get(address)
                text = shown.content.decode().replace(f'value="{SECRET}"', "").replace(f"={SECRET}", "")
                assert shown.status_code in (200, 403), (user, address)
                assert "楼上住户" not in text and f"/desk/deliberations/{secret.pk}/" not in text, (user, address)
                assert SECRET not in text or "q=" in address, (user, address)
            for name in ("deliberation_detail", "deliberation_minutes", "deliberation_edit"):
                refused = page(user).get(reverse(f"requests:{name}", args=[secret.pk])).status_code
                assert refused in (403, 404), (user, name)
        assert SECRET in page(cast.chair.user).get(addresses[0]).content.decode()

    def test_the_api_and_its_files_do_not_hold_its_words(self, api, secret, runner, cast, admin_user):
        rows = "/api/v1/reports/deliberation-summary/rows/"
        for user in (runner, cast.leader.user, admin_user):
            call = api(user)
            assert call.get(API).json()["results"] == []
            assert call.get(f"{API}{secret.pk}/").status_code == 404
            for asked in ({}, {"format": "csv"}):
                told = call.get(rows, {"figure": "disputes", "period": "year", **asked})
                body = b"".join(told.streaming_content) if told.streaming else told.content
                assert told.status_code == 200 and SECRET not in body.decode()
            assert call.get(rows, {"figure": "disputes", "period": "year"}).json()["count"] == 1

    def test_history_and_webhooks_keep_silent(self, secret):
        changes = HistoryEntry.objects.filter(table="requests_deliberation").values_list("changes", flat=True)
        assert changes and not any(SECRET in str(each) for each in changes)
        people = HistoryEntry.objects.filter(table="requests_participant").values_list("changes", flat=True)
        assert not any("楼上住户" in str(each) for each in people)
        assert not WebhookDelivery.objects.filter(body__contains=secret.number).exists()

    def test_leaders_read_that_there_is_one(self, page, secret, cast):
        shown = page(cast.leader.user).get(reverse("requests:deliberation_list")).content.decode()
        assert "另有 1 件保密调解" in shown


class TestFigures:
    def test_the_summary_counts_and_its_rows_agree(self, api, cast, runner, topic, secret):
        go(topic, runner, to="in_force", at=timezone.now() - 40 * DAY)
        task = follow_up.give(topic, by=runner, text="换灯", due_on=timezone.localdate(), person=runner.person)
        follow_up.report(task, by=runner, result="好了。")
        Meeting.objects.create(
            region=topic.region, held_on=timezone.localdate(), chair=runner.person, called_by=runner, state="held"
        )
        first = (timezone.localdate() - timedelta(days=300)).isoformat()
        asked = {"from": first, "to": timezone.localdate().isoformat()}
        address = "/api/v1/reports/deliberation-summary/"
        told = api(runner).get(address, asked).json()
        assert told["total"] == {
            "meetings": 1, "raised": 2, "held": 2, "resolved": 2, "disputes": 1, "tasks_due": 1, "tasks_on_time": 1,
            "on_time_rate": 1.0,
        }  # fmt: skip
        for code, number in told["total"].items():
            if code != "on_time_rate":
                assert api(runner).get(f"{address}rows/", {**asked, "figure": code}).json()["count"] == number, code
        assert api(runner).get(address, {**asked, "format": "xlsx"}).status_code == 200

    def test_figures_are_of_the_readers_regions(self, api, south, secret):
        assert (
            api(south).get("/api/v1/reports/deliberation-summary/", {"period": "year"}).json()["total"]["raised"] == 0
        )


def test_a_keeper_without_a_region_sees_those_of_the_station(cast, the_north):
    row = deliberation(cast, station=the_north.station)
    other = make_user("other-keeper", Role.STATION_KEEPER, station=the_north.station)
    assert Deliberation.objects.for_user(other).get() == row
