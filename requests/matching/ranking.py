"""The one place where it is decided who fits better: points for reasons that people read.

What speaks for or against a candidate is a `Reason`: words, and how much it counts. The sum orders them, so that the
order is explained by what stands beside it; of equals the one that came first stays first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.core import humanize
from portal.core.clock import DAY, ZONE
from portal.core.geo import distance_m
from requests.types import WeekPart
from stations.models.hours import Weekday

# What counts how much. That it is about the matter counts more than that it is near, and either more than the rest.
EXACT = 3
CATEGORY = {EXACT: 50, 2: 40}
WORD = 30
SKILL = 35
NEAREST, FAR_M = 25, 3000
SAME_COMMUNITY, SAME_STREET = 20, 10
FREE = 12
DONE_BEFORE, MOST_BEFORE = 5, 25
OPEN_CASE, MOST_OPEN = -4, -24
# Words that stand in every other case say nothing of what it is about.
EVERYWHERE = frozenset({
    "社区", "小区", "街道", "居民", "服务", "我们", "你们", "请问", "可以", "能不", "不能", "没有", "希望", "有人",
    "一个", "提供", "志愿", "愿者", "公司", "物业",
})  # fmt: skip


@dataclass(frozen=True)
class Reason:
    words: str
    points: int


@dataclass
class Fit:
    """Somebody or something that fits, with the reasons."""

    target: Any
    reasons: list[Reason] = field(default_factory=list)

    @property
    def score(self) -> int:
        return sum(reason.points for reason in self.reasons)

    @property
    def words(self) -> list[str]:
        return [reason.words for reason in self.reasons]


def best(fits: Iterable[Fit], limit: int) -> list[Fit]:
    return sorted(fits, key=lambda fit: -fit.score)[:limit]


def by_category(level: int | None) -> list[Reason]:
    """How exactly the category fits: the very one (3), or the group that it is in (2)."""
    if level is None:
        return []
    words = {EXACT: _("fits the category"), 2: _("fits the group of the category")}
    return [Reason(words[level], CATEGORY[level])]


def by_words(about: str, text: str) -> list[Reason]:
    """What the name of something and the words of a case have in common: two signs that follow each other, or more."""
    shared = common_words(about, text)
    return [Reason(_("both speak of “%(word)s”") % {"word": max(shared, key=len)}, WORD)] if shared else []


def common_words(about: str, text: str) -> list[str]:
    """The longest runs of Chinese signs of `about` that stand in `text`, without empty words. Letters and digits
    (F1, 3B) name floors and buildings, not matters."""
    found, start = [], 0
    while start < len(about) - 1:
        end = start + 2
        pair = about[start:end]
        if pair in EVERYWHERE or not _is_word(pair) or pair not in text:
            # An empty word is passed over as a whole: its last sign and the next one are no word.
            start += 2 if pair in EVERYWHERE else 1
            continue
        while end < len(about) and _is_word(about[end]) and about[start : end + 1] in text:
            end += 1
        found.append(about[start:end])
        start = end
    return found


def _is_word(signs: str) -> bool:
    return signs.isalpha() and not any(sign.isascii() for sign in signs)


def by_place(
    here: tuple[float | None, float | None], there: tuple[float | None, float | None], *, path: str, other_path: str,
    community: str, street: str,
) -> list[Reason]:  # fmt: skip
    """How near: in metres where both points are known, else by the regions. `path` is the case's place."""
    if None not in (*here, *there):
        distance = distance_m(*here, *there)  # type: ignore[arg-type]
        points = round(NEAREST * max(0.0, 1 - distance / FAR_M))
        return [Reason(_("%(distance)s away") % {"distance": humanize.distance(distance)}, points)]
    if community and other_path.startswith(community):
        return [Reason(_("in the same community"), SAME_COMMUNITY)]
    if street and other_path.startswith(street):
        return [Reason(_("in the same street"), SAME_STREET)]
    if path.startswith(other_path):
        return [Reason(_("serves the whole area"), SAME_STREET)]
    return []


def by_record(*, done: int, held: int) -> list[Reason]:
    """What they have done of this sort, and how much they have in hand."""
    found = []
    if done:
        words = ngettext("%(count)d like this done", "%(count)d like this done", done) % {"count": done}
        found.append(Reason(words, min(MOST_BEFORE, DONE_BEFORE * done)))
    if held:
        words = ngettext("%(count)d open case", "%(count)d open cases", held) % {"count": held}
        found.append(Reason(words, max(MOST_OPEN, OPEN_CASE * held)))
    return found


def by_week(weekly: Sequence[str], days: Sequence[date]) -> list[Reason]:
    """The next of the times in a usual week on one of `days`."""
    parts = [WeekPart(part) for part in weekly if part in WeekPart.values]
    for day in days:
        for part in parts:
            if part.weekday == day.weekday():
                return [Reason(_("free on %(time)s") % {"time": part.label}, FREE)]
    return []


def by_spare_time(spans: Iterable[tuple[datetime, datetime]]) -> list[Reason]:
    """The first of the times that somebody is free."""
    first = min(spans, default=None)
    if first is None:
        return []
    starts = first[0].astimezone(ZONE)
    parts = (part for part in WeekPart if part.weekday == starts.weekday())
    part = next((part for part in parts if part.hours[0] <= starts.hour < part.hours[1]), None)
    words = part.label if part else f"{Weekday(starts.weekday()).label} {starts:%H:%M}"
    return [Reason(_("free on %(time)s") % {"time": words}, FREE)]


def days_until(now: datetime, due: datetime | None, *, most: int = 7) -> list[date]:
    """The days on which help is of use: from today to the due day, a week at most and two days at least."""
    today = now.astimezone(ZONE).date()
    last = due.astimezone(ZONE).date() if due is not None else today + most * DAY
    count = min(most, max(2, (last - today).days + 1))
    return [today + number * DAY for number in range(count)]
