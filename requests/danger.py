"""Words of danger: what has to be said before anything else is asked, namely whom to call at once.

A city changes the words under /admin/ (`DangerWord`); a row takes the place of the built-in word of its name. A word
counts wherever it stands, but for the phrases in which it is harmless: 燃气费怎么交 is no leak.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.cache import caches

from requests.models import DangerWord
from requests.types import EmergencyNumber

FIRE, POLICE, AMBULANCE = EmergencyNumber.FIRE, EmergencyNumber.POLICE, EmergencyNumber.AMBULANCE


@dataclass(frozen=True)
class Word:
    word: str
    # Whom to call first.
    number: str
    unless: tuple[str, ...] = ()

    def is_in(self, text: str) -> bool:
        if self.word not in text:
            return False
        for phrase in self.unless:
            # Something stays in its place, so that what stood left and right of it forms no new word.
            text = text.replace(phrase, "\n")
        return self.word in text


DEFAULTS = (
    # A leak or a fire: minutes count, and the fire service also comes for gas and for people in lifts.
    Word(
        "燃气", FIRE,
        (
            "燃气费", "燃气卡", "燃气表", "燃气公司", "燃气账单", "燃气缴费", "燃气开户", "燃气开通", "燃气改造",
            "燃气安检", "燃气灶", "燃气热水器", "通燃气", "装燃气", "燃气安装", "燃气入户", "燃气价格",
        ),
    ),
    Word("煤气", FIRE, ("煤气费", "煤气卡", "煤气表", "煤气公司", "煤气灶", "通煤气", "装煤气")),
    Word("着火", FIRE, ("容易着火", "怕着火")),
    Word("起火", FIRE, ("容易起火", "一起火")),
    Word("失火", FIRE),
    Word("火灾", FIRE, ("火灾隐患", "火灾风险", "火灾逃生", "火灾演练", "预防火灾", "防火灾")),
    Word("冒烟", FIRE),
    Word("爆炸", FIRE, ("爆炸物品管理",)),
    Word("被困", FIRE),
    Word("困在电梯", FIRE),
    # Somebody is hurt or will be: the ambulance first.
    Word("触电", AMBULANCE, ("防触电", "怕触电")),
    Word("有人受伤", AMBULANCE),
    Word("晕倒", AMBULANCE),
    Word("昏迷", AMBULANCE),
    Word("溺水", AMBULANCE, ("防溺水", "预防溺水")),
    Word("中毒", AMBULANCE, ("预防中毒",)),
    Word("流血", AMBULANCE),
    # Somebody harms or may harm somebody, or themselves.
    Word("自杀", POLICE),
    Word("跳楼", POLICE, ("跳楼价",)),
    Word("轻生", POLICE),
    Word("持刀", POLICE),
    Word("砍人", POLICE),
    Word("正在打人", POLICE),
    Word("家暴", POLICE, ("反家暴",)),
)  # fmt: skip


@dataclass(frozen=True)
class Danger:
    """The words that a text says, and all numbers, the one to call first in front."""

    words: tuple[str, ...]
    numbers: tuple[EmergencyNumber, ...]

    @property
    def said(self) -> str:
        return "、".join(self.words)


def words_in_force() -> tuple[Word, ...]:
    """The built-in words with the city's own in their place (read again every minute)."""
    kept: tuple[Word, ...] | None = caches["local"].get("danger-words")
    if kept is None:
        own = {row.word: row for row in DangerWord.objects.all()}
        added = (Word(row.word, row.number, tuple(row.unless.split())) for row in own.values() if row.is_active)
        kept = (*(word for word in DEFAULTS if word.word not in own), *added)
        caches["local"].set("danger-words", kept)
    return kept


def danger_in(*texts: str) -> Danger | None:
    """What is dangerous in the words of a matter, if anything is."""
    text = "\n".join(texts)
    found = [word for word in words_in_force() if word.is_in(text)]
    if not found:
        return None
    return Danger(tuple(word.word for word in found), _first(word.number for word in found))


def numbers_for(*texts: str) -> list[str]:
    """Whom to call, the first one first; nobody where the words are harmless."""
    found = danger_in(*texts)
    return [number.value for number in found.numbers] if found else []


def _first(numbers: Iterable[str]) -> tuple[EmergencyNumber, ...]:
    """All numbers; those that the words ask for first, in the order of the words."""
    return tuple(dict.fromkeys([*(EmergencyNumber(number) for number in numbers), *EmergencyNumber]))
