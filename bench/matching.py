"""Matching: what could help with one case, out of ten thousand resources."""

import itertools
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from bench.client import Client
from bench.timing import Row, alternate, summarize
from portal.core.history import bulk_load
from portal.core.models import Organization, Region, User
from requests.matching import street
from requests.matching.need import Need
from requests.models import Category, Resource, ServiceRequest
from requests.resources import take_codes
from requests.types import ResourceKind

if TYPE_CHECKING:
    from bench.measures import Bench

RESOURCES = 10_000
NEEDS, POOL = 200, 500
# What the cases of the demo are about: a resource whose name no title speaks of is in no draft.
SUBJECTS = (
    "停车位", "垃圾清运", "电梯", "门禁", "医保咨询", "社保认证", "修剪大树", "噪音劝导", "电动车充电", "路灯",
    "物业收费", "法律咨询", "折叠床", "疫苗接种", "操场开放", "工资维权", "居住证", "老年优待证",
    "积水疏通", "楼道清理",
)  # fmt: skip
CASES = 40
# The candidates of each kind, nearest first, with what is known of them: one statement, as few rows as there are shown.
MATCHES = """
WITH need AS (
    SELECT c.id, c.street_id, c.community_id, k.id AS leaf, k.parent_id, k.top_id, r.path, s.path AS street,
           m.path AS community
      FROM requests_servicerequest c
      JOIN requests_category k ON k.id = c.category_id
      JOIN core_region r ON r.id = c.region_id
      JOIN core_region s ON s.id = c.street_id
      JOIN core_region m ON m.id = c.community_id
     WHERE c.id = %(case)s
), done AS (
    SELECT d.organization_id, d.team_id, d.person_id, count(*) AS n
      FROM (SELECT o.id FROM need, requests_servicerequest o JOIN requests_category ok ON ok.id = o.category_id
             WHERE o.street_id = need.street_id AND ok.parent_id = need.parent_id AND o.submitted_at >= %(since)s
             ORDER BY o.submitted_at DESC, o.id DESC LIMIT 100) recent
      JOIN requests_dispatch d ON d.request_id = recent.id AND d.outcome = 'done'
     GROUP BY 1, 2, 3
), given AS (
    SELECT x.id, x.code, x.name, x.amount - x.claimed - x.used AS free, x.unit, fitting.level AS fit
      FROM need CROSS JOIN (
           SELECT rc.resource_id, max(k.level) AS level
             FROM need, requests_resource_categories rc JOIN requests_category k ON k.id = rc.category_id
            WHERE rc.category_id IN (need.leaf, need.parent_id, need.top_id) GROUP BY 1
           ) fitting
      JOIN requests_resource x ON x.id = fitting.resource_id
      JOIN core_region r ON r.id = x.region_id
     WHERE x.status = 'offered' AND x.amount > x.claimed + x.used
       AND (x.valid_until IS NULL OR x.valid_until >= current_date)
       AND (r.path LIKE need.street || '%%' OR need.path LIKE r.path || '%%')
     ORDER BY fitting.level DESC, NOT r.path LIKE need.community || '%%', x.id DESC LIMIT 40
), units AS (
    SELECT u.id, u.name,
           (SELECT count(*) FROM requests_dispatch d WHERE d.organization_id = u.id
               AND d.outcome IN ('offered', 'taken')) AS held,
           (SELECT n FROM done WHERE done.organization_id = u.id) AS done
      FROM need, core_organization u JOIN core_region r ON r.id = u.region_id
     WHERE u.is_active AND u.takes_requests AND (r.path LIKE need.street || '%%' OR need.path LIKE r.path || '%%')
     ORDER BY NOT r.path LIKE need.community || '%%', u.id LIMIT 40
), teams AS (
    SELECT t.id, t.name,
           (SELECT count(*) FROM requests_dispatch d WHERE d.team_id = t.id
               AND d.outcome IN ('offered', 'taken')) AS held
      FROM need, volunteers_volunteerteam t JOIN core_region r ON r.id = t.region_id
     WHERE t.is_active AND t.takes_requests AND (r.path LIKE need.street || '%%' OR need.path LIKE r.path || '%%')
     ORDER BY NOT r.path LIKE need.community || '%%', t.id LIMIT 40
), people AS (
    SELECT v.id, v.number, p.name,
           (SELECT json_agg(w) FROM volunteers_weeklyavailability w WHERE w.volunteer_id = v.id) AS times
      FROM need, volunteers_volunteer v JOIN core_person p ON p.id = v.person_id
      JOIN core_user a ON a.person_id = p.id AND a.is_active JOIN core_region r ON r.id = v.home_region_id
     WHERE v.status = 'active' AND r.path LIKE need.street || '%%'
     ORDER BY NOT r.path LIKE need.community || '%%', v.id LIMIT 40
)
SELECT json_build_object(
    'resources', (SELECT json_agg(given) FROM given), 'units', (SELECT json_agg(units) FROM units),
    'teams', (SELECT json_agg(teams) FROM teams), 'volunteers', (SELECT json_agg(people) FROM people))
"""


def match_case(bench: "Bench") -> Row:
    """Each call for another case of the district, one after the other."""
    count = _resources(bench.district)
    rows = ServiceRequest.objects.filter(
        district=bench.district, category__level=3, street__isnull=False, community__isnull=False
    )
    cases = list(rows.order_by("-pk").values_list("pk", flat=True)[:CASES])
    client, since = Client(bench.address, bench.token), timezone.now() - timedelta(days=180)
    ours, theirs = itertools.cycle(cases), itertools.cycle(cases)
    times = alternate(
        lambda: bench.floor(MATCHES, {"case": next(theirs), "since": since}),
        lambda: client.get(f"/api/v1/service-requests/{next(ours)}/matches/"),
        rounds=bench.rounds,
    )
    queries = bench.queries_of("get", f"/api/v1/service-requests/{cases[0]}/matches/", bench.token)
    return summarize(
        "match_case", times[0], times[1], size=times[2], queries=queries, target="6 x, 50 ms",
        note=f"{count} resources",
    )  # fmt: skip


class _OfOneStreet(Need):
    """As if all cases of the district were of one street, so that every pair is looked at."""

    @property
    def street(self) -> str:
        return self.case.district.path


def match_street_draft(bench: "Bench") -> Row:
    """200 open needs against 500 resources: what the job does, with the database. There is no floor to compare with."""
    user = User.objects.get(username="district")
    cases = ServiceRequest.objects.filter(district=bench.district, category__level=3, street__isnull=False)
    _resources(bench.district)
    took, lines = [], 0
    for _round in range(5):
        started = time.perf_counter()
        rows = cases.select_related(*Need.RELATED, "district").only(*Need.COLUMNS, "district__path")
        needs = [_OfOneStreet.of(case) for case in rows[:NEEDS]]
        resources = list(street.on_offer(bench.district, user)[:POOL])
        lines = len(street.choose(street.fits_of(needs, resources), resources))
        took.append((time.perf_counter() - started) * 1000)
    if not lines:
        raise SystemExit("match_street_draft: nothing fits in this database; drop it and let it be made anew.")
    row = summarize("match_street_draft", took, took, size=0, queries=None, target="5 s")
    row.note = f"{len(needs)} needs x {len(resources)} resources, {lines} lines; in this process, so the ratio is 1"
    return row


def _resources(district: Region) -> int:
    """Ten thousand in the communities of the district, in turn; this database is for measuring only."""
    missing = RESOURCES - Resource.objects.count()
    if missing <= 0:
        return RESOURCES
    units = list(Organization.objects.filter(region__path__startswith=district.path, is_active=True).order_by("pk"))
    categories = list(Category.objects.filter(level=3).order_by("pk"))
    made = [
        Resource(
            code=code, kind=ResourceKind.values[number % 5], name=f"{SUBJECTS[number % len(SUBJECTS)]}{number}",
            amount=10, organization=units[number % len(units)], region_id=units[number % len(units)].region_id,
        )
        for number, code in enumerate(take_codes(missing))
    ]  # fmt: skip
    through = Resource.categories.through
    with bulk_load("requests_resource"):
        Resource.objects.bulk_create(made, batch_size=1000)
        through.objects.bulk_create(
            [
                through(resource=row, category=categories[(7 * number + each) % len(categories)])
                for number, row in enumerate(made) for each in range(2)
            ],
            batch_size=2000,
        )  # fmt: skip
    return RESOURCES
