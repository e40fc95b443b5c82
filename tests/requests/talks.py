"""Who and what tests of deliberations, surveys and elections begin with: the north's cast, its dispatcher, an estate
with its households, and a topic. Imported by the conftests of tests/requests and tests/desk."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.core.models import Estate
from requests import households
from requests.deliberations import publicity, topics
from tests.requests.builders import deliberation, make_cast

DAY = timedelta(days=1)


@pytest.fixture
def cast(the_north, the_south):
    return make_cast(the_north, the_south)


@pytest.fixture
def by(cast):
    """Who looks after the community and enters what is done."""
    return cast.dispatcher.user


@pytest.fixture
def estate(cast, by):
    made = Estate.objects.create(name="龙井小区", region=cast.half.community)
    households.revise(made, by=by, lines="1栋101,90\n1栋102,80\n2栋101,85")
    return made


@pytest.fixture
def runner(by):
    return by


@pytest.fixture
def topic(cast, runner):
    """A topic to which the half's unit and a resident are invited."""
    row = deliberation(cast)
    topics.invite(row, by=runner, role="executor", organization=cast.half.unit)
    topics.invite(row, by=runner, role="resident", name="王阿姨")
    return row


def go(row, by, *, to, at=None):
    """Bring it there by the verbs, beginning at a moment."""
    at = at or timezone.now() - 40 * DAY
    ways = {
        "scheduled": lambda: topics.schedule(row, by=by, scheduled_for=at + 2 * DAY, place="议事厅", at=at),
        "held": lambda: topics.hold(
            row, by=by, minutes="大家都同意。", attended=list(row.participants.all()), at=at + 3 * DAY
        ),
        "resolved": lambda: topics.resolve(row, by=by, resolution="更换路灯。", at=at + 4 * DAY),
        "public": lambda: publicity.publish(row, by=by, at=at + 5 * DAY),
        "in_force": lambda: publicity.enact(row, by=by, at=at + 30 * DAY),
    }
    for state, way in ways.items():
        way()
        assert row.state == state
        if state == to:
            break
    return row
