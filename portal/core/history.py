"""History by database trigger: whoever changes a row, in whatever way, leaves an entry in the same transaction.

A model asks for it with `triggers = [HistoryTrigger()]`. Who acts is told to the database with the changing statement
itself (no round trip of its own, nothing that outlives the transaction, so PgBouncer may pool transactions).
Why not a shadow table per model: docs/decisions/0002-history.md.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pgtrigger
from django.db import connection, transaction
from django.db.backends.signals import connection_created

_actor: ContextVar[int | None] = ContextVar("history_actor", default=None)
_WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
# Each trigger of pgtrigger asks whether it is ignored. Where nobody ever made the setting the question raises (and
# catches) an exception, which costs several times what the trigger itself does.
_NOTHING_IGNORED = "set_config('pgtrigger.ignore', '{}', true)"

SQL_CREATE = """
CREATE FUNCTION record_history(
    operation text, table_name text, old_row jsonb, new_row jsonb, hidden text[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := '{}';
BEGIN
    IF operation = 'UPDATE' THEN
        SELECT coalesce(jsonb_object_agg(key,
                   CASE WHEN key = ANY (hidden) THEN 'true'::jsonb
                        ELSE jsonb_build_array(old_row -> key, value) END), '{}')
          INTO changed
          FROM jsonb_each(new_row)
         WHERE value IS DISTINCT FROM old_row -> key;
        IF changed = '{}' THEN
            RETURN;
        END IF;
    ELSIF operation = 'DELETE' THEN
        changed := old_row - hidden;
    END IF;
    INSERT INTO core_historyentry (actor_id, operation, "table", row_id, changes)
    VALUES (nullif(current_setting('portal.actor', true), '')::bigint, operation, table_name,
            (coalesce(new_row, old_row) ->> 'id')::bigint, changed);
END $$;
"""
SQL_DROP = "DROP FUNCTION record_history(text, text, jsonb, jsonb, text[]);"


class HistoryTrigger(pgtrigger.Trigger):
    """Writes a `HistoryEntry` for every change of a row.

    `hidden` columns hold personal data or free text: the entry says that they changed, not what to.
    `ignored` columns are derived or change all the time: they make no entry.
    """

    def __init__(self, *, hidden: list[str] | None = None, ignored: list[str] | None = None) -> None:
        self.hidden = hidden or []
        self.ignored = ignored or []
        super().__init__(
            name="history",
            when=pgtrigger.After,
            operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
            # Asked before a row's trigger is queued: a bulk load of a million rows queues none.
            condition=pgtrigger.Condition("current_setting('portal.history', true) IS DISTINCT FROM 'off'"),
        )

    def get_func(self, model: Any) -> str:
        hidden = "ARRAY[{}]::text[]".format(", ".join(f"'{name}'" for name in self.hidden))
        drop = "".join(f" - '{name}'" for name in self.ignored)
        return f"""
            IF TG_OP = 'INSERT' THEN
                PERFORM record_history(TG_OP, TG_TABLE_NAME, NULL, jsonb_build_object('id', NEW.id), {hidden});
            ELSIF TG_OP = 'UPDATE' THEN
                PERFORM record_history(TG_OP, TG_TABLE_NAME, to_jsonb(OLD){drop}, to_jsonb(NEW){drop}, {hidden});
            ELSE
                PERFORM record_history(TG_OP, TG_TABLE_NAME, to_jsonb(OLD){drop}, NULL, {hidden});
            END IF;
            RETURN NULL;
        """


@contextmanager
def acting_as(user_id: int | None) -> Iterator[None]:
    """Everything written inside is recorded as done by this account (None: by the portal itself)."""
    token = _actor.set(user_id)
    try:
        yield
    finally:
        _actor.reset(token)


@contextmanager
def bulk_load(table: str, **what: Any) -> Iterator[dict[str, Any]]:
    """A bulk load of reference data: one transaction, one history entry for all rows.

    Yields the entry's `changes`, to be filled with counts; do not put values of rows there.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT set_config('portal.history', 'off', true), {_NOTHING_IGNORED}")
        yield what
        cursor.execute("SELECT set_config('portal.history', 'on', true)")
        cursor.execute(
            'INSERT INTO core_historyentry (actor_id, operation, "table", changes) VALUES (%s, %s, %s, %s)',
            [_actor.get(), "LOAD", table, json.dumps(what)],
        )


def _tell_actor(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    if not many and isinstance(sql, str) and sql.lstrip()[:6].upper().startswith(_WRITES):
        # Also when nobody acts: an earlier statement of this transaction may have named somebody.
        sql = f"SELECT set_config('portal.actor', '{_actor.get() or ''}', true), {_NOTHING_IGNORED}; {sql}"
    return execute(sql, params, many, context)


def _on_new_connection(connection: Any, **kwargs: Any) -> None:
    if _tell_actor not in connection.execute_wrappers:
        connection.execute_wrappers.append(_tell_actor)


def install() -> None:
    """Called once, when the app registry is ready."""
    connection_created.connect(_on_new_connection, dispatch_uid="history")
