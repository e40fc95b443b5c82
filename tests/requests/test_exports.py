"""The list of cases as a file: every column, words for codes, masked people."""

import csv
import io
from datetime import UTC, datetime

import openpyxl
import pytest

from requests import workflow
from requests.exports import case_columns, cases_xlsx, stream_cases_csv
from requests.models import ServiceRequest
from requests.workflow import Resident, Staff


def read(chunks) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(chunks).decode("utf-8-sig"))))


@pytest.fixture
def closed(submitted, north, helper, the_north):
    case = submitted.case
    workflow.accept(case, by=Staff(north))
    workflow.dispatch(case, by=Staff(north), to=the_north.unit)
    workflow.take(case, by=Staff(helper))
    workflow.resolve(case, by=Staff(helper), text="已修好。")
    workflow.rate(case, by=Resident(submitted.requester), code="satisfied", solved=True)
    return case


def test_it_works(closed, north):
    [row] = read(stream_cases_csv(ServiceRequest.objects.for_user(north)))
    assert list(row) == [str(column.name) for column in case_columns()]
    assert row["编号"] == closed.number
    assert row["状态"] == "已归档"
    assert row["社区"] == "北社区"
    assert row["单位"] == "北物业公司"


def test_times_are_those_of_the_city(case, north):
    ServiceRequest.objects.update(submitted_at=datetime(2026, 2, 28, 16, 0, 0, 900_000, tzinfo=UTC))
    [row] = read(stream_cases_csv(ServiceRequest.objects.for_user(north)))
    assert row["提交时间"] == "2026-03-01 00:00:00"


def test_people_are_masked(closed, north):
    body = b"".join(stream_cases_csv(ServiceRequest.objects.for_user(north))).decode()
    assert "138****1234" in body
    assert "13800001234" not in body
    assert "张小北" not in body


def test_a_title_is_no_formula(closed, north):
    ServiceRequest.objects.update(title="=HYPERLINK(1)", address_text="@SUM(1)")
    body = b"".join(stream_cases_csv(ServiceRequest.objects.for_user(north))).decode()
    assert "'=HYPERLINK(1)" in body
    assert "'@SUM(1)" in body


def test_somebody_from_elsewhere_exports_nothing(closed, south):
    assert read(stream_cases_csv(ServiceRequest.objects.for_user(south))) == []


def test_the_workbook_has_the_same_cells_as_text(closed, north):
    ServiceRequest.objects.update(title="=HYPERLINK(1)")
    sheet = openpyxl.load_workbook(cases_xlsx(ServiceRequest.objects.for_user(north))).active
    header, row = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert header == [str(column.name) for column in case_columns()]
    told = dict(zip(header, row, strict=True))
    assert told["编号"] == closed.number
    assert told["标题"] == "'=HYPERLINK(1)"
    assert not any(cell.data_type == "f" for line in sheet.iter_rows() for cell in line)
