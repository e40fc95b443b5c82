"""Staff at a wide screen: a dispatcher by keyboard, two of them on one case, many cases at once."""

import re

import pytest
from playwright.sync_api import Page, expect

from portal.core.models import Role
from requests import workflow
from requests.models import ServiceRequest
from requests.types import State
from requests.workflow import Staff
from requests.workflow.intake import Contact
from tests.browser import DESKTOP, PHONE
from tests.browser.conftest import PATIENCE
from tests.conftest import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=PATIENCE)


def state_of(case: ServiceRequest) -> str:
    return ServiceRequest.objects.values_list("state", flat=True).get(pk=case.pk)


def action(page: Page, key: str):
    return page.locator(f"details[data-key='{key}']")


def told(page: Page, words: str) -> None:
    """A toast says so; it goes by itself, so it is waited for, not looked for later."""
    expect(page.locator(".toast", has_text=words).first).to_be_visible()


@pytest.fixture
def three(the_north):
    return [
        workflow.submit(
            description=f"{number}号楼楼道里堆满杂物，消防通道过不去。",
            contact=Contact(phone=f"1380000{number:04}"),
            region=the_north.community,
        ).case
        for number in (1, 2, 3)
    ]


def test_a_dispatcher_works_by_keyboard(sign_in, case, north, the_north, assert_accessible):
    page = sign_in(north)
    assert_accessible(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#case-title")).to_have_text(case.title)
    assert_accessible(page)

    page.keyboard.press("a")
    action(page, "a").get_by_role("button", name="受理").press("Enter")
    told(page, "受理")
    assert state_of(case) == State.ACCEPTED
    # The form is gone; who works by keyboard goes on in the case, not from the top of the page.
    expect(page.locator("#case-title")).to_be_focused()

    expect(action(page, "d")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    expect(action(page, "d")).to_have_attribute("open", "")
    action(page, "d").get_by_role("radio", name="北物业公司").check()
    action(page, "d").locator("textarea[name=text]").fill("老人多，请今晚先去看看。")
    assert_accessible(page)
    action(page, "d").get_by_role("button", name="派单").press("Enter")
    told(page, "派单")
    assert state_of(case) == State.DISPATCHED
    expect(page.locator("#case .timeline")).to_contain_text("老人多，请今晚先去看看。")

    # A slip is taken back from the toast.
    page.locator(".toast").get_by_role("button", name="撤销").click()
    told(page, case.number)
    assert state_of(case) == State.ACCEPTED
    assert page.complaints == []


def test_steps_on_a_case_with_a_map_and_the_way_back_leave_the_console_silent(sign_in, three, north):
    """What the content policy refuses fails in `open_page`; a textarea made larger once had its style copied."""
    ServiceRequest.objects.update(latitude=22.61, longitude=113.88)
    page = sign_in(north)
    shown = page.locator("#case .map .leaflet-interactive").last
    page.get_by_role("link", name=three[0].title).first.click()
    expect(shown).to_be_visible()
    page.locator("#case textarea").evaluate_all("all => all.forEach(each => (each.style.height = '200px'))")
    action(page, "n").locator("summary").click()
    action(page, "n").locator("textarea").fill("已电话了解情况。")
    action(page, "n").locator("form button").click()
    told(page, "备注")
    expect(shown).to_be_visible()
    page.goto("/desk/requests/")
    for number in (1, 2):
        page.get_by_role("link", name=three[number].title).first.click()
        expect(page.locator("#case-title")).to_have_text(three[number].title)
        expect(shown).to_be_visible()
    page.go_back()
    expect(page.locator("#case-title")).to_have_text(three[1].title)
    expect(page.locator("nav#tabs")).to_have_count(1)
    expect(page.locator(".leaflet-container")).to_have_count(1)
    assert page.complaints == []


def test_who_goes_back_after_the_session_has_ended_is_asked_to_sign_in(sign_in, three, north):
    page = sign_in(north)
    for case in three[:2]:
        page.get_by_role("link", name=case.title).first.click()
        expect(page.locator("#case-title")).to_have_text(case.title)
    page.context.clear_cookies()
    page.go_back()
    page.wait_for_url("**/accounts/login/**")


def test_the_second_of_two_dispatchers_is_told_what_happened(sign_in, case, north, the_north, assert_accessible):
    other = make_user("other", Role.COMMUNITY, region=the_north.community)
    first, second = sign_in(north), sign_in(other)
    for page in (first, second):
        page.get_by_role("link", name=case.title).click()
        expect(action(page, "a").get_by_role("button", name="受理")).to_be_visible()
    action(second, "q").locator("summary").click()
    action(second, "q").locator("textarea").fill("是哪一盏路灯？")

    action(first, "a").get_by_role("button", name="受理").click()
    told(first, "受理")
    action(second, "q").get_by_role("button").click()

    notice = second.locator("#case [role=alert]")
    expect(notice).to_contain_text("North")
    expect(notice).to_contain_text("受理")
    expect(action(second, "q").locator("textarea")).to_have_value("是哪一盏路灯？")
    # The refusal itself is what the browser's console reports.
    assert all("409" in line for line in second.complaints)
    second.complaints.clear()
    assert_accessible(second)
    action(second, "q").get_by_role("button").click()
    told(second, case.number)
    assert state_of(case) == State.WAITING


def test_one_step_on_many_cases_says_what_will_change_and_what_did(sign_in, three, north, assert_accessible):
    workflow.reject(three[2], by=Staff(north), ground="duplicate", text="与前一件相同。")
    page = sign_in(north)
    page.goto("/desk/requests/")
    for key in "jxjxjx":
        page.keyboard.press(key)
    expect(page.locator("[data-bulk-count]")).to_have_text(re.compile("3"))
    assert_accessible(page)
    page.locator("#bulk").get_by_role("button", name="受理").click()
    expect(page.get_by_role("heading", name="将办理 2 件")).to_be_visible()
    assert_accessible(page)
    page.locator("form.card").get_by_role("button", name=re.compile("受理")).click()
    page.get_by_role("link", name="返回列表").wait_for()
    assert_accessible(page)
    assert [state_of(case) for case in three] == [State.ACCEPTED, State.ACCEPTED, State.REJECTED]


def test_a_filtered_list_is_saved_as_a_view_and_exported(sign_in, three, case, north, assert_accessible):
    workflow.accept(three[0], by=Staff(north))
    page = sign_in(north)
    page.goto("/desk/requests/?state=accepted")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.locator("summary", has_text="保存").click()
    page.locator("#view-name").fill("待我派单")
    page.locator("#view-name").press("Enter")
    tab = page.locator(".tabs a", has_text="待我派单")
    expect(tab).to_have_attribute("aria-current", "page")
    expect(page.locator("[data-row]")).to_have_count(1)
    assert_accessible(page)

    page.goto("/desk/requests/")
    page.locator(".tabs a", has_text="待我派单").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    page.get_by_role("link", name="导出", exact=True).click()
    page.wait_for_url("**/export/**state=accepted**")
    assert_accessible(page)
    page.get_by_label(re.compile("CSV")).check()
    with page.expect_download() as download:
        page.locator("main").get_by_role("button", name="导出").click()
    text = download.value.path().read_text("utf-8-sig")
    assert three[0].title in text and three[1].title not in text
    assert "13800000001" not in text


def test_words_are_found_and_a_phone_is_revealed_with_a_reason(sign_in, case, north, assert_accessible):
    page = sign_in(north)
    page.keyboard.press("/")
    page.keyboard.type("路灯")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=case.title).first.click()
    expect(page.locator("#case-title")).to_have_text(case.title)
    assert "13800001234" not in page.content()
    page.locator("details.reveal summary").click()
    page.get_by_label("为办理本件联系居民").check()
    assert_accessible(page)
    page.locator("details.reveal").get_by_role("button").click()
    expect(page.locator("#case")).to_contain_text(re.compile("138 ?0000 ?1234"))


def test_a_phone_folds_the_menu_and_says_where_one_is(sign_in, north, assert_accessible):
    page = sign_in(north, size=PHONE)
    menu, links = page.locator(".desk-menu"), page.locator("#desk-nav a")
    shown = page.locator("#desk-nav a:visible")
    expect(shown).to_have_text(["我的待办"])
    menu.locator("summary").click()
    expect(shown).to_have_count(links.count())
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(shown).to_have_count(1)
    page.goto("/desk/surveys/")
    expect(shown).to_have_text(["议事协商"])
    page.set_viewport_size(DESKTOP)
    expect(shown).to_have_count(links.count())
    expect(menu).to_be_hidden()
