"""From a resident's phone through the desk to the district's report, each in a browser of their own."""

import pytest
from playwright.sync_api import expect

from portal.core.models import Role
from requests.models import ServiceRequest
from requests.types import State
from tests.browser.conftest import PATIENCE
from tests.browser.test_desk_journey import action, state_of, told
from tests.conftest import make_user
from tests.public.conftest import photo

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=PATIENCE)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "repaired.jpg"
    path.write_bytes(photo(size=(800, 600)).read())
    return path


@pytest.mark.smoke
def test_it_works(open_page, sign_in, the_north, the_south, north, helper, picture, assert_accessible):
    district = make_user("district", Role.DISTRICT, region=the_north.district)

    phone = open_page("/ask/")
    phone.get_by_label("什么事").fill("小区门口的路灯坏了三天，晚上老人出门看不清路。")
    phone.get_by_label("区（县）").select_option(label="北区")
    phone.get_by_label("街道（镇）").select_option(label="北街道")
    phone.get_by_label("社区").select_option(label="北社区")
    phone.get_by_label("您的电话").fill("13800001234")
    phone.get_by_label("我已阅读并同意").check()
    phone.get_by_role("button", name="提交").click()
    phone.wait_for_url("**/receipt/")
    case = ServiceRequest.objects.get()

    desk = sign_in(north)
    desk.get_by_role("link", name=case.title).click()
    action(desk, "a").get_by_role("button", name="受理").click()
    told(desk, "受理")
    action(desk, "d").get_by_role("radio", name="北物业公司").check()
    action(desk, "d").get_by_role("button", name="派单").click()
    told(desk, "派单")

    unit = sign_in(helper)
    assert_accessible(unit)
    unit.get_by_role("link", name=case.title).click()
    action(unit, "t").get_by_role("button", name="接单").click()
    told(unit, "接单")
    assert_accessible(unit)
    action(unit, "c").locator("input[type=radio][value='1']").check()
    action(unit, "c").locator("textarea").fill("说好今天下午来修。")
    action(unit, "c").get_by_role("button").click()
    told(unit, "联系居民")
    action(unit, "e").locator("textarea").fill("已更换灯泡，路灯亮了。")
    action(unit, "e").locator("input[type=file]").set_input_files(picture)
    assert_accessible(unit)
    action(unit, "e").get_by_role("button", name="办结").click()
    told(unit, "办结")
    assert state_of(case) == State.RESOLVED
    assert unit.complaints == []

    phone.goto(f"/case/{case.number}/")
    expect(phone.locator(".standing")).to_contain_text("请您评价")
    expect(phone.locator("main")).to_contain_text("已更换灯泡，路灯亮了。")
    expect(phone.locator("main img[src*='/files/']").first).to_be_visible()
    assert_accessible(phone)
    phone.get_by_label("解决了", exact=True).check()
    phone.get_by_label("非常满意").check()
    phone.get_by_role("button", name="提交评价").click()
    phone.get_by_text("感谢您的评价").wait_for()
    assert state_of(case) == State.CLOSED

    report = sign_in(district)
    report.goto("/desk/reports/")
    assert_accessible(report)
    figures = dict(
        zip(
            report.locator(".figure-card dt").all_inner_texts(),
            report.locator(".figure-card dd").all_inner_texts(),
            strict=True,
        )
    )
    assert figures["受理量"].startswith("1")
    assert figures["满意率"].startswith("100")
    report.locator(".figure-card", has_text="受理量").locator("a").first.click()
    expect(report.locator("main")).to_contain_text(case.number)
    assert_accessible(report)
