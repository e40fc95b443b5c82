"""One box for everything: a number, a tracking code, a number of the hotline, a phone, words, a station.

A phone number or a code must not stand in an address (addresses are logged): the box is posted, and a phone goes on as
the value that `requests.callers` makes of it.
"""

from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from portal.core import chinese, codes, crypto
from portal.core.errors import DomainError
from portal.core.masking import mask_phone
from portal.core.pages import StaffPage
from portal.desk.rows import case_rows, fetch
from requests import callers
from requests.filters import SEARCH_FIELDS
from requests.models import HotlineCase, Requester, ServiceRequest
from requests.models.service_requests import ServiceRequestQuerySet, parse_number
from stations.models import Station

MOST_CASES = 50
MOST_STATIONS = 12
MAX_TERM = 100
SHORTEST_PHONE = 7


class SearchPage(StaffPage):
    """POST decides what was typed; GET shows what was found."""

    capability = "requests:read"

    def post(self, request: HttpRequest) -> HttpResponse:
        term = self.term(request.POST)
        if case := self.by_number(term) or self.by_code(term) or self.by_hotline(term):
            return redirect("desk:case", case.pk)
        return redirect(f"{reverse('desk:search')}?{urlencode(self.phone_or_words(term))}")

    def phone_or_words(self, term: str) -> dict[str, str]:
        # 110 and 12345 are numbers that can be called, but whoever types them looks for a text or a case.
        if len(term) < SHORTEST_PHONE:
            return {"q": term}
        try:
            return {"caller": callers.caller_of(term, by=self.request.user), "as": mask_phone(term)}
        except DomainError as error:
            if error.code != "bad_phone":
                raise
            return {"q": term}

    def term(self, query: QueryDict) -> str:
        # A NUL cannot be asked of the database, and nobody types one.
        return query.get("q", "").replace("\0", "").strip()[:MAX_TERM]

    def by_number(self, term: str) -> ServiceRequest | None:
        pk = parse_number(term)
        return ServiceRequest.objects.for_user(self.request.user).filter(pk=pk).only("pk").first() if pk else None

    def by_code(self, term: str) -> ServiceRequest | None:
        try:
            code = codes.parse_code(term)
        except DomainError:
            return None
        holders = Requester.objects.filter(code_hash=crypto.keyed_hash(code, purpose="tracking-code"))
        mine = ServiceRequest.objects.for_user(self.request.user)
        return mine.filter(pk__in=holders.values("request")).only("pk").first()

    def by_hotline(self, term: str) -> ServiceRequest | None:
        """The case that a hotline knows by this number; two hotlines may use the same one."""
        known = HotlineCase.objects.for_user(self.request.user).filter(external_number=term)
        found = list(known.select_related("request").defer("request__search")[:2]) if term else []
        return found[0].request if len(found) == 1 else None

    def get(self, request: HttpRequest) -> HttpResponse:
        caller, term = request.GET.get("caller", "").replace("\0", ""), self.term(request.GET)
        cases = ServiceRequest.objects.for_user(request.user)
        stations: list[Station] = []
        if caller:
            cases = callers.asked_by(cases, caller)
        elif term:
            cases = self.by_words(cases, term)
            if request.user.scope.can("stations:read"):
                mine = chinese.search(Station.objects.for_user(request.user), term, "search", ["name", "address"])
                stations = list(mine.select_related("region")[:MOST_STATIONS])
        else:
            cases = cases.none()
        lines = fetch(cases.newest_first()[: MOST_CASES + 1])
        context = {
            "term": request.GET.get("as", "")[:MAX_TERM] if caller else term,
            "count": min(len(lines), MOST_CASES),
            "has_more": len(lines) > MOST_CASES,
            "rows": case_rows(lines[:MOST_CASES], href=reverse("desk:requests") + "{id}/", now=timezone.now()),
            "stations": stations,
            "words": term,
        }
        return render(request, "desk/search.html", context)

    def by_words(self, cases: ServiceRequestQuerySet, term: str) -> ServiceRequestQuerySet:
        """With digits alone, also the case whose number ends in them: nobody in a hurry types XZ and the zeros."""
        found = chinese.search(cases, term, "search", SEARCH_FIELDS)
        pk = parse_number(f"XZ{term}")
        return found if pk is None else cases.filter(Q(pk=pk) | Q(pk__in=found.values("pk")))
