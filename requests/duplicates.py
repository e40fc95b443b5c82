"""Likely duplicates of a matter: alike in words, near in space and time, of the same category.

The database brings the cases of the neighbourhood with the terms that they share, in one round; `_judge` alone says
how likely each is, and why. Nothing is merged by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.db.models import F, Func, IntegerField, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.core.chinese import SharedTerms, TermsOf, pairs
from portal.core.clock import ZONE
from portal.core.geo import Point, distance_m
from portal.core.models import Level, Region
from requests.likeness import in_words, overlap, telling, without
from requests.models import Category, ServiceRequest
from requests.models.service_requests import ServiceRequestQuerySet, format_number
from requests.places import Place
from requests.types import DONE_STATES, OPEN_STATES, State
from requests.workflow.intake import first_words
from stations.models import Station

SINCE = timedelta(days=30)
# What was resolved that recently may be the same matter, come back.
JUST_RESOLVED = timedelta(days=7)
MOST = 5
# Of the neighbourhood's cases, those that share most terms are judged.
MOST_JUDGED = 20
NEAR_M = 500
# A degree of latitude is 111 km; a box somewhat too wide costs nothing, `_judge` measures.
_NEAR_DEGREES = NEAR_M / 100_000


@dataclass(frozen=True)
class Matter:
    """What is known of a matter, recorded or still being typed."""

    title: str
    text: str
    at: datetime
    region: dict[str, int | None]
    station_id: int | None = None
    category_id: int | None = None
    category_parent_id: int | None = None
    address: str = ""
    point: Point | None = None
    # Neighbours all name the place: that makes no two matters the same.
    place_names: str = ""
    pk: int | None = None

    @classmethod
    def of_case(cls, case: ServiceRequest) -> Self:
        point = None if case.latitude is None or case.longitude is None else (case.latitude, case.longitude)
        return cls(
            title=case.title, text=f"{case.title}\n{case.description}\n{case.address_text}", at=case.submitted_at,
            region={"community_id": case.community_id, "street_id": case.street_id, "district_id": case.district_id},
            station_id=case.station_id, category_id=case.category_id,
            category_parent_id=case.category.parent_id if case.category else None,
            address=case.address_text, point=point, pk=case.pk, place_names=_names(case.region, case.street),
        )  # fmt: skip

    @classmethod
    def typed(
        cls, *, title: str, text: str, place: Place, station: Station | None = None, category: Category | None = None,
        address: str = "", point: Point | None = None,
    ) -> Self:  # fmt: skip
        return cls(
            title=title or first_words(text), text=f"{title}\n{text}\n{address}", at=timezone.now(),
            region={
                "community_id": place.community_id, "street_id": place.street_id, "district_id": place.district_id
            },
            station_id=station.pk if station else None, category_id=category.pk if category else None,
            category_parent_id=category.parent_id if category else None, address=address, point=point,
            place_names=_names(place.region, place.by_level.get(Level.STREET)),
        )  # fmt: skip


def _names(*regions: Region | None) -> str:
    return " ".join(f"{region.name} {region.short_name}" for region in regions if region)


@dataclass(frozen=True)
class Duplicate:
    """A case that may be about the same matter; `score` is out of 100, `reasons` say what it is made of."""

    pk: int
    title: str
    state: str
    submitted_at: datetime
    score: int
    reasons: tuple[str, ...]

    @property
    def number(self) -> str:
        return format_number(self.pk)

    @property
    def state_label(self) -> str:
        return str(State(self.state).label)

    @property
    def is_open(self) -> bool:
        """Only an open case takes another one in."""
        return self.state in OPEN_STATES


COLUMNS = (
    "pk", "title", "state", "submitted_at", "station_id", "community_id", "category_id", "category__parent_id",
    "address_text", "latitude", "longitude",
)  # fmt: skip


def propose(rows: ServiceRequestQuerySet, matter: Matter) -> list[Duplicate]:
    """The likeliest duplicates among `rows`, which are those that the person may see; at most five."""
    place = set(pairs(matter.place_names))
    terms = telling(without(matter.text, place))
    if not terms:
        return []
    # The terms shared are counted where the rows are, and named here for the few that are judged.
    count = Func(SharedTerms("search", terms), function="cardinality", output_field=IntegerField())
    compared = candidates(rows, matter).annotate(says=TermsOf(F("search"))).order_by(count.desc(), "-submitted_at")
    likeliest = compared.values(*COLUMNS, "says")[:MOST_JUDGED]
    title = set(telling(without(matter.title, place)))
    judged = (_judge(matter, row, title=title, terms=set(terms)) for row in likeliest)
    return sorted(filter(None, judged), key=lambda found: -found.score)[:MOST]


def candidates(rows: ServiceRequestQuerySet, matter: Matter) -> ServiceRequestQuerySet:
    """The cases around the matter: of its community or station or a few hundred metres away, of the last weeks, open
    or just resolved. One of which only the street is known is compared with all of the street."""
    column = next(name for name in ("street_id", "district_id") if matter.region[name])
    near = Q()
    if matter.region["community_id"]:
        near |= Q(community=matter.region["community_id"]) | Q(community=None)
    if matter.station_id and near:
        near |= Q(station=matter.station_id)
    if matter.point and near:
        lat, lng = matter.point
        near |= Q(latitude__range=(lat - _NEAR_DEGREES, lat + _NEAR_DEGREES),
                  longitude__range=(lng - _NEAR_DEGREES, lng + _NEAR_DEGREES))  # fmt: skip
    resolved = Q(state__in=DONE_STATES, resolved_at__gte=matter.at - JUST_RESOLVED)
    around = rows.filter(
        near, Q(state__in=OPEN_STATES) | resolved, submitted_at__gte=matter.at - SINCE,
        submitted_at__lte=matter.at + SINCE, **{column: matter.region[column]},
    )  # fmt: skip
    return around.exclude(pk=matter.pk) if matter.pk else around


# A proposal takes this much; none without words in common, unless it is of the category and within a stone's throw.
ENOUGH, FEWEST_WORDS, STONES_THROW_M = 50, 0.2, 100


def _judge(matter: Matter, row: dict[str, Any], *, title: set[str], terms: set[str]) -> Duplicate | None:
    """How likely a case is about the same matter: words up to 55, place 20, category 15, time 10 of 100."""
    shared, its_title = terms.intersection(row["says"]), set(pairs(row["title"]))
    # What a title says counts as much as all of the text.
    words = (overlap(shared, len(terms), len(row["says"])) + overlap(title & its_title, len(title), len(its_title))) / 2
    metres = _metres(matter.point, row)
    same_category = matter.category_id is not None and matter.category_id == row["category_id"]
    if words < FEWEST_WORDS and not (same_category and metres is not None and metres <= STONES_THROW_M):
        return None
    place, where = _place(matter, row, metres)
    days = abs((matter.at.astimezone(ZONE).date() - row["submitted_at"].astimezone(ZONE).date()).days)
    category, kind = 0, ""
    if same_category:
        category, kind = 15, _("same category")
    elif matter.category_parent_id is not None and matter.category_parent_id == row["category__parent_id"]:
        category, kind = 8, _("related category")
    score = round(55 * words + place + category + 10 * (1 - days / SINCE.days))
    if score < ENOUGH:
        return None
    said = _alike(row["title"], shared) if words >= FEWEST_WORDS else ""
    told = {name: row[name] for name in ("pk", "title", "state", "submitted_at")}
    return Duplicate(**told, score=score, reasons=tuple(filter(None, [where, _when(days), kind, said])))


def _alike(title: str, shared: set[str]) -> str:
    words = "、".join(in_words(title, shared))
    return _("alike in words: %(words)s") % {"words": words} if words else _("alike in words")


def _place(matter: Matter, row: dict[str, Any], metres: float | None) -> tuple[int, str]:
    """Points for being near, and the nearest thing that can be said of it."""
    if metres is not None and metres <= NEAR_M:
        return (20 if metres <= STONES_THROW_M else 14), _("%(count)d m away") % {"count": round(metres, -1)}
    if matter.address and matter.address == row["address_text"]:
        return 20, _("same address")
    if matter.station_id and matter.station_id == row["station_id"]:
        return 14, _("same station")
    if matter.region["community_id"] and matter.region["community_id"] == row["community_id"]:
        return 10, _("same community")
    return 4, _("same street")


def _metres(point: Point | None, row: dict[str, Any]) -> float | None:
    if point is None or row["latitude"] is None or row["longitude"] is None:
        return None
    return distance_m(*point, row["latitude"], row["longitude"])


def _when(days: int) -> str:
    if days == 0:
        return _("the same day")
    return ngettext("%(count)d day apart", "%(count)d days apart", days) % {"count": days}
