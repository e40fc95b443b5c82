"""A few hundred cases by the verbs themselves."""

from datetime import timedelta

from portal.core.models import Region
from portal.demo.network import Network
from portal.demo.people import invented_mobile, invented_name
from requests import workflow
from requests.models import Category
from requests.workflow import Resident, Staff
from requests.workflow.intake import Contact

TITLES = ["{place}门口路灯不亮，晚上出行不便", "{place}楼道堆放杂物有消防隐患", "{place}垃圾桶满溢，异味很大", "{place}停水两天了", "请问{place}老年优待证怎么办"]


def build(network: Network, units, staff, count: int) -> None:
    rng = network.rng
    categories = list(Category.objects.filter(level=3))
    baoan = [region for region in network.working if region.code.startswith("440306")]
    for number in range(count):
        region: Region = baoan[0] if number % 3 == 0 else rng.choice(network.working if number % 4 == 0 else baoan)
        unit = units.property[region.code]
        by, handler = Staff(staff.dispatchers[region.code]), Staff(staff.contacts[unit.pk])
        at = network.now - timedelta(minutes=rng.randint(60, 60 * 24 * (20 if number % 2 else 390)))
        made = workflow.submit(
            description=rng.choice(TITLES).format(place=region.short_name) + "，请尽快处理。",
            title=rng.choice(TITLES).format(place=region.short_name),
            contact=Contact(phone=invented_mobile(number), name=invented_name(rng)),
            region=region, category=rng.choice(categories), at=at, channel=rng.choice(["web", "web", "station_qr"]),
        )  # fmt: skip
        steps = [
            lambda c, at: workflow.accept(c, by=by, at=at),
            lambda c, at: workflow.dispatch(c, by=by, to=unit, at=at),
            lambda c, at: workflow.take(c, by=handler, at=at),
            lambda c, at: workflow.contact(c, by=handler, reached=True, at=at),
            lambda c, at: workflow.resolve(c, by=handler, text="已现场处理完毕。", at=at),
            lambda c, at: workflow.rate(c, by=Resident(made.requester), code="satisfied", solved=True, at=at),
        ]
        for verb in steps[: rng.randint(0, 6) if at > network.now - timedelta(days=10) else 6]:
            at += timedelta(minutes=rng.randint(10, 600))
            if at > network.now:
                break
            verb(made.case, at)
