"""A rider on a phone reports a hazard; a community worker writes visits down where there is no network."""

import pytest
from django.conf import settings

from portal.core.models import Role
from requests.models import ServiceRequest, Visit
from requests.types import Channel
from tests.browser import PHONE, overflows
from tests.conftest import make_user
from tests.public.conftest import photo
from tests.requests.builders import enrolled
from volunteers.types import VolunteerKind

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "hole.jpg"
    path.write_bytes(photo(size=(800, 600)).read())
    return path


def signed_in(open_page, client, user, path, **options):
    """A page of somebody who is signed in already."""
    page = open_page("/track/", **options)
    client.force_login(user)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    page.context.add_cookies([cookie | {"url": page.url.removesuffix("track/")}])
    page.goto(path)
    return page


def test_a_rider_reports_a_hazard_in_two_taps_and_a_photo(open_page, client, the_north, picture, assert_accessible):
    user = make_user("rider", Role.VOLUNTEER, region=the_north.community)
    rider = enrolled(the_north, kind=VolunteerKind.RIDER)
    rider.person = user.person
    rider.save()
    position = {"latitude": 22.611, "longitude": 113.88}
    page = signed_in(open_page, client, user, "/probe/", geolocation=position, permissions=["geolocation"])
    assert_accessible(page)
    page.get_by_text("井盖").click()
    page.get_by_text("已经定位").wait_for()
    page.get_by_label("照片").set_input_files(picture)
    page.get_by_role("button", name="上报").click()
    page.wait_for_url("**/probe/done/")
    assert_accessible(page)
    case = ServiceRequest.objects.get()
    assert (case.channel, case.region, case.attachments.count()) == (Channel.RIDER, the_north.community, 1)
    page.get_by_role("link", name="再报一处").click()
    page.get_by_text("井盖").click()
    page.get_by_text("附近已有 1 次同类上报").wait_for()
    assert page.complaints == []


def test_a_visit_without_a_network_is_sent_once_later(open_page, client, the_north, north, picture, assert_accessible):
    page = signed_in(open_page, client, north, "/desk/visits/new/", size=PHONE)
    assert_accessible(page)
    page.context.set_offline(True)
    for household in ("3栋2单元501", "3栋2单元502"):
        page.get_by_label("哪一户").fill(household)
        page.get_by_label("业主").check()
        page.get_by_label("姓名").fill("张小北")
        page.get_by_label("电话").fill("13800001234")
        page.get_by_label("什么事").first.fill("厨房下水堵了。")
        page.get_by_label("照片").first.set_input_files(picture)
        page.get_by_role("button", name="再加一项需求").click()
        page.get_by_label("什么事").nth(1).fill("楼道缺个扶手。")
        page.get_by_label("我已说明").or_(page.locator("#id_consent")).first.check()
        page.get_by_role("button", name="保存走访").click()
        page.locator("#waiting li").filter(has_text=household).wait_for()
    assert page.locator("#waiting h2").inner_text() == "待发送 (2)"
    assert not Visit.objects.exists()
    assert not overflows(page)

    # What waits outlives the page.
    page.context.set_offline(False)
    page.reload()
    page.get_by_text("已发送").wait_for()
    page.get_by_role("button", name="立即发送").wait_for(state="hidden")
    assert Visit.objects.count() == 2
    assert ServiceRequest.objects.filter(channel=Channel.VISIT).count() == 4
    assert {visit.needs.first().request.attachments.count() for visit in Visit.objects.all()} == {1}
    page.reload()
    page.wait_for_load_state("networkidle")
    assert Visit.objects.count() == 2


def test_a_visit_whose_answer_got_lost_is_one_visit(open_page, client, the_north, north):
    page = signed_in(open_page, client, north, "/desk/visits/new/", size=PHONE)
    # The portal takes it, and the phone never hears of it.
    lost = []

    def lose(route):
        if route.request.method != "POST" or lost:
            return route.continue_()
        route.fetch()
        lost.append(route.request.url)
        return route.abort()

    page.route("**/desk/visits/new/", lose)
    page.get_by_label("哪一户").fill("3栋2单元501")
    page.get_by_label("家中无人").check()
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="保存走访").click()
    page.get_by_text("已保存在本机").wait_for()
    assert Visit.objects.count() == 1
    page.get_by_role("button", name="立即发送").click()
    page.get_by_role("button", name="立即发送").wait_for(state="hidden")
    assert Visit.objects.count() == 1


def test_a_visit_that_is_refused_goes_back_into_the_form(open_page, client, the_north, north):
    page = signed_in(open_page, client, north, "/desk/visits/new/", size=PHONE)
    page.get_by_label("哪一户").fill("3栋2单元501")
    page.get_by_label("业主").check()
    page.get_by_label("什么事").first.fill("厨房下水堵了。")
    page.get_by_role("button", name="保存走访").click()
    page.get_by_role("button", name="放回表单修改").click()
    assert page.get_by_label("什么事").first.input_value() == "厨房下水堵了。"
    page.get_by_label("电话").fill("13800001234")
    page.locator("#id_consent").check()
    page.get_by_role("button", name="保存走访").click()
    page.get_by_text("已发送").wait_for()
    assert Visit.objects.get().needs.count() == 1
