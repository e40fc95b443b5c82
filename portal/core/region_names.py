"""What a region is called on the page, and by which letters it is found."""

import re
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

# 居委会 and 村委会 are the committee that runs a place; people name the place. The longest ending comes first.
_ENDINGS = (
    ("居民委员会", "社区"),
    ("村民委员会", "村"),
    ("街道办事处", "街道"),
    ("社区居委", "社区"),
    ("居委会", "社区"),
    ("村委会", "村"),
)
# 高新区紫贞街道: the street of a zone that is coded under another district carries the zone's name.
_ZONE = re.compile(r"^[^\s区]{0,6}(?:高新|经开|开发|新)区(?=.+(?:街道|镇)$)")
MAX_INITIALS = 60


def short_name(name: str) -> str:
    """The display name: 春园社区居委会 -> 春园社区, 官庄村委会 -> 官庄村, 高新区紫贞街道 -> 紫贞街道."""
    for ending, kind in _ENDINGS:
        if name.endswith(ending) and (stem := name[: -len(ending)]):
            return stem if stem.endswith(("社区", "村")) else stem + kind
    return _ZONE.sub("", name) if "区" in name else name


def initials(name: str) -> str:
    """The first letters of its syllables, lower case: 宝安区 -> baq. Letters and digits stay as they are."""
    if not _AMBIGUOUS.isdisjoint(name):
        name = _read_as_words(name)
    return name.translate(_LETTERS)[:MAX_INITIALS]


@lru_cache(maxsize=1024)  # the same few names come again and again: 长安社区, 朝阳村
def _read_as_words(name: str) -> str:
    """长安 is ca, 校长 xz: only the whole word tells."""
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))


# Characters in names of places whose readings begin with different letters.
_AMBIGUOUS = frozenset("长重乐行朝都曾单尉厦调便盛校降卜阿番角解召")


class _Letters(dict[int, str]):
    """What `str.translate` puts in place of a character, found once for each."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        letter = lazy_pinyin(character, style=Style.FIRST_LETTER)[0].lower()[:1]
        self[code] = letter if letter.isascii() and letter.isalnum() else ""
        return self[code]


_LETTERS = _Letters()
