"""派单规则 of the demo: in communities of three streets, one of a street and one of the district. Those that hold were
tried against the cases of the last months first; one was tried and is off again, one nobody has tried yet."""

from dataclasses import dataclass
from datetime import time

from portal.core.models import Level, Organization, Region
from portal.demo.accounts import BAOAN, Staff
from portal.demo.network import Network
from portal.demo.organizations import Units
from portal.demo.surveys import communities_with_estates
from requests import routing
from requests.models import RoutingRule

TRIED_DAYS = 90
NIGHT = {"hour_from": time(18), "hour_until": time(8)}
LIFTS, RUBBISH, NOISE, GAS = "电梯 门禁 路灯 楼道", "垃圾 保洁 异味", "噪音 噪声 扰民", "燃气 漏气 煤气"


@dataclass(frozen=True)
class _Desk:
    network: Network
    staff: Staff

    def rule(
        self, region: Region, name: str, keywords: str, unit: Organization, *, order: int = 100, is_tried: bool = True,
        is_on: bool = True, **more: time,
    ) -> None:  # fmt: skip
        made = RoutingRule.objects.create(
            name=name, region=region, keywords=keywords, unit=unit, order=order, **more
        )  # fmt: skip
        by = self.staff.dispatchers[region.code]
        if is_tried:
            routing.switch_on(made, by=by, days=TRIED_DAYS)
        if is_tried and not is_on:
            routing.switch_off(made, by=by)


def build(network: Network, staff: Staff, units: Units, first: Region) -> None:
    desk, street = _Desk(network, staff), network.above(first, Level.STREET)
    company, order = units.property[first.code], units.by_topic[street.code]["order"]
    desk.rule(first, "设施维修给物业", LIFTS, company, order=20)
    desk.rule(first, "夜间噪音给执法办", NOISE, order, order=10, **NIGHT)
    # Tried, and off for now: what it came to stays with it.
    desk.rule(first, "垃圾清运给物业", RUBBISH, company, order=30, is_on=False)
    desk.rule(first, "停水停电先给物业", "停水 停电", company, order=40, is_tried=False)
    for region in communities_with_estates(network, first)[1:]:
        desk.rule(region, "设施维修给物业", LIFTS, units.property[region.code], order=20)
    desk.rule(street, "占道和噪音给执法办", f"占道 {NOISE}", order, order=60)
    district = network.regions[BAOAN]
    desk.rule(district, "燃气隐患给燃气服务中心", GAS, units.by_topic[district.code]["gas"], order=5)
