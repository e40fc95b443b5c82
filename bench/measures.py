"""What is measured: each floor beside the product's call."""

import itertools
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.db import connection
from django.test import Client as InProcess
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench import duty, floors, matching, proposals, regions, rosters
from bench.client import Client, per_second, session_headers, token_headers
from bench.floors import Floor
from bench.place import worker_memory
from bench.timing import Row, alternate, summarize
from portal.core import chinese
from portal.core.models import Organization, Region, User
from portal.core.permissions import Role
from requests.models import ServiceRequest

DISTRICT = "440306"  # 宝安区, where most of the demo's cases are
TERM = "路灯"


@dataclass
class Bench:
    address: str
    rounds: int
    clients: int

    def __post_init__(self) -> None:
        self.floor = Floor()
        self.district = Region.objects.get(code=DISTRICT)
        self.token = token_headers("district", self.district, ["requests:read", "requests:act", "reports:read"])
        self.session = session_headers("district")

    def queries_of(self, *args: Any, **kwargs: Any) -> int:
        return queries_of(*args, **kwargs)

    def read(
        self, name: str, path: str, floor: Callable[[], Any], *, headers: dict[str, str], target: str, note: str = ""
    ) -> Row:
        """A GET that can be called again and again, alone and by several clients."""
        client = Client(self.address, headers)
        times = alternate(floor, lambda: client.get(path), rounds=self.rounds)
        row = summarize(
            name, times[0], times[1], size=times[2], queries=queries_of("get", path, headers), target=target, note=note
        )
        if self.clients:

            def make() -> Callable[[], bytes]:
                own = Client(self.address, headers)
                return lambda: own.get(path)

            row.per_second = per_second(make, clients=self.clients)
        return row


def queries_of(method: str, path: str, headers: dict[str, str], body: Any = None) -> int:
    """How many statements the answer takes, counted in this process on the second call."""
    client = InProcess(SERVER_NAME="localhost", headers=headers)
    arguments = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
    if method == "get":
        client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = getattr(client, method)(path, **arguments)
        if response.status_code >= 300:
            raise SystemExit(f"{path}: {response.status_code} {response.content[:300].decode()}")
    transaction = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT")
    return sum(not query["sql"].startswith(transaction) for query in captured)


def api_case_list(bench: Bench) -> Row:
    return bench.read(
        "api_case_list",
        f"/api/v1/service-requests/?limit=100&region={DISTRICT}",
        lambda: bench.floor(floors.CASE_LIST, [bench.district.pk]),
        headers=bench.token,
        target="2.5 x, 4 queries",
    )


def api_case_detail(bench: Bench) -> Row:
    (pk,) = bench.floor(
        "SELECT c.id FROM requests_servicerequest c JOIN requests_requestevent e ON e.request_id = c.id"
        " WHERE c.district_id = %s GROUP BY c.id HAVING count(*) = 10 LIMIT 1",
        [bench.district.pk],
    )[0]
    return bench.read(
        "api_case_detail",
        f"/api/v1/service-requests/{pk}/",
        lambda: bench.floor(floors.CASE_DETAIL, [pk]),
        headers=bench.token,
        target="5 x",
    )


def desk_case_list(bench: Bench) -> Row:
    return bench.read(
        "desk_case_list",
        "/desk/requests/",
        lambda: bench.floor(floors.DESK_LIST, [bench.district.pk]),
        headers=bench.session,
        target="10 x, 10 queries",
    )


def search_2char(bench: Bench) -> Row:
    query = chinese.to_tsquery(TERM)
    return bench.read(
        "search_2char",
        f"/api/v1/service-requests/?limit=100&region={DISTRICT}&q={quote(TERM)}",
        lambda: bench.floor(floors.SEARCH, [bench.district.pk, query]),
        headers=bench.token,
        target="4 x",
        note=f"term {TERM}",
    )


def open311_list(bench: Bench) -> Row:
    return bench.read(
        "open311_list",
        "/open311/v2/requests.json?page_size=100&start_date=2001-01-01",
        lambda: bench.floor(floors.OPEN311_LIST, []),
        headers={},
        target="2.5 x",
    )


def report_requests_summary(bench: Bench) -> Row:
    last_month = (timezone.localdate().replace(day=1) - timedelta(days=1)).replace(day=1)
    path = f"/api/v1/reports/requests-summary/?region={DISTRICT}&period=month&date={last_month}&group=street"
    statements = heavy_statements(path, bench.token)
    return bench.read(
        "report_requests_summary",
        path,
        lambda: bench.floor.run_all(statements),
        headers=bench.token,
        target="1.5 x its own GROUP BY",
        note=f"floor: the report's own {len(statements)} aggregate statement(s)",
    )


def heavy_statements(path: str, headers: dict[str, str]) -> list[tuple[str, Any]]:
    """The aggregate statements that an answer runs, as they were sent to the database."""
    client = InProcess(SERVER_NAME="localhost", headers=headers)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
        if response.status_code != 200:
            raise SystemExit(f"{path}: {response.status_code} {response.content[:300].decode()}")
    statements = [
        query["sql"] for query in captured if "count(" in query["sql"].lower() or "group by" in query["sql"].lower()
    ]
    return [(statement, None) for statement in statements]


def public_case_post(bench: Bench) -> Row:
    sql = bench.floor.submit_sql()
    template = ServiceRequest.objects.filter(district=bench.district).order_by("pk").first().pk
    community = Region.objects.filter(path__startswith=bench.district.path, level="community").first()
    consent = json.loads(Client(bench.address).get("/api/v1/public/consent/"))
    numbers = itertools.count(secrets.randbelow(50_000_000))

    def body() -> dict[str, Any]:
        return {
            "description": "小区北门的路灯坏了三天，晚上老人出门看不清路，请尽快派人维修。",
            "region": community.code,
            "phone": f"199{next(numbers) % 100_000_000:08d}",
            "name": "测试居民",
            "consent": consent["version"],
        }

    def headers() -> dict[str, str]:
        # Every caller from an address of their own: the limits count, and do not refuse.
        n = next(numbers)
        return {"X-Forwarded-For": f"10.{n % 250}.{n // 250 % 250}.{n // 62_500 % 250}"}

    client = Client(bench.address)
    times = alternate(
        lambda: bench.floor(sql, {"case": template, "hash": secrets.token_hex(32)}),
        lambda: client.post("/api/v1/public/requests/", body(), headers()),
        rounds=bench.rounds,
    )
    queries = queries_of("post", "/api/v1/public/requests/", headers(), body())
    return summarize("public_case_post", times[0], times[1], size=times[2], queries=queries, target="6 x")


def case_transition(bench: Bench) -> Row:
    needed = 2 * (bench.rounds + 10) + 2
    # One with a contact, who is told: with nobody to tell a step would look quicker than it is.
    unit = Organization.objects.filter(
        takes_requests=True, is_active=True, region__path__startswith=bench.district.path,
        memberships__role=Role.UNIT_CONTACT, memberships__is_active=True,
    ).first()  # fmt: skip
    user = User.objects.get(username="district")
    # Archived cases are put back to be dispatched; this database is for measuring only.
    rows = bench.floor(
        "UPDATE requests_servicerequest SET state = 'accepted', current_dispatch_id = NULL, ended_at = NULL,"
        " close_ground = '' WHERE id IN (SELECT id FROM requests_servicerequest WHERE state = 'closed'"
        " AND district_id = %s ORDER BY id LIMIT %s) RETURNING id, version",
        [bench.district.pk, needed],
    )
    cases: Iterator[tuple[int, int]] = iter(rows)
    client = Client(bench.address, bench.token)

    def product() -> bytes:
        pk, version = next(cases)
        return client.post(f"/api/v1/service-requests/{pk}/dispatch/", {"version": version, "unit": unit.pk})

    times = alternate(
        lambda: bench.floor(floors.DISPATCH, {"unit": unit.pk, "user": user.pk, "case": next(cases)[0]}),
        product,
        rounds=bench.rounds,
    )
    pk, version = next(cases)
    path = f"/api/v1/service-requests/{pk}/dispatch/"
    queries = queries_of("post", path, bench.token, {"version": version, "unit": unit.pk})
    return summarize("case_transition", times[0], times[1], size=times[2], queries=queries, target="7 x")


def export_csv(bench: Bench) -> Row:
    client, sizes = Client(bench.address, session_headers("admin")), []
    before = worker_memory()

    def product() -> bytes:
        sizes.append(client.drain("/desk/requests/export/", "format=csv"))
        return b""

    rounds = max(3, bench.rounds // 40)
    times = alternate(lambda: bench.floor.copy_out(floors.EXPORT), product, rounds=rounds, warm_up=1)
    grown = (worker_memory() - before) / 1024 / 1024
    return summarize(
        "export_csv", times[0], times[1], size=sizes[-1], queries=None, target="1.7 x COPY, < 20 MB",
        note=f"the largest worker grew by {grown:.1f} MB",
    )  # fmt: skip


MEASURES: dict[str, Callable[[Bench], Row]] = {
    measure.__name__: measure
    for measure in (
        api_case_list,
        api_case_detail,
        desk_case_list,
        public_case_post,
        case_transition,
        search_2char,
        open311_list,
        report_requests_summary,
        export_csv,
        duty.roster_grid_page,
        duty.shift_join,
        duty.signup_race,
        matching.match_case,
        matching.match_street_draft,
        proposals.duplicates_propose,
        proposals.category_suggestion,
        regions.import_regions,
        rosters.roster_month,
        rosters.roster_cases,
        rosters.roster_district_draft,
    )
}


def run(address: str, *, only: str, rounds: int, clients: int) -> list[Row]:
    bench = Bench(address, rounds, clients)
    return [measure(bench) for name, measure in MEASURES.items() if name.startswith(only)]
