"""Search as you type for whom to give a case to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.core.pages import StaffPage
from portal.desk.handlers import handlers_for
from requests.cases import case_for


class HandlersPage(StaffPage):
    """The choices of a dispatch whose names contain `?name=`."""

    capability = "requests:act"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        handlers = handlers_for(case_for(request.user, pk), request.user, request.GET.get("name", "").strip()[:40])
        return render(request, "desk/handler_choices.html", {"handlers": handlers})
