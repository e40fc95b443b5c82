"""Lists of cases, built for speed: plain rows from the database, cells as ready strings, no template per row.

Every list of the desk (queue, filters, search, bulk) shows its lines through `case_rows`.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Model, OuterRef, Subquery
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.core import humanize
from portal.core.models import Organization, Person, Region
from portal.core.templatetags.portal import tag_html
from requests.models import Category
from requests.models.service_requests import ServiceRequestQuerySet, format_number
from requests.types import OPEN_STATES, PAUSED_STATES, State, Supervision, TimeLimit, Verb
from stations.models import Station
from volunteers.models import VolunteerTeam

SUPERVISED = humanize.Look("flag", "warn")
# What a line shows.
COLUMNS = (
    "id", "title", "state", "redo_count", "supervision_level", "submitted_at", "dispatch_due_at", "contact_due_at",
    "contacted_at", "due_at", "waiting_since", "call_back_due_at", "finished_at", "finish_due_at",
    "current_dispatch__accept_due_at", "time_limit",
)  # fmt: skip


def _name(model: type[Model], ref: str, field: str = "name") -> Subquery:
    return Subquery(model._default_manager.filter(pk=OuterRef(ref)).order_by().values(field))


# Subqueries and not joins: to plan nine joins takes PostgreSQL thirty times as long as to run them for fifty rows.
NAMES = {
    "category_name": _name(Category, "category"),
    "region_name": _name(Region, "region", "short_name"),
    "street_name": _name(Region, "street", "short_name"),
    "station_name": _name(Station, "station"),
    "unit_short_name": _name(Organization, "current_dispatch__organization", "short_name"),
    "unit_name": _name(Organization, "current_dispatch__organization"),
    "team_name": _name(VolunteerTeam, "current_dispatch__team"),
    "person_name": _name(Person, "current_dispatch__person"),
}

_ROW = (
    '<tr data-row="{id}"{current}>'
    '<td class="check"><input type="checkbox" name="case" value="{id}" form="bulk" data-select'
    ' aria-label="{select}"></td>'
    '<td class="due">{due}</td>'
    '<td class="what"><a class="queue-title" data-row-link href="{href}">{title}</a>{tag}'
    '<div class="queue-sub">{sub}</div></td>'
    '<td class="state">{state}</td><td class="with only-wide">{handler}</td></tr>'
)


Line = dict[str, Any]


def fetch(cases: ServiceRequestQuerySet, *more: str) -> list[Line]:
    """The lines of a list as the database gives them, in one query."""
    return list(cases.annotate(**NAMES).values(*dict.fromkeys((*COLUMNS, *NAMES, *more))))


def case_rows(
    lines: Iterable[Line], *, href: str, current: int | None = None, now: datetime | None = None
) -> SafeString:
    """The lines of a list as HTML. `href` has `{id}` where the number of the case belongs."""
    now, language, made = now or timezone.now(), get_language(), []
    select = escape(_("Select %(number)s"))
    href = escape(href)
    for row in lines:
        pk = row["id"]
        number = format_number(pk)
        made.append(
            _ROW.format(
                id=pk,
                current=' aria-current="true"' if pk == current else "",
                select=select.replace("%(number)s", number),
                due=due_tag(row, now),
                href=href.replace("{id}", str(pk)),
                title=escape(row["title"]),
                tag=emergency_tag(language) if _is_emergency(row) else "",
                sub=_sub(row, number),
                state=state_cell(row["state"], language, to_call_back=row["call_back_due_at"] is not None)
                + supervision_cell(row["supervision_level"], language),
                handler=escape(handler_of(row)),
            )
        )
    return mark_safe("".join(made))  # noqa: S308 - every value was escaped above


def next_due(row: Line) -> tuple[datetime | None, Promise | None]:
    """What hurts next: the limit of the step that is awaited now, with its name, or that of the whole case if it is
    nearer."""
    state, whole = row["state"], row["due_at"]
    step, name = None, None
    if state in (State.SUBMITTED, State.ACCEPTED):
        step, name = row["dispatch_due_at"], Verb.DISPATCH.label
    elif state == State.DISPATCHED:
        step, name = row["current_dispatch__accept_due_at"], Verb.TAKE.label
    elif state == State.IN_PROGRESS and row["contacted_at"] is None:
        step, name = row["contact_due_at"], Verb.CONTACT.label
    return (step, name) if step is not None and (whole is None or step < whole) else (whole, None)


def due_tag(row: Line, now: datetime) -> SafeString | str:
    """Where the case stands against its limits, in words; how it ended once nobody has to do anything."""
    state = row["state"]
    if state in PAUSED_STATES:
        late = row["due_at"] is not None and row["due_at"] < row["waiting_since"]
        return _due(row["due_at"] or now, now, paused=not late)
    if state in OPEN_STATES:
        limit, step = next_due(row)
        # The queue of what is overdue counts the limit of the whole case; of a step that is late, the line says which.
        return _due(limit, now, step=step if limit is not None and limit < now else None)
    if state == State.RESOLVED and row["call_back_due_at"]:
        return _due(row["call_back_due_at"], now)
    return _due(row["finish_due_at"], now, done_at=row["finished_at"]) if row["finished_at"] else ""


def _due(limit: datetime | None, now: datetime, *, step: Promise | None = None, **how: Any) -> SafeString:
    due = humanize.due_in_words(limit, now, **how)
    return tag_html(_late(step, due.words) if step else due.words, due.look, humanize.full_time(limit) if limit else "")


def _late(step: Promise, words: str) -> str:
    """“派单已超 3 天”."""
    return _("%(step)s: %(late)s") % {"step": step, "late": words}


def _is_emergency(row: Line) -> bool:
    return row["time_limit"] == TimeLimit.EMERGENCY and row["state"] in OPEN_STATES


@cache
def emergency_tag(language: str | None) -> SafeString:
    """Why a case stands above others that are later."""
    return mark_safe(" " + tag_html(_("Emergency"), humanize.Look("alert-triangle", "bad")))  # noqa: S308


@cache
def state_cell(state: str, language: str | None, *, to_call_back: bool = False) -> SafeString:
    """The tag of a state, made once per process and language; who was not satisfied waits for a call."""
    if to_call_back and state == State.RESOLVED:
        return tag_html(_("To call back"), humanize.state_look("to_call_back"))
    return tag_html(str(State(state).label), humanize.state_look(state))


@cache
def supervision_cell(level: int, language: str | None) -> SafeString:
    """The tag of a case that a leader watches over (督办); nothing for others."""
    if level == Supervision.NONE:
        return mark_safe("")
    return mark_safe(" ") + tag_html(supervised_words(level), SUPERVISED)


def supervised_words(level: int) -> str:
    return _("Supervised: %(level)s") % {"level": Supervision(level).label}


def handler_of(row: Line) -> str:
    """With whom the case is: the unit, team or person of the last offer."""
    return row["unit_short_name"] or row["unit_name"] or row["team_name"] or row["person_name"] or ""


def _sub(row: Line, number: str) -> str:
    place = row["station_name"] or f"{row['street_name'] or ''} {row['region_name']}".strip()
    if row["street_name"] == row["region_name"]:
        place = row["region_name"]
    parts: Iterable[str | None] = (number, place, row["category_name"])
    words = " · ".join(escape(part) for part in parts if part)
    if row["redo_count"]:
        words += " · " + escape(_("redone %(count)d times") % {"count": row["redo_count"]})
    return words
