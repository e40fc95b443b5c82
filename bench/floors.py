"""The floors: one hand-written statement each, on one kept connection of psycopg2, planning included."""

import os
from typing import Any

import environ
import psycopg2

_NAMED = "json_build_object('id', {0}.id, 'code', {0}.code, 'name', {0}.name, 'short_name', {0}.short_name)"

# The columns that /api/v1/service-requests/ answers, from the tables that it reads.
CASE_ROW = """
SELECT c.id, c.title, c.kind, c.channel, c.state, c.version, c.time_limit, c.address_text, c.latitude, c.longitude,
       c.submitted_at, c.accepted_at, c.dispatched_at, c.contacted_at, c.finished_at, c.resolved_at, c.ended_at,
       c.dispatch_due_at, c.contact_due_at, c.due_at, c.finish_due_at, c.call_back_due_at, c.waiting_since,
       c.redo_count, c.transfer_count, c.last_solved, c.last_rating, c.district_id,
       k.id AS category_id, k.name AS category_name, k.path AS category_path,
       d.code AS d_code, d.short_name AS d_name, s.code AS s_code, s.short_name AS s_name,
       m.code AS m_code, m.short_name AS m_name, h.code AS h_code, h.short_name AS h_name,
       t.id AS station_id, t.code AS t_code, t.name AS t_name,
       o.id AS unit_id, o.name AS o_name, p.id AS person_id, p.name AS p_name,
       (SELECT json_agg(json_build_object('id', r.id, 'name', r.name_masked, 'phone', r.phone_masked,
                                          'relation', r.relation))
          FROM requests_requester r WHERE r.request_id = c.id) AS requesters
  FROM requests_servicerequest c
  LEFT JOIN requests_category k ON k.id = c.category_id
  JOIN core_region d ON d.id = c.district_id
  LEFT JOIN core_region s ON s.id = c.street_id
  LEFT JOIN core_region m ON m.id = c.community_id
  JOIN core_region h ON h.id = c.handling_region_id
  LEFT JOIN stations_station t ON t.id = c.station_id
  LEFT JOIN requests_dispatch x ON x.id = c.current_dispatch_id
  LEFT JOIN core_organization o ON o.id = x.organization_id
  LEFT JOIN core_person p ON p.id = x.person_id
"""
CASE_LIST = f"""
SELECT json_agg(row) FROM (
    {CASE_ROW} WHERE c.district_id = %s ORDER BY c.submitted_at DESC, c.id DESC LIMIT 101
) AS row
"""
CASE_DETAIL = f"""
SELECT json_agg(row) FROM (
    SELECT whole.*, c.description,
           (SELECT json_agg(e ORDER BY e.id) FROM (
                SELECT e.id, e.at, e.verb, e.text, e.to_state, e.actor, e.is_public, e.version, e.data, o.name, q.name
                  FROM requests_requestevent e
                  LEFT JOIN core_organization o ON o.id = e.organization_id
                  LEFT JOIN core_user u ON u.id = e.user_id
                  LEFT JOIN core_person q ON q.id = u.person_id
                 WHERE e.request_id = c.id) AS e) AS timeline,
           (SELECT json_agg(x) FROM requests_dispatch x WHERE x.request_id = c.id) AS dispatches
      FROM ({CASE_ROW} WHERE c.id = %s) AS whole JOIN requests_servicerequest c ON c.id = whole.id
) AS row
"""
# What a row of the desk's list shows.
DESK_LIST = """
SELECT json_agg(row) FROM (
    SELECT c.id, c.title, c.state, c.kind, c.channel, c.time_limit, c.due_at, c.dispatch_due_at, c.submitted_at,
           c.waiting_since, c.version, m.short_name AS community, s.short_name AS street, t.name AS station,
           k.name AS category, o.name AS unit
      FROM requests_servicerequest c
      LEFT JOIN core_region m ON m.id = c.community_id
      LEFT JOIN core_region s ON s.id = c.street_id
      LEFT JOIN stations_station t ON t.id = c.station_id
      LEFT JOIN requests_category k ON k.id = c.category_id
      LEFT JOIN requests_dispatch x ON x.id = c.current_dispatch_id
      LEFT JOIN core_organization o ON o.id = x.organization_id
     WHERE c.district_id = %s ORDER BY c.submitted_at DESC, c.id DESC LIMIT 51
) AS row
"""
SEARCH = f"""
SELECT json_agg(row) FROM (
    {CASE_ROW}
     WHERE c.district_id = %s AND c.search @@ %s::tsquery
     ORDER BY c.submitted_at DESC, c.id DESC LIMIT 101
) AS row
"""
OPEN311_LIST = """
SELECT json_agg(row) FROM (
    SELECT c.id, c.state, c.listed_outcome, k.name, c.category_id, c.listed_title, c.listed_text, o.name AS unit,
           h.short_name AS handling, c.submitted_at, c.resolved_at, c.listed_at, c.due_at, d.short_name AS district,
           s.short_name AS street, m.short_name AS community, r.code, c.latitude, c.longitude
      FROM requests_servicerequest c
      LEFT JOIN requests_category k ON k.id = c.category_id
      JOIN core_region h ON h.id = c.handling_region_id
      JOIN core_region r ON r.id = c.region_id
      JOIN core_region d ON d.id = c.district_id
      LEFT JOIN core_region s ON s.id = c.street_id
      LEFT JOIN core_region m ON m.id = c.community_id
      LEFT JOIN requests_dispatch x ON x.id = c.current_dispatch_id
      LEFT JOIN core_organization o ON o.id = x.organization_id
     WHERE c.listed_at IS NOT NULL
       AND c.state IN ('accepted', 'dispatched', 'in_progress', 'waiting', 'referred', 'resolved', 'closed')
     ORDER BY c.submitted_at DESC, c.id DESC LIMIT 100
) AS row
"""
EXPORT = """
COPY (
    SELECT 'XZ' || lpad(c.id::text, 9, '0'), c.title, c.kind, c.channel, k.path, c.time_limit, d.short_name,
           s.short_name, m.short_name, t.name, c.address_text, r.name_masked, r.phone_masked, c.state, o.name,
           c.submitted_at, c.accepted_at, c.dispatched_at, c.contacted_at, c.finished_at, c.ended_at, c.due_at,
           c.last_rating, c.last_solved, c.close_ground, c.redo_count
      FROM requests_servicerequest c
      LEFT JOIN requests_category k ON k.id = c.category_id
      JOIN core_region d ON d.id = c.district_id
      LEFT JOIN core_region s ON s.id = c.street_id
      LEFT JOIN core_region m ON m.id = c.community_id
      LEFT JOIN stations_station t ON t.id = c.station_id
      LEFT JOIN requests_dispatch x ON x.id = c.current_dispatch_id
      LEFT JOIN core_organization o ON o.id = x.organization_id
      LEFT JOIN requests_requester r ON r.request_id = c.id
     ORDER BY c.submitted_at DESC, c.id DESC
) TO STDOUT WITH (FORMAT csv, HEADER)
"""
DISPATCH = """
WITH offer AS (
    INSERT INTO requests_dispatch (request_id, district_id, organization_id, offered_at, offered_by_id, accept_due_at,
                                   outcome, return_ground)
    SELECT id, district_id, %(unit)s, now(), %(user)s, now() + interval '1 day', 'offered', ''
      FROM requests_servicerequest WHERE id = %(case)s FOR UPDATE
    RETURNING id, request_id, district_id
), moved AS (
    UPDATE requests_servicerequest AS c
       SET state = 'dispatched', version = c.version + 1, current_dispatch_id = offer.id, dispatch_due_at = NULL,
           dispatched_at = coalesce(c.dispatched_at, now())
      FROM offer WHERE c.id = offer.request_id
    RETURNING c.id, c.version
), told AS (
    INSERT INTO core_notification (kind, context, about, dedupe_key, created_at, person_id, link)
    SELECT 'case_offered', repeat('x', 200), 'requests_servicerequest/' || moved.id,
           'case:' || moved.id || ':' || moved.version, now(), account.person_id, '/desk/requests/' || moved.id || '/'
      FROM moved, core_membership AS contact JOIN core_user AS account ON account.id = contact.user_id
     WHERE contact.organization_id = %(unit)s AND contact.role = 'unit_contact' AND contact.is_active
       AND account.is_active
    ON CONFLICT DO NOTHING
)
INSERT INTO requests_requestevent (request_id, district_id, at, verb, from_state, to_state, actor, user_id, text, data,
                                   is_public, version)
SELECT offer.request_id, offer.district_id, now(), 'dispatch', 'accepted', 'dispatched', 'dispatcher', %(user)s, '',
       jsonb_build_object('dispatch', offer.id, 'to', 'x'), true, moved.version
  FROM offer JOIN moved ON moved.id = offer.request_id
RETURNING id
"""


def connect() -> Any:
    """A plain connection to the database that the portal uses."""
    config = environ.Env.db_url_config(os.environ["DATABASE_URL"])
    options = {**config.get("OPTIONS", {})}
    given = {
        "dbname": config["NAME"], "user": config["USER"], "password": config["PASSWORD"], "host": config["HOST"],
        "port": config["PORT"], **options,
    }  # fmt: skip
    connection = psycopg2.connect(**{key: value for key, value in given.items() if value})
    connection.autocommit = True
    return connection


class Floor:
    def __init__(self) -> None:
        self.connection = connect()
        self.cursor = self.connection.cursor()

    def __call__(self, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        self.cursor.execute(sql, parameters)
        return self.cursor.fetchall()

    def run_all(self, statements: list[tuple[str, Any]]) -> None:
        for sql, parameters in statements:
            self.cursor.execute(sql, parameters)
            self.cursor.fetchall()

    def copy_out(self, sql: str) -> None:
        with open(os.devnull, "wb") as nowhere:
            self.cursor.copy_expert(sql, nowhere)

    def columns(self, table: str) -> list[str]:
        """The columns of a table that an INSERT names: neither generated nor its key."""
        rows = self(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'"
            " AND column_name <> 'id' ORDER BY ordinal_position",
            [table],
        )
        return [name for (name,) in rows]

    def submit_sql(self) -> str:
        """The inserts of a new request as one statement that copies a given one; unique columns are made anew."""
        request = ", ".join(self.columns("requests_servicerequest"))
        requester = self.columns("requests_requester")
        event = self.columns("requests_requestevent")

        def select(columns: list[str], made: dict[str, str]) -> str:
            return ", ".join(made.get(column, column) for column in columns)

        of_new = {"request_id": "(SELECT id FROM made)"}
        return f"""
            WITH made AS (
                INSERT INTO requests_servicerequest ({request})
                SELECT {select(self.columns("requests_servicerequest"), {"current_dispatch_id": "NULL"})}
                  FROM requests_servicerequest WHERE id = %(case)s RETURNING id
            ), asked AS (
                INSERT INTO requests_requester ({", ".join(requester)})
                SELECT {select(requester, {**of_new, "code_hash": "%(hash)s"})}
                  FROM requests_requester WHERE request_id = %(case)s LIMIT 1 RETURNING id
            )
            INSERT INTO requests_requestevent ({", ".join(event)})
            SELECT {select(event, of_new)}
              FROM requests_requestevent WHERE request_id = %(case)s ORDER BY id LIMIT 1 RETURNING id
        """  # noqa: S608 - names of our own columns
