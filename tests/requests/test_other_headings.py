"""Sheets of the hotline and of units whose columns are called otherwise than ours."""

import io

import pytest
from django.utils.text import capfirst

from portal.core.imports import widgets
from portal.core.imports.organizations import OrganizationResource
from portal.core.imports.outcome import run
from portal.core.models import Organization
from requests.hotline_imports import HotlineSheet
from requests.household_imports import HouseholdSheet
from requests.imports import ResourceSheet
from requests.models import HotlineCase

pytestmark = pytest.mark.django_db


def load(sheet, *lines, dry_run=False):
    return run(sheet, io.BytesIO("\n".join(lines).encode()), dry_run=dry_run)


def test_it_works(north):
    outcome, failed = load(
        HotlineSheet(north.scope), "工单编号,诉求内容,所属社区,诉求人,联系电话,办结时限",
        "N-1,井盖丢了,北街道/北社区,张三,13800001234,2026-12-01 18:00",
    )  # fmt: skip
    assert (outcome.new, failed) == (1, None)
    made = HotlineCase.objects.get(external_number="N-1").request
    assert made.description == "井盖丢了"
    requester = made.requesters.get()
    assert (requester.name.reveal(), requester.phone.reveal()) == ("张三", "13800001234")


def test_what_is_wrong_is_said_by_the_name_of_the_column_in_the_file(north):
    outcome, failed = load(
        HotlineSheet(north.scope), "工单号,工单内容,所属区域,联系电话", "N-1,井盖丢了,南海街道,13800001234"
    )
    (row,) = outcome.rows
    assert [header for header, _line in row["errors"]] == ["所属区域"]
    assert failed is not None
    again = HotlineSheet(north.scope).read(failed)
    assert [line.values["external_number"] for line in again.rows] == ["N-1"]


def test_our_own_header_counts_where_a_file_has_both(north):
    sheet = HotlineSheet(north.scope)
    read = sheet.read(io.BytesIO("工单号,热线编号,内容,事发地\nA-1,B-1,井盖丢了,北社区".encode()))
    assert read.rows[0].values["external_number"] == "B-1"
    assert sheet.name_of("external_number") == "热线编号"


def test_a_file_without_a_needed_column_names_ours(north):
    with pytest.raises(Exception, match="内容"):
        HotlineSheet(north.scope).read(io.BytesIO("诉求人,所属社区\n张三,北社区".encode()))


def test_a_list_of_units_loads_with_its_own_headings(north, the_north):
    outcome, _failed = load(
        OrganizationResource(north.scope),
        "单位名称,单位类型,所属社区,联系电话",
        "北区环卫所,职能部门,北社区,0755-12345678",
    )
    assert outcome.new == 1, outcome.rows
    assert Organization.objects.get(name="北区环卫所").phone == "0755-12345678"


@pytest.mark.parametrize("made", [HotlineSheet, OrganizationResource, ResourceSheet, HouseholdSheet])
def test_no_heading_stands_for_two_columns(north, made):
    sheet = made(north.scope)
    named = [
        header
        for name, field in sheet.fields.items()
        for header in {*map(capfirst, widgets.in_every_language(field.label)), *sheet.also_called.get(name, ())}
    ]
    assert len(named) == len(set(named))
    assert set(sheet.also_called) <= set(sheet.fields)


def test_the_template_says_which_headings_are_read(north):
    notes = {line[0]: line[2] for line in HotlineSheet(north.scope).explanations()}
    assert "也可写作：工单号、工单编号" in notes["热线编号"]
