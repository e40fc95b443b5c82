"""Budget and crowdfunding: whatever is tried, in whatever order, the sums stay true."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from portal.core.errors import DomainError, NotAllowed
from requests import projects
from requests.models import BudgetLine, Contribution, ServiceProject
from requests.projects.money import raised, unspent
from stations.models import Station
from tests.requests.builders import new_project

SAME = settings(
    max_examples=30, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
AMOUNTS = st.sampled_from(["-5", "0", "0.01", "0.005", "50", "99.99", "100", "250", "10000000000"]).map(Decimal)


class _Undo(Exception):
    pass


@pytest.fixture
def project(the_north):
    return new_project(the_north.community)


def test_it_works(project, north):
    projects.set_budget(project, by=north, title="电梯", source="crowdfunding", amount=Decimal(800000))
    projects.pledge(project, by=north, household="3栋502", amount=Decimal(40000))
    who = project.contributions.get()
    projects.pay(project, by=north, contribution=who, amount=Decimal(40000))
    projects.spend(project, by=north, line=project.budget.get(), amount=Decimal("12000.50"))
    projects.refund(project, by=north, contribution=who, amount=Decimal(1000))
    assert raised(project) == {"pledged": 40000, "paid": 40000, "refunded": 1000}
    assert unspent(project) == Decimal("26999.50")


def test_the_public_page_says_how_a_household_takes_part(client, project, north, the_north):
    projects.pledge(project, by=north, household="3栋502", amount=Decimal(100))
    ServiceProject.objects.update(published_at=timezone.now(), summary="翻新篮球场。")
    address = reverse("public:project", args=[project.pk])
    assert reverse("public:station", args=[the_north.station.pk]) in client.get(address).content.decode()
    Station.objects.update(phone="0755-27000001")
    assert "tel:0755-27000001" in client.get(address).content.decode()
    Station.objects.all().delete()
    assert "您家想参与认筹" in client.get(address).content.decode()
    ServiceProject.objects.update(state="finished", finished_at=timezone.now(), result="装好了。")
    assert "您家想参与认筹" not in client.get(address).content.decode()


def test_a_name_is_sealed_and_masked_and_in_no_timeline(project, north):
    projects.pledge(project, by=north, name="欧阳春", amount=Decimal(100))
    made = project.contributions.get()
    assert (made.name_masked, str(made.name), made.name.reveal()) == ("欧阳*", "***", "欧阳春")
    assert "欧阳春" not in "".join(f"{event.about}{event.text}" for event in project.events.all())


def test_a_household_pledges_once_and_nobody_in_particular_does_not(project, north):
    projects.pledge(project, by=north, household="3栋502", amount=Decimal(100))
    with pytest.raises(DomainError):
        projects.pledge(project, by=north, household="3栋502", amount=Decimal(100))
    with pytest.raises(DomainError):
        projects.pledge(project, by=north, amount=Decimal(100))


@pytest.mark.parametrize("wrong", [{"paid": 101}, {"paid": 50, "refunded": 51}, {"paid": -1}, {"pledged": 0}])
def test_the_database_refuses_what_does_not_add_up(project, north, wrong):
    projects.pledge(project, by=north, household="3栋502", amount=Decimal(100))
    with pytest.raises(IntegrityError), transaction.atomic():
        Contribution.objects.update(**wrong)


def test_more_than_was_paid_in_is_neither_spent_nor_given_back(project, north):
    projects.set_budget(project, by=north, title="电梯", source="crowdfunding", amount=Decimal(1000))
    projects.pledge(project, by=north, household="3栋502", amount=Decimal(500))
    who, line = project.contributions.get(), project.budget.get()
    with pytest.raises(DomainError):
        projects.spend(project, by=north, line=line, amount=Decimal(1))
    projects.pay(project, by=north, contribution=who, amount=Decimal(500))
    projects.spend(project, by=north, line=line, amount=Decimal(400))
    with pytest.raises(DomainError) as refusal:
        projects.refund(project, by=north, contribution=who, amount=Decimal(101))
    assert "100" in str(refusal.value)


def test_a_household_pledges_once_however_its_flat_is_written(project, north):
    projects.pledge(project, by=north, household="5栋 101", amount=Decimal(100))
    assert project.contributions.get().household == "5栋101"
    for same in ("5栋101", "５栋１０１"):
        with pytest.raises(DomainError) as refusal:
            projects.pledge(project, by=north, household=same, amount=Decimal(100))
        assert str(refusal.value) == "该户已认筹。"


def test_a_pledge_is_withdrawn_as_far_as_it_is_not_paid_in(project, north, south):
    for household in ("1栋101", "1栋102"):
        projects.pledge(project, by=north, household=household, amount=Decimal(300))
    partly, never = project.contributions.order_by("household")
    projects.pay(project, by=north, contribution=partly, amount=Decimal(120))
    with pytest.raises(NotAllowed):
        projects.withdraw_pledge(project, by=south, contribution=never)
    for each in (partly, never):
        projects.withdraw_pledge(project, by=north, contribution=each, text="搬走了")
    assert raised(project) == {"pledged": 120, "paid": 120, "refunded": 0}
    assert sorted(project.events.filter(verb="withdraw_pledge").values_list("about", flat=True)) == ["180", "300"]
    with pytest.raises(DomainError):
        projects.withdraw_pledge(project, by=north, contribution=partly)
    projects.pledge(project, by=north, household="1栋102", amount=Decimal(50))
    assert unspent(project) == 120


def test_the_page_offers_only_contributions_with_which_a_step_can_be_taken(client, project, north):
    for household in ("1栋101", "1栋102"):
        projects.pledge(project, by=north, household=household, amount=Decimal(300))
    paid, owed = project.contributions.order_by("household")
    projects.pay(project, by=north, contribution=paid, amount=Decimal(300))
    client.force_login(north)
    for verb, offered in (("pay", owed), ("withdraw_pledge", owed), ("refund", paid)):
        address = reverse("requests:project_step", args=[project.pk, verb])
        assert list(client.get(address).context["form"].fields["contribution"].queryset) == [offered]
    client.post(reverse("requests:project_step", args=[project.pk, "withdraw_pledge"]), {"contribution": owed.pk})
    assert list(project.contributions.all()) == [paid]
    assert "撤回认筹" in client.get(reverse("requests:project_detail", args=[project.pk])).content.decode()


@SAME
@given(data=st.data())
def test_no_order_of_payments_brings_a_sum_below_zero(project, north, data):
    with pytest.raises(_Undo), transaction.atomic():
        for source in ("crowdfunding", "budget"):
            projects.set_budget(project, by=north, title=source, source=source, amount=Decimal(300))
        for household in ("1栋101", "1栋102"):
            projects.pledge(project, by=north, household=household, amount=Decimal(200))
        for _step in range(data.draw(st.integers(1, 12))):
            _try(data.draw, project, north)
            _check(project)
        raise _Undo


def _try(draw, project: ServiceProject, by) -> None:
    amount = draw(AMOUNTS)
    who, line = draw(st.sampled_from([0, 1])), draw(st.sampled_from([0, 1]))
    contribution, budget = project.contributions.all()[who:].first(), project.budget.all()[line]
    step = draw(st.sampled_from(["pay", "refund", "spend", "withdraw_pledge"]))
    try:
        if step == "spend":
            projects.spend(project, by=by, line=budget, amount=amount)
        elif contribution is None:
            projects.pledge(project, by=by, household=f"1栋10{who}", amount=amount)
        elif step == "withdraw_pledge":
            projects.withdraw_pledge(project, by=by, contribution=contribution)
        else:
            getattr(projects, step)(project, by=by, contribution=contribution, amount=amount)
    except DomainError:
        pass


def _check(project: ServiceProject) -> None:
    sums = raised(project)
    assert 0 <= sums["refunded"] <= sums["paid"] <= sums["pledged"]
    assert unspent(project) >= 0
    assert all(0 <= line.spent <= line.amount for line in BudgetLine.objects.filter(project=project))
