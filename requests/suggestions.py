"""Which category a matter may have, from the nearest classified cases by words: "like these 3". Never set by itself."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import F

from portal.core.chinese import SharedTerms, TermCount, pairs
from requests.likeness import overlap, rarity, telling, without
from requests.models import HazardKind, HazardReport, ServiceRequest
from requests.models.service_requests import ServiceRequestQuerySet, format_number
from requests.types import Channel

# How many of the nearest have a say, and from how many of the newest with a word in common they are taken.
NEIGHBOURS, POOL = 12, 400
MOST_SHOWN = 3
# Less than this share of the say is no more than a guess.
ENOUGH = 0.35
# Nor does a case speak for it that has hardly a word of the text.
NEAR_ENOUGH = 0.25

Label = TypeVar("Label")
What = TypeVar("What")


@dataclass(frozen=True)
class Neighbour(Generic[Label, What]):
    """A text that somebody has classified: its label, the terms shared with the one in question, how many it has."""

    label: Label
    shared: Collection[str]
    size: int
    what: What


@dataclass(frozen=True)
class Vote(Generic[Label, What]):
    label: Label
    # Of the say of all neighbours, 0 to 1.
    share: float
    # What speaks for it, the nearest first.
    like: list[Neighbour[Label, What]]


def vote(pool: Sequence[Neighbour[Label, What]]) -> Vote[Label, What] | None:
    """The label that the nearest of the pool speak for, each by how near it is; rare terms count more."""
    weights = rarity([each.shared for each in pool])
    near = sorted(
        ((sum(weights[term] for term in each.shared) / math.sqrt(max(1, each.size)), each) for each in pool),
        key=lambda pair: -pair[0],
    )[:NEIGHBOURS]
    say: dict[Label, float] = defaultdict(float)
    for nearness, each in near:
        say[each.label] += nearness
    whole = sum(say.values())
    if not whole:
        return None
    label = max(say, key=lambda name: say[name])
    return Vote(label, say[label] / whole, [each for _nearness, each in near if each.label == label])


@dataclass(frozen=True)
class Like:
    """An earlier case that speaks for the suggestion."""

    pk: int
    title: str

    @property
    def number(self) -> str:
        return format_number(self.pk)


@dataclass(frozen=True)
class Suggestion:
    category_id: int
    path: str
    share: float
    like: list[Like]
    # The tile that a rider tapped, where that is what speaks for it.
    hazard: str = ""

    @property
    def percent(self) -> int:
        return round(100 * self.share)


def suggest_for(rows: ServiceRequestQuerySet, case: ServiceRequest) -> Suggestion | None:
    """The same for a recorded case. What a rider tapped on the spot says more than words that are alike."""
    if case.channel == Channel.RIDER and (tapped := _tapped(case)):
        return tapped
    places = " ".join(filter(None, [str(case.region), str(case.street or ""), case.address_text]))
    return suggest(rows, f"{case.title}\n{case.description}", places=places, but=[case.pk])


def _tapped(case: ServiceRequest) -> Suggestion | None:
    codes = HazardReport.objects.filter(request=case.pk).order_by().values("hazard")
    kind = HazardKind.objects.filter(code__in=codes, category__is_active=True).select_related("category").first()
    if kind is None or kind.category is None:
        return None
    return Suggestion(kind.category.pk, kind.category.path, 1.0, [], hazard=kind.name)


def suggest(rows: ServiceRequestQuerySet, text: str, *, places: str = "", but: Iterable[int] = ()) -> Suggestion | None:
    """The category that the nearest classified cases of `rows`, which the person may see, speak for; one query.

    `places` are names of the place: that somebody else of it asked for something says nothing of what it was.
    """
    terms = telling(without(text, set(pairs(places))))
    if not terms:
        return None
    classified = rows.filter(category__is_active=True, search__shares=terms).exclude(pk__in=but).newest_first()
    pool = [
        Neighbour((category, path), shared, size, Like(pk, title))
        for pk, title, category, path, shared, size in classified.annotate(
            shared=SharedTerms("search", terms), size=TermCount(F("search"))
        ).values_list("pk", "title", "category", "category__path", "shared", "size")[:POOL]
    ]
    found = vote(pool)
    if found is None or found.share < ENOUGH:
        return None
    like = found.like[:MOST_SHOWN]
    if max(overlap(each.shared, len(terms), each.size) for each in like) < NEAR_ENOUGH:
        return None
    (category, path) = found.label
    return Suggestion(category, path, found.share, [each.what for each in like])
