"""Rows of the spreadsheets that people send: XLSX or CSV, wherever the header stands, whatever surrounds it."""

import csv
import io
import itertools
import re
import unicodedata
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import openpyxl
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError

MAX_BYTES = 20 * 1024 * 1024
# A sheet of 100,000 rows unpacks to some 50 MB; what is far larger was made to hurt.
MAX_UNPACKED = 300 * 1024 * 1024
MAX_PARTS = 2000
MAX_COLUMNS = 200
# The header is looked for below titles and notes, and may be merged over some lines.
HEADER_WITHIN = 30
MERGED_LINES = 3

Cells = tuple[Any, ...]


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class Row:
    """`number` is the one that the spreadsheet shows beside the row; an empty cell is None."""

    number: int
    values: dict[str, Any]


def read_rows(
    upload: Readable,
    *,
    expected_headers: Sequence[str],
    max_rows: int,
    required_headers: Collection[str] | None = None,
) -> list[Row]:
    """The rows under the header, as `expected header -> value`; empty rows and other columns are passed over.

    The header is the line that knows most of the expected names; blanks, line breaks and marks like * in it
    do not count. `required_headers` (default: all) must be there. Values are as the file has them: see
    `sheets.text_cell` and `sheets.parse_date`.
    """
    content = upload.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise too_large()
    required = expected_headers if required_headers is None else required_headers
    tables = _tables_of_xlsx(content) if content.startswith(b"PK") else [_lines_of_csv(content)]
    missing: list[str] = list(required)
    try:
        for lines in tables:
            columns, number, rest = _find_header(lines, expected_headers)
            lost = [name for name in required if name not in columns]
            if columns and not lost:
                return _rows_below(rest, columns, number, max_rows)
            missing = min(missing, lost, key=len)
    except DomainError:
        raise
    # openpyxl raises nearly anything over a damaged file, also while it reads the rows.
    except Exception as error:
        raise _broken() from error
    message = _("Columns are missing: %(names)s. Please use the template.")
    raise DomainError("missing_columns", message % {"names": ", ".join(missing)}, extra={"missing": missing})


def _tables_of_xlsx(content: bytes) -> Iterator[Iterable[Cells]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise _broken() from error
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise _wrong_type()
    # The declared sizes can be trusted here: reading stops at them.
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise DomainError("sheet_too_large", _("The file unpacks to more than a spreadsheet may hold."))
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except Exception as error:
        raise _broken() from error
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            # Files state a size of their own, and many state it wrongly.
            sheet.reset_dimensions()
            yield sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)


def _lines_of_csv(content: bytes) -> Iterable[Cells]:
    text = _decoded(content)
    head = text[:5000]
    delimiter = max(",\t;", key=head.count)
    try:
        return [tuple(line[:MAX_COLUMNS]) for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error as error:
        raise _broken() from error


def _decoded(content: bytes) -> str:
    # Compound files: .xls of old, and everything that Office has locked with a password.
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        message = _("This is an old .xls file or one with a password. Please save it as .xlsx without a password.")
        raise DomainError("sheet_type", message)
    # Many systems hand out web pages under the name .xls.
    if re.match(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|table|\?xml|meta)", content[:200], re.IGNORECASE):
        raise _wrong_type()
    encodings = ["utf-16"] if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _wrong_type()


def _find_header(lines: Iterable[Cells], expected: Sequence[str]) -> tuple[dict[str, int], int, Iterator[Cells]]:
    """The columns of the best header line, its number, and an iterator over the lines below it."""
    iterator = iter(lines)
    head = list(itertools.islice(iterator, HEADER_WITHIN))
    wanted = {_plain(name): name for name in expected}
    best: dict[str, int] = {}
    best_line = 0
    for index in range(len(head)):
        columns: dict[str, int] = {}
        for at in range(len(head[index])):
            name = wanted.get(_plain(_merged(head, index, at)))
            if name:
                columns.setdefault(name, at)
        if len(columns) > len(best):
            best, best_line = columns, index
    return best, best_line + 1, itertools.chain(head[best_line + 1 :], iterator)


def _merged(head: list[Cells], index: int, at: int) -> Any:
    """The value of a cell; of a merged one only the uppermost line has it."""
    for line in reversed(head[max(0, index - MERGED_LINES + 1) : index + 1]):
        if at < len(line) and line[at] not in (None, ""):
            return line[at]
    return None


def _plain(header: Any) -> str:
    """A header as it is compared: without blanks, line breaks, the mark of required columns, and notes in brackets."""
    text = unicodedata.normalize("NFKC", str(header or ""))
    return re.sub(r"\s|[*:]|\((?:必填|选填|required|optional)\)", "", text, flags=re.IGNORECASE).casefold()


def _rows_below(lines: Iterable[Cells], columns: dict[str, int], header_number: int, max_rows: int) -> list[Row]:
    rows: list[Row] = []
    for number, line in enumerate(lines, start=header_number + 1):
        values = {name: _value(line[at]) if at < len(line) else None for name, at in columns.items()}
        if all(value is None for value in values.values()):
            continue
        if len(rows) == max_rows:
            message = _("The file has more than %(limit)d rows. Please load it in parts.")
            raise DomainError("too_many_rows", message % {"limit": max_rows})
        rows.append(Row(number, values))
    return rows


def _value(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    return cell.strip().strip("\ufeff\u200b") or None


def too_large() -> DomainError:
    message = _("The file is larger than %(limit)d MB. Please choose a smaller one.")
    return DomainError("sheet_too_large", message % {"limit": MAX_BYTES // 1024 // 1024})


def _broken() -> DomainError:
    return DomainError("sheet_broken", _("The spreadsheet is damaged. Please open it, save it again and resend it."))


def _wrong_type() -> DomainError:
    return DomainError("sheet_type", _("This is not a spreadsheet. Please choose an .xlsx or .csv file."))
