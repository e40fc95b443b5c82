"""What many ask for at once: cases of the last days that lie in one place and say the same.

Two cases belong together when they lie in one community (or street, where no more is known), their categories are of
one group as far as they are known, and their titles have enough telling terms in common; or when one was merged into
the other. What hangs together is a topic. The database
brings the rows in one query; the rest is counted here, so that it can be explained.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models.functions import Coalesce
from django.utils import timezone

from portal.core.chinese import pairs
from requests.likeness import COMMON, in_words, without
from requests.models.service_requests import ServiceRequestQuerySet, format_number
from requests.types import OPEN_STATES, State

DAYS = 7
# From so many cases on it is a topic; so many of the newest are looked at, and so many topics listed.
FEWEST, MOST_CASES, MOST_TOPICS = 3, 3_000, 20
# Two titles say the same when they share so many terms, and this part of the shorter one.
SHARED, PART = 2, 0.3
# A term stands for the topic when this part of its cases says it.
TYPICAL = 0.5
# Who is spoken of, and that somebody speaks, is no matter.
PEOPLE = frozenset((
    "老人", "小孩", "孩子", "居民", "业主", "住户", "邻居", "有人", "没人", "小区", "物业", "反映", "投诉", "举报",
    "咨询", "请问", "为何", "建议", "希望", "门口", "附近", "旁边",
))  # fmt: skip
# What is left at the front of a run when the name of a road or an estate was taken out of it.
ENDS_OF_NAMES = "路街巷号栋座园苑区村府里城"
# Parts and withdrawals are no reports of their own.
LEFT_OUT = (State.WITHDRAWN, State.SPLIT, State.REJECTED)


@dataclass
class TopicCase:
    pk: int
    title: str
    state: str
    submitted_at: datetime
    merged_into_id: int | None
    category: str | None
    # The group that its category is in; the category itself where it is of no group.
    group: int | None
    place: int
    place_name: str
    address: str = field(repr=False)
    # What the title says beside the place, and of it what tells titles apart.
    said: frozenset[str] = field(repr=False, default=frozenset())
    terms: frozenset[str] = field(repr=False, default=frozenset())

    @property
    def number(self) -> str:
        return format_number(self.pk)

    @property
    def state_label(self) -> str:
        return str(State(self.state).label)


@dataclass(frozen=True)
class HotTopic:
    """`words` is what most of its cases say, `place` where they lie."""

    words: str
    place: str
    # The category that most of them have, if one does.
    category: str
    cases: list[TopicCase]

    @property
    def count(self) -> int:
        return len(self.cases)

    @property
    def open_count(self) -> int:
        return sum(case.state in OPEN_STATES for case in self.cases)

    @property
    def first_at(self) -> datetime:
        return self.cases[-1].submitted_at

    @property
    def last_at(self) -> datetime:
        return self.cases[0].submitted_at


def hot_topics(rows: ServiceRequestQuerySet, *, days: int = DAYS, at: datetime | None = None) -> list[HotTopic]:
    """The topics among `rows` (those that the person may see) of the last days, the largest first; one query."""
    since = (at or timezone.now()) - timedelta(days=days)
    found = rows.filter(submitted_at__gte=since).exclude(state__in=LEFT_OUT).newest_first()
    by_place: dict[int, list[TopicCase]] = defaultdict(list)
    for pk, title, state, submitted_at, merged, category, group, community, street, name, above, address in (
        found.annotate(group=Coalesce("category__parent", "category")).values_list(
            "pk", "title", "state", "submitted_at", "merged_into", "category__name", "group", "community", "street",
            "region__short_name", "street__short_name", "address_text",
        )[:MOST_CASES]
    ):  # fmt: skip
        case = TopicCase(
            pk, title, state, submitted_at, merged, category, group, community or street or 0,
            " ".join(dict.fromkeys(filter(None, [above, name]))), address,
        )  # fmt: skip
        by_place[case.place].append(case)
    topics = [_topic(group) for cases in by_place.values() for group in _groups(cases) if len(group) >= FEWEST]
    return sorted(topics, key=lambda topic: (-len(topic.cases), -topic.open_count, topic.place))[:MOST_TOPICS]


def _groups(cases: list[TopicCase]) -> Iterable[list[TopicCase]]:
    """The cases of one place, put together as far as they hang together; each group the newest first."""
    # Neighbours all name their estate: that makes no two matters the same.
    names = set(pairs(" ".join(f"{case.place_name} {case.address}" for case in cases)))
    for case in cases:
        case.said = frozenset(pairs(without(case.title, names | PEOPLE)))
        case.terms = case.said - COMMON
    by_term: dict[str, list[int]] = defaultdict(list)
    for at, case in enumerate(cases):
        for term in case.terms:
            by_term[term].append(at)
    root = list(range(len(cases)))

    def top(at: int) -> int:
        while root[at] != at:
            root[at] = root[root[at]]
            at = root[at]
        return at

    position = {case.pk: at for at, case in enumerate(cases)}
    for at, case in enumerate(cases):
        shared = Counter(other for term in case.terms for other in by_term[term] if other > at)
        for other, count in shared.items():
            is_one_group = case.group is None or cases[other].group in (None, case.group)
            if is_one_group and _says_the_same(count, len(case.terms), len(cases[other].terms)):
                root[top(other)] = top(at)
        if case.merged_into_id in position:
            root[top(position[case.merged_into_id])] = top(at)
    groups: dict[int, list[TopicCase]] = defaultdict(list)
    for at, case in enumerate(cases):
        groups[top(at)].append(case)
    return groups.values()


def _says_the_same(shared: int, mine: int, theirs: int) -> bool:
    return shared >= SHARED and shared / min(mine, theirs) >= PART


def _named(title: str, typical: Collection[str]) -> str:
    runs = (run.lstrip(ENDS_OF_NAMES) for run in in_words(title, typical))
    return "、".join(run for run in runs if len(run) > 1)


def _topic(cases: list[TopicCase]) -> HotTopic:
    counts = Counter(term for case in cases for term in case.said)
    typical: Collection[str] = {term for term, count in counts.items() if count >= TYPICAL * len(cases)}
    central = max(cases, key=lambda case: len(case.said & set(typical)))
    categories = Counter(case.category for case in cases if case.category)
    category, count = next(iter(categories.most_common(1)), ("", 0))
    return HotTopic(
        words=_named(central.title, typical) or central.title,
        place=cases[0].place_name,
        category=category if category and count > len(cases) / 2 else "",
        cases=cases,
    )
