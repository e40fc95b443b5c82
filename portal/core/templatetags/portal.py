"""Template tags of every page; a builtin library, so that no template has to load it."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from django import template
from django.forms import BoundField
from django.http import QueryDict
from django.templatetags.static import static
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from portal.core import humanize

register = template.Library()

CURRENT_PAGE, CURRENT_PART = mark_safe(' aria-current="page"'), mark_safe(' aria-current="true"')


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """An icon of static/icons.svg. Always beside words, so it is hidden from screen readers."""
    return _icon(name, extra)


@cache
def _icon(name: str, extra: str) -> SafeString:
    # A list of fifty lines has a hundred of them, of a dozen kinds.
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        f" {extra}" if extra else "",
        static("icons.svg"),
        name,
    )


def tag_html(words: str | Promise, look: humanize.Look, title: str = "") -> SafeString:
    """A small label with icon, colour and words; `title` shows on hover and in print."""
    # A month of duty has a hundred of them, of a dozen kinds.
    return _tag_html(str(words), look.tone, look.icon, title)


@lru_cache(maxsize=1000, typed=True)  # a safe string stays apart from one that is not
def _tag_html(words: str, tone: str, icon_name: str, title: str) -> SafeString:
    if title:
        return format_html(
            '<span class="tag tag-{}" title="{}">{}{}</span><span class="only-print"> ({})</span>',
            tone,
            title,
            icon(icon_name),
            words,
            title,
        )
    return format_html('<span class="tag tag-{}">{}{}</span>', tone, icon(icon_name), words)


@register.simple_tag
def state_tag(code: str, label: str | Promise) -> SafeString:
    """A state by its code and its word: `{% state_tag case.state case.get_state_display %}`."""
    return tag_html(label, humanize.state_look(code))


@register.simple_tag
def due(
    limit: datetime | None,
    now: datetime | None = None,
    paused: bool = False,
    done_at: datetime | None = None,
) -> SafeString:
    """A limit in words with icon and colour: time left, time over, stopped, done on time or late."""
    state = humanize.due_in_words(limit, now or None, paused=bool(paused), done_at=done_at or None)
    return tag_html(state.words, state.look, humanize.full_time(limit) if limit else "")


@register.simple_tag
def relative_time(moment: datetime | None, now: datetime | None = None) -> SafeString | str:
    """`<time>` that reads "3 hours ago", with the absolute time on hover and in print."""
    if not moment:
        return ""
    absolute = humanize.full_time(moment)
    return format_html(
        '<time datetime="{}" title="{}"><span class="no-print">{}</span><span class="only-print">{}</span></time>',
        moment.isoformat(timespec="seconds"),
        absolute,
        humanize.relative_time(moment, now or None),
        absolute,
    )


@register.filter
def absolute_time(moment: datetime | None) -> str:
    return humanize.absolute_time(moment) if moment else ""


@register.filter
def time_span(starts: datetime, ends: datetime) -> str:
    """`{{ shift.starts_at|time_span:shift.ends_at }}`: day, weekday, from when to when."""
    return humanize.time_span(starts, ends)


@register.filter
def deadline(moment: datetime | None) -> str:
    return humanize.deadline(moment) if moment else ""


@register.filter
def full_time(moment: datetime | None) -> str:
    return humanize.full_time(moment) if moment else ""


@register.filter
def day_in_words(day: date | None) -> str:
    return humanize.day_in_words(timezone.localtime(day).date() if isinstance(day, datetime) else day) if day else ""


@register.filter
def hsep(text: Any) -> str:
    """A thin space between Chinese and Latin letters or digits (for text that people typed without one)."""
    return humanize.thin_spaced(text)


@register.filter
def besides(text: str, title: str) -> str:
    """What a text says besides its title: nothing when the title was made of all of it."""
    said, head = text.strip(), title.strip()
    if not head or not said.startswith(head):
        return text
    rest = said[len(head) :]
    # A title that ends within a word is no sentence of its own.
    return rest.lstrip("。！？；，,.!?; \n") if not rest or rest[0] in "。！？；，,.!?;\n" else text


@register.filter
def figure(value: float | None, unit: str = "") -> str:
    """`{{ count|figure:_("cases") }}`; None reads "not applicable"."""
    return humanize.figure(value, unit)


@register.filter
def amount(value: Decimal) -> str:
    return humanize.amount(value)


@register.filter
def quantity(value: Decimal) -> str:
    return humanize.quantity(value)


@register.filter
def signed_hours(minutes: int, plus: str = "+") -> str:
    """What was added or taken back: "+2 h", "−30 min"."""
    return f"{'−' if minutes < 0 else plus}{humanize.hours(abs(minutes))}"


@register.filter
def distance(metres: float) -> str:
    return humanize.distance(metres)


@register.filter
def hours(minutes: int) -> str:
    """Minutes as hours and minutes: "12 h 30 min"."""
    return humanize.hours(minutes)


def _url(query: QueryDict) -> str:
    return f"?{query.urlencode()}" if query else "?"


def _changed(query: QueryDict, key: str, values: Iterable[str]) -> str:
    query.setlist(key, list(values))
    # A changed filter starts again at the first page.
    for paging in ("page", "cursor"):
        if key != paging:
            query.pop(paging, None)
    if not query.getlist(key):
        query.pop(key, None)
    return _url(query)


@register.simple_tag(takes_context=True)
def query_without(context: template.Context, key: str, value: Any = None) -> str:
    """The present address without one value of a parameter, or without the parameter: the x of a filter chip."""
    query = context["request"].GET.copy()
    kept = [] if value is None else [each for each in query.getlist(key) if each != str(value)]
    return _changed(query, key, kept)


@register.simple_tag(takes_context=True)
def nav_link(
    context: template.Context,
    name: str,
    icon_name: str,
    label: str,
    needs: str = "",
    count: int | None = None,
    alone: bool = False,
    also: str = "",
) -> SafeString | str:
    """A link of the main menu, marked when it leads to this page or to one below it; `alone`: to this page alone.
    `also` names pages elsewhere that belong to it, with what is below them.

    `needs` is the capability without which the page would be refused. An address that this installation does not
    serve gives no link either.
    """
    if needs and not (hasattr(user := context.get("user"), "scope") and user.scope.can(needs)):
        return ""
    href = _address(name, get_script_prefix(), get_urlconf())
    if not href:
        return ""
    request = context.get("request")
    path = request.path if request else ""
    match = getattr(request, "resolver_match", None)
    here = (match.view_name if match else "") == name
    # "/desk/" is above every page of the desk: only deeper addresses claim their children.
    below = not alone and href.count("/") > 2 and path.startswith(href)
    below = below or any(path.startswith(reverse(each)) for each in also.split())
    return format_html(
        '<li><a href="{}"{}>{}<span>{}</span>{}</a></li>',
        href,
        CURRENT_PAGE if here else CURRENT_PART if below else "",
        icon(icon_name),
        label,
        "" if count is None else format_html('<span class="count">{}</span>', count),
    )


@cache
def _address(name: str, prefix: str, urlconf: str | None) -> str:
    """Of a page without arguments, the same in all requests; every page of the desk asks for two dozen."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@register.inclusion_tag("partials/field.html")
def field(bound: BoundField, hint: str = "", label: str = "") -> dict[str, Any]:
    """One form field: label, hint, error and control, or a fieldset for a group of choices."""
    widget = bound.field.widget
    return {
        "field": bound,
        "hint": hint or bound.help_text,
        "label": label or bound.label,
        # Of several fields one is needed: none is optional, none required.
        "optional": getattr(bound.field, "says_optional", not bound.field.required),
        "kind": getattr(widget, "input_type", "") or "text",
        "is_group": widget.use_fieldset,
    }


@register.inclusion_tag("partials/error_summary.html")
def error_summary(form: Any) -> dict[str, Any]:
    """What to mend, on top of the form, each entry a link to its field."""
    return {
        "form": form,
        "fields": [bound for bound in form if bound.errors] if form.is_bound else [],
        "general": form.non_field_errors() if form.is_bound else [],
    }
