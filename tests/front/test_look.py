"""The pages in a real browser: nothing serious for axe-core, nothing the content policy refuses, nothing sideways."""

import pytest

from tests.browser import DESKTOP, PHONE, overflows, violations

pytestmark = pytest.mark.browser

PUBLIC = ["home", "form", "track", "poster", "domain", "404"]
DESK = ["/desk/", "/desk/reports/"]


def check(page) -> None:
    assert page.complaints == []
    assert not overflows(page)
    assert violations(page) == []


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_page_is_sound(visit, name, size):
    check(visit(f"/sample/{name}/", size=size))


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_page_is_sound_in_large_type(visit, client, name):
    client.cookies["elder"] = "1"
    page = visit(f"/sample/{name}/")
    check(page)
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == 24


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("path", DESK)
def test_a_desk_page_is_sound(visit, client, north, path, size):
    client.force_login(north)
    check(visit(path, size=size))


def test_the_wall_screen_is_dark_and_sound(visit, client, north):
    client.force_login(north)
    page = visit("/desk/reports/", size=DESKTOP)
    page.evaluate("document.documentElement.dataset.scheme = 'dark'")
    check(page)


def test_the_sign_in_page_is_sound(visit, db):
    check(visit("/accounts/login/"))


def test_errors_come_in_a_summary_that_has_the_focus_and_links_to_the_fields(visit):
    page = visit("/sample/form/?errors")
    assert violations(page) == []
    assert page.evaluate("document.activeElement.hasAttribute('data-error-summary')")
    page.locator(".error-summary a").first.click()
    assert page.evaluate("document.activeElement.matches('[aria-invalid=true]')")


def test_without_scripts_nothing_is_offered_that_would_not_work(visit):
    page = visit("/sample/track/", java_script_enabled=False)
    assert not page.locator("[data-copy]").is_visible()
    assert not page.locator("[data-read-aloud]").is_visible()
    assert page.get_by_role("button", name="大字版").is_visible()


def test_targets_of_residents_are_large_enough(visit):
    page = visit("/sample/form/")
    small = page.evaluate(
        """[...document.querySelectorAll("button, select, textarea, input[type=text], input[type=tel], nav a")]
           .filter((each) => each.checkVisibility() && !each.closest(".map") && !each.matches(".skip-link"))
           .filter((each) => each.getBoundingClientRect().height < 43.5)
           .map((each) => each.outerHTML.slice(0, 80))"""
    )
    assert small == []


def test_the_map_draws_districts_and_stations_without_a_tile_server(visit):
    page = visit("/sample/home/", size=DESKTOP)
    page.wait_for_selector(".map path.leaflet-interactive")
    assert page.locator(".map path.leaflet-interactive").count() == 3
    assert page.locator(".map path:not(.leaflet-interactive)").count() > 5
    page.locator(".map path.leaflet-interactive").first.click()
    assert page.locator(".leaflet-popup-content").inner_text().startswith("丽晶国际小站")


def test_a_tap_on_the_map_fills_the_position(visit):
    page = visit("/sample/form/")
    page.locator(".map").click(position={"x": 120, "y": 90})
    assert 22 < float(page.locator("#id_lat").input_value()) < 23
    assert 113 < float(page.locator("#id_lng").input_value()) < 115


def test_chosen_photos_are_shown_and_too_many_are_told_at_once(visit, tmp_path):
    page = visit("/sample/form/")
    photos = []
    for number in range(5):
        photo = tmp_path / f"{number}.svg"
        photo.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
        photos.append(photo)
    page.evaluate("document.querySelector('[data-photos]').multiple = true")
    page.locator("[data-photos]").set_input_files(photos[:2])
    assert page.locator(".preview img").count() == 2
    page.locator("[data-photos]").set_input_files(photos)
    assert page.locator(".field-error").inner_text() == "最多 4 张照片。"
    assert page.complaints == []


def test_the_queue_is_worked_by_keyboard(visit, client, north):
    client.force_login(north)
    page = visit("/desk/", size=DESKTOP)
    for key in "jjx":
        page.keyboard.press(key)
    assert page.locator("[data-row].is-here").get_attribute("data-row") == "2"
    assert page.locator("[data-bulk-count]").inner_text() == "已选 1 件"
    page.keyboard.press("k")
    page.keyboard.press("x")
    assert page.locator("[data-bulk-count]").inner_text() == "已选 2 件"
    page.keyboard.press("r")
    assert page.locator("details[data-key=r]").get_attribute("open") is not None
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    assert "直接答复办结" in dialog.inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "desk-q"
    page.keyboard.type("jx")
    assert page.locator("#desk-q").input_value() == "jx"


def test_all_lines_are_selected_at_once(visit, client, north):
    client.force_login(north)
    page = visit("/desk/", size=DESKTOP)
    page.evaluate("document.querySelector('[data-select-all]').click()")
    assert page.locator("[data-bulk-count]").inner_text() == "已选 18 件"


def test_enter_on_the_box_of_a_line_opens_its_case(visit, client, north):
    client.force_login(north)
    page = visit("/desk/", size=DESKTOP)
    page.locator("[data-select]").first.press("Enter")
    page.wait_for_selector(".split-case .notice-bad")
    assert "/bulk/" not in page.url


def test_paper_gets_the_case_and_absolute_times_only(visit, client, north):
    client.force_login(north)
    page = visit("/desk/", size=DESKTOP)
    page.emulate_media(media="print")
    assert not page.locator(".desk-side").is_visible()
    assert not page.locator(".case-actions").is_visible()
    assert page.locator(".timeline time").first.inner_text() == "2026年2月28日 10:00"


def test_a_refused_step_is_told_beside_the_list(visit, client, north):
    client.force_login(north)
    page = visit("/desk/", size=DESKTOP)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector(".split-case .notice-bad")
    assert page.locator("[data-row]").count() == 18
    assert page.complaints == []


def test_a_renewed_list_keeps_line_scroll_and_selection(visit, client, north):
    client.force_login(north)
    page = visit("/desk/", size=DESKTOP)
    for key in "jjjjjjjjjjjx":
        page.keyboard.press(key)
    scrolled = page.evaluate("document.querySelector('.split-list').scrollTop")
    assert scrolled > 0
    page.evaluate("htmx.ajax('GET', '/desk/', {target: '.split-list', select: '.split-list', swap: 'outerHTML'})")
    page.wait_for_load_state("networkidle")
    page.wait_for_selector("[data-row='11'].is-here")
    assert page.evaluate("document.querySelector('.split-list').scrollTop") == scrolled
    assert page.evaluate("document.activeElement.closest('[data-row]').dataset.row") == "11"
    assert page.locator("[data-bulk-count]").inner_text() == "已选 1 件"


def test_an_ended_session_brings_the_sign_in_page_not_a_part_of_it(visit, client, north):
    client.force_login(north)
    page = visit("/desk/", size=DESKTOP)
    page.evaluate("htmx.ajax('GET', '/accounts/login/', {target: '.split-case'})")
    page.wait_for_load_state("networkidle")
    assert page.locator(".split-case #id_login").count() == 0


def test_the_page_is_read_aloud_sentence_by_sentence(visit):
    page = visit("/sample/track/")
    page.evaluate(
        """() => {
             window.said = [];
             const voice = {speak: (each) => said.push(each.text), cancel() {}};
             Object.defineProperty(window, "speechSynthesis", {value: voice});
           }"""
    )
    page.get_by_role("button", name="朗读").click()
    said = page.evaluate("said")
    assert "物业公司正在维修 3 栋 2 单元的路灯。" in said
    assert said.index("已联系电工，今天下午上门查看。") == said.index("请您留意电话。") - 1
    assert page.get_by_role("button", name="停止朗读").get_attribute("aria-pressed") == "true"
