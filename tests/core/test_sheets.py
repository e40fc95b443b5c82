import csv
import datetime as dt
import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from django.utils.translation import gettext_lazy as _
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core.errors import DomainError
from portal.core.sheets import (
    Column,
    CsvStream,
    escape_cell,
    parse_date,
    read_rows,
    text_cell,
    unescape_cell,
    write_template,
    write_xlsx,
)

HEADERS = ["名称", "街道", "编码"]


def xlsx(*lines, merge: str = "", sheets: tuple[str, ...] = ("Sheet",)) -> io.BytesIO:
    book = openpyxl.Workbook()
    book.active.title = sheets[0]
    for title in sheets[1:]:
        book.create_sheet(title)
    for line in lines:
        book[sheets[-1]].append(line)
    for cells in merge.split():
        book[sheets[-1]].merge_cells(cells)
    target = io.BytesIO()
    book.save(target)
    target.seek(0)
    return target


def read(upload, **options):
    return read_rows(upload, **{"expected_headers": HEADERS, "max_rows": 1000, **options})


def code_of(action) -> str:
    with pytest.raises(DomainError) as caught:
        action()
    assert str(caught.value)
    return caught.value.code


def test_it_works():
    file = write_xlsx(HEADERS, [["丽晶站", "新安", "440306199001010011"]])
    [row] = read(file)
    assert row.number == 2
    assert row.values == {"名称": "丽晶站", "街道": "新安", "编码": "440306199001010011"}


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@x", "\tx", "\rx", "\n=x", "'=x", "'", "＝1"])
def test_formulas_are_escaped_and_come_back(text):
    assert escape_cell(text) == "'" + text
    assert unescape_cell(escape_cell(text)) == text


@given(text=st.text())
def test_escaping_can_be_undone(text):
    assert unescape_cell(escape_cell(text)) == text
    assert not escape_cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_other_values_are_not_escaped():
    assert [escape_cell(value) for value in (-1, 1.5, None, "路灯", "a=1", "O'Hara")] == [
        -1, 1.5, None, "路灯", "a=1", "O'Hara",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        "2019.07.09",
        "2019/07/09",
        "2019-7-9",
        "2019年7月9日",
        "2019 年 7 月 9 日",
        "20190709",
        20190709,
        20190709.0,
        43655,
        43655.75,
        "43655",
        "２０１９／７／９",
        " 2019-07-09 08:30:00 ",
        "2019-07-09T08:30",
        "2019、7、9",
        dt.date(2019, 7, 9),
        dt.datetime(2019, 7, 9, 23, 59),
        dt.datetime(2019, 7, 8, 20, 0, tzinfo=dt.UTC),
    ],
)
def test_dates_come_in_all_the_usual_spellings(value):
    assert parse_date(value) == dt.date(2019, 7, 9)


def test_an_empty_cell_is_no_date():
    assert parse_date(None) is parse_date("") is parse_date(" \u3000") is None


@pytest.mark.parametrize(
    "value",
    ["x", "2019-02-30", "2019-13-01", "20191301", 2019, "2019", "2019-07", "19-7-9", -1, 1e300, "9/7/2019", True],
)
def test_what_is_no_date_is_refused(value):
    assert code_of(lambda: parse_date(value)) == "bad_date"


@given(day=st.dates(dt.date(1920, 1, 1), dt.date(2199, 12, 31)))
def test_every_day_is_read_back(day):
    serial = (day - dt.date(1899, 12, 30)).days
    for value in (day.isoformat(), f"{day.year}.{day.month}.{day.day}", f"{day:%Y%m%d}", serial, float(serial)):
        assert parse_date(value) == day


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("440306199001010011", "440306199001010011"),
        (" 新安 ", "新安"),
        (440306, "440306"),
        (440306.0, "440306"),
        (12.5, "12.5"),
        (440306199001010011, "440306199001010011"),
        ('="044030"', "044030"),
        ("'=1+1", "=1+1"),
        (None, ""),
        (dt.datetime(2019, 7, 9, 8, 30), "2019-07-09 08:30"),
        (dt.date(2019, 7, 9), "2019-07-09"),
    ],
)
def test_a_text_keeps_its_digits(value, text):
    assert text_cell(value) == text


@pytest.mark.parametrize(
    "value", [4.4030619900101e17, 440306199001010000, "4.40306E+17", "4.4E+11", float("nan"), float("inf"), 1e300]
)
def test_lost_digits_are_told(value):
    assert code_of(lambda: text_cell(value)) == "digits_lost"


def test_the_header_may_stand_lower_and_be_merged():
    upload = xlsx(
        ["站点登记表", None, None, None],
        [],
        ["名称*", "位置", None, "编 码\n（必填）"],
        [None, "街道 ", "备注", None],
        [" 丽晶站 ", "新安", "x", 44],
        [None, None, "only a remark"],
        [],
        ["后瑞站", "航城", None, None],
        merge="A1:D1 A3:A4 B3:C3 D3:D4",
    )
    rows = read(upload)
    assert [(row.number, row.values) for row in rows] == [
        (5, {"名称": "丽晶站", "街道": "新安", "编码": 44}),
        (8, {"名称": "后瑞站", "街道": "航城", "编码": None}),
    ]


def test_the_table_may_stand_on_a_later_sheet():
    assert len(read(xlsx(HEADERS, ["a", "b", "c"], sheets=("说明", "数据")))) == 1


def test_missing_columns_are_named():
    with pytest.raises(DomainError) as caught:
        read(xlsx(["名称", "街道"], ["a", "b"]))
    assert caught.value.code == "missing_columns"
    assert caught.value.extra == {"missing": ["编码"]}
    assert len(read(xlsx(["名称", "街道"], ["a", "b"]), required_headers=["名称"])) == 1


def test_too_many_rows_are_refused():
    upload = xlsx(HEADERS, *[["a", "b", "c"]] * 5)
    assert code_of(lambda: read(upload, max_rows=4)) == "too_many_rows"
    upload.seek(0)
    assert len(read(upload, max_rows=5)) == 5


def test_a_long_sheet_loses_no_row():
    assert [row.values["编码"] for row in read(xlsx(HEADERS, *[["a", "b", n] for n in range(200)]))] == list(range(200))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_is_taken_too(encoding, delimiter):
    lines = ["登记表", delimiter.join(HEADERS), delimiter.join(["丽晶站", "新安", "440306199001010011"]), ""]
    [row] = read(io.BytesIO("\r\n".join(lines).encode(encoding)))
    assert row.number == 3
    assert text_cell(row.values["编码"]) == "440306199001010011"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "missing_columns"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "sheet_type"),
        (b"<html><table></table></html>", "sheet_type"),
        (b"%PDF-1.7 \xff\xff\xff\xff\x00", "sheet_type"),
        (b"PK\x03\x04 nothing", "sheet_broken"),
        (b"\xff\xfe\x00", "sheet_type"),
        (b"a" * (20 * 1024 * 1024 + 1), "sheet_too_large"),
        (b'"' + b"a" * 200_000, "sheet_broken"),
    ],
    ids=["empty", "xls", "html", "pdf", "half a zip", "half utf-16", "large", "endless cell"],
)
def test_another_file_is_refused(content, code):
    assert code_of(lambda: read(io.BytesIO(content))) == code


def archive(unpacks_to: int = 0, **parts: bytes) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name.replace("__", "/").replace("_", "."), content)
        for info in file.infolist() if unpacks_to else []:
            info.file_size = unpacks_to
    target.seek(0)
    return target


def test_archives_that_are_no_spreadsheet_are_refused():
    assert code_of(lambda: read(archive(word__document_xml=b"x"))) == "sheet_type"
    assert code_of(lambda: read(archive(xl__workbook_xml=b"x"))) == "sheet_broken"
    assert code_of(lambda: read(archive(unpacks_to=400 * 1024 * 1024, xl__workbook_xml=b"x"))) == "sheet_too_large"


@given(at=st.floats(0, 1), junk=st.binary(max_size=60))
@settings(deadline=None, max_examples=60)
def test_a_damaged_spreadsheet_is_a_domain_error_or_read(at, junk):
    content = bytearray(xlsx(HEADERS, ["a", "b", "c"]).getvalue())
    position = int(at * len(content))
    content[position : position + len(junk)] = junk
    try:
        read(io.BytesIO(bytes(content)))
    except DomainError as error:
        assert error.code in {"sheet_broken", "sheet_type", "sheet_too_large", "missing_columns"}


def test_a_csv_stream_is_for_excel():
    rows = [["=1+1", -5, None, dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC), _("Monday"), '路灯,"坏"']]
    content = b"".join(CsvStream(["名称", "b", "c", "d", "e", "f"], rows))
    assert content.startswith(b"\xef\xbb\xbf")
    _header, row = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert row == ["'=1+1", "-5", "", "2026-03-02 09:00", str(_("Monday")), '路灯,"坏"']


def test_a_csv_stream_comes_in_pieces():
    pieces = list(CsvStream(["a"], (["路灯不亮" * 100] for _number in range(1000))))
    assert len(pieces) > 5
    assert b"".join(pieces).decode("utf-8-sig").count("\r\n") == 1001


def test_an_xlsx_keeps_kinds():
    moment = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
    row = ["=1+1", 5, 1.5, Decimal("0.5"), dt.date(2026, 3, 2), moment, "440306199001010011", 440306199001010011, None]
    sheet = openpyxl.load_workbook(write_xlsx([_("Monday"), *"bcdefghi"], [row])).active
    cells = list(sheet.iter_rows())[1]
    assert [cell.value for cell in cells][:8] == [
        "'=1+1", 5, 1.5, 0.5, dt.datetime(2026, 3, 2), dt.datetime(2026, 3, 2, 9), "440306199001010011",
        "440306199001010011",
    ]  # fmt: skip
    assert cells[6].number_format == "@"
    assert cells[0].data_type == "s"


def test_strange_values_are_written_all_the_same():
    values = [float("nan"), float("inf"), Decimal("NaN"), dt.date(1800, 1, 1), "a" * 40_000, True, "\x00\x07", "😀"]
    sheet = openpyxl.load_workbook(write_xlsx(list("abcdefgh"), [values])).active
    assert len(list(sheet.iter_rows())[1]) == 8


@given(
    rows=st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1), min_size=3, max_size=3),
        min_size=1,
        max_size=5,
    )
)
@settings(deadline=None, max_examples=50)
def test_text_makes_the_round_trip(rows):
    kept = [[text.strip() for text in row] for row in rows]
    kept = [
        row
        for row in kept
        if all(row) and not any(code in text for text in row for code in ("_x", "\u200b", "\ufeff", '="'))
    ]
    for upload in (write_xlsx(HEADERS, kept), io.BytesIO(b"".join(CsvStream(HEADERS, kept)))):
        assert [[text_cell(value) for value in row.values.values()] for row in read(upload)] == kept


COLUMNS = [
    Column("名称", required=True, note="As on the plate"),
    Column("街道", choices=[f"Street {number}" for number in range(100)]),
    Column("编码"),
]


def test_a_template_asks_and_helps():
    book = openpyxl.load_workbook(write_template(COLUMNS))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == ["名称*", "街道", "编码"]
    assert "As on the plate" in sheet["A1"].comment.text
    [validation] = sheet.data_validations.dataValidation
    assert validation.formula1 == "可选值!$B$1:$B$100"
    assert book["可选值"]["B100"].value == "Street 99"
    assert book["可选值"].sheet_state == "veryHidden"


def test_failed_rows_come_back_with_remarks_and_can_be_loaded_again():
    file = write_template(COLUMNS, [{"名称": "=1", "编码": "044030"}], remarks=["No such street"])
    sheet = openpyxl.load_workbook(file).worksheets[0]
    assert sheet["D2"].value == "No such street"
    file.seek(0)
    [row] = read(file)
    assert {name: text_cell(value) for name, value in row.values.items()} == {
        "名称": "=1",
        "街道": "",
        "编码": "044030",
    }
