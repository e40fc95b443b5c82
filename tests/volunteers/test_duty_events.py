"""What other systems hear of duty."""

import json
from datetime import timedelta

import pytest

from portal.core.models import Role, WebhookDelivery
from portal.core.notifications.webhooks import create_webhook
from tests.conftest import make_user
from volunteers import places

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard(the_north):
    """What a webhook of the district has been told."""
    by = make_user("district", Role.DISTRICT, region=the_north.district)
    create_webhook(
        by=by, name="排班系统", url="https://example.com/", kinds=["duty_gap", "shift_called_off"],
        region=the_north.district,
    )  # fmt: skip
    return lambda: [json.loads(each.body) for each in WebhookDelivery.objects.order_by("pk")]


def test_a_shift_that_loses_somebody_and_one_that_is_called_off_are_announced(heard, enrol, make_shift, north, soon):
    shift, other = make_shift(soon), make_shift(soon + timedelta(days=1))
    place = places.assign(shift, volunteer=enrol("王小明"), by=north)
    places.assign(other, volunteer=enrol("李小红"), by=north)
    places.withdraw(place, by=north, reason="生病")
    places.call_off(other, by=north, reason="台风")
    gap, off = heard()
    assert (gap["kind"], gap["data"]["shift"], gap["data"]["taken"]) == ("duty_gap", shift.pk, 0)
    assert (off["kind"], off["data"]["shift"], off["data"]["station"]) == (
        "shift_called_off", other.pk, other.station_id,
    )  # fmt: skip
    assert "王小明" not in json.dumps([gap, off], ensure_ascii=False)
