"""Time limits of the demo's district, and in its first community cases that need more time or do not get on."""

from datetime import timedelta

from portal.core.models import Region, User
from portal.demo.accounts import BAOAN, Staff
from portal.demo.network import Network
from requests import workflow
from requests.models import LimitRule, ServiceRequest
from requests.types import WATCHED_STATES, Kind, LimitStep, LimitUnit, State, TimeLimit
from requests.workflow import CLOCK
from requests.workflow.extensions import latest_extension
from requests.workflow.watching import supervision_due

REASONS = ("配件需从外地调货，预计下周到货。", "施工涉及相邻楼栋，正在征求住户意见。")
MOST = 6


def build(network: Network, staff: Staff, region: Region) -> None:
    """From tomorrow on the district promises more than the portal; the cases go by the verbs themselves."""
    _promise(network)
    cases = ServiceRequest.objects.filter(handling_region=region, state__in=WATCHED_STATES)
    due_soon = cases.filter(
        state=State.IN_PROGRESS, due_at__gt=network.now, current_dispatch__organization__isnull=False
    )
    pairs = zip(due_soon.order_by("due_at", "pk")[:2], REASONS, strict=False)
    for number, (case, reason) in enumerate(pairs):
        _ask(case, reason, staff, network)
        if number:
            leader = workflow.Staff(staff.by_name["leader"])
            workflow.decide_extension(case, by=leader, granted=True, text="情况属实，同意延期。", at=network.now)
    for case in cases.filter(due_at__lt=network.now).order_by("due_at", "pk")[:MOST]:
        workflow.remind(case, by=CLOCK, at=network.now)
        for _level in range(supervision_due(case, network.now)):
            workflow.supervise(case, at=network.now)


def _promise(network: Network) -> None:
    shared = {"district": network.regions[BAOAN], "starts_on": network.today + timedelta(days=1)}
    LimitRule.objects.create(
        kind=Kind.SMALL_WISH, step=LimitStep.RESOLVE, amount=10, unit=LimitUnit.WORKING_DAYS, **shared
    )
    LimitRule.objects.create(
        time_limit=TimeLimit.GENERAL, step=LimitStep.CONTACT, amount=8, unit=LimitUnit.HOURS, **shared
    )


def _ask(case: ServiceRequest, reason: str, staff: Staff, network: Network) -> None:
    handler: User = staff.contacts[case.current_dispatch.organization_id]
    until = min(case.due_at + timedelta(days=3), latest_extension(case))
    workflow.request_extension(case, by=workflow.Staff(handler), until=until, text=reason, at=network.now)
