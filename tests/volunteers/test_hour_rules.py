"""Rules by which hours count, at the desk."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.models import Role
from tests.conftest import make_user

pytestmark = pytest.mark.django_db


def test_leaders_lay_down_a_rule_for_hours_and_everybody_reads_it(browser, the_north, north):
    leader = make_user("district-leader", Role.LEADER, region=the_north.district)
    tomorrow = timezone.localdate(timezone=ZONE) + timedelta(days=1)
    form = {
        "district": the_north.district.pk, "valid_from": tomorrow, "rounding_minutes": 15, "evening_percent": 120,
        "overnight_percent": 100, "day_limit_minutes": 480, "long_day_minutes": 720,
    }  # fmt: skip
    page = "/desk/duty/hour-rules/"
    wrong = browser(leader).post(page, {**form, "day_limit_minutes": 800})
    assert "不能少于当天直接认定的时长" in wrong.content.decode()
    assert browser(leader).post(page, form).status_code == 302
    assert f"{tomorrow:%Y-%m-%d}" in browser(north).get(page).content.decode()
    assert browser(north).post(page, form).status_code == 400
