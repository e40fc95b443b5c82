"""A sign-up in two statements, for it is what hundreds do at the same moment: what it looks at, and what it writes."""

from django.db import connection

from portal.core.instances import Columns
from portal.core.models import Person, Region
from stations.models import Station
from volunteers.models import Assignment, DutyShift, Volunteer
from volunteers.models.volunteers import CURRENT
from volunteers.types import ShiftStatus

SHIFT = Columns(
    DutyShift, "shift", "title", "status", "starts_at", "ends_at", "signup_opens_at", "signup_closes_at",
    "needs_insurance", "needs_training", "station_id", "district_id",
)  # fmt: skip
STATION = Columns(Station, "station", "code", "name")
DISTRICT = Columns(Region, "district", "path", "level")
ENTRY = Columns(
    Volunteer, "entry", "number", "status", "insured_until", "trained_on", "born_on", "person_id", "home_region_id"
)
PERSON = Columns(Person, "person", "name")
HOME = Columns(Region, "home", "path")
SQL = f"""
SELECT {SHIFT.sql}, {STATION.sql}, {DISTRICT.sql}, {ENTRY.sql}, {PERSON.sql}, {HOME.sql}
  FROM volunteers_dutyshift shift
  JOIN stations_station station ON station.id = shift.station_id
  JOIN core_region district ON district.id = shift.district_id
  LEFT JOIN (volunteers_volunteer entry
       JOIN core_person person ON person.id = entry.person_id
       JOIN core_region home ON home.id = entry.home_region_id)
    ON entry.person_id = %s AND entry.status = ANY(%s)
 WHERE shift.id = %s
"""  # noqa: S608 - names of columns, all of them above


def shift_and_entry(pk: int, person_id: int | None) -> tuple[DutyShift | None, Volunteer | None]:
    """The shift, with its station and district, and the person's own entry on the register, with its home region.

    Whether the shift is on offer to that person is another question (`open_shifts.is_offered`).
    """
    with connection.cursor() as cursor:
        cursor.execute(SQL, [person_id, list(CURRENT), pk])
        found = cursor.fetchone()
    if found is None:
        return None, None
    values = iter(found)
    shift, station, district = SHIFT.take(values), STATION.take(values), DISTRICT.take(values)
    entry, person, home = ENTRY.take(values), PERSON.take(values), HOME.take(values)
    if shift is not None and station is not None and district is not None:
        shift.station, shift.district = station, district
    if entry is not None and person is not None and home is not None:
        entry.person, entry.home_region = person, home
    return shift, entry


WRITTEN = [field for field in Assignment._meta.concrete_fields if not field.primary_key]
# The row of the shift stays locked until the transaction ends.
TAKE = f"""
WITH room AS (
    UPDATE volunteers_dutyshift SET taken = taken + 1
     WHERE id = %s AND status = '{ShiftStatus.OPEN}' AND taken < max_people
    RETURNING id
)
INSERT INTO volunteers_assignment ({", ".join(field.column for field in WRITTEN)})
SELECT {", ".join(["%s"] * len(WRITTEN))} FROM room RETURNING id
"""  # noqa: S608 - names of columns and a word of ours


def take_place(made: Assignment) -> bool:
    """Count one more on the shift of `made`, which is not saved yet, and save it; False where there is no room."""
    values = [field.get_db_prep_save(field.pre_save(made, add=True), connection) for field in WRITTEN]
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [made.shift_id, *values])
        found = cursor.fetchone()
    if found is not None:
        (made.pk,) = found
        made._state.adding, made._state.db = False, connection.alias
    return found is not None
