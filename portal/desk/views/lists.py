"""Lists of cases: the work queue, the queue of my area, and every case by filters."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.core.counting import capped_counts, in_words
from portal.core.errors import DomainError, NotFound
from portal.core.models import User
from portal.core.pages import StaffPage
from portal.core.rest.pagination import paginate, read_order
from portal.desk.bulk import BULK_VERBS
from portal.desk.cases import case_page
from portal.desk.filtering import (
    BESIDE,
    chips_of,
    cleaned_query,
    filter_form,
    filters_for,
    only_filters,
    refusal_of,
    refuse_addresses,
)
from portal.desk.models import SavedView
from portal.desk.rows import case_rows, fetch
from requests import callers
from requests.cases import case_for
from requests.filters import ServiceRequestFilter
from requests.models import ServiceProject
from requests.queues import AREA, QUEUES, Queue, counts

PAGE_SIZE = 50
ORDERINGS = {"submitted": "submitted_at", "due": "due_at", "finished": "finished_at"}
ORDER_WORDS = {
    "-submitted": gettext_lazy("Newest first"),
    "submitted": gettext_lazy("Oldest first"),
    "due": gettext_lazy("Most urgent first"),
    "-finished": gettext_lazy("Last resolved first"),
}
NEWEST = "-submitted"


class ListPage(StaffPage):
    """A list with the open case beside it. `?case=` names the case, so that the address is the whole view."""

    capability = "requests:read"
    template_name: str
    part_name: str

    def answer(self, request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """The whole page, or the part of it that a script asked for."""
        context |= {"next": f"{request.path}?{self.query.urlencode()}", "bulk_verbs": self.bulk_verbs()}
        target = request.htmx.target if request.htmx else None
        if target == "case":
            return render(request, "desk/case_panel.html", context | self.open_case())
        if target == "list":
            return render(request, "desk/list_part.html", context, status=status)
        return render(request, self.template_name, context | self.open_case(), status=status)

    @property
    def query(self) -> QueryDict:
        """What the address says of the list."""
        return self.request.GET

    def current(self) -> int | None:
        wanted = self.query.get("case", "")
        return int(wanted) if wanted.isdecimal() and len(wanted) <= 18 else None

    def open_case(self) -> dict[str, Any]:
        pk = self.current()
        return {"page": case_page(case_for(self.request.user, pk), self.request.user)} if pk else {}

    def asks_for_case_alone(self) -> bool:
        return bool(self.request.htmx) and self.request.htmx.target == "case"

    def link_to_case(self) -> str:
        query = self.query.copy()
        query.pop("case", None)
        prefix = f"{query.urlencode()}&" if query else ""
        return f"?{prefix}case={{id}}"

    def bulk_verbs(self) -> Mapping[str, Any]:
        return BULK_VERBS if self.request.user.scope.can("requests:act") else {}


class QueuePage(ListPage):
    """`/desk/`: what is mine to do next, one tab a queue."""

    template_name = "desk/queue.html"
    queues = QUEUES
    url_name = "desk:home"
    title = gettext_lazy("My queue")

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.asks_for_case_alone():
            return self.answer(request, {})
        now = timezone.now()
        found = counts(self.queues, request.user, now)
        tabs = [queue for queue in self.queues.values() if found[queue.name] or queue.is_for(request.user.scope)]
        queue = self.chosen(tabs, found)
        lines = fetch(queue.of(request.user, now)[:PAGE_SIZE])
        return self.answer(
            request,
            {
                "title": self.title,
                "queue": queue,
                "tabs": [*(self.tab(tab, queue, found) for tab in tabs), *self.elsewhere(request.user)],
                "rows": case_rows(lines, href=self.link_to_case(), current=self.current(), now=now),
                "count": len(lines),
                "has_more": found[queue.name] > len(lines),
                "empty_title": queue.empty,
                "empty_hint": _("Look into the other tabs, or into all requests."),
            },
        )

    def chosen(self, tabs: list[Queue], found: Mapping[str, int]) -> Queue:
        """The queue of the address, or the first one in which somebody waits."""
        if name := self.request.GET.get("queue"):
            if name not in self.queues:
                raise NotFound()
            return self.queues[name]
        return next((tab for tab in tabs if found[tab.name]), tabs[0])

    def elsewhere(self, user: User) -> list[dict[str, Any]]:
        """What waits for this person and is no case."""
        waiting = ServiceProject.objects.to_review(user).count() if user.scope.can("projects:review") else 0
        if not waiting:
            return []
        href = f"{reverse('requests:project_list')}?to_review=true"
        return [{"label": _("Projects to review"), "href": href, "count": in_words(waiting)}]

    def tab(self, tab: Queue, here: Queue, found: Mapping[str, int]) -> dict[str, Any]:
        return {
            "label": tab.label,
            "href": f"{reverse(self.url_name)}?queue={tab.name}",
            "count": in_words(found[tab.name]),
            "is_bad": tab.name == "overdue" and found[tab.name] > 0,
            "is_here": tab is here,
        }


class AreaPage(QueuePage):
    """`/desk/queue/`: everything that is under way in my area, whoever has to do the next step."""

    queues = AREA
    url_name = "desk:queue"
    title = gettext_lazy("My area's queue")


class RequestsPage(ListPage):
    """`/desk/requests/`: every case that I may see, by filters; the address is the view.

    The form of filters is posted, since a phone number may be among them: what goes on in the address is its caller.
    """

    template_name = "desk/requests.html"
    _query: QueryDict | None = None

    @property
    def query(self) -> QueryDict:
        return super().query if self._query is None else self._query

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.asks_for_case_alone():
            return self.answer(request, {})
        refuse_addresses(request.GET)
        query = cleaned_query(request.GET)
        if query.urlencode() != request.GET.urlencode():
            # A form sends its empty fields too: the address that one shares has none.
            return redirect(f"{request.path}?{query.urlencode()}")
        return self.show(request, filters_for(request), {})

    def post(self, request: HttpRequest) -> HttpResponse:
        typed = request.POST.copy()
        typed.pop("csrfmiddlewaretoken", None)
        phone = typed.pop("phone", [""])[-1].strip()
        self._query = cleaned_query(typed)
        try:
            if phone:
                self._query["caller"] = callers.caller_of(phone, by=request.user)
        except DomainError as error:
            # The other filters apply already, and the number is still there to be mended.
            return self.show(
                request,
                filters_for(request, self._query),
                {"phone": phone, "phone_error": error},
                status=error.status,
            )
        return redirect(f"{request.path}?{self._query.urlencode()}")

    def show(
        self, request: HttpRequest, filters: ServiceRequestFilter, context: dict[str, Any], *, status: int = 200
    ) -> HttpResponse:
        now, query = timezone.now(), self.query
        context |= self.frame(request, query)
        try:
            if not filters.is_valid():
                raise refusal_of(filters)
            order = read_order(query, allowed=ORDERINGS, default=NEWEST)
            page = paginate(
                filters.qs, query, order=order, limit=PAGE_SIZE, read=lambda rows, column: fetch_ordered(rows, column)
            )
        except DomainError as error:
            return self.answer(request, context | {"error": error, "count": 0}, status=400)
        return self.answer(
            request,
            context
            | {
                "rows": case_rows(page.rows, href=self.link_to_case(), current=self.current(), now=now),
                "count": len(page.rows),
                "next_page": self.page_link(page.next),
                "previous_page": self.page_link(page.previous),
                "empty_title": _("No request fits these filters."),
                "empty_hint": _("Take a filter away, or look for other words."),
            },
            status=status,
        )

    def frame(self, request: HttpRequest, query: QueryDict) -> dict[str, Any]:
        """What surrounds the rows: tabs of views with counts, chips, the form of filters, the orders."""
        ordering = query.get("ordering", NEWEST)
        own = only_filters(query)
        return {
            "title": _("All requests"),
            "tabs": view_tabs(request, own),
            "chips": chips_of(query, request.user),
            "filter_form": filter_form(request.user),
            "kept": [(name, value) for name in query if name not in BESIDE for value in query.getlist(name)],
            "filter_query": own.urlencode(),
            "orders": [
                {"href": self.order_link(name), "label": label, "is_here": name == ordering}
                for name, label in ORDER_WORDS.items()
            ],
            "order_label": ORDER_WORDS.get(ordering, ""),
        }

    def order_link(self, name: str) -> str:
        query = self.query.copy()
        query.pop("cursor", None)
        query["ordering"] = name
        return f"?{query.urlencode()}"

    def page_link(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        query = self.query.copy()
        query.pop("case", None)
        query["cursor"] = cursor
        return f"?{query.urlencode()}"


def fetch_ordered(rows: Any, column: str) -> list[tuple[Any, int, dict[str, Any]]]:
    """What `paginate` reads: the value of the ordering column, the id, the line."""
    return [(line[column], line["id"], line) for line in fetch(rows, column)]


BUILT_IN = (
    ("", gettext_lazy("All")),
    ("is_open=true", pgettext_lazy("requests", "Open")),
    ("overdue=true", gettext_lazy("Overdue")),
)


def view_tabs(request: HttpRequest, own: QueryDict) -> list[dict[str, Any]]:
    """The built-in views and the person's own ones; how many cases are in each, counted in one query."""
    saved = list(SavedView.objects.for_user(request.user))
    views = [(query, label, None) for query, label in BUILT_IN] + [(view.query, view.name, view.pk) for view in saved]
    rows = {query: filters_for(request, QueryDict(query)) for query, _label, _pk in views if query}
    found = capped_counts({query: filters.qs for query, filters in rows.items() if filters.is_valid()})
    here = sorted(own.lists())
    return [
        {
            "label": label,
            "href": f"{reverse('desk:requests')}?{query}" if query else reverse("desk:requests"),
            "count": in_words(found[query]) if query in found else None,
            "is_bad": query == "overdue=true" and found.get(query, 0) > 0,
            "is_here": sorted(QueryDict(query).lists()) == here,
            "saved": pk,
        }
        for query, label, pk in views
    ]
