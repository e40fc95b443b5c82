"""A roster that is published, declined and filled; from the sign-up to a certificate; points for a bowl of noodles."""

import re
from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.models import OutboxMessage, Role, User
from portal.core.people import new_person
from stations.models import Affiliate
from tests.browser import PHONE
from tests.conftest import make_user
from volunteers import certificates, ledger, places, planning, rewards
from volunteers.models import (
    Assignment,
    Certificate,
    DutyShift,
    PointRule,
    Redemption,
    Reward,
    Roster,
    Volunteer,
    WeeklyAvailability,
)
from volunteers.roster import job
from volunteers.types import HOLDING, ClaimKind, RedemptionStatus, VolunteerStatus

pytestmark = pytest.mark.django_db(transaction=True)

TOMORROW = timezone.localdate(timezone=ZONE) + timedelta(days=1)
PHONES = {"王小明": "13800001111", "李小红": "13800002222"}


@pytest.fixture
def people(the_north):
    """Two who have time in the evening, each with a phone."""
    made = {}
    for number, (name, phone) in enumerate(PHONES.items(), 1):
        person = new_person(name=name, phone=phone)
        person.save()
        volunteer = Volunteer.objects.create(
            person=person, number=f"{number:09d}", home_region=the_north.community, status=VolunteerStatus.ACTIVE
        )
        WeeklyAvailability.objects.bulk_create(
            WeeklyAvailability(volunteer=volunteer, weekday=day, starts=time(18), ends=time(22)) for day in range(7)
        )
        made[name] = volunteer
    return made


@pytest.fixture
def shift(the_north, north):
    starts_at = datetime.combine(TOMORROW, time(19), ZONE)
    return planning.add_shift(
        DutyShift(
            station=the_north.station, title="晚间一小时", starts_at=starts_at, ends_at=starts_at + timedelta(hours=2),
            max_people=1,
        ),
        by=north,
    )  # fmt: skip


@pytest.fixture
def sign_in_by_code(open_page):
    """The phone of a volunteer: a number, the code of the SMS, my shifts."""

    def sign_in_by_code(number):
        page = open_page("/volunteer/sign-in/?next=/volunteer/me/shifts/", size=PHONE)
        page.get_by_label("您的手机号").fill(number)
        page.get_by_role("button", name="发送验证码").click()
        enter_code(page)
        page.wait_for_url("**/volunteer/me/shifts/")
        return page

    return sign_in_by_code


def enter_code(page):
    page.wait_for_url("**/sign-in/code/")
    sent = OutboxMessage.objects.filter(kind="sign_in_code").order_by("-pk").first()
    page.get_by_label("短信验证码").fill(re.search(r"\d{6}", sent.context.reveal()).group())
    page.get_by_role("button", name="登录").click()


def on(shift):
    return set(shift.assignments.filter(status__in=HOLDING).values_list("volunteer__person__name", flat=True))


def test_a_roster_is_published_declined_and_the_place_filled_by_a_stand_in(
    people, shift, the_north, north, sign_in, sign_in_by_code, assert_accessible
):
    desk = sign_in(north)
    desk.goto("/desk/duty/rosters/new/")
    desk.locator("#id_station").fill(f"{the_north.station.name} #{the_north.station.pk}")
    desk.locator("#id_first_day").fill(f"{TOMORROW:%Y-%m-%d}")
    desk.locator("#id_last_day").fill(f"{TOMORROW:%Y-%m-%d}")
    assert_accessible(desk)
    desk.locator("form.registry-form button.btn-primary").click()
    desk.wait_for_url(re.compile(r"/desk/duty/rosters/\d+/$"))
    job.run(Roster.objects.get().pk, seconds={"cover": 1.0, "fairness": 0.5, "wishes": 0.5})
    # The page asks for news by itself.
    desk.get_by_role("button", name="发布").wait_for()
    assert_accessible(desk)
    desk.get_by_role("button", name="发布").click()
    desk.get_by_text("发布人").or_(desk.get_by_text("已发布")).first.wait_for()
    asked = Assignment.objects.get(shift=shift)
    first, second = asked.volunteer.person.name, (set(people) - {asked.volunteer.person.name}).pop()

    phone = sign_in_by_code(PHONES[first])
    assert phone.get_by_text("请您答复").is_visible()
    assert_accessible(phone)
    phone.locator("ul.places a").first.click()
    phone.get_by_role("link", name="我来不了").or_(phone.get_by_role("link", name=re.compile("不"))).first.click()
    phone.locator("#id_reason").fill("孩子发烧")
    phone.locator("form button.btn-danger").click()
    phone.wait_for_url("**/volunteer/me/shifts/")
    assert on(shift) == set()

    # A place given back so shortly before has the portal ask who can stand in, by itself.
    other = sign_in_by_code(PHONES[second])
    other.get_by_text("临时缺人").first.wait_for()
    other.locator("section[aria-labelledby=needed] a").first.click()
    assert_accessible(other)
    other.get_by_role("button", name=re.compile("来")).first.click()
    other.get_by_text("您已排上").or_(other.locator(".confirmation")).first.wait_for()
    assert on(shift) == {second}

    desk.goto(f"/desk/duty/shifts/{shift.pk}/")
    assert desk.get_by_text("来顶班").is_visible()
    assert desk.get_by_text(second).first.is_visible()
    assert_accessible(desk)
    assert desk.complaints == phone.complaints == other.complaints == []


@pytest.fixture
def swappable(people, the_north, north):
    """A shift of 王小明's tomorrow, and eight of 李小红's on the mornings after it."""

    def shift_on(days, title):
        starts_at = datetime.combine(TOMORROW + timedelta(days=days), time(9), ZONE)
        shift = DutyShift(
            station=the_north.station, title=title, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2)
        )
        return planning.add_shift(shift, by=north)

    mine = places.assign(shift_on(0, "红色周末"), volunteer=people["王小明"], by=north)
    for days in range(1, 9):
        title = "理发义诊" if days == 5 else "日常值班"
        places.assign(shift_on(days, title), volunteer=people["李小红"], by=north)
    return mine


def test_typing_shows_fewer_shifts_to_swap_with_and_keeps_the_chosen_one(
    swappable, sign_in_by_code, assert_accessible
):  # fmt: skip
    phone = sign_in_by_code(PHONES["王小明"])
    phone.goto(f"/volunteer/me/shifts/{swappable.pk}/swap/")
    choices = phone.locator("#swap-choices input[name=wanted]:not([value=''])")
    shown = choices.locator("visible=true")
    assert shown.count() == 8
    assert_accessible(phone)
    search, nothing = phone.locator("#find-words"), phone.locator("#swap-none")

    search.press_sequentially("理发")
    assert shown.count() == 1
    assert nothing.is_hidden()
    # A day is what the choices of it stand below.
    third = TOMORROW + timedelta(days=3)
    search.fill(f"{third.month}月{third.day}日")
    assert shown.count() == 1
    shown.check()
    search.fill("没有这样的班")
    assert shown.count() == 1
    assert shown.is_checked()
    phone.locator("#swap-choices input[value='']").check()
    search.fill("没有这样的班次")
    assert shown.count() == 0
    assert nothing.is_visible()
    search.fill("")
    assert shown.count() == 8
    assert nothing.is_hidden()
    assert phone.complaints == []


def test_from_the_sign_up_to_a_certificate_that_anybody_can_check(
    the_north, north, keeper, open_page, sign_in, assert_accessible
):  # fmt: skip
    phone = open_page("/volunteer/join/", size=PHONE)
    phone.locator("#id_name").fill("赵六")
    phone.locator("#id_phone").fill("13700003333")
    phone.locator("input[name=kind][value=resident]").check()
    for name, region in (("district", the_north.district), ("street", the_north.street)):
        phone.locator(f"#id_{name}").select_option(str(region.pk))
    phone.locator(f"#id_community option[value='{the_north.community.pk}']").wait_for(state="attached")
    phone.locator("#id_community").select_option(str(the_north.community.pk))
    phone.locator("#id_consent").check()
    assert_accessible(phone)
    phone.locator("form button.btn-primary").last.click()
    phone.wait_for_url("**/volunteer/done/")
    volunteer = Volunteer.objects.get()

    desk = sign_in(north)
    desk.goto(f"/desk/volunteers/{volunteer.pk}/confirm/")
    desk.locator("form button.btn-primary").last.click()
    desk.wait_for_url(f"**/desk/volunteers/{volunteer.pk}/")
    volunteer.refresh_from_db()
    now = timezone.now().replace(second=0, microsecond=0)
    shift = planning.add_shift(
        DutyShift(
            station=the_north.station, title="日常值班", starts_at=now - timedelta(hours=2),
            ends_at=now + timedelta(hours=1),
        ),
        by=north,
    )  # fmt: skip
    place = places.assign(shift, volunteer=volunteer, by=north)

    station = sign_in(keeper)
    station.goto(f"/desk/duty/places/{place.pk}/check-in/")
    station.locator("#id_at").fill(f"{timezone.localtime(now - timedelta(hours=2)):%H:%M}")
    station.locator("form button.btn-primary").last.click()
    station.get_by_text("已到").or_(station.get_by_text("在岗")).first.wait_for()
    station.goto(f"/desk/duty/places/{place.pk}/check-out/")
    station.locator("form button.btn-primary").last.click()
    station.get_by_text("已服务").or_(station.get_by_text("服务")).first.wait_for()
    minutes = ledger.totals(volunteer)["approved"]
    assert minutes >= 120

    # The code that came with the sign-up opens the own pages, now that the entry is confirmed.
    assert_accessible(phone)
    phone.get_by_role("link", name="填写验证码").click()
    enter_code(phone)
    phone.wait_for_url("**/volunteer/me/**")
    phone.goto("/volunteer/me/certificates/ask/")
    assert_accessible(phone)
    today = timezone.localdate(timezone=ZONE)
    phone.locator("#id_since").fill(f"{today - timedelta(days=3):%Y-%m-%d}")
    phone.locator("#id_until").fill(f"{today:%Y-%m-%d}")
    phone.locator("form button.btn-primary").last.click()
    phone.wait_for_url("**/volunteer/me/certificates/**")
    certificate = Certificate.objects.get()

    desk.goto(f"/desk/certificates/{certificate.pk}/issue/")
    desk.locator("form.registry-form button.btn-primary, form button.btn-primary").last.click()
    desk.wait_for_url(f"**/desk/certificates/{certificate.pk}/")
    certificate.refresh_from_db()
    assert certificate.minutes == minutes
    stranger = open_page("/certificate/publicity/", size=PHONE)
    assert certificate.number in stranger.content()
    stranger.goto(f"/certificate/{certificate.number}/{certificates.check_code(certificate)}/")
    assert "赵*" in stranger.content()
    assert "赵六" not in stranger.content()
    assert_accessible(stranger)
    assert desk.complaints == phone.complaints == station.complaints == []


def test_points_of_a_volunteer_become_a_bowl_of_noodles_once(
    people, the_north, north, helper, sign_in, sign_in_by_code, assert_accessible
):
    PointRule.objects.create(district=the_north.district, valid_from="2026-01-01", points_per_hour=10)
    volunteer = people["王小明"]
    asked = ledger.claim(
        volunteer, kind=ClaimKind.SUPPLEMENT, region=the_north.community, minutes=300, reason="核实", by=None,
        on=timezone.localdate(timezone=ZONE) - timedelta(days=1),
    )  # fmt: skip
    ledger.decide(asked, by=make_user("street-leader", Role.LEADER, region=the_north.street), granted=True)
    merchant = Affiliate.objects.create(
        kind=Affiliate.Kind.CARING_MERCHANT, name="爱心面馆", region=the_north.community, organization=the_north.unit
    )
    reward = rewards.save_reward(
        Reward(merchant=merchant, name="热干面一碗", points=40), by=User.objects.get(pk=north.pk), stock=1
    )

    phone = sign_in_by_code(PHONES["王小明"])
    phone.goto(f"/volunteer/me/rewards/{reward.pk}/")
    assert_accessible(phone)
    phone.locator("form button.btn-primary").last.click()
    phone.wait_for_url("**/volunteer/me/rewards/taken/**")
    code = phone.locator(".reference").inner_text()
    assert_accessible(phone)

    cashier = sign_in(helper)
    for _twice in range(2):
        cashier.goto("/desk/rewards/redeem/")
        cashier.locator("#id_code").fill(code)
        cashier.locator("form.registry-form button.btn-primary").click()
        hand_out = cashier.locator("button[name=hand_out]")
        if hand_out.count():
            hand_out.click()
            cashier.wait_for_load_state()
    # The second time the code is good for nothing, and says so.
    assert cashier.locator("[data-error-summary]").is_visible()
    assert_accessible(cashier)
    assert Redemption.objects.get().status == RedemptionStatus.REDEEMED
