"""What makes two texts alike: the pairs of characters that they share, but for those that every letter has."""

import math
from collections.abc import Collection, Sequence

from portal.core.chinese import pairs

# Letters begin and end alike; that two of them say 请尽快处理 makes no two matters the same.
_PHRASES = (
    "请有关部门尽快处理", "请尽快派人来看看", "希望相关部门核实解决", "反映投诉建议咨询", "您好你好谢谢",
    "请问为什么怎么办", "什么时候", "没有人管", "我们小区", "我是居民", "已经好几次", "这个问题", "社区街道",
)  # fmt: skip
COMMON = frozenset(term for phrase in _PHRASES for term in pairs(phrase))
# More terms make no text more telling, and each costs time.
MOST_TERMS = 60
# A text of a few words shares half of them with many.
FEW_TERMS = 8


def telling(text: str) -> list[str]:
    """The terms by which a text is compared with others."""
    return [term for term in pairs(text) if term not in COMMON][:MOST_TERMS]


def overlap(shared: Collection[str], mine: int, theirs: int) -> float:
    """How much of the shorter of two texts the longer one says, too: 0 nothing, 1 all of it."""
    return min(1.0, len(shared) / max(FEW_TERMS, min(mine, theirs)))


def rarity(pool: Sequence[Collection[str]]) -> dict[str, float]:
    """How telling each term is: what only a few texts of the pool say weighs more."""
    counts: dict[str, int] = {}
    for terms in pool:
        for term in terms:
            counts[term] = counts.get(term, 0) + 1
    return {term: math.log(1 + len(pool) / count) for term, count in counts.items()}


def without(text: str, names: Collection[str]) -> str:
    """`text` with the pairs of characters of `names` blanked out, so that none is made of half a name either."""
    kept = list(text)
    for at in range(len(text) - 1):
        if text[at : at + 2] in names:
            kept[at] = kept[at + 1] = " "
    return "".join(kept)


def in_words(text: str, terms: Collection[str], most: int = 2) -> list[str]:
    """The longest runs of `terms` as people read them, in the order of `text`: 路灯 灯不 不亮 is 路灯不亮."""
    runs, run = [], ""
    for at in range(len(text) - 1):
        if text[at : at + 2].lower() in terms:
            run = run + text[at + 1] if run else text[at : at + 2]
        elif run:
            runs.append(run)
            run = ""
    found = list(dict.fromkeys(filter(None, [*runs, run])))
    longest = sorted(found, key=len, reverse=True)[:most]
    return [each for each in found if each in longest]
