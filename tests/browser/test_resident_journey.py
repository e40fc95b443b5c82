"""A resident on a phone: finds a station, asks for something there, is asked back, and rates the result."""

import re

import pytest

from requests import workflow
from requests.models import ServiceRequest
from requests.types import State
from requests.workflow import Staff
from stations.models import OpeningHours
from tests.public.conftest import photo

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "lamp.jpg"
    path.write_bytes(photo(size=(800, 600)).read())
    return path


def test_it_works(open_page, the_north, the_south, north, helper, picture, assert_accessible):
    for weekday in range(7):
        OpeningHours.objects.create(station=the_north.station, weekday=weekday, opens="00:00", closes="23:59")

    # Find the nearest station with the phone's position.
    page = open_page("/", geolocation={"latitude": 22.611, "longitude": 113.88}, permissions=["geolocation"])
    assert_accessible(page)
    page.get_by_role("link", name="找小站").first.click()
    page.get_by_role("button", name="离我最近的小站").click()
    page.wait_for_url("**lat=22.611**#list")
    assert page.locator(".places a").all_inner_texts() == ["北小站", "南小站"]
    page.locator(".map.leaflet-container").wait_for()
    assert_accessible(page)
    page.get_by_role("link", name="北小站").click()
    assert "现在开放" in page.locator(".place-facts").inner_text()
    assert_accessible(page)

    # Ask for something there: first with a mistake, which loses nothing.
    page.get_by_role("link", name="在这里提需求").click()
    page.get_by_label("什么事").fill("小区门口的路灯坏了三天，晚上老人出门看不清路。")
    page.get_by_label("照片").set_input_files(picture)
    page.get_by_label("您的电话").fill("1380000")
    page.get_by_label("我已阅读并同意").check()
    assert_accessible(page)
    page.get_by_role("button", name="提交").click()
    page.locator(".error-summary").wait_for()
    assert_accessible(page)
    page.get_by_role("link", name=re.compile("电话")).first.click()
    page.get_by_label("您的电话").fill("138 0000 1234")
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/receipt/")
    code = page.locator(".reference").inner_text()
    assert_accessible(page)
    case = ServiceRequest.objects.get()
    assert (case.station, case.attachments.count()) == (the_north.station, 1)

    workflow.accept(case, by=Staff(north))
    workflow.dispatch(case, by=Staff(north), to=the_north.unit)
    workflow.take(case, by=Staff(helper))
    workflow.ask(case, by=Staff(helper), text="是哪一盏灯？")

    # Another phone scans the receipt: the code comes behind the "#" and stays in no address.
    page = open_page(f"/track/#{code}")
    page.wait_for_url(f"**/case/{case.number}/")
    assert "需要您补充情况" in page.locator(".standing").inner_text()
    assert_accessible(page)
    page.get_by_label("您的补充").fill("大门左边那盏。")
    page.get_by_role("button", name="提交补充").click()
    page.get_by_text("补充已提交").wait_for()

    case.refresh_from_db()
    workflow.resolve(case, by=Staff(helper), text="已更换灯泡。")
    page.reload()
    assert "请您评价" in page.locator(".standing").inner_text()
    assert_accessible(page)
    page.get_by_label("解决了", exact=True).check()
    page.get_by_label("非常满意").check()
    page.get_by_role("button", name="提交评价").click()
    page.get_by_text("感谢您的评价").wait_for()
    assert_accessible(page)
    case.refresh_from_db()
    assert (case.state, case.last_rating) == (State.CLOSED, "very_satisfied")


def test_the_place_is_chosen_in_selects_that_follow_each_other(open_page, the_north, the_south, assert_accessible):
    page = open_page("/ask/")
    page.get_by_label("区（县）").select_option(label="北区")
    page.get_by_label("街道（镇）").select_option(label="北街道")
    page.get_by_label("社区").select_option(label="北社区")
    assert_accessible(page)
    page.get_by_label("区（县）").select_option(label="南区")
    page.get_by_label("街道（镇）").locator("option", has_text="南街道").wait_for(state="attached")
    assert page.get_by_label("社区").count() == 0


def test_the_position_of_the_phone_proposes_the_community(open_page, the_north, the_south):
    here = {"latitude": 22.55, "longitude": 113.88}
    page = open_page("/ask/", geolocation=here, permissions=["geolocation"])
    page.get_by_label("什么事").fill("路灯坏了")
    page.get_by_role("button", name="我就在现场，定位").click()
    page.locator(".map.leaflet-container").wait_for()
    page.get_by_role("button", name="南社区").click()
    page.wait_for_load_state()
    assert page.get_by_label("社区").locator("option:checked").inner_text() == "南社区"
    assert page.get_by_label("什么事").input_value() == "路灯坏了"


def test_without_scripts_nothing_is_missing(open_page, the_north):
    page = open_page("/ask/", java_script_enabled=False)
    page.get_by_label("什么事").fill("路灯坏了")
    page.get_by_label("区（县）").select_option(label="北区")
    page.get_by_role("button", name="选好了，继续").click()
    page.get_by_label("街道（镇）").select_option(label="北街道")
    page.get_by_role("button", name="选好了，继续").click()
    page.get_by_label("社区").select_option(label="北社区")
    page.get_by_label("您的电话").fill("13800001234")
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="提交").click()
    code = page.locator(".reference").inner_text()
    page = open_page("/track/", java_script_enabled=False)
    page.get_by_label("查询码").fill(code)
    page.get_by_role("button", name="查看办理进度").click()
    assert "正在等待受理" in page.locator(".standing").inner_text()


@pytest.mark.parametrize("path", ["/", "/stations/", "/ask/", "/track/"])
def test_large_type_fits_the_phone(open_page, the_north, path, assert_accessible):
    page = open_page(path)
    page.get_by_role("button", name="大字版").click()
    page.locator("html[data-elder='1']").wait_for()
    assert_accessible(page)
