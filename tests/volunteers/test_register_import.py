"""Existing lists: a dry run, errors by row and column, and a second load that changes nothing."""

import io
from datetime import date

import openpyxl
import pytest
from django.utils import timezone

from portal.core.imports.outcome import run
from portal.desk import imports
from volunteers.models import Volunteer, VolunteerTeam
from volunteers.models.volunteers import DEFAULT_WEEKLY_MINUTES
from volunteers.types import VolunteerSource, VolunteerStatus


@pytest.fixture
def headers():
    """The template's own headers, by field."""
    return lambda user: {name: field.header for name, field in resource(user).fields.items()}


def resource(user):
    return imports.resource_for("volunteers", user)


def sheet(heads, *rows) -> io.BytesIO:
    book = openpyxl.Workbook()
    book.active.append(heads)
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out


COLUMNS = ("name", "phone", "home_region", "kind", "born_on", "team")


def load(user, headers, *rows, dry_run=False):
    heads = [headers(user)[name] for name in COLUMNS]
    return run(resource(user), sheet(heads, *rows), dry_run=dry_run)


def test_it_works_and_a_second_time_changes_nothing(north, the_north, headers):
    VolunteerTeam.objects.create(name="先锋队", kind="party", region=the_north.community)
    code = the_north.community.code
    rows = [
        ["王小明", "138 0000 1111", code, "居民", "1980.5.1", "先锋队"],
        ["李四", "13900002222", code, "党员", None, None],
    ]
    outcome, failed = load(north, headers, *rows, dry_run=True)
    assert (outcome.new, outcome.wrong, Volunteer.objects.count(), failed) == (2, 0, 0, None), outcome.rows
    outcome, _failed = load(north, headers, *rows)
    assert outcome.new == 2
    wang = Volunteer.objects.get(person__name="王小明")
    assert (wang.born_on, wang.source, wang.status) == (
        date(1980, 5, 1),
        VolunteerSource.IMPORT,
        VolunteerStatus.ACTIVE,
    )
    assert (wang.person.phone.reveal(), wang.memberships.get().team.name) == ("13800001111", "先锋队")
    assert Volunteer.objects.get(person__name="李四").person.is_party_member
    outcome, _failed = load(north, headers, *rows)
    assert (outcome.unchanged, outcome.new, outcome.changed) == (2, 0, 0), outcome.rows


def test_what_the_template_does_not_require_may_stay_empty(north, the_north):
    columns = resource(north).columns()
    empty = {"姓名": "王小明", "所在社区": the_north.community.code}
    assert {column.header for column in columns if column.required} == set(empty)
    row = [empty.get(column.header) for column in columns]
    upload = sheet([column.label for column in columns], row)
    outcome, _failed = run(resource(north), upload, dry_run=False)
    assert (outcome.new, outcome.wrong) == (1, 0), outcome.rows
    made = Volunteer.objects.get(person__name="王小明")
    assert (made.joined_on, made.weekly_minutes) == (timezone.localdate(), DEFAULT_WEEKLY_MINUTES)


def test_what_is_wrong_is_told_by_row_and_comes_back_as_a_file(north, the_north, the_south, headers):
    code = the_north.community.code
    outcome, failed = load(
        north, headers,
        ["王小明", "12", code, "居民", None, None],
        ["", "13900002222", code, "居民", None, None],
        ["赵六", "13900003333", the_south.community.code, "居民", None, None],
        ["钱七", "13900004444", code, "外星人", "2999-1-1", "没有的队"],
        ["孙八", "13900005555", code, "居民", None, None],
        ["孙九", "13900005555", code, "居民", None, None],
    )  # fmt: skip
    assert (outcome.new, outcome.wrong) == (1, 5), outcome.rows
    wrong = {row["number"]: row["errors"] for row in outcome.rows if row["kind"] == "wrong"}
    assert set(wrong) == {2, 3, 4, 5, 7}
    assert len(wrong[5]) >= 2
    book = openpyxl.load_workbook(failed)
    assert book.worksheets[0].max_row == 6


def test_what_changed_is_told_without_what_is_sealed(north, the_north, headers):
    code = the_north.community.code
    load(north, headers, ["王小明", "13800001111", code, "居民", "1980-05-01", None])
    outcome, _failed = load(north, headers, ["王小明", "13800006666", code, "学生", "1980-05-01", None])
    assert outcome.changed == 1, outcome.rows
    told = str(outcome.rows)
    assert "138****6666" in told
    assert "13800006666" not in told
    assert Volunteer.objects.get().person.phone.reveal() == "13800006666"


def test_a_minor_from_a_list_waits_for_the_guardian(north, the_north, headers):
    load(north, headers, ["小宝", None, the_north.community.code, "学生", "2015-05-01", None])
    assert Volunteer.objects.get().status == VolunteerStatus.APPLIED


def test_the_template_has_its_headers_and_the_register_no_plain_export(client, north):
    client.force_login(north)
    assert client.get("/desk/imports/volunteers/template/").status_code == 200
    assert client.get("/desk/imports/volunteers/export/").status_code == 404
