"""What a region is called on the page, and by which letters it is found."""

import functools
import re

from pypinyin import Style, lazy_pinyin, pinyin

# 居委会 and 村委会 are the committee that runs a place; people name the place.
_COMMITTEES = [
    (re.compile(r"(社区|[村嘎])(?:居民委员会|居委会?|村民委员会|村委会)$"), r"\1"),
    (re.compile(r"(?:居民委员会|居委会)$"), "社区"),
    (re.compile(r"(?:村民委员会|村委会)$"), "村"),
    (re.compile(r"街道办事处$"), "街道"),
]
# 高新区紫贞街道: the street of a zone that is coded under another district carries the zone's name.
_ZONE = re.compile(r"^[^\s区]{1,6}(?:高新|经开|开发|新)区(?=.+(?:街道|镇)$)|^高新区(?=.+(?:街道|镇)$)")
MAX_INITIALS = 60


def short_name(name: str) -> str:
    """The display name: 春园社区居委会 -> 春园社区, 官庄村委会 -> 官庄村, 高新区紫贞街道 -> 紫贞街道."""
    for pattern, replacement in _COMMITTEES:
        shortened, count = pattern.subn(replacement, name)
        if count and shortened != replacement:
            return shortened
    return _ZONE.sub("", name)


def initials(name: str) -> str:
    """The first letters of its syllables, lower case: 宝安区 -> baq. Letters and digits stay as they are."""
    if any(_is_ambiguous(character) for character in name):
        # 长安 is ca, 校长 xz: only the whole word tells.
        letters = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
    else:
        letters = "".join(map(_initial, name))
    return re.sub(r"[^a-z0-9]", "", letters.lower())[:MAX_INITIALS]


@functools.cache
def _initial(character: str) -> str:
    return lazy_pinyin(character, style=Style.FIRST_LETTER)[0]


@functools.cache
def _is_ambiguous(character: str) -> bool:
    """Whether the character has readings that begin with different letters, and words are written with them."""
    return character in "长重乐行朝都曾单尉藏厦调参便传盛什校降卜囤阿番觉角荥蔚扁解行召" and (
        len(set(pinyin(character, style=Style.FIRST_LETTER, heteronym=True)[0])) > 1
    )
