"""Points and certificates in the demo are what the verbs would have written."""

import pytest
from django.db.models import F, Sum

from portal.core.models import User
from tests.demo.conftest import TODAY
from volunteers import points
from volunteers.models import Certificate, HourEntry, PointEntry, Redemption, Reward, Volunteer
from volunteers.types import CertificateStanding, HourAccount, PointKind, RedemptionStatus

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo(demo):
    pass


def test_each_approved_hour_gave_what_its_rule_says():
    earned = PointEntry.objects.filter(kind=PointKind.EARNED, hour_entry__isnull=False).select_related(
        "rule", "hour_entry__assignment__shift"
    )
    assert earned.count() > 50
    for entry in earned[:200]:
        served = entry.hour_entry
        assert entry.rule == points.rule_on(served.on, served.region)
        assert entry.points == points.worth(served.minutes, served.assignment.shift.kind, entry.rule)
    approved = HourEntry.objects.filter(account=HourAccount.APPROVED)
    assert not approved.filter(minutes__gte=60, point_entry=None).exists()


def test_certificates_of_every_standing_stand_on_the_ledger():
    # As they stood on the demo's day.
    rows = Certificate.objects.annotate(entered=Sum("lines__entry__minutes"))
    assert {row.standing(TODAY) for row in rows} >= set(CertificateStanding) - {CertificateStanding.REFUSED}
    assert not rows.issued().exclude(minutes=F("entered")).exists()


def test_the_demos_volunteer_has_something_to_show():
    own = Volunteer.objects.get(person=User.objects.get(username="volunteer").person)
    assert own.certificates.standing(CertificateStanding.VALID, day=TODAY).exists()
    assert points.balance(own) >= 0
    states = set(Redemption.objects.filter(volunteer=own).values_list("status", flat=True))
    assert states == {RedemptionStatus.OPEN, RedemptionStatus.REDEEMED}
    assert Reward.objects.filter(stock=0).exists()
