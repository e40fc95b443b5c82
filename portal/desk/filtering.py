"""The filters of a list as people see them: chips for what is set, a form for what can be added.

The filters themselves are the API's (`requests.filters`); this is their look.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.cache import caches
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from portal.core.errors import DomainError
from portal.core.filtering import ChoicesFilter, RefusedFilter
from portal.core.models import Level, Organization, Person, Region, User
from requests import callers
from requests.filters import ServiceRequestFilter
from requests.models import Category, ServiceRequest
from requests.models.categories import told_apart
from stations.models import Station

# Parameters of a list that filter nothing.
BESIDE = frozenset({"cursor", "limit", "ordering", "case", "saved", "queue"})
# Offered in the form; the others work in the address and show as chips.
OFFERED = (
    "q", "state", "region", "category", "kind", "channel", "time_limit", "station_type", "unit", "rating", "solved",
    "overdue", "supervised", "redone", "submitted", "due",
)  # fmt: skip
MOST_UNITS = 300
YES_NO = [("true", gettext_lazy("Yes")), ("false", gettext_lazy("No"))]


@dataclass(frozen=True)
class Chip:
    """One condition of the list: its words, and the address of the list without it."""

    words: str
    href: str


def cleaned_query(query: QueryDict) -> QueryDict:
    """The query without blanks; of a filter that takes one value the last one, of others each once."""
    kept = QueryDict(mutable=True)
    for name in query:
        values = list(dict.fromkeys(value for value in query.getlist(name) if value.strip()))
        single = not isinstance(ServiceRequestFilter.base_filters.get(name), ChoicesFilter)
        if values:
            kept.setlist(name, values[-1:] if single else values)
    return kept


def filters_for(request: HttpRequest, query: QueryDict | None = None) -> ServiceRequestFilter:
    """The filtered cases that the person may see."""
    rows = ServiceRequest.objects.for_user(request.user)
    return ServiceRequestFilter(query if query is not None else request.GET, queryset=rows, request=request, lean=True)


def refusal_of(filters: ServiceRequestFilter) -> DomainError:
    """Why a filter cannot be used, in one sentence and field by field."""
    return DomainError("bad_filter", _("This filter cannot be used."), fields=filters.refusals())


def refuse_addresses(query: QueryDict) -> None:
    """Stop at what no address should carry: no link may hand it on, and no view keep it."""
    for name, filter_ in ServiceRequestFilter.base_filters.items():
        if isinstance(filter_, RefusedFilter) and query.get(name, "").strip():
            raise DomainError("bad_filter", filter_.refusal)


def only_filters(query: QueryDict) -> QueryDict:
    """What of an address filters: the part that a saved view keeps, with its order."""
    kept = query.copy()
    for name in BESIDE - {"ordering"}:
        kept.pop(name, None)
    return kept


def chips_of(query: QueryDict, user: User) -> list[Chip]:
    """What the list is filtered by, in words."""
    chips = []
    known = ServiceRequestFilter.parameters()
    for name in query:
        if name not in known:
            continue
        for value in query.getlist(name):
            rest = query.copy()
            rest.setlist(name, [each for each in query.getlist(name) if each != value])
            for beside in ("case", "cursor"):
                rest.pop(beside, None)
            chips.append(Chip(words=_words(name, value, user), href=f"?{rest.urlencode()}"))
    return chips


def _words(name: str, value: str, user: User) -> str:
    base, _underscore, suffix = name.rpartition("_")
    is_range = suffix in ("from", "to") and base in ServiceRequestFilter.base_filters
    label = str(ServiceRequestFilter.base_filters[base if is_range else name].label)
    if is_range:
        pattern = _("%(what)s from %(day)s") if suffix == "from" else _("%(what)s until %(day)s")
        return pattern % {"what": label, "day": value}
    return _("%(label)s: %(value)s") % {"label": label, "value": _value_in_words(name, value, user)}


_ROWS = {
    "station": Station.objects,
    "unit": Organization.objects,
    "handler": Person.objects,
}


def _value_in_words(name: str, value: str, user: User) -> str:
    filter_ = ServiceRequestFilter.base_filters[name]
    if name in ("region", "handling_region"):
        found = Region.objects.filter(code=value).first()
    elif name == "category":
        row = Category.objects.filter(pk=value).first() if value.isdecimal() and len(value) < 18 else None
        found = told_apart(row.path) if row else None
    elif name in _ROWS:
        rows = _ROWS[name].for_user(user)
        found = rows.filter(pk=value).first() if value.isdecimal() and len(value) < 18 else None
    elif name == "caller":
        found = callers.masked(value, user=user) or _("a number that no case of yours has")
    elif choices := filter_.extra.get("choices"):
        found = dict(choices).get(value)
    else:
        found = dict(YES_NO).get(value)
    return str(found) if found is not None else value


def filter_form(user: User) -> SafeString:
    """The form by which conditions are added, kept for a minute a scope and language: it has nothing of the list."""
    scope = user.scope
    key = f"desk-filters:{get_language()}:{scope.region_paths}:{scope.sees_all_regions}:{scope.organization_ids}"
    if not scope.region_paths and not scope.sees_all_regions:
        key += f":{user.pk}:{scope.station_ids}"
    html = caches["local"].get(_safe_key(key))
    if html is None:
        html = render_to_string("desk/filter_fields.html", {"fields": list(_fields(user))})
        caches["local"].set(_safe_key(key), html)
    return mark_safe(html)  # noqa: S308 - rendered by a template


def _safe_key(text: str) -> str:
    return text.replace(" ", "")


def _fields(user: User) -> Iterable[dict[str, Any]]:
    rows: dict[str, list[Any]] = {
        "region": _regions(user),
        "category": _categories(),
        "unit": _units(user),
    }
    for name in OFFERED:
        filter_ = ServiceRequestFilter.base_filters[name]
        choices = rows.get(name) or filter_.extra.get("choices")
        kind = "text" if name == "q" else "dates" if name in ("submitted", "due") else "select"
        if kind == "select" and choices is None:
            choices = YES_NO
        if kind == "select" and not choices:
            continue
        yield {"name": name, "label": filter_.label, "kind": kind, "choices": choices}


def _regions(user: User) -> list[tuple[str, str]]:
    """Districts, streets and communities in scope, indented by level; all of China's would be no choice."""
    found = Region.objects.for_user(user).current().filter(level__in=[Level.DISTRICT, Level.STREET, Level.COMMUNITY])
    if user.scope.sees_all_regions:
        found = found.filter(level__in=[Level.DISTRICT, Level.STREET])
    indent = {Level.STREET: "\u3000", Level.COMMUNITY: "\u3000\u3000"}
    rows = found.order_by("path").values_list("code", "short_name", "level")[:2000]
    return [(code, indent.get(level, "") + name) for code, name, level in rows]


def _categories() -> list[tuple[str, str]]:
    rows = Category.objects.filter(level__lte=2, is_active=True).order_by("path").values_list("pk", "path", "level")
    return [(str(pk), ("\u3000" if level == 2 else "") + told_apart(path)) for pk, path, level in rows]


def _units(user: User) -> list[tuple[str, str]]:
    units = Organization.objects.for_user(user).active().filter(takes_requests=True)
    return [(str(pk), short or name) for pk, short, name in units.values_list("pk", "short_name", "name")[:MOST_UNITS]]
