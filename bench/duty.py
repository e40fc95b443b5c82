"""Duty: the month of a station, somebody joining a shift, and sixteen who want the last two places."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Count, Max
from django.utils import timezone

from bench.client import Client, session_headers, with_csrf
from bench.timing import Row, alternate, summarize
from portal.core.models import Membership, Role, User
from volunteers.models import Assignment, DutyShift, Volunteer
from volunteers.types import VolunteerStatus

if TYPE_CHECKING:
    from bench.measures import Bench

# What a cell of the month shows, for the weeks that the month touches.
MONTH = """
SELECT json_agg(row) FROM (
    SELECT s.id, s.title, s.kind, s.starts_at, s.ends_at, s.status, s.taken, s.min_people, s.max_people,
           s.needs_key_holder,
           (SELECT count(*) FROM volunteers_assignment a WHERE a.shift_id = s.id AND a.status = 'waiting') AS waiting,
           EXISTS (SELECT FROM volunteers_assignment a
                     JOIN volunteers_keyholder k ON k.volunteer_id = a.volunteer_id AND k.station_id = s.station_id
                    WHERE a.shift_id = s.id AND a.status IN ('proposed', 'confirmed')) AS has_key,
           (SELECT json_agg(json_build_object('id', a.id, 'volunteer', a.volunteer_id, 'name', p.name,
                                              'status', a.status) ORDER BY a.made_at, a.id)
              FROM volunteers_assignment a
              JOIN volunteers_volunteer v ON v.id = a.volunteer_id JOIN core_person p ON p.id = v.person_id
             WHERE a.shift_id = s.id AND a.status IN ('proposed', 'confirmed')) AS people
      FROM volunteers_dutyshift s
     WHERE s.station_id = %s AND s.starts_at >= %s AND s.starts_at < %s
     ORDER BY s.starts_at, s.id
) AS row
"""
# A place taken if there is room, with the history of both, in one statement.
JOIN = """
WITH room AS (
    UPDATE volunteers_dutyshift SET taken = taken + 1
     WHERE id = %(shift)s AND status = 'open' AND taken < max_people
    RETURNING id, district_id, starts_at, ends_at
)
INSERT INTO volunteers_assignment (shift_id, volunteer_id, district_id, period, status, source, is_pinned, made_at,
                                   answered_at, reason, checked_in_how, checked_out_how, is_no_show, is_excused,
                                   revision)
SELECT id, %(volunteer)s, district_id, tstzrange(starts_at, ends_at), 'confirmed', 'self', false, now(), now(), '', '',
       '', false, false, 0
  FROM room RETURNING id
"""
RACERS, PLACES = 16, 2


def roster_grid_page(bench: "Bench") -> Row:
    busiest = DutyShift.objects.filter(district=bench.district).values("station").annotate(shifts=Count("pk"))
    station = busiest.order_by("-shifts", "station").first()["station"]
    first = timezone.localdate().replace(day=1)
    since = first - timedelta(days=first.weekday())
    until = since + timedelta(days=42)
    row = bench.read(
        "roster_grid_page",
        f"/desk/duty/?station={station}&month={first:%Y-%m}",
        lambda: bench.floor(MONTH, [station, since, until]),
        headers=bench.session,
        target="12 x, constant queries",
    )
    row.note = f"{len(bench.floor(MONTH, [station, since, until])[0][0])} shifts"
    return row


def shift_join(bench: "Bench") -> Row:
    """Each call by somebody else and for another shift: nobody may be in two places at once."""
    needed = bench.rounds + 12
    ours, theirs = _people(bench, needed), _people(bench, needed, skip=needed)
    shifts = _shifts(bench, 2 * needed)
    accounts = {volunteer.pk: _account(bench, volunteer) for volunteer in ours}
    clients = {pk: _client(bench, user) for pk, user in accounts.items()}
    floor_calls = iter(list(zip(shifts[:needed], theirs, strict=True)))
    calls: Iterator[tuple[DutyShift, Volunteer]] = iter(list(zip(shifts[needed:], ours, strict=True)))

    def floor() -> None:
        shift, volunteer = next(floor_calls)
        bench.floor(JOIN, {"shift": shift.pk, "volunteer": volunteer.pk})

    def product() -> bytes:
        shift, volunteer = next(calls)
        return clients[volunteer.pk].post(f"/api/v1/shifts/{shift.pk}/sign-up/", {})

    times = alternate(floor, product, rounds=bench.rounds)
    return summarize("shift_join", times[0], times[1], size=times[2], queries=None, target="7 x")


def signup_race(bench: "Bench") -> Row:
    """Sixteen at once for two places, again and again; how long until all are answered, and how many got in."""
    rounds = max(3, bench.rounds // 20)
    people = _people(bench, RACERS)
    clients = [_client(bench, _account(bench, each)) for each in people]
    shifts = _shifts(bench, rounds, places=PLACES)
    took, admitted = [], []
    for shift in shifts:
        ready = threading.Barrier(RACERS + 1)
        threads = [
            threading.Thread(target=_race, args=(client, shift.pk, ready)) for client in clients
        ]  # fmt: skip
        for thread in threads:
            thread.start()
        ready.wait()
        started = time.perf_counter()
        for thread in threads:
            thread.join()
        took.append((time.perf_counter() - started) * 1000)
        admitted.append(Assignment.objects.filter(shift=shift, status="confirmed").count())
    connection.close()
    row = summarize("signup_race", took, took, size=0, queries=None, target=f"exactly {PLACES} of {RACERS}")
    row.note = f"{rounds} races; admitted each time: {sorted(set(admitted))}; p50 is until all {RACERS} are answered"
    return row


def _race(client: Client, shift: int, ready: threading.Barrier) -> None:
    ready.wait()
    client.post(f"/api/v1/shifts/{shift}/sign-up/", {})


def _people(bench: "Bench", count: int, skip: int = 0) -> list[Volunteer]:
    rows = Volunteer.objects.filter(
        status=VolunteerStatus.ACTIVE, home_region__path__startswith=bench.district.path, born_on=None
    )
    return list(rows.select_related("person").order_by("pk")[100 + skip : 100 + skip + count])


def _client(bench: "Bench", user: User) -> Client:
    return Client(bench.address, with_csrf(session_headers(user.username)))


def _account(bench: "Bench", volunteer: Volunteer) -> User:
    user = User.objects.filter(person=volunteer.person).first()
    if user is None:
        user = User.objects.create_user(volunteer.number, person=volunteer.person)
        Membership.objects.create(user=user, role=Role.VOLUNTEER, region_id=volunteer.home_region_id)
    return user


def _shifts(bench: "Bench", count: int, *, places: int = 4) -> list[DutyShift]:
    """Shifts after all others, on which nobody is, one after the other and open for sign-up."""
    station = DutyShift.objects.filter(district=bench.district).order_by("pk").first().station
    now = timezone.now()
    start = DutyShift.objects.aggregate(last=Max("ends_at"))["last"] + timedelta(days=1)
    return DutyShift.objects.bulk_create(
        DutyShift(
            station=station, district=bench.district, title="bench", min_people=1, max_people=places,
            starts_at=start + timedelta(hours=3 * number), ends_at=start + timedelta(hours=3 * number + 2),
            signup_opens_at=now - timedelta(days=1), signup_closes_at=start,
        )
        for number in range(count)
    )  # fmt: skip
