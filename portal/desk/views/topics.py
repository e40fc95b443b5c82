"""What many ask for at once, for those who lead."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.core.errors import DomainError
from portal.core.pages import StaffPage
from portal.desk import reports
from requests.filters import TOPIC_DAYS, HotTopicFilter
from requests.hot_topics import DAYS
from requests.models import ServiceRequest


class HotTopicsPage(StaffPage):
    """Groups of cases of one place that say the same, of the last days."""

    capability = "reports:read"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = ServiceRequest.objects.for_user(request.user)
        context: dict[str, Any] = {"all_days": TOPIC_DAYS, "regions": reports.regions_for(request.user)}
        try:
            days, topics = HotTopicFilter(request.GET, rows, request=request).topics()
        except DomainError as error:
            return render(request, "desk/hot_topics.html", context | {"error": error, "days": DAYS}, status=400)
        return render(request, "desk/hot_topics.html", context | {"days": days, "topics": topics})
