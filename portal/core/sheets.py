"""Spreadsheets: what their cells mean, and files written for them. `read_rows` stands in `sheet_reader`.

Excel takes text that begins with = for a formula, rounds numbers after 15 digits and turns what looks like a date into
one. So text goes out as text and escaped, and comes in with an eye for what was lost.
"""

import csv
import datetime as dt
import io
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError
from portal.core.sheet_reader import Row, read_rows

__all__ = [
    "Column",
    "CsvStream",
    "Row",
    "escape_cell",
    "parse_date",
    "read_rows",
    "text_cell",
    "unescape_cell",
    "write_template",
    "write_xlsx",
]

ZONE = ZoneInfo("Asia/Shanghai")
# A cell holds 32,767 characters, a sheet 1,048,576 rows.
MAX_CELL = 32_767
MAX_SHEET_ROWS = 1_048_575
EXACT_DIGITS = 15

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
# What gets an apostrophe: also an apostrophe, so that taking one away gives back what was there.
ESCAPED_STARTS = (*FORMULA_STARTS, "'")


def escape_cell(value: Any) -> Any:
    """Put an apostrophe before text that a spreadsheet would run as a formula; other values stay as they are.

    `unescape_cell` undoes it exactly, so text that begins with an apostrophe gets one too.
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(ESCAPED_STARTS) else value


def unescape_cell(text: str) -> str:
    """What `escape_cell` was given. An apostrophe before anything else is the text's own."""
    return text[1:] if text.startswith("'") and text[1:].startswith(ESCAPED_STARTS) else text


def text_cell(value: Any) -> str:
    """The text of a cell, ids and codes with all their digits.

    A number that has lost digits is `digits_lost`: nothing can bring them back, and a wrong id is worse
    than none.
    """
    match value:
        case None:
            return ""
        case bool():
            return gettext("Yes") if value else gettext("No")
        case int() if _is_rounded(value):
            raise _digits_lost()
        case float():
            if abs(value) >= 10**EXACT_DIGITS or value != value:
                raise _digits_lost()
            return str(int(value)) if value.is_integer() else repr(value)
        case dt.datetime() | dt.date():
            return _as_shown(value)
    text = str(value).strip()
    # What people write into CSV files to keep Excel from counting: ="440306199001010011".
    if match := re.fullmatch(r'="([^"]*)"', text):
        return match[1]
    # What Excel makes of a long id when it saves a CSV file.
    if re.fullmatch(r"\d(\.\d+)?[Ee]\+(1[1-9]|2\d)", text):
        raise _digits_lost()
    return unescape_cell(text)


_DATE = re.compile(
    r"(\d{4})\s*[-./、年]\s*(\d{1,2})\s*[-./、月]\s*(\d{1,2})\s*[日号]?(?:[T\s]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_COMPACT_DATE = re.compile(r"((?:19|20|21)\d{2})(\d{2})(\d{2})")
# Day 0 of Excel, which believes in 29 February 1900. Below 1920 a number is no date (a year, a count).
_EPOCH = dt.date(1899, 12, 30)
_SERIALS = range((dt.date(1920, 1, 1) - _EPOCH).days, (dt.date(2200, 1, 1) - _EPOCH).days)


def parse_date(value: Any) -> dt.date | None:
    """The date in a cell in any usual spelling, None for an empty one, else `bad_date`.

    2019.07.09, 2019/7/9, 2019-07-09 08:30, 2019年7月9日, 20190709, Excel's serial numbers, dates and times.
    """
    match value:
        case None | "":
            return None
        case dt.datetime():
            return value.date() if value.tzinfo is None else value.astimezone(ZONE).date()
        case dt.date():
            return value
    text = unicodedata.normalize("NFKC", str(value)).strip() if not isinstance(value, bool) else "?"
    if not text:
        return None
    if match := _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text.removesuffix(".0")):
        try:
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError as error:
            raise _bad_date(text) from error
    if re.fullmatch(r"\d{4,6}(\.\d+)?", text) and (serial := int(float(text))) in _SERIALS:
        return _EPOCH + dt.timedelta(days=serial)
    raise _bad_date(text)


class CsvStream:
    """A CSV file as chunks of bytes, for a streaming answer: with the mark by which Excel knows UTF-8, escaped."""

    CHUNK = 64 * 1024

    def __init__(self, header: Sequence[str | Promise], rows: Iterable[Sequence[Any]]) -> None:
        self.header = header
        self.rows = rows

    def __iter__(self) -> Iterator[bytes]:
        buffer = io.StringIO()
        buffer.write("\ufeff")
        writer = csv.writer(buffer)
        writer.writerow([escape_cell(str(name)) for name in self.header])
        for row in self.rows:
            writer.writerow([_csv_cell(value) for value in row])
            if buffer.tell() > self.CHUNK:
                yield buffer.getvalue().encode()
                buffer.seek(0)
                buffer.truncate()
        yield buffer.getvalue().encode()


def write_xlsx(header: Sequence[str | Promise], rows: Iterable[Sequence[Any]]) -> IO[bytes]:
    """An XLSX file, written row by row in constant memory and ready to be read from its start."""
    with _Workbook() as book:
        sheet = book.sheet(header)
        for number, row in enumerate(rows, start=1):
            if number > MAX_SHEET_ROWS:
                message = _("A sheet holds no more than %(limit)d rows. Please choose CSV or a shorter period.")
                raise DomainError("too_many_rows", message % {"limit": MAX_SHEET_ROWS})
            book.write_row(sheet, number, row)
    return book.file


@dataclass(frozen=True)
class Column:
    """A column of a form to fill in: what is asked for, and how a spreadsheet can help."""

    header: str | Promise
    required: bool = False
    choices: Sequence[str | Promise] = ()
    note: str | Promise = ""
    width: int = 18

    @property
    def label(self) -> str:
        return f"{self.header}*" if self.required else str(self.header)


# Rows of a template that have drop-downs and text format.
TEMPLATE_ROWS = 5000


def write_template(
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]] = (),
    *,
    remarks: Iterable[str] = (),
    explanations: Sequence[Sequence[str]] = (),
) -> IO[bytes]:
    """A form to fill in: drop-downs, notes on the headers, required columns marked with *.

    With `rows` (header -> value) and one remark for each it is the file of failed rows, to correct and load again;
    the remarks stand in a last column that a reader passes over. `explanations` (a header and lines) get a sheet of
    their own.
    """
    remarks = list(remarks)
    names = [str(column.header) for column in columns]
    with _Workbook() as book:
        header = [column.label for column in columns] + ([gettext("What is wrong")] if remarks else [])
        sheet = book.sheet(header, widths=[column.width for column in columns] + [50])
        lists = book.lists([[str(choice) for choice in column.choices] for column in columns])
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width, book.text)
            if column.note:
                sheet.write_comment(0, at, str(column.note))
            if source := lists[at]:
                options = {"validate": "list", "source": source, "ignore_blank": True}
                sheet.data_validation(1, at, TEMPLATE_ROWS, at, options)
        for number, row in enumerate(rows, start=1):
            remark = remarks[number - 1 : number]
            book.write_row(sheet, number, [row.get(name) for name in names] + remark)
        if explanations:
            about = book.sheet(explanations[0], widths=[18, 8, 60, 60], title=gettext("Explanations"))
            for number, line in enumerate(explanations[1:], start=1):
                book.write_row(about, number, line)
    return book.file


class _Workbook:
    """XlsxWriter with our habits: constant memory, text as text, nothing guessed from the text's look."""

    def __init__(self) -> None:
        self.file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=2 * 1024 * 1024)  # noqa: SIM115 - the caller's
        self._book = xlsxwriter.Workbook(self.file, {"constant_memory": True, "strings_to_formulas": False})
        self.text = self._book.add_format({"num_format": "@"})
        self._head = self._book.add_format({"bold": True, "num_format": "@", "bg_color": "#EEF2F6", "text_wrap": True})
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})

    def __enter__(self) -> "_Workbook":
        return self

    def __exit__(self, failed: type[BaseException] | None, *_rest: object) -> None:
        # Closing is also what removes XlsxWriter's own temporary files.
        self._book.close()
        if failed:
            self.file.close()
        else:
            self.file.seek(0)

    def sheet(self, header: Sequence[str | Promise], *, widths: Sequence[int] = (), title: str | None = None) -> Any:
        sheet = self._book.add_worksheet(title or gettext("Rows of the sheet"))
        sheet.freeze_panes(1, 0)
        for at, name in enumerate(header):
            # A Chinese character is as wide as two digits, by which widths are measured.
            width = widths[at] if at < len(widths) else min(40, max(10, 2 * len(str(name)) + 4))
            sheet.set_column(at, at, width)
            sheet.write_string(0, at, escape_cell(str(name)), self._head)
        return sheet

    def lists(self, choices: Sequence[Sequence[str]]) -> list[str]:
        """Lay the choices of each column on a hidden sheet (a list in the cell itself may have only 255 characters)."""
        if not any(choices):
            return [""] * len(choices)
        sheet = self._book.add_worksheet(gettext("Choices of the sheet"))
        sheet.very_hidden()
        for line in range(max(map(len, choices))):
            for at, values in enumerate(choices):
                if line < len(values):
                    sheet.write_string(line, at, values[line])
        letters = [xlsxwriter.utility.xl_col_to_name(at) for at in range(len(choices))]
        name = xlsxwriter.utility.quote_sheetname(sheet.get_name())
        return [
            f"={name}!${letter}$1:${letter}${len(values)}" if values else ""
            for letter, values in zip(letters, choices, strict=True)
        ]

    def write_row(self, sheet: Any, number: int, row: Sequence[Any]) -> None:
        for at, value in enumerate(row):
            match value:
                case None | "":
                    continue
                case bool():
                    sheet.write_string(number, at, _as_shown(value), self.text)
                case int() if abs(value) < 10**EXACT_DIGITS:
                    sheet.write_number(number, at, value)
                case float() if value == value and abs(value) != float("inf"):
                    sheet.write_number(number, at, value)
                case Decimal() if value.is_finite() and len(value.as_tuple().digits) <= EXACT_DIGITS:
                    sheet.write_number(number, at, value)
                case dt.datetime() if value.year > 1900:
                    sheet.write_datetime(number, at, _local(value), self._moment)
                case dt.date() if value.year > 1900:
                    sheet.write_datetime(number, at, value, self._date)
                case _:
                    sheet.write_string(number, at, escape_cell(_as_shown(value))[:MAX_CELL], self.text)


def _csv_cell(value: Any) -> str:
    # A negative number begins with - and is no formula.
    return str(value) if type(value) in (int, float, Decimal) else escape_cell(_as_shown(value))


def _as_shown(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return gettext("Yes") if value else gettext("No")
        case dt.datetime():
            return _local(value).isoformat(sep=" ", timespec="minutes")
        case _:
            return str(value)


def _local(moment: dt.datetime) -> dt.datetime:
    """The city's clock, without its zone: spreadsheets know none."""
    return moment if moment.tzinfo is None else moment.astimezone(ZONE).replace(tzinfo=None)


def _is_rounded(number: int) -> bool:
    """Whether a whole number looks like one that a spreadsheet rounded: zeros after the fifteenth digit."""
    digits = str(abs(number))
    return len(digits) > EXACT_DIGITS and not digits[EXACT_DIGITS:].strip("0")


def _digits_lost() -> DomainError:
    message = _("The spreadsheet has rounded this number. Format the column as text and enter the number again.")
    return DomainError("digits_lost", message)


def _bad_date(text: str) -> DomainError:
    message = _("“%(text)s” is not a date. Please write it like 2019-07-09.")
    return DomainError("bad_date", message % {"text": text[:30]})
