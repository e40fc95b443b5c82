"""A roster is made and published at the desk; on their phones one says no, another stands in."""

import re
from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.models import OutboxMessage
from portal.core.people import new_person
from tests.browser import PHONE
from volunteers import planning
from volunteers.models import Assignment, DutyShift, Roster, Volunteer, WeeklyAvailability
from volunteers.roster import job
from volunteers.types import HOLDING, VolunteerStatus

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

    def sign_in_by_code(name):
        page = open_page("/volunteer/sign-in/?next=/volunteer/me/shifts/", size=PHONE)
        page.get_by_label("您的手机号").fill(PHONES[name])
        page.get_by_role("button", name="发送验证码").click()
        page.wait_for_url("**/sign-in/code/")
        sent = OutboxMessage.objects.filter(kind="sign_in_code").order_by("-pk").first()
        page.get_by_label("短信验证码").fill(re.search(r"\d{6}", sent.context.reveal()).group())
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/volunteer/me/shifts/")
        return page

    return sign_in_by_code


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

    phone = sign_in_by_code(first)
    assert phone.get_by_text("请您答复").is_visible()
    assert_accessible(phone)
    phone.locator("ul.places a").first.click()
    phone.get_by_role("link", name="我来不了").or_(phone.get_by_role("link", name=re.compile("不"))).first.click()
    phone.locator("#id_reason").fill("孩子发烧")
    phone.locator("form button.btn-danger").click()
    phone.wait_for_url("**/volunteer/me/shifts/")
    assert on(shift) == set()

    # A place given back so shortly before has the portal ask who can stand in, by itself.
    other = sign_in_by_code(second)
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
