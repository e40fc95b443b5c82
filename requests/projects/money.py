"""Budget and crowdfunding (众筹). All is reckoned with the project locked: nothing is spent or given back twice."""

from datetime import datetime
from decimal import Decimal
from unicodedata import normalize

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import humanize
from portal.core.clock import ZONE
from portal.core.masking import mask_name
from portal.core.models import User
from requests.models import BudgetLine, Contribution, ServiceProject
from requests.models.project_parts import CENT
from requests.models.resources import MOST
from requests.project_types import MoneySource, ProjectVerb
from requests.projects.step import Step, mine, step
from volunteers.guards import refuse, save


def set_budget(
    project: ServiceProject, *, by: User, title: str, source: str, amount: Decimal, at: datetime | None = None
) -> ServiceProject:
    """A line of the budget: what for, who pays, how much."""
    with step(project, ProjectVerb.SET_BUDGET, by=by, about=f"{title} {humanize.amount(amount)}", at=at) as now:
        save(BudgetLine(project=now.project, title=title, source=source, amount=amount))
    return project


def spend(
    project: ServiceProject, *, by: User, line: BudgetLine, amount: Decimal, text: str = "", at: datetime | None = None
) -> ServiceProject:
    """Of a line, not more than it holds; of what is crowdfunded, not more than has come in."""
    with step(project, ProjectVerb.SPEND, by=by, text=text, at=at) as now:
        found = mine(now.project, line, "line")
        _refuse_odd(amount)
        if found.spent + amount > found.amount:
            _too_much(found.amount - found.spent)
        if found.source == MoneySource.CROWDFUNDING and amount > (left := unspent(now.project)):
            _too_much(left)
        found.spent += amount
        save(found, fields=["spent"])
        now.about = f"{found.title} {humanize.amount(amount)}"
    return project


def pledge(
    project: ServiceProject,
    *,
    by: User,
    amount: Decimal,
    household: str = "",
    name: str = "",
    at: datetime | None = None,
) -> ServiceProject:
    """认筹 by a household, or by somebody named. Names and households stay out of the timeline."""
    # “５栋 １０１” and “5栋101” are one flat, which pledges once.
    household = "".join(normalize("NFKC", household).split())
    with step(project, ProjectVerb.PLEDGE, by=by, about=humanize.amount(amount), at=at) as now:
        if not household and not name:
            refuse("household", _("Name the household, or who gives it."))
        save(
            Contribution(
                project=now.project, household=household, name=name, name_masked=mask_name(name), pledged=amount,
                pledged_on=_day(now),
            )
        )  # fmt: skip
    return project


def pay(
    project: ServiceProject, *, by: User, contribution: Contribution, amount: Decimal, at: datetime | None = None
) -> ServiceProject:
    """到账, at once or in parts, up to what was pledged."""
    with step(project, ProjectVerb.PAY, by=by, about=humanize.amount(amount), at=at) as now:
        found = mine(now.project, contribution, "contribution")
        _refuse_odd(amount)
        if amount > found.owed:
            _too_much(found.owed)
        found.paid, found.paid_on = found.paid + amount, _day(now)
        save(found, fields=["paid", "paid_on"])
    return project


def withdraw_pledge(
    project: ServiceProject, *, by: User, contribution: Contribution, text: str = "", at: datetime | None = None
) -> ServiceProject:
    """撤回认筹: what has not been paid in will not be. A household that has paid nothing may pledge again."""
    with step(project, ProjectVerb.WITHDRAW_PLEDGE, by=by, text=text, at=at) as now:
        found = mine(now.project, contribution, "contribution")
        if not found.owed:
            refuse("contribution", _("All of this has been paid in. Give it back instead."))
        now.about = humanize.amount(found.owed)
        if found.paid:
            found.pledged = found.paid
            save(found, fields=["pledged"])
        else:
            found.delete()
    return project


def refund(
    project: ServiceProject,
    *,
    by: User,
    contribution: Contribution,
    amount: Decimal,
    text: str = "",
    at: datetime | None = None,
) -> ServiceProject:
    """退款: of what was paid in and is not spent."""
    with step(project, ProjectVerb.REFUND, by=by, text=text, about=humanize.amount(amount), at=at) as now:
        found = mine(now.project, contribution, "contribution")
        _refuse_odd(amount)
        if amount > (left := min(found.held, unspent(now.project))):
            _too_much(left)
        found.refunded, found.refunded_on = found.refunded + amount, _day(now)
        save(found, fields=["refunded", "refunded_on"])
    return project


def raised(project: ServiceProject) -> dict[str, Decimal]:
    """What was pledged, paid in and given back, in all."""
    sums = {name: Sum(name, default=Decimal(0)) for name in ("pledged", "paid", "refunded")}
    return project.contributions.aggregate(**sums)


def unspent(project: ServiceProject) -> Decimal:
    """What the project has of the crowdfunded money now. Never below zero."""
    sums = raised(project)
    lines = project.budget.filter(source=MoneySource.CROWDFUNDING)
    return sums["paid"] - sums["refunded"] - lines.aggregate(spent=Sum("spent", default=Decimal(0)))["spent"]


def _refuse_odd(amount: Decimal) -> None:
    if not CENT <= amount <= MOST or amount != round(amount, 2):
        refuse("amount", _("Please enter an amount above zero, with two decimals at most."))


def _too_much(left: Decimal) -> None:
    refuse("amount", _("At most %(left)s yuan are possible.") % {"left": humanize.amount(left)})


def _day(now: Step) -> object:
    return timezone.localdate(now.at, timezone=ZONE)
