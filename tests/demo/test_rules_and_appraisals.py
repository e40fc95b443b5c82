"""Routing rules and appraisals of the demo: whoever signs in has some to look at, in every state."""

import pytest

from portal.core.models import User
from requests.models import Appraisal, RoutingRule

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo(demo):
    """All of these look at the one demo."""


@pytest.mark.parametrize("name", ["community", "street", "district"])
def test_each_account_sees_rules_and_appraisals(name):
    user = User.objects.get(username=name)
    assert RoutingRule.objects.for_user(user).exists()
    assert Appraisal.objects.for_user(user).exists()


def test_several_communities_have_rules_and_one_was_tried_and_switched_off():
    assert RoutingRule.objects.filter(region__level="community").values("region").distinct().count() >= 4
    assert {rule.region.level for rule in RoutingRule.objects.select_related("region")} == {
        "community", "street", "district",
    }  # fmt: skip
    assert RoutingRule.objects.filter(is_active=False, tried_at__isnull=False, tried_caught__gt=0).count() == 1
    assert RoutingRule.objects.filter(tried_at=None).count() == 1


def test_appraisals_stand_at_every_point_of_their_year():
    rows = Appraisal.objects.select_related("survey", "estate")
    assert len({row.estate.region_id for row in rows}) >= 5
    unpublished = {(row.survey.state, row.branch_score is not None) for row in rows if row.published_at is None}
    assert unpublished == {("draft", False), ("open", False), ("closed", False), ("closed", True)}
    assert sum(row.published_at is not None for row in rows) >= 2
