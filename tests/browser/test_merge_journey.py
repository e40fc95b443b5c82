"""Three neighbours ask for the same: merged by one click, done once, read and judged by each with their own code."""

import pytest
from playwright.sync_api import expect

from requests import workflow
from requests.models import ServiceRequest
from requests.types import State
from requests.workflow import Staff
from requests.workflow.intake import Contact
from tests.browser.conftest import PATIENCE
from tests.browser.test_desk_journey import action, told

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=PATIENCE)
RESULT = "路灯已换新，晚上不黑了。"


@pytest.fixture
def asked(the_north, north):
    """The same three days of darkness, told three times."""
    words = ["小区东门的路灯不亮", "小区东门的路灯坏了不亮", "东门路灯不亮，老人看不清路"]
    made = [
        workflow.submit(
            description=f"{each}，已经三天了。", region=the_north.community,
            contact=Contact(phone=f"1380000200{number}", name=f"张某{number}"),
        )
        for number, each in enumerate(words)
    ]  # fmt: skip
    for each in made:
        workflow.accept(each.case, by=Staff(north))
    return made


def test_it_works(sign_in, open_page, asked, north, helper, the_north, assert_accessible):
    kept, *others = asked
    desk = sign_in(north)
    for other in others:
        desk.goto(f"/desk/requests/{other.case.pk}/")
        likely = desk.locator(".likes li", has_text=kept.case.number)
        assert_accessible(desk)
        likely.get_by_role("link", name="并案").click()
        merge = desk.locator("details", has=desk.locator("#merge_into"))
        expect(merge.locator("#merge_into")).to_have_value(kept.case.number)
        merge.get_by_role("button", name="并案").click()
        told(desk, "并案")
    assert ServiceRequest.objects.filter(state=State.MERGED).count() == 2

    desk.goto(f"/desk/requests/{kept.case.pk}/")
    for number in range(3):
        expect(desk.locator("#case")).to_contain_text(f"138****200{number}")
    workflow.dispatch(ServiceRequest.objects.get(pk=kept.case.pk), by=Staff(north), to=the_north.unit)

    unit = sign_in(helper)
    unit.goto(f"/desk/requests/{kept.case.pk}/")
    action(unit, "t").get_by_role("button", name="接单").click()
    told(unit, "接单")
    finish = action(unit, "e")
    finish.locator("summary").first.click()
    finish.locator("textarea[name=text]").fill(RESULT)
    finish.get_by_role("button", name="办结").click()
    told(unit, "办结")

    for each in asked:
        phone = open_page("/track/")
        phone.locator("[name=code]").fill(each.tracking_code)
        phone.locator("main form button").first.click()
        expect(phone.get_by_text(RESULT).first).to_be_visible()
        # What the others wrote, and who they are, is theirs.
        for other in asked:
            if other is not each:
                expect(phone.locator("main")).not_to_contain_text(other.tracking_code)
                expect(phone.locator("main")).not_to_contain_text(other.case.description)
        assert_accessible(phone)
        phone.get_by_label("解决了", exact=True).check()
        phone.get_by_label("非常满意").check()
        phone.get_by_role("button", name="提交评价").click()
        expect(phone.get_by_text("感谢您的评价").first).to_be_visible()
    assert ServiceRequest.objects.get(pk=kept.case.pk).state == State.CLOSED
    assert kept.case.ratings.count() == 3
