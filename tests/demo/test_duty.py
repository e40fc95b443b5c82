"""Duty in the demo is what the verbs would have written."""

import pytest
from django.db.models import Count, F, Q, Sum

from portal.demo.volunteer_cases import MATTERS
from tests.demo.conftest import TODAY
from volunteers import planning, statements
from volunteers.models import Assignment, DutyShift, DutyTemplate, HourEntry, MemberReport
from volunteers.quarters import Quarter
from volunteers.types import HOLDING, HourAccount, ShiftStatus

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo(demo):
    pass


def test_every_shift_counts_the_people_who_hold_a_place_on_it():
    held = DutyShift.objects.annotate(held=Count("assignments", filter=Q(assignments__status__in=HOLDING)))
    assert not held.exclude(taken=F("held")).exists()
    assert not Assignment.objects.filter(shift__status=ShiftStatus.CALLED_OFF).exists()


def test_a_template_would_make_the_shifts_that_are_there():
    template = DutyTemplate.objects.order_by("pk").first()
    changes = planning.preview(template)
    assert not changes.changed
    assert not changes.removed


def test_the_ledger_holds_what_was_served():
    served = Assignment.objects.filter(checked_out_at__isnull=False)
    minutes = sum(
        int((out - came).total_seconds() // 60) for came, out in served.values_list("checked_in_at", "checked_out_at")
    )
    entered = HourEntry.objects.filter(account=HourAccount.RECORDED).aggregate(Sum("minutes"))
    assert entered["minutes__sum"] == minutes > 0


def test_members_who_reported_have_resolved_cases_for_their_branch():
    found = statements.statement(MemberReport.objects.all(), Quarter.of(TODAY))
    assert found.services == len(MATTERS)
