"""A unit fills a template in, edits it and hands it in; the community sends it. With and without scripts."""

import pytest
from playwright.sync_api import expect

from requests.models import ReplyTemplate, ReviewRule
from requests.types import State
from tests.browser import PHONE
from tests.browser.conftest import PATIENCE
from tests.browser.test_desk_journey import action, state_of, told
from tests.requests.builders import case_in, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=PATIENCE)


def test_it_works(sign_in, the_north, the_south, assert_accessible):
    cast = make_cast(the_north, the_south)
    ReplyTemplate.objects.create(title="已修复", verbs=["resolve"], text="{number}已由{unit}修好。")
    ReplyTemplate.objects.create(title="已劝导", verbs=["resolve"], text="已上门劝导。", order=200)
    ReviewRule.objects.create(region=the_north.street, verbs=["resolve"])
    case, _resident = case_in(State.IN_PROGRESS, cast)
    address = f"/desk/requests/{case.pk}/"

    unit = sign_in(cast.handler.user, size=PHONE)
    unit.goto(address)
    step = action(unit, "e")
    if step.get_attribute("open") is None:
        step.locator("summary").first.click()
    text = step.locator("textarea[name=text]")
    step.locator("select[name=template]").select_option(label="已修复")
    expect(text).to_have_value(f"{case.number}已由北物业公司修好。")
    step.locator("select[name=template]").select_option(label="已劝导")
    expect(text).to_have_value("已上门劝导。")
    text.fill("已上门，换了两盏灯。")
    step.locator("select[name=template]").select_option(label="已修复")
    expect(text).to_have_value(f"已上门，换了两盏灯。\n{case.number}已由北物业公司修好。")
    assert_accessible(unit)
    step.get_by_role("button", name="办结").click()
    told(unit, "提交审核")
    assert state_of(case) == State.IN_PROGRESS

    community = sign_in(cast.dispatcher.user)
    community.goto("/desk/?queue=replies")
    community.get_by_role("link", name=case.title).first.click()
    review = action(community, "s")
    review.get_by_role("radio", name="通过").check()
    assert_accessible(community)
    review.get_by_role("button", name="审核回复").click()
    told(community, "审核回复")
    assert state_of(case) == State.RESOLVED
    assert ReplyTemplate.objects.get(title="已修复").use_count == 1


def test_without_a_script_a_button_fills_it_in(open_page, the_north, the_south):
    cast = make_cast(the_north, the_south)
    ReplyTemplate.objects.create(title="已修复", verbs=["resolve"], text="{number}已修好。")
    case, _resident = case_in(State.IN_PROGRESS, cast)
    page = open_page("/accounts/login/?next=/desk/", java_script_enabled=False)
    page.locator("#id_login").fill(cast.handler.user.username)
    page.locator("#id_password").fill("a good password")
    page.get_by_role("button", name="登录").click()
    page.goto(f"/desk/requests/{case.pk}/")
    step = page.locator("details[data-key=e]")
    if step.get_attribute("open") is None:
        step.locator("summary").first.click()
    step.locator("select[name=template]").select_option(label="已修复")
    step.get_by_role("button", name="填入").click()
    text = page.locator("details[data-key=e] textarea[name=text]")
    expect(text).to_have_value(f"{case.number}已修好。")
    text.fill("两盏都修好了。")
    page.locator("details[data-key=e]").get_by_role("button", name="办结").click()
    assert state_of(case) == State.RESOLVED
