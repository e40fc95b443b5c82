"""CSV streamed by COPY: whole, guarded against formulas, and gone when the client is."""

import csv
import io

import pytest
from django.db import connection, connections, transaction
from django.db.models import F

from portal.core import copy_export
from portal.core.copy_export import BOM, CHUNK, Column, csv_response, in_batches, stream_csv
from portal.core.models import Organization, Region
from portal.core.sheets import ESCAPED_STARTS, unescape_cell
from portal.wsgi import drop_left_transactions


def read(chunks) -> list[list[str]]:
    body = b"".join(chunks)
    assert body.startswith(BOM)
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


COLUMNS = [Column("code", F("code")), Column("name", F("name"), is_typed=True)]


@pytest.fixture
def many_regions(city):
    """Several chunks more than are kept ready for a client."""
    rows = [
        Region(code=code, name="长" * 60, short_name="长", level="district", parent=city, path=f"4403/{code}/")
        for code in map("44{:06d}".format, range(copy_export.CHUNKS_AHEAD * CHUNK * 2 // 180))
    ]
    Region.objects.bulk_create(rows)
    return len(rows) + 1


def test_it_works(the_north):
    rows = read(stream_csv(Region.objects.filter(level="district"), COLUMNS))
    assert rows == [["code", "name"], ["440306", "北区"]]


def test_every_row_arrives_in_chunks(many_regions):
    chunks = list(stream_csv(Region.objects.order_by("code"), COLUMNS))
    assert len(chunks) > copy_export.CHUNKS_AHEAD
    assert len(read(chunks)) == many_regions + 1
    assert max(map(len, chunks)) < 2 * CHUNK


@pytest.mark.parametrize("start", ESCAPED_STARTS)
def test_what_a_spreadsheet_would_run_is_guarded(the_north, start):
    name = f'{start}cmd|"/c calc",北'
    Organization.objects.filter(pk=the_north.unit.pk).update(name=name)
    [_header, [said]] = read(stream_csv(Organization.objects.all(), COLUMNS[1:]))
    assert said == f"'{name}"
    assert unescape_cell(said) == name


def test_nothing_to_export_gives_the_header_alone(db):
    assert read(stream_csv(Region.objects.none(), COLUMNS)) == [["code", "name"]]


@pytest.mark.django_db(transaction=True)
def test_a_client_that_goes_away_leaves_the_connection_free(many_regions):
    response = csv_response(stream_csv(Region.objects.all(), COLUMNS), "小区.csv")
    chunks = iter(response)
    next(chunks), next(chunks)
    response.close()
    assert Region.objects.count() == many_regions
    assert not connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
def test_a_client_that_stops_reading_is_let_go(many_regions, monkeypatch):
    """The query ends while the client still holds the response open; the file breaks off instead of looking whole."""
    monkeypatch.setattr(copy_export, "STALLED_AFTER", 0.05)
    chunks = stream_csv(Region.objects.all(), COLUMNS)
    next(chunks), next(chunks)
    copying = next(thread for thread in copy_export.threading.enumerate() if thread.name == "copy-export")
    copying.join(timeout=20)
    assert not copying.is_alive()
    with pytest.raises(copy_export.ClientStalled):
        list(chunks)
    assert Region.objects.count() == many_regions


@pytest.mark.django_db(transaction=True)
def test_a_query_that_fails_is_an_error_not_a_short_file(the_north):
    broken = Region.objects.extra(where=["1 / (depth - depth) > 0"])
    with pytest.raises(Exception, match="division by zero"):
        list(stream_csv(broken, COLUMNS))
    assert Region.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_read_that_is_left_in_the_middle_spoils_no_later_request_of_its_thread(the_north):
    left = in_batches(Region.objects.order_by("pk"))
    next(left)
    spoiled = connections["default"]
    drop_left_transactions()
    assert connections["default"] is not spoiled
    with transaction.atomic():
        Region.objects.filter(pk=the_north.community.pk).update(short_name="新名")
        # Closed late, as the garbage collector does: it ends nobody else's transaction.
        left.close()
        assert connections["default"].in_atomic_block
    assert Region.objects.get(pk=the_north.community.pk).short_name == "新名"


@pytest.mark.django_db(transaction=True)
def test_what_is_read_to_its_end_leaves_nothing_to_give_up(the_north, caplog):
    kept = connections["default"]
    assert len(list(in_batches(Region.objects.all()))) == Region.objects.count()
    stopped = in_batches(Region.objects.all())
    next(stopped)
    stopped.close()
    drop_left_transactions()
    assert connections["default"] is kept
    assert not caplog.records
