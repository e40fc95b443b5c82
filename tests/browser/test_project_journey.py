"""Two residents, one project: from their needs to the result that both read on their phones."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from portal.core.models import Role
from requests import workflow
from requests.models import ServiceProject, ServiceRequest
from requests.types import State
from requests.workflow import Staff
from requests.workflow.intake import Contact
from tests.browser.conftest import PATIENCE
from tests.conftest import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=PATIENCE)
RESULT = "球场已经翻新，灯也装好了，欢迎来打球。"


@pytest.fixture
def asked(the_north, north):
    """Two accepted needs, with the codes of those who asked."""
    made = [
        workflow.submit(
            description=words, contact=Contact(phone=f"1380000100{number}"), region=the_north.community, kind="need"
        )
        for number, words in enumerate(["篮球场地面开裂，孩子打球总摔跤。", "篮球场晚上没有灯。"])
    ]
    for each in made:
        workflow.accept(each.case, by=Staff(north))
    return made


def take(page: Page, step: str, **fields: str) -> None:
    """A step of the project, by its button on the project's page."""
    page.get_by_role("link", name=step, exact=True).first.click()
    for name, words in fields.items():
        page.locator(f"[name={name}]").fill(words)
    page.get_by_role("button", name=step).click()
    expect(page.get_by_text(f"已办理：{step}").first).to_be_visible()


def test_it_works(sign_in, open_page, asked, north, the_north, assert_accessible):
    leader = make_user("boss", Role.LEADER, region=the_north.community)
    day = timezone.localdate()

    desk = sign_in(north)
    desk.goto(f"/desk/projects/new/?cases={asked[0].case.pk}&cases={asked[1].case.pk}")
    assert_accessible(desk)
    desk.locator("[name=name]").fill("篮球场微改造")
    desk.locator("[name=description]").fill("翻新地面，加装灯光。")
    desk.locator("[name=organization]").fill(f"{the_north.unit.name} #{the_north.unit.pk}")
    desk.locator("[name=planned_start]").fill(day.isoformat())
    desk.locator("[name=planned_end]").fill((day + timedelta(days=60)).isoformat())
    desk.get_by_role("button", name="保存").last.click()
    expect(desk.get_by_role("heading", name="篮球场微改造")).to_be_visible()
    assert_accessible(desk)
    assert set(ServiceRequest.objects.values_list("state", flat=True)) == {State.IN_PROJECT}
    take(desk, "添加节点", title="完工验收", due_on=(day + timedelta(days=30)).isoformat())
    take(desk, "申报", text="居民反映集中。")

    above = sign_in(leader)
    above.goto("/desk/projects/?to_review=true")
    above.get_by_role("link", name="篮球场微改造").click()
    above.get_by_role("link", name="审核", exact=True).click()
    above.locator("[name=granted][value='1']").check()
    above.locator("[name=text]").fill("同意立项。")
    above.get_by_role("button", name="审核").click()
    expect(above.get_by_text("已办理：审核").first).to_be_visible()

    desk.reload()
    take(desk, "开工")
    desk.get_by_role("link", name="完成节点", exact=True).click()
    desk.locator("[name=milestone]").select_option(label="完工验收")
    desk.get_by_role("button", name="完成节点").click()
    take(desk, "完成项目", text=RESULT)
    assert ServiceProject.objects.get().state == "finished"

    for each in asked:
        phone = open_page("/track/")
        phone.locator("[name=code]").fill(each.tracking_code)
        phone.locator("main form button").first.click()
        expect(phone.get_by_text(RESULT).first).to_be_visible()
        assert_accessible(phone)
