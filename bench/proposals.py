"""What the portal proposes for a case: duplicates and a category, beside statements that bring the same rows."""

from typing import TYPE_CHECKING

from bench.timing import Row
from requests.accuracy import held_out, titles
from requests.likeness import telling
from requests.models import ServiceRequest

if TYPE_CHECKING:
    from bench.measures import Bench

# The five of the community that share most terms, by hand; the product also scores them and says why.
DUPLICATES = """
SELECT json_agg(row) FROM (
    SELECT c.id, c.title, c.state, c.submitted_at, c.station_id, c.community_id, c.category_id, k.parent_id,
           c.address_text, c.latitude, c.longitude, t.shared
      FROM requests_servicerequest c
      LEFT JOIN requests_category k ON k.id = c.category_id
      CROSS JOIN LATERAL (
           SELECT count(*) AS shared FROM unnest(tsvector_to_array(c.search)) AS term WHERE term = ANY(%s)) AS t
     WHERE c.street_id = %s AND c.community_id = %s AND c.submitted_at BETWEEN %s - interval '30 days'
       AND %s + interval '30 days' AND c.id <> %s AND (c.state IN ('submitted', 'accepted', 'dispatched',
           'in_progress', 'waiting', 'referred') OR c.resolved_at >= %s - interval '7 days')
     ORDER BY t.shared DESC, c.submitted_at DESC LIMIT 5
) AS row
"""
CATEGORIES = """
SELECT json_agg(row) FROM (
    SELECT c.id, c.title, c.category_id, k.path, length(c.search),
           ARRAY(SELECT term FROM unnest(tsvector_to_array(c.search)) AS term WHERE term = ANY(%s)) AS shared
      FROM requests_servicerequest c JOIN requests_category k ON k.id = c.category_id
     WHERE c.district_id = %s AND k.is_active AND c.search @@ %s::tsquery AND c.id <> %s
     ORDER BY c.submitted_at DESC, c.id DESC LIMIT 400
) AS row
"""


def _case(bench: "Bench") -> ServiceRequest:
    """An open case of the community that has most of them."""
    (community, _count) = bench.floor(
        "SELECT community_id, count(*) FROM requests_servicerequest WHERE district_id = %s"
        " AND state IN ('submitted', 'accepted') GROUP BY community_id ORDER BY count(*) DESC LIMIT 1",
        [bench.district.pk],
    )[0]
    rows = ServiceRequest.objects.filter(
        community=community, state__in=["submitted", "accepted"], category__isnull=False
    )
    return rows.order_by("-pk").first()


def duplicates_propose(bench: "Bench") -> Row:
    case = _case(bench)
    terms, at = telling(f"{case.title}\n{case.description}\n{case.address_text}"), case.submitted_at
    path = f"/api/v1/service-requests/{case.pk}/duplicates/"
    return bench.read(
        "duplicates_propose",
        path,
        lambda: bench.floor(DUPLICATES, [terms, case.street_id, case.community_id, at, at, case.pk, at]),
        headers=bench.token,
        target="6 x, 30 ms",
    )


def category_suggestion(bench: "Bench") -> Row:
    case = _case(bench)
    terms = telling(f"{case.title}\n{case.description}")
    query = " | ".join(f"'{term}'" for term in terms)
    return bench.read(
        "category_suggestion",
        f"/api/v1/service-requests/{case.pk}/category-suggestion/",
        lambda: bench.floor(CATEGORIES, [terms, bench.district.pk, query, case.pk]),
        headers=bench.token,
        target="better than the majority class",
        note=str(held_out(titles())),
    )
