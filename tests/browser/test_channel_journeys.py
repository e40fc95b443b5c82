"""A rider on a phone reports a hazard; a community worker writes visits down where there is no network."""

import random
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from PIL import Image

from portal.core.images import MAX_BYTES
from portal.core.models import Role
from requests import visits
from requests.models import ServiceRequest, Visit
from requests.types import Channel
from tests.browser import PHONE, overflows
from tests.conftest import make_user
from tests.public.conftest import photo
from tests.requests.builders import enrolled
from volunteers.types import VolunteerKind

READ_STORE = """() => new Promise((resolve) => {
  indexedDB.open("visits", 1).onsuccess = ({target}) => {
    target.result.transaction("waiting").objectStore("waiting").getAll().onsuccess = (event) => resolve(
      event.target.result.map((row) => ({
        ...row, parts: row.parts.map(({data}) => new TextDecoder().decode(data)).join(" "),
      })),
    );
  };
})"""

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


def test_a_photo_too_large_for_the_portal_is_made_smaller_on_the_phone(open_page, client, the_north, tmp_path):
    user = make_user("rider", Role.VOLUNTEER, region=the_north.community)
    rider = enrolled(the_north, kind=VolunteerKind.RIDER)
    rider.person = user.person
    rider.save()
    large = tmp_path / "large.jpg"
    # Noise: nothing makes it smaller but fewer pixels.
    Image.frombytes("RGB", (3600, 3000), random.Random(1).randbytes(3600 * 3000 * 3)).save(large, quality=95)
    assert large.stat().st_size > MAX_BYTES
    page = signed_in(open_page, client, user, "/probe/")
    page.get_by_text("井盖").click()
    page.locator("select[name=region]").select_option(str(the_north.community.pk))
    page.get_by_label("照片").set_input_files(large)
    page.locator(".preview img").wait_for()
    page.get_by_role("button", name="上报").click()
    page.wait_for_url("**/probe/done/")
    assert ServiceRequest.objects.get().attachments.count() == 1
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


def sign_in(page, client, user):
    client.force_login(user)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    page.context.add_cookies([cookie | {"url": page.url}])


def test_a_visit_that_is_refused_goes_back_into_the_form(open_page, client, the_north, north, tmp_path):
    page = signed_in(open_page, client, north, "/desk/visits/new/", size=PHONE)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture at all")
    page.get_by_label("哪一户").fill("3栋2单元501")
    page.get_by_label("业主").check()
    page.get_by_label("电话").fill("13800001234")
    page.get_by_label("什么事").first.fill("厨房下水堵了。")
    page.get_by_label("照片").first.set_input_files(broken)
    page.locator("#id_consent").check()
    page.get_by_role("button", name="保存走访").click()
    page.get_by_role("button", name="放回表单修改").click()
    assert page.get_by_label("什么事").first.input_value() == "厨房下水堵了。"
    page.get_by_label("照片").first.set_input_files([])
    page.get_by_role("button", name="保存走访").click()
    page.get_by_text("已发送").wait_for()
    assert Visit.objects.get().needs.count() == 1


def test_what_would_be_refused_is_said_before_a_visit_is_put_away(open_page, client, the_north, north):
    page = signed_in(open_page, client, north, "/desk/visits/new/", size=PHONE)
    page.context.set_offline(True)
    page.get_by_text("现在没有网络").wait_for()
    page.get_by_label("电话").fill("1380000")
    page.get_by_label("什么事").first.fill("厨房下水堵了。")
    page.get_by_label("走访时间").fill("2020-01-01T10:00")
    page.get_by_role("button", name="保存走访").click()
    said = page.locator("#visit-troubles li").all_inner_texts()
    lines = [visits.NO_HOUSEHOLD, visits.NOBODY_MET, visits.bad_moment(), visits.NO_CONSENT]
    assert set(map(str, lines)) < set(said)
    page.get_by_label("哪一户").fill("3栋2单元501")
    page.get_by_label("业主").check()
    page.get_by_label("电话").fill("+86 138-0000-1234")
    page.get_by_label("走访时间").fill("")
    page.locator("#id_consent").check()
    page.get_by_role("button", name="保存走访").click()
    page.locator("#waiting li").filter(has_text="需求 1 项").wait_for()
    page.context.set_offline(False)
    page.get_by_text("已发送：3栋2单元501").wait_for()
    assert abs(Visit.objects.get().visited_at - timezone.now()) < timedelta(minutes=10)


def test_what_waits_is_unreadable_and_sent_by_its_writer_alone(open_page, client, the_north, north):
    page = signed_in(open_page, client, north, "/desk/visits/new/", size=PHONE)
    page.context.set_offline(True)
    page.get_by_label("哪一户").fill("3栋2单元501")
    page.get_by_label("家中无人").check()
    page.get_by_role("button", name="保存走访").click()
    page.locator("#waiting li").filter(has_text="501").wait_for()
    kept = page.evaluate(READ_STORE)
    assert len(kept) == 1
    assert set(kept[0]) == {"key", "user", "at", "parts"}
    assert "501" not in str(kept[0])
    assert page.locator("#waiting").get_attribute("data-key") is None

    # The next person signs in while the page of the first still stands open.
    sign_in(page, client, make_user("next", Role.COMMUNITY, region=the_north.community))
    page.context.set_offline(False)
    page.get_by_text("登录已过期").wait_for()
    page.goto("/desk/visits/new/")
    page.wait_for_load_state("networkidle")
    assert page.locator("#waiting").is_hidden()
    assert not Visit.objects.exists()

    sign_in(page, client, north)
    page.goto("/desk/visits/new/")
    page.get_by_text("已发送：3栋2单元501").wait_for()
    assert Visit.objects.get().recorded_by == north


def test_without_web_crypto_nothing_is_put_away(open_page, client, the_north, north):
    page = signed_in(open_page, client, north, "/track/", size=PHONE)
    page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', {value: undefined})")
    page.goto("/desk/visits/new/")
    page.get_by_text("不能安全地暂存").wait_for()
    page.get_by_label("哪一户").fill("3栋2单元501")
    page.get_by_label("家中无人").check()
    page.get_by_role("button", name="保存走访").click()
    page.wait_for_url("**/desk/visits/*/")
    assert Visit.objects.count() == 1
