"""Whoever changes a row, in whatever way, leaves an entry that nobody can change."""

import pytest
from django.db import connection, transaction
from django.db.utils import InternalError

from portal.core.history import acting_as, bulk_load
from portal.core.models import HistoryEntry, Person, Region
from stations.models import Station


def entries(table, row_id):
    return list(HistoryEntry.objects.filter(table=table, row_id=row_id).order_by("id"))


def test_it_works(north, the_north):
    with acting_as(north.pk):
        the_north.station.name = "北一小站"
        the_north.station.save()
    created, changed = entries("stations_station", the_north.station.pk)
    assert (created.operation, created.changes) == ("INSERT", {})
    assert (changed.operation, changed.actor_id) == ("UPDATE", north.pk)
    assert changed.changes == {"name": ["北小站", "北一小站"]}


def test_a_bulk_update_is_caught_too(north, the_north):
    with acting_as(north.pk):
        Station.objects.all().update(open_24h=True)
    assert entries("stations_station", the_north.station.pk)[-1].changes == {"open_24h": [False, True]}


def test_plain_sql_is_caught_too(the_north):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE stations_station SET open_24h = true WHERE id = %s", [the_north.station.pk])
    assert entries("stations_station", the_north.station.pk)[-1].operation == "UPDATE"


def test_personal_columns_are_recorded_as_changed_and_not_as_values(db):
    person = Person.objects.create(name="王某", phone="13800001111")
    person.phone, person.phone_masked = "13800002222", "138****2222"
    person.save()
    assert entries("core_person", person.pk)[-1].changes == {"phone": True, "phone_masked": True}


def test_a_change_that_is_rolled_back_leaves_no_entry(the_north):
    count = HistoryEntry.objects.count()
    with pytest.raises(RuntimeError), transaction.atomic():
        the_north.station.delete()
        raise RuntimeError
    assert HistoryEntry.objects.count() == count


def test_a_deleted_row_leaves_its_last_values(the_north):
    pk = the_north.station.pk
    the_north.station.delete()
    assert entries("stations_station", pk)[-1].changes["name"] == "北小站"


def test_nobody_can_change_or_delete_an_entry(the_north):
    for statement in ("UPDATE core_historyentry SET changes = '{}'", "DELETE FROM core_historyentry"):
        with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_bulk_load_leaves_one_entry(city):
    before = HistoryEntry.objects.count()
    with bulk_load("core_region") as what:
        Region.objects.bulk_create(
            Region(code=f"44030{n}", name=f"{n}区", level="district", parent=city, path=f"4403/{n}/") for n in range(3)
        )
        what["rows"] = 3
    (entry,) = HistoryEntry.objects.order_by("id")[before:]
    assert (entry.operation, entry.table, entry.changes) == ("LOAD", "core_region", {"rows": 3})
    city.name = "深圳"
    city.save()
    assert entries("core_region", city.pk)[-1].operation == "UPDATE"


def test_the_actor_does_not_outlive_the_statement(north, the_north):
    with acting_as(north.pk):
        the_north.station.save()
        Station.objects.update(brand="一")
    Station.objects.update(brand="二")
    assert [entry.actor_id for entry in entries("stations_station", the_north.station.pk)][-2:] == [north.pk, None]
