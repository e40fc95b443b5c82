"""From a request that concerns several neighbours to the finished task, at a wide screen and on the unit's phone."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from requests import workflow
from requests.deliberations import publicity, topics
from requests.models import Deliberation, FollowUpTask
from requests.types import State
from tests.browser.conftest import PATIENCE, PHONE
from tests.requests.builders import case_in, deliberation, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=PATIENCE)


def test_from_a_tabled_request_to_the_finished_task(sign_in, the_north, the_south, live_server, assert_accessible):
    cast = make_cast(the_north, the_south)
    topic, runner = deliberation(cast, chair=cast.dispatcher.user.person), cast.dispatcher.user
    topics.invite(topic, by=runner, role="executor", organization=the_north.unit)
    case, _resident = case_in(State.ACCEPTED, cast)
    page = sign_in(runner)
    page.goto(live_server.url + reverse("desk:case", args=[case.pk]))
    table = page.locator("details[data-key='o']")
    table.locator("summary").click()
    table.get_by_label("提交到").select_option(str(topic.pk))
    table.locator("textarea").fill("涉及整栋楼。")
    table.get_by_role("button", name="提交议事").click()
    expect(page.locator("#case .timeline")).to_contain_text("提交议事协商")

    at = timezone.now() - timedelta(days=30)
    topics.schedule(topic, by=runner, scheduled_for=at + timedelta(days=1), place="议事厅", at=at)
    page.goto(live_server.url + reverse("requests:deliberation_detail", args=[topic.pk]))
    assert_accessible(page)
    expect(page.locator(".registry-side")).to_contain_text(case.number)
    page.get_by_role("link", name="记录会议").click()
    page.get_by_label("北物业公司").check()
    page.get_by_label("会议记录").fill("都同意更换。")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("link", name="形成决议").click()
    page.get_by_label("决议").fill("更换全部路灯。")
    page.get_by_role("button", name="保存").click()
    publicity.publish(topic, by=runner, at=at + timedelta(days=2))
    page.reload()
    page.get_by_role("link", name="生效").click()
    page.get_by_role("button", name="保存").click()
    page.get_by_role("link", name="交办任务").click()
    page.get_by_label("任务").fill("更换路灯")
    page.get_by_label("单位").fill(f"北物业公司 #{the_north.unit.pk}")
    page.get_by_label("期限").fill((timezone.localdate() + timedelta(days=3)).isoformat())
    page.get_by_role("button", name="保存").click()
    expect(page.locator("main")).to_contain_text("更换路灯")

    phone = sign_in(cast.handler.user, size=PHONE)
    phone.goto(live_server.url + reverse("requests:task_detail", args=[FollowUpTask.objects.get().pk]))
    assert_accessible(phone)
    phone.get_by_role("link", name="填报完成").click()
    phone.get_by_label("结果").fill("已全部更换。")
    phone.get_by_role("button", name="保存").click()
    expect(phone.locator("main")).to_contain_text("已全部更换。")
    assert Deliberation.objects.get().state == "done"

    case.refresh_from_db()
    workflow.conclude(case, by=cast.dispatcher, result="resolved", text="路灯已全部更换。")
    assert case.state == State.RESOLVED
