"""Who and what could help with a case, beside its steps: each with its reasons, and one button."""

from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.core.errors import NotFound
from portal.core.pages import StaffPage
from requests.matching.matches import matches_for
from requests.matching.need import Need
from requests.models import ServiceRequest
from requests.types import Verb
from requests.workflow import Staff, allowed_verbs


class MatchesPage(StaffPage):
    """A part of the case's page; without scripts a page of its own."""

    capability = "requests:act"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        case = self.case_of(pk)
        allowed = set(allowed_verbs(case, by=Staff(request.user)))
        found = matches_for(case, user=request.user)
        context: dict[str, Any] = {
            "case": case, "found": found, "may_claim": Verb.CLAIM in allowed, "key": uuid4().hex,
            # A case in somebody's hands is handed on with a reason, by its own form.
            "may_dispatch": Verb.DISPATCH in allowed,
        }  # fmt: skip
        template = "desk/matches_part.html" if request.htmx else "desk/matches.html"  # type: ignore[attr-defined]
        return render(request, template, context)

    def case_of(self, pk: int) -> ServiceRequest:
        rows = ServiceRequest.objects.for_user(self.request.user).defer("search")
        related = ("current_dispatch__team",)
        found = rows.select_related(*Need.RELATED, *related).prefetch_related("approvals").filter(pk=pk).first()
        if found is None:
            raise NotFound()
        return found
