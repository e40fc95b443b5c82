"""The work queue."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.counting import in_words
from portal.core.errors import NotFound
from portal.core.pages import StaffPage
from portal.desk.cases import case_for, case_page
from portal.desk.rows import case_rows
from requests.queues import QUEUES, Queue, counts

PAGE_SIZE = 50


class ListPage(StaffPage):
    """A list with the open case beside it. `?case=` names the case, so that the address is the whole view."""

    capability = "requests:read"
    template_name = "desk/list.html"

    def open_case(self) -> dict[str, Any]:
        wanted = self.request.GET.get("case", "")
        if not wanted.isdecimal() or len(wanted) > 18:
            return {}
        return {"page": case_page(case_for(self.request.user, int(wanted)), self.request.user)}

    def answer(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        """The whole page, or the part of it that a script asked for."""
        if request.htmx and request.htmx.target == "case":
            return render(request, "desk/case_panel.html", context | self.open_case())
        if request.htmx and request.htmx.target == "list":
            return render(request, "desk/list_part.html", context)
        return render(request, self.template_name, context | self.open_case())

    def link_to_case(self) -> str:
        query = self.request.GET.copy()
        query.pop("case", None)
        prefix = f"{query.urlencode()}&" if query else ""
        return f"?{prefix}case={{id}}"

    def current(self) -> int | None:
        wanted = self.request.GET.get("case", "")
        return int(wanted) if wanted.isdecimal() else None

    def back_to(self) -> str:
        """Where a step taken beside the list leads to: the same list, with the same case open."""
        return self.request.get_full_path()


class QueuePage(ListPage):
    """`/desk/`: what is mine to do next, one tab a queue."""

    def get(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        found = counts(request.user, now)
        tabs = [queue for queue in QUEUES.values() if found[queue.name] or queue.is_for(request.user.scope)]
        queue = self._chosen(tabs, found)
        rows, ids = case_rows(
            queue.of(request.user, now)[:PAGE_SIZE], href=self.link_to_case(), current=self.current(), now=now
        )
        return self.answer(
            request,
            {
                "queue": queue,
                "empty_title": queue.empty,
                "empty_hint": _("Look into the other tabs, or into all requests."),
                "tabs": [
                    {
                        "name": tab.name,
                        "label": tab.label,
                        "href": f"{reverse('desk:home')}?queue={tab.name}",
                        "count": in_words(found[tab.name]),
                        "is_bad": tab.name == "overdue" and found[tab.name],
                        "is_here": tab is queue,
                    }
                    for tab in tabs
                ],
                "rows": rows,
                "ids": ids,
                "more": found[queue.name] > len(ids),
                "next": self.back_to(),
            },
        )

    def _chosen(self, tabs: list[Queue], found: dict[str, int]) -> Queue:
        """The queue of the address, or the first one in which somebody waits."""
        if name := self.request.GET.get("queue"):
            if name not in QUEUES:
                raise NotFound()
            return QUEUES[name]
        return next((tab for tab in tabs if found[tab.name]), tabs[0])
