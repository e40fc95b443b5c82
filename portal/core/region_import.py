"""Regions from CSV files, by COPY: a city's own list, or all of China (`portal.core.region_files` says which files).

A region that exists keeps its place in the tree: where an official file and a functional district disagree, the
verbs of `portal.core.regions` decide, not the file. New regions are added, changed names are taken over; what a file
does not name is left alone. Loading the same file twice changes nothing.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from portal.core import region_files
from portal.core.copy_in import copy_lines, copy_rows, escaped
from portal.core.errors import DomainError
from portal.core.history import bulk_load
from portal.core.models import Level, Region
from portal.core.region_files import Row
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
# Everything that is checked or kept in order row by row, but for the primary key, which other tables point at.
_CONSTRAINTS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE conrelid = 'core_region'::regclass AND contype IN ('u', 'f') ORDER BY contype DESC, conname
"""
_INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 WHERE i.indrelid = 'core_region'::regclass
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
"""
_COLUMNS = ("id", "code", "name", "short_name", "pinyin", "level", "parent_id", "path", "depth", "is_functional")


@dataclass(frozen=True)
class Loaded:
    added: int
    renamed: int


def import_regions(paths: Iterable[Path]) -> Loaded:
    """Load the files in one transaction with one history entry; `DomainError` names what is wrong with them."""
    paths = list(paths)
    rows = region_files.read(paths)
    with bulk_load("core_region") as changes, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE core_region IN SHARE ROW EXCLUSIVE MODE")
        loaded = _update(cursor, rows) if Region.objects.exists() else _fill(cursor, rows)
        changes.update(added=loaded.added, renamed=loaded.renamed, files=[path.name for path in paths])
        cursor.execute("ANALYZE core_region")
    return loaded


def _update(cursor: Any, rows: Iterator[Row]) -> Loaded:
    """Beside what is there, by way of a table that the database compares with it."""
    cursor.execute(_STAGING)
    named = ((code, name, s := short_name(name), initials(s), level, above) for code, name, level, above in rows)
    copy_rows("region_staging", ["code", "name", "short_name", "pinyin", "level", "parent_code"], named)
    cursor.execute("ANALYZE region_staging")
    for query, refuse in ((_REPEATED, _repeated), (_ORPHANS, _orphan)):
        cursor.execute(query)
        if found := cursor.fetchone():
            raise refuse(found[0])
    cursor.execute(_RENAME)
    renamed, added = cursor.rowcount, 0
    for level in Level.values:
        cursor.execute(_INSERT, [level])
        added += cursor.rowcount
    cursor.execute("DROP TABLE region_staging")
    return Loaded(added=added, renamed=renamed)


def _fill(cursor: Any, rows: Iterator[Row]) -> Loaded:
    """Into an empty tree: the rows themselves tell where each belongs, and the indexes are built once, afterwards."""
    cursor.execute("SELECT nextval(pg_get_serial_sequence('core_region', 'id'))")
    first = cursor.fetchone()[0]
    with _checked_afterwards(cursor):
        added = copy_lines("core_region", _COLUMNS, _placed(rows, first))
    if added:
        cursor.execute("SELECT setval(pg_get_serial_sequence('core_region', 'id'), %s)", [first + added - 1])
    return Loaded(added=added, renamed=0)


def _placed(rows: Iterator[Row], first: int) -> Iterator[str]:
    """The rows as lines of the table, numbered from `first`: written out here, which halves the time of COPY's text."""
    places: dict[str, tuple[str, str, int]] = {"": (r"\N", "", 0)}
    # Nine of ten rows have nothing below them: of these, only the code is kept.
    lowest: set[str] = set()
    leaf = str(Level.COMMUNITY)
    for pk, (code, name, level, above) in enumerate(rows, first):
        if code in places or code in lowest:
            raise _repeated(code)
        if above not in places:
            raise _orphan(code)
        parent, path, depth = places[above]
        key, depth = escaped(code), depth + 1
        path = f"{path}{key}/"
        if level == leaf:
            lowest.add(code)
        else:
            places[code] = str(pk), path, depth
        shown = short_name(name)
        names = f"{escaped(name)}\t{escaped(shown)}\t{initials(shown)}"
        yield f"{pk}\t{key}\t{names}\t{level}\t{parent}\t{path}\t{depth}\tf"


@contextmanager
def _checked_afterwards(cursor: Any) -> Iterator[None]:
    """Take indexes and constraints off the table and put the same ones on again: once is quicker than row by row.

    All is in the import's transaction: nobody sees the table without its promises.
    """
    cursor.execute(_CONSTRAINTS)
    constraints = cursor.fetchall()
    for name, _definition in constraints:
        cursor.execute(f'ALTER TABLE core_region DROP CONSTRAINT "{name}"')
    cursor.execute(_INDEXES)
    indexes = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    for _name, definition in indexes:
        cursor.execute(definition)
    for name, definition in constraints:
        cursor.execute(f'ALTER TABLE core_region ADD CONSTRAINT "{name}" {definition}')


def _repeated(code: str) -> DomainError:
    return DomainError("bad_regions", _("The code %(code)s stands in the files twice.") % {"code": code})


def _orphan(code: str) -> DomainError:
    message = _("The region above %(code)s is neither in the files nor in the portal.")
    return DomainError("bad_regions", message % {"code": code})
