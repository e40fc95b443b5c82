"""Rosters that the worker solves as soon as the demo runs: next month of one station, next week of its whole street.

The station also offers a surgery of nurses and first-aiders every week: more than its volunteers can staff, so that the
roster names gaps and proves them.
"""

from datetime import date, time, timedelta

from portal.demo.accounts import Staff
from portal.demo.network import Network
from stations.models import Station
from volunteers import planning, rosters
from volunteers.models import DutyTemplate, Skill
from volunteers.types import DutyKind

SURGERY_SKILLS = ("first-aid", "nursing")


def build(network: Network, staff: Staff, station: Station) -> None:
    """Needs the station's templates and volunteers."""
    community, street = staff.by_name["community"], staff.by_name["street"]
    first = _next_month(network.today)
    surgery = DutyTemplate(
        station=station, title="便民义诊", kind=DutyKind.REGULAR, rule="FREQ=WEEKLY;BYDAY=WE", first_day=first,
        starts=time(14, 30), ends=time(16, 30), min_people=2, max_people=3, weeks_ahead=4,
        note="需要急救、护理持证人员到场。",
    )  # fmt: skip
    skills = list(Skill.objects.filter(code__in=SURGERY_SKILLS))
    mark = planning.preview(surgery, skills=skills, now=network.now).mark
    planning.save_template(surgery, skills=skills, by=community, mark=mark, now=network.now)
    last = _next_month(first) - timedelta(days=1)
    rosters.ask(station, first_day=first, last_day=last, by=community, now=network.now)
    monday = network.today + timedelta(days=7 - network.today.weekday())
    rosters.ask_for_area(street.memberships.get().region, first_day=monday, by=street)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
