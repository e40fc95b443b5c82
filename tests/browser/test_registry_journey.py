"""The registry at a wide screen and on a phone: a point picked on the map, a spreadsheet followed, a row deleted."""

import re

import pytest
from playwright.sync_api import expect

from portal.core.models import Estate, Region
from portal.desk import import_jobs
from portal.desk.models import SheetImport
from stations.models import Pledge, Station
from tests.browser import PHONE
from tests.browser.conftest import PATIENCE
from tests.registry.conftest import make_rows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=PATIENCE)


@pytest.fixture
def placed(the_north):
    """The north's district has a position, so that maps know where to begin."""
    Region.objects.filter(pk=the_north.district.pk).update(latitude=22.62, longitude=113.88)
    return the_north


def test_a_point_is_picked_by_mouse_and_by_keyboard(sign_in, north, placed, assert_accessible):
    page = sign_in(north)
    page.goto(f"/desk/stations/{placed.station.pk}/edit/")
    picker, latitude = page.locator(".map-picker"), page.locator("#id_latitude")
    expect(picker.locator(".map-pin")).to_be_visible()
    page.locator("#id_datum").select_option("gcj02")
    # The numbers of another map's are not shown as if they were ours.
    expect(picker.locator(".map-pin")).to_have_count(0)
    picker.click(position={"x": 300, "y": 100})
    expect(picker.locator(".map-pin")).to_be_visible()
    expect(page.locator("#id_datum")).to_have_value("wgs84")
    by_mouse = latitude.input_value()
    assert re.fullmatch(r"22\.\d{6}", by_mouse)
    expect(page.locator("#picked")).to_contain_text(by_mouse)
    page.get_by_role("button", name="去掉这个点").click()
    expect(picker.locator(".map-pin")).to_have_count(0)
    expect(latitude).to_have_value("")
    expect(picker).to_be_focused()

    picker.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(500)
    page.keyboard.press("Enter")
    expect(latitude).not_to_have_value(by_mouse)
    assert_accessible(page)
    latitude.fill("22.57")
    latitude.blur()
    page.get_by_role("button", name="保存").last.click()
    page.wait_for_url(f"**/stations/{placed.station.pk}/")
    station = Station.objects.get(pk=placed.station.pk)
    assert (station.latitude, station.datum) == (22.57, "wgs84")
    assert abs(station.longitude - 113.88) < 0.1


def test_on_a_phone_a_new_estate_gets_its_point(sign_in, north, placed, assert_accessible):
    page = sign_in(north, size=PHONE)
    page.goto("/desk/estates/new/")
    page.get_by_label("名称").fill("新花园")
    page.get_by_label("社区").fill(placed.community.code)
    page.locator(".map-picker").click(position={"x": 100, "y": 100})
    expect(page.locator("#id_latitude")).not_to_have_value("")
    assert_accessible(page)
    page.get_by_role("button", name="保存").last.click()
    page.wait_for_url(re.compile(r"/estates/\d+/$"))
    assert Estate.objects.get().latitude


def test_without_scripts_the_numbers_are_typed(open_page, north, placed):
    page = open_page("/accounts/login/?next=/desk/estates/new/", java_script_enabled=False)
    page.locator("#id_login").fill(north.username)
    page.locator("#id_password").fill("a good password")
    page.get_by_role("button", name="登录").click()
    expect(page.locator("#id_latitude")).to_be_visible()
    expect(page.locator(".picker")).to_be_hidden()


def test_a_spreadsheet_is_followed_left_and_loaded(sign_in, north, the_north, tmp_path, assert_accessible):
    lines = [
        "代码,名称,层级,站点类型,区域",
        *(f"T{n},{n}号站,站点,小区,北街道/北社区" for n in range(5)),
        "T9,坏站,站点,小区,哪里",
    ]
    path = tmp_path / "站点.csv"
    path.write_text("\n".join(lines))
    page = sign_in(north)
    page.goto("/desk/imports/")
    assert_accessible(page)
    page.locator("#stations_sheet").set_input_files(path)
    page.locator("section", has=page.locator("#stations_sheet")).get_by_role("button", name="检查").click()
    expect(page.get_by_role("heading", name="正在检查文件")).to_be_visible()
    there = page.url
    page.goto("/desk/imports/")
    page.get_by_role("link", name="站点.csv").click()
    page.wait_for_url(there)

    # The page sees by itself that the worker has done its part.
    import_jobs.work(SheetImport.objects.get().pk)
    expect(page.get_by_role("heading", name="文件将带来的改动")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="导入 5 行").click()
    expect(page.get_by_role("heading", name="正在导入文件")).to_be_visible()
    assert_accessible(page)
    import_jobs.work(SheetImport.objects.get().pk)
    expect(page.get_by_role("heading", name="文件已导入")).to_be_visible()
    assert Station.objects.filter(code__startswith="T").count() == 5
    assert page.complaints == []


def test_a_row_is_deleted_by_its_name(sign_in, north, the_north, assert_accessible):
    page = sign_in(north, size=PHONE)
    page.goto(f"/desk/stations/{the_north.station.pk}/")
    page.get_by_role("link", name="删除").click()
    assert_accessible(page)
    page.get_by_role("button", name="删除“北小站”").click()
    page.wait_for_url("**/desk/stations/")
    expect(page.locator(".toast")).to_contain_text("已删除“北小站”")
    assert not Station.objects.filter(pk=the_north.station.pk).exists()


def test_an_agreement_with_pledges_fits_a_phone(sign_in, north, the_north, assert_accessible):
    agreement = make_rows(the_north, 1).agreements
    Pledge.objects.create(agreement=agreement, text="为独居老人提供每月一次上门服务", due_on="2027-10-27")
    page = sign_in(north, size=PHONE)
    page.goto(f"/desk/agreements/{agreement.pk}/")
    assert_accessible(page)


def test_a_list_is_searched_by_a_word_and_by_the_name_of_a_row(sign_in, north, the_north):
    make_rows(the_north, 1)
    page = sign_in(north)
    page.goto("/desk/guarantors/")
    station = the_north.station
    page.locator("summary", has_text="更多筛选").click()
    page.get_by_label("站点", exact=True).fill(station.name)
    page.get_by_role("button", name="搜索").click()
    expect(page.locator(".chip")).to_contain_text(f"站点：{station.name}")
    page.goto("/desk/stations/")
    page.locator(".registry-filters [name=q]").fill("没有这样的站")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="没有符合条件的结果")).to_be_visible()
    assert page.complaints == []
