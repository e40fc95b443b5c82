"""The list as a file: the same cases, masked, logged."""

import csv
import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from portal.core.models import DisclosureRecord
from requests import workflow
from requests.workflow import Staff

EXPORT = "/desk/requests/export/"


def lines(answer):
    return list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


@pytest.mark.django_db(transaction=True)
def test_it_works(client, many, case, north):
    many(4)
    workflow.accept(case, by=Staff(north))
    client.force_login(north)
    for query, count in (("", 5), ("?state=accepted", 1), ("?q=路灯", 1)):
        header, *rows = lines(client.post(EXPORT + query, {"format": "csv"}))
        assert len(rows) == count
    assert header[0] == "编号"
    assert "13800001234" not in str(rows)
    assert "138****1234" in str(rows)
    assert list(DisclosureRecord.objects.values_list("kind", "count").order_by("count"))[-1] == ("export", 5)


def test_the_page_says_how_many(page, many, north):
    many(3)
    assert "共 3 件诉求" in page(north, EXPORT).content.decode()


def test_a_workbook_has_the_same_rows_and_no_formula(client, many, north):
    many(2, title="=HYPERLINK(1)")
    client.force_login(north)
    answer = client.post(EXPORT, {"format": "xlsx"})
    sheet = load_workbook(io.BytesIO(answer.getvalue())).active
    assert sheet.max_row == 3
    assert sheet.cell(2, 2).data_type == "s"


def test_full_data_needs_a_reason_and_covers_what_my_region_handles(client, many, case, north):
    client.force_login(north)
    assert client.post(EXPORT, {"format": "csv", "full": "on"}).status_code == 422
    rows = lines(client.post(EXPORT, {"format": "csv", "full": "on", "reason": "年度回访"}))
    assert "13800001234" in rows[1]
    assert DisclosureRecord.objects.get().reason == "年度回访"


def test_who_may_not_export_is_refused(page, client, case, helper, auditor, leader, south):
    assert page(helper, EXPORT).status_code == 403
    assert page(auditor, EXPORT).status_code == 403
    client.force_login(leader)
    assert client.post(EXPORT, {"format": "csv", "full": "on", "reason": "看看"}).status_code == 403
    client.force_login(south)
    assert reverse("desk:export") == EXPORT
    assert "共 0 件诉求" in page(south, EXPORT).content.decode()
