"""Cases by the thousand: chosen in memory, written by COPY, the same for the same day."""

import json
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from portal.core import codes, crypto
from portal.core.copy_in import copy_rows
from portal.core.history import bulk_load
from portal.core.models import ConsentText
from portal.demo import anchors
from portal.demo.case import Case, Ids, Party
from portal.demo.goals import SHOWN, Goal
from portal.demo.scenario import Scenario
from portal.demo.sites import Site
from portal.demo.topics import TOPICS, Topic
from portal.demo.words import words
from requests.danger import danger_in
from requests.deidentify import proposed
from requests.types import DONE_STATES, Channel, Kind, Verb
from stations.models import Station

DAYS = 396  # 13 months
BATCH = 2_000
# Of what came in, this share came in the last three weeks on top of the usual: a desk with work on it.
FRESH_SHARE, FRESH_DAYS = 0.04, 20
HOURS = (1, 1, 0.5, 0.5, 0.5, 1, 3, 6, 9, 13, 12, 9, 6, 6, 10, 11, 10, 9, 7, 8, 8, 6, 4, 2)
CHANNELS = {
    Channel.WEB: 44,
    Channel.STATION_QR: 20,
    Channel.COUNTER: 10,
    Channel.PHONE: 12,
    Channel.CORNER: 4,
    Channel.GRID_WORKER: 8,
    Channel.API: 2,
}
AT_A_STATION = (Channel.STATION_QR, Channel.COUNTER, Channel.CORNER)
BY_THE_RESIDENT = (Channel.WEB, Channel.STATION_QR)
MAX_TRIES = 4_000
# Half of those who ask by themselves agree that others read of it; a third of what is done is then released.
AGREED_SHARE, RELEASED_SHARE = 0.5, 0.35


@dataclass
class Row:
    """One case with what verbs do not change."""

    id: int
    case: Case
    site: Site
    title: str
    description: str
    station: Station | None
    address_text: str
    point: tuple[float, float] | None
    contact: dict[str, Any]
    code: str
    has_photo: bool = False
    # What everybody reads of it: title, text, outcome.
    listed: tuple[str, str, str] = ("", "", "")
    # Whether the category was known when the case came in, not only when it was accepted.
    was_classified: bool = True


@dataclass
class Plan:
    at: datetime
    site: Site
    goal: Goal | None = None
    station: Station | None = None


@dataclass
class Maker:
    rng: random.Random
    now: datetime
    ids: Ids = field(default_factory=Ids)
    # Whom the goals of `SHOWN` are shown to.
    shown_unit_id: int | None = None

    def __post_init__(self) -> None:
        self.scenario = Scenario(self.rng, self.now)
        self.channels, self.channel_weights = list(CHANNELS), list(CHANNELS.values())
        self.topics, self.topic_weights = list(TOPICS), [topic.weight for topic in TOPICS]

    def rows(self, sites: list[Site], count: int, keeper_station: Station) -> Iterator[Row]:
        """`count` cases in the order in which they came in."""
        for number, plan in enumerate(self._plans(sites, count, keeper_station), start=1):
            yield self._row(number, plan)

    def _plans(self, sites: list[Site], count: int, keeper_station: Station) -> list[Plan]:
        rng = self.rng
        plans = []
        for goal in SHOWN:
            for number in range(goal.count):
                at = self.now - timedelta(days=rng.uniform(goal.since, goal.until))
                plans.append(Plan(at, sites[0], goal, keeper_station if number % 3 == 0 else None))
        del plans[count:]
        left = count - len(plans)
        # Two at each named place, however small the demo; the rest by weight.
        chosen = [site for site in sites if site.is_named] * (2 if left > 200 else 0)
        chosen += rng.choices(sites, weights=[site.weight for site in sites], k=max(0, left - len(chosen)))
        plans += [Plan(self._moment(), site) for site in chosen[:left]]
        return sorted(plans, key=lambda plan: plan.at)

    def _moment(self) -> datetime:
        """When somebody asks: more by day than by night, more on weekdays, a little more each month."""
        rng = self.rng
        while True:
            fresh = rng.random() < FRESH_SHARE
            days = FRESH_DAYS * rng.random() if fresh else DAYS * (1 - math.sqrt(rng.uniform(0.36, 1))) / 0.4
            day = self.now - timedelta(days=1 + int(days))
            if day.weekday() >= 5 and rng.random() < 0.35:
                continue
            hour = rng.choices(range(24), weights=HOURS)[0]
            return day + timedelta(hours=hour, seconds=rng.randrange(3600))

    def _row(self, number: int, plan: Plan) -> Row:
        for _try in range(MAX_TRIES):
            used = self.ids.dispatch
            row = self._attempt(number, plan)
            if plan.goal is None or plan.goal.reached(row.case, self.shown_unit_id):
                break
            self.ids.dispatch = used
        return row

    def _attempt(self, number: int, plan: Plan) -> Row:
        rng, site = self.rng, plan.site
        topic = rng.choices(self.topics, weights=self.topic_weights)[0]
        if plan.goal and topic.unit != "property":
            topic = rng.choice([topic for topic in TOPICS if topic.unit == "property"])
        channel = Channel.STATION_QR if plan.station else rng.choices(self.channels, weights=self.channel_weights)[0]
        station = plan.station
        if channel in AT_A_STATION and station is None:
            if site.stations:
                station = rng.choice(site.stations)
            else:
                channel = Channel.PHONE
        keeper = site.keepers.get(station.pk) if station else None
        words = self._words(site)
        kind = Kind.SMALL_DREAM if topic.kind == Kind.SMALL_WISH and rng.random() < 0.2 else topic.kind
        category_id, limit = site.categories[topic.category]
        # A resident does not know our categories; staff fill them in when they accept.
        unknown = channel in BY_THE_RESIDENT and rng.random() < 0.4
        title = rng.choice(topic.titles).format(**words)
        if rng.random() < 0.03:
            title += rng.choice(["，急！", "！！！", "，拖了很久了", "（第二次反映）"])
        description = _description(rng, topic, title, words)
        case = Case(
            ids=self.ids, kind=kind, is_dangerous=danger_in(title, description) is not None, channel=channel,
            category_id=None if unknown else category_id,
            category_limit="" if unknown else limit, submitted_at=plan.at.replace(microsecond=0),
            recorded_by_id=_recorder(channel, site, keeper),
            listing_agreed=channel in BY_THE_RESIDENT and rng.random() < AGREED_SHARE,
        )  # fmt: skip
        self.scenario.play(case, site, topic, keeper, words)
        return Row(
            id=number, case=case, site=site, title=title, description=description,
            listed=self._release(case, site, title, description),
            station=station, address_text=f"{site.region.short_name}{words['estate']}" if rng.random() < 0.7 else "",
            point=anchors.near(site.point, rng) if rng.random() < 0.4 else None,
            contact=rng.choice(site.contacts), code=_code(rng), has_photo=rng.random() < 0.2,
            was_classified=not unknown,
        )  # fmt: skip

    def _release(self, case: Case, site: Site, title: str, description: str) -> tuple[str, str, str]:
        """Some of what is done, and to which the resident agreed, is made public some days later."""
        if case.listing_agreed_at is None or case.state not in DONE_STATES or self.rng.random() > RELEASED_SHARE:
            return ("", "", "")
        at = case.events[-1].at + timedelta(minutes=self.rng.randrange(60, 4_000))
        if at >= self.now:
            return ("", "", "")
        case.release(site.dispatcher, at)
        result = next((event.text for event in reversed(case.events) if event.verb == Verb.RESOLVE), "")
        return proposed(title), proposed(description), proposed(result)

    def _words(self, site: Site) -> dict[str, str]:
        rng = self.rng
        return {
            "place": site.region.short_name,
            "estate": rng.choice(site.estates),
            "road": f"{site.stem}{rng.choice('一二三四五')}路",
            "n": str(rng.randint(2, 12)),
            "m": str(rng.randint(13, 60)),
            "days": str(rng.randint(2, 9)),
        }


def _recorder(channel: str, site: Site, keeper: Party | None) -> int | None:
    match channel:
        case Channel.COUNTER | Channel.CORNER:
            return (keeper or site.dispatcher).user_id
        case Channel.PHONE:
            return site.dispatcher.user_id
        case Channel.GRID_WORKER:
            return site.worker.user_id
    return None


def _description(rng: random.Random, topic: Topic, title: str, words: dict[str, str]) -> str:
    parts = [title.rstrip("！!？? ") + "。"]
    parts += [detail.format(**words) for detail in rng.sample(topic.details, rng.randint(1, len(topic.details)))]
    return "".join(parts)


def _code(rng: random.Random) -> str:
    """A tracking code by the seed: in the demo nobody's privacy hangs on it, and links to it stay good."""
    payload = "".join(rng.choices(codes.ALPHABET, k=codes.PAYLOAD))
    return payload + codes.check_character(payload)


# The tables, as the verbs fill them.

REQUEST = words(
    "id kind channel title description category_id time_limit region_id city_id district_id street_id community_id "
    "handling_region_id station_id address_text latitude longitude datum state version waiting_from left_from "
    "waiting_since waiting_due_at silence_count recorded_by_id submitted_at accepted_at dispatched_at contacted_at "
    "finished_at resolved_at ended_at dispatch_due_at contact_due_at due_at finish_due_at call_back_due_at "
    "reopened_at late_during "
    "current_dispatch_id resolve_ground close_ground redo_count transfer_count appeal_upheld last_solved "
    "last_answer_at last_rating last_rating_at listing_agreed_at listed_at listed_title listed_text listed_outcome"
)
REQUESTER = words(
    "id request_id district_id name name_masked phone phone_masked phone_hash address address_masked relation "
    "beneficiary beneficiary_masked hide_name code code_hash consent_id consented_at created_at"
)
DISPATCH = words(
    "id request_id district_id organization_id person_id offered_at offered_by_id accept_due_at taken_at taken_by_id "
    "ended_at outcome return_ground"
)
EVENT = words(
    "id request_id district_id at verb from_state to_state actor user_id organization_id text data is_public version"
)
RATING = words("request_id district_id requester_id round source code solved comment at")
APPROVAL = words("kind request_id region_id reason asked_at outcome decided_by_id decided_at decision")


def _request(row: Row) -> tuple[Any, ...]:
    c, site = row.case, row.site
    latitude, longitude = row.point or (None, None)
    return (
        row.id, c.kind, c.channel, row.title, row.description, c.category_id, c.time_limit, site.region.pk,
        site.city_id, site.district_id, site.street_id, site.community_id, site.handling_region_id,
        row.station.pk if row.station else None, row.address_text, latitude, longitude, "wgs84", c.state, c.version,
        c.waiting_from, c.left_from, c.waiting_since, c.waiting_due_at, c.silence_count, c.recorded_by_id,
        c.submitted_at, c.accepted_at, c.dispatched_at, c.contacted_at, c.finished_at, c.resolved_at, c.ended_at,
        c.dispatch_due_at, c.contact_due_at, c.due_at, c.finish_due_at, c.call_back_due_at, c.reopened_at,
        c.late_during,
        c.current.id if c.current else None, c.resolve_ground, c.close_ground, c.redo_count, c.transfer_count,
        c.appeal_upheld, c.last_solved, c.last_answer_at, c.last_rating, c.last_rating_at, c.listing_agreed_at,
        c.listed_at, *row.listed,
    )  # fmt: skip


def _requester(row: Row, consent_id: int) -> tuple[Any, ...]:
    c, at = row.contact, row.case.submitted_at
    agreed = row.case.channel in BY_THE_RESIDENT
    return (
        row.id, row.id, row.site.district_id, c["name"], c["name_masked"], c["phone"], c["phone_masked"],
        c["phone_hash"], c["address"], c["address_masked"], c["relation"], c["beneficiary"], c["beneficiary_masked"],
        c["hide_name"], crypto.encrypt(row.code), crypto.keyed_hash(row.code, purpose="tracking-code"),
        consent_id if agreed else None, at if agreed else None, at,
    )  # fmt: skip


def _dispatches(row: Row) -> Iterator[tuple[Any, ...]]:
    for offer in row.case.offers:
        yield (
            offer.id, row.id, row.site.district_id, offer.to.organization_id, offer.to.person_id, offer.offered_at,
            offer.offered_by_id, offer.accept_due_at, offer.taken_at, offer.taken_by_id, offer.ended_at,
            offer.outcome, offer.return_ground,
        )  # fmt: skip


@dataclass
class Written:
    """What the photos need to know afterwards."""

    requests: int = 0
    events: int = 0
    # (case, event, when) of steps that came with a photo.
    with_photo: list[tuple[int, int, datetime]] = field(default_factory=list)


def write(rows: Iterator[Row], *, count: int, photos: int, progress: Callable[[float], None]) -> Written:
    """All rows of all tables, a batch at a time; one history entry for all."""
    written = Written()
    consent_id = ConsentText.objects.values_list("pk", flat=True).first()
    with bulk_load("requests_servicerequest") as changes:
        batch: list[Row] = []
        for row in rows:
            batch.append(row)
            if len(batch) == BATCH:
                _write_batch(batch, consent_id, photos, written)
                progress(written.requests / count)
                batch = []
        _write_batch(batch, consent_id, photos, written)
        changes["added"] = written.requests
    return written


def _write_batch(batch: list[Row], consent_id: int, photos: int, written: Written) -> None:
    copy_rows("requests_servicerequest", REQUEST, map(_request, batch))
    copy_rows("requests_requester", REQUESTER, (_requester(row, consent_id) for row in batch))
    copy_rows("requests_dispatch", DISPATCH, (dispatch for row in batch for dispatch in _dispatches(row)))
    copy_rows("requests_requestevent", EVENT, _events(batch, photos, written))
    copy_rows(
        "requests_rating", RATING,
        (
            (row.id, row.site.district_id, row.id, *(rating[name] for name in RATING[3:]))
            for row in batch
            for rating in row.case.ratings
        ),
    )  # fmt: skip
    copy_rows(
        "requests_approval", APPROVAL,
        (
            ("appeal", row.id, *(approval[name] for name in APPROVAL[2:]))
            for row in batch
            for approval in row.case.approvals
        ),
    )  # fmt: skip
    written.requests += len(batch)
    with connection.cursor() as cursor:
        # Deferred checks are kept in memory until they run: seven million of them are too many.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _events(batch: list[Row], photos: int, written: Written) -> Iterator[tuple[Any, ...]]:
    for row in batch:
        for event in row.case.events:
            written.events += 1
            if row.has_photo and event.verb in ("submit", "resolve") and len(written.with_photo) < photos:
                written.with_photo.append((row.id, written.events, event.at))
            yield (
                written.events, row.id, row.site.district_id, event.at, event.verb, event.from_state, event.to_state,
                event.party.actor, event.party.user_id, event.organization_id, event.text,
                json.dumps(event.data, ensure_ascii=False), event.is_public, event.version,
            )  # fmt: skip
