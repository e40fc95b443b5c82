"""回复模板 and 回复审核: words to begin with, and replies that somebody else reads before they are sent."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import Notification, OutboxMessage, Role, StoredFile
from requests import workflow
from requests.models import Category, ReplyTemplate, ReviewRule, ServiceRequest
from requests.queues import QUEUES
from requests.replies import filled, templates_for
from requests.timeline import lines
from requests.types import State, Verb
from tests.conftest import make_user
from tests.registry.conftest import api, page  # noqa: F401
from tests.requests.builders import case_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewed(the_north):
    """Replies of the street are read first."""
    return ReviewRule.objects.create(region=the_north.street, verbs=["resolve", "reject", "outcome"])


def template(the_north, **values) -> ReplyTemplate:
    values = {
        "title": "办结",
        "region": the_north.street,
        "verbs": ["resolve"],
        "text": "{number}已由{unit}办结。",
        **values,
    }
    return ReplyTemplate.objects.create(**values)


def told(kind) -> list[str]:
    return [row.person.user.username for row in Notification.objects.filter(kind=kind).order_by("pk")]


def handed_in(cast, **values) -> ServiceRequest:
    case, _resident = case_in(State.IN_PROGRESS, cast)
    return workflow.resolve(case, by=cast.handler, text="换了两盏灯。", **values)


def test_it_works(cast, reviewed):
    case = handed_in(cast)
    assert (case.state, case.reply_held, case.finished_at) == (State.IN_PROGRESS, True, None)
    assert told("case_reply_held") == ["dispatcher", "community-leader"]
    assert "case_resolved" not in OutboxMessage.objects.values_list("kind", flat=True)
    workflow.review_reply(case, by=cast.dispatcher, granted=True)
    assert (case.state, case.reply_held) == (State.RESOLVED, False)
    assert told("case_reply_reviewed") == ["handler"]
    assert "case_resolved" in OutboxMessage.objects.values_list("kind", flat=True)


def test_the_resident_reads_the_reply_and_nothing_of_its_review(cast, reviewed):
    case = handed_in(cast)
    seen = [line.event.verb for line in lines(case, audience="public")]
    assert Verb.HAND_IN not in seen
    workflow.review_reply(case, by=cast.dispatcher, granted=True)
    last = lines(case, audience="public")[-1]
    assert (last.sentence, last.said) == ("北物业公司已办结", "换了两盏灯。")


def test_photos_come_with_the_reply_and_not_before(cast, reviewed):
    photo = StoredFile.objects.create(file="files/a.jpg", content_type="image/jpeg", size=1, sha256="0" * 64)
    case = handed_in(cast, files=[photo])
    assert not case.attachments.filter(is_public=True).exists()
    workflow.review_reply(case, by=cast.dispatcher, granted=True)
    assert [each.file_id for each in lines(case, audience="public")[-1].attachments] == [photo.pk]
    assert case.attachments.count() == 1


def test_the_moment_of_handing_in_is_when_the_work_was_done(cast, reviewed):
    case, _resident = case_in(State.IN_PROGRESS, cast)
    at = case.due_at - timedelta(hours=1)
    workflow.resolve(case, by=cast.handler, text="好了。", at=at)
    workflow.review_reply(case, by=cast.dispatcher, granted=True, at=at + timedelta(days=2))
    assert (case.finished_at, case.resolved_at) == (at, at + timedelta(days=2))
    assert case.finished_at < case.finish_due_at


def test_a_reply_that_is_given_back_is_written_anew(cast, reviewed):
    case = handed_in(cast)
    with pytest.raises(DomainError) as refusal:
        workflow.review_reply(case, by=cast.dispatcher, granted=False)
    assert refusal.value.code == "text_required"
    workflow.review_reply(case, by=cast.dispatcher, granted=False, text="请写清楚换了哪两盏。")
    assert (case.state, case.reply_held) == (State.IN_PROGRESS, False)
    assert lines(case, audience="staff")[-1].said == "请写清楚换了哪两盏。"
    workflow.resolve(case, by=cast.handler, text="换了3栋门口的两盏灯。")
    assert case.reply_held


def test_nobody_reviews_their_own_reply(cast, reviewed):
    case, _resident = case_in(State.ACCEPTED, cast)
    workflow.resolve(case, by=cast.dispatcher, text="已答复。")
    assert Verb.REVIEW_REPLY not in workflow.allowed_verbs(case, by=cast.dispatcher)
    assert case not in QUEUES["replies"].of(cast.dispatcher.user)
    assert case in QUEUES["replies"].of(cast.leader.user)
    with pytest.raises(NotAllowed):
        workflow.review_reply(case, by=cast.dispatcher, granted=True)
    with pytest.raises(NotAllowed):
        workflow.review_reply(case, by=cast.stranger, granted=True)
    workflow.review_reply(case, by=cast.leader, granted=True)
    assert (case.state, case.resolve_ground) == (State.RESOLVED, "answered")


def test_one_reply_waits_at_a_time_and_lapses_when_the_case_goes_another_way(cast, reviewed):
    case = handed_in(cast)
    with pytest.raises(Conflict) as refusal:
        workflow.resolve(case, by=cast.handler, text="又写一遍。")
    assert refusal.value.code == "reply_pending"
    workflow.send_back(case, by=cast.handler, ground="not_our_duty", text="不归我们。")
    assert not case.reply_held
    assert case.approvals.get(kind="reply").outcome == "lapsed"


def test_a_rejection_is_reviewed_and_can_be_appealed(cast, reviewed):
    case, resident = case_in(State.SUBMITTED, cast)
    workflow.reject(case, by=cast.dispatcher, ground="out_of_scope", text="不属于受理范围。")
    assert case.state == State.SUBMITTED
    workflow.review_reply(case, by=cast.leader, granted=True)
    assert case.state == State.REJECTED
    assert lines(case, audience="public")[-1].said == "不属于受理范围。"
    workflow.appeal(case, by=resident, text="我不同意。")
    assert case.approvals.get(kind="appeal").region == cast.half.community


def test_the_outcome_of_a_referral_is_reviewed(cast, reviewed):
    case, _resident = case_in(State.REFERRED, cast)
    workflow.outcome(case, by=cast.dispatcher, text="供电局已修好。")
    assert case.state == State.REFERRED
    workflow.review_reply(case, by=cast.leader, granted=True)
    assert (case.state, case.resolve_ground) == (State.RESOLVED, "referred")


@pytest.mark.parametrize(
    "values", [{"verbs": ["reject"]}, {"starts_on": timezone.localdate() + timedelta(days=1)}, {"region": "south"}]
)
def test_what_the_rule_does_not_name_is_sent_at_once(cast, the_south, values):
    region = the_south.street if values.get("region") else cast.half.street
    ReviewRule.objects.create(**{"verbs": ["resolve"], **values, "region": region})
    assert handed_in(cast).state == State.RESOLVED


def test_a_rule_of_a_category_holds_for_what_stands_under_it(cast):
    top = Category.objects.create(name="环境")
    below = Category.objects.create(name="噪音", parent=top)
    ReviewRule.objects.create(verbs=["resolve"], category=top)
    assert handed_in(cast).state == State.RESOLVED
    case, _resident = case_in(State.IN_PROGRESS, cast)
    ServiceRequest.objects.filter(pk=case.pk).update(category=below)
    workflow.resolve(case, by=cast.handler, text="好了。")
    assert case.reply_held


def test_the_api_obeys_and_tells(cast, reviewed, api):  # noqa: F811
    case, _resident = case_in(State.IN_PROGRESS, cast)
    address = f"/api/v1/service-requests/{case.pk}/"
    sent = api(cast.handler.user).post(f"{address}resolve/", {"version": case.version, "text": "好了。"})
    assert (sent.status_code, sent.json()["state"]) == (200, "in_progress")
    seen = api(cast.dispatcher.user).get(address).json()
    assert seen["reply_held"] and "review_reply" in seen["allowed"] and "resolve" not in seen["allowed"]
    sent = api(cast.dispatcher.user).post(
        f"{address}review-reply/", {"version": seen["version"], "granted": True}
    )  # fmt: skip
    assert sent.json()["state"] == "resolved"
    assert api(cast.stranger.user).post(f"{address}review-reply/", {"version": 1, "granted": True}).status_code == 404


def test_a_template_is_filled_in_by_the_case(cast, the_north):
    case, _resident = case_in(State.IN_PROGRESS, cast)
    assert filled(template(the_north), case) == f"{case.number}已由北物业公司办结。"


def test_templates_are_offered_by_region_category_and_step(cast, the_north, the_south):
    mine = template(the_north)
    everywhere = template(the_north, title="通用", region=None, order=1)
    template(the_north, title="别处", region=the_south.street)
    template(the_north, title="停用", is_active=False)
    template(the_north, title="噪音", category=Category.objects.create(name="噪音"))
    template(the_north, title="提问", verbs=["ask"])
    case, _resident = case_in(State.IN_PROGRESS, cast)
    assert templates_for(case, ["resolve", "note"]) == {"resolve": [everywhere, mine]}


def fill(client, case, **typed):
    return client.post(reverse("desk:fill", args=[case.pk, "resolve"]), typed, HTTP_HX_REQUEST="true")


def test_a_template_fills_the_field_and_never_takes_what_was_typed(cast, the_north, client):
    first, second = template(the_north, text="甲。"), template(the_north, title="乙", text="乙。")
    case, _resident = case_in(State.IN_PROGRESS, cast)
    client.force_login(cast.handler.user)
    assert ">\n甲。</textarea>" in fill(client, case, template=first.pk, text="").content.decode()
    assert ">\n乙。</textarea>" in fill(client, case, template=second.pk, text="甲。").content.decode()
    assert (
        ">\n自己写的。\n乙。</textarea>" in fill(client, case, template=second.pk, text="自己写的。").content.decode()
    )
    for nothing in ("", "abc", "9" * 30, "٣"):
        assert "自己写的。" in fill(client, case, template=nothing, text="自己写的。").content.decode()


def test_without_a_script_the_page_comes_back_with_all_that_was_typed(cast, the_north, client):
    chosen = template(the_north, text="{unit}已办结。")
    case, _resident = case_in(State.IN_PROGRESS, cast)
    client.force_login(cast.handler.user)
    answer = client.post(reverse("desk:fill", args=[case.pk, "resolve"]), {"template": chosen.pk, "text": ""})
    assert "北物业公司已办结。" in answer.content.decode()
    assert case.version == ServiceRequest.objects.get(pk=case.pk).version
    sent = client.post(
        reverse("desk:step", args=[case.pk, "resolve"]),
        {"version": case.version, "template": chosen.pk, "text": "北物业公司已办结，谢谢。"},
    )
    assert sent.status_code == 302
    chosen.refresh_from_db()
    assert chosen.use_count == 1
    assert client.post(reverse("desk:fill", args=[case.pk, "note"])).status_code == 404


def test_nobody_fills_in_a_case_of_others(cast, the_north, client, south):
    case, _resident = case_in(State.IN_PROGRESS, cast)
    client.force_login(south)
    assert fill(client, case, template=template(the_north).pk).status_code == 404


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": "您好{phone}"}, "text"),
        ({"verbs": []}, "verbs"),
        ({"verbs": ["note"]}, "verbs"),
        ({"title": ""}, "title"),
    ],
)
def test_a_bad_template_is_refused_beside_its_field(north, the_north, api, values, field):  # noqa: F811
    body = {"title": "办结", "region": the_north.community.code, "verbs": ["resolve"], "text": "好了。", **values}
    answer = api(north).post("/api/v1/reply-templates/", body)
    assert answer.status_code == 400
    assert field in str(answer.json()["error"]["fields"])


def test_templates_are_those_of_ones_regions_and_of_the_regions_above(north, helper, south, the_north, api):  # noqa: F811
    row = template(the_north)
    assert [each["id"] for each in api(north).get("/api/v1/reply-templates/").json()["results"]] == [row.pk]
    assert len(api(helper).get("/api/v1/reply-templates/").json()["results"]) == 1
    assert api(south).get("/api/v1/reply-templates/").json()["results"] == []
    assert api(south).get(f"/api/v1/reply-templates/{row.pk}/").status_code == 404
    # A street's template is not the community's to change, nor is one of every region.
    assert api(north).patch(f"/api/v1/reply-templates/{row.pk}/", {"title": "改"}).status_code == 403
    everywhere = {"title": "通用", "verbs": ["resolve"], "text": "好了。"}
    assert api(north).post("/api/v1/reply-templates/", everywhere).status_code == 403
    assert api(helper).post("/api/v1/reply-templates/", everywhere).status_code == 403


def test_templates_and_reviews_have_pages(north, the_north, client, reviewed):
    client.force_login(make_user("street", Role.STREET, region=the_north.street))
    row = template(the_north)
    for address in (
        reverse("requests:reply_template_list"), reverse("requests:reply_template_detail", args=[row.pk]),
        reverse("requests:reply_template_edit", args=[row.pk]), reverse("requests:review_rule_list"),
        reverse("requests:review_rule_detail", args=[reviewed.pk]), reverse("requests:review_rule_create"),
    ):  # fmt: skip
        assert client.get(address).status_code == 200
    values = {
        "title": "新的",
        "text": "{due}前办结。",
        "region": the_north.street.short_name,
        "verbs": ["ask"],
        "order": 5,
    }
    assert client.post(reverse("requests:reply_template_create"), values).status_code == 302
    assert client.post(reverse("requests:reply_template_create"), values | {"text": "{x}"}).status_code == 400
    client.force_login(north)
    assert client.get(reverse("requests:review_rule_create")).status_code == 403


def test_the_page_of_a_case_takes_the_same_queries_with_many_templates(cast, the_north, client):
    case, _resident = case_in(State.IN_PROGRESS, cast)
    client.force_login(cast.handler.user)
    address = reverse("desk:case", args=[case.pk])
    client.get(address)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    template(the_north)
    few = queries()
    for number in range(20):
        template(the_north, title=f"模板{number}")
    assert queries() == few


def test_staff_see_who_handed_in_what(cast, reviewed):
    case = handed_in(cast)
    assert lines(case, audience="staff")[-1].said == "换了两盏灯。"
    assert case.approvals.get(kind="reply").asked_by == cast.handler.user


def test_a_dispatch_is_filled_in_from_a_template_too(client, cast):
    case, _resident = case_in(State.ACCEPTED, cast)
    offered = ReplyTemplate.objects.create(title="请先联系", verbs=["dispatch"], text="请先联系居民，{due}前办结。")
    client.force_login(cast.dispatcher.user)
    filled = client.post(reverse("desk:fill", args=[case.pk, "dispatch"]), {"template": offered.pk}).content.decode()
    assert "请先联系居民，" in filled
    answer = client.post(
        reverse("desk:step", args=[case.pk, "dispatch"]),
        {"version": case.version, "to": f"unit:{cast.half.unit.pk}", "text": "请先联系居民。", "template": offered.pk},
    )
    assert answer.status_code == 302
    offered.refresh_from_db()
    assert offered.use_count == 1
