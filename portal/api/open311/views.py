"""The addresses of GeoReport v2."""

import datetime as dt
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from portal.api.open311 import intake, rows
from portal.api.open311.errors import Refused, answer, of_domain
from portal.api.open311.rendering import JSON, TYPES, XML, render
from portal.core import codes, throttling
from portal.core.clock import ZONE
from portal.core.errors import DomainError
from portal.core.idempotency import Answer, run_once
from portal.core.models import Level, Region
from portal.core.rest.rows import plan_of
from portal.core.sites import absolute_url
from portal.core.throttling import client_ip
from requests import throttles, workflow
from requests.models import Category, ServiceAttribute, ServiceRequest
from requests.models.service_requests import parse_number
from requests.tracking import holder_of
from requests.types import DONE_STATES

# Of the specification: without dates the last 90 days, and at most a thousand.
DAYS, MOST = 90, 1000
READS = {"limit": 300, "seconds": 300}
SENDS = {"limit": 1000, "seconds": 3600}
# A client of GeoReport knows no Idempotency-Key: the same words from the same token so soon are the same matter.
SAME_WITHIN = dt.timedelta(minutes=10)
# What may stand behind any address, and what lists are narrowed by. Another name is a filter that would not be heard.
COMMON = frozenset({"api_key", "jurisdiction_id", "extensions"})
FILTERS = frozenset({"service_request_id", "service_code", "status", "start_date", "end_date", "page", "page_size"})
CHANGESET = "2026-11-26T00:00:00+08:00"


class GeoReportView(View):
    """Reads the format of the address, and tells every refusal in it."""

    public = True
    http_method_names: ClassVar = ["get", "head", "options", "post"]
    filters: ClassVar[frozenset[str]] = frozenset()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.form = kwargs.pop("form", XML)
        try:
            if self.form not in TYPES:
                raise Refused(_("There is json and xml."), status=404)
            if request.method in ("GET", "HEAD"):
                throttling.hit("open311", client_ip(request), **READS)
                self.check_parameters(request)
            self.check_jurisdiction(request)
            response = super().dispatch(request, *args, **kwargs)
        except Refused as refused:
            response = answer(request, refused, form=self.form)
        except DomainError as error:
            response = answer(request, of_domain(error), form=self.form)
        if response.status_code == 405:
            response = answer(request, Refused(_("This address knows no such method."), status=405), form=self.form)
        response["Access-Control-Allow-Origin"] = "*"
        return response

    def check_parameters(self, request: HttpRequest) -> None:
        """A misspelt filter would quietly change what is found."""
        if unknown := sorted(set(request.GET) - COMMON - self.filters):
            raise Refused(*(_("There is no parameter “%(name)s” here.") % {"name": name[:60]} for name in unknown))

    def check_jurisdiction(self, request: HttpRequest) -> None:
        code = request.GET.get("jurisdiction_id") or request.POST.get("jurisdiction_id")
        served = Region.objects.current().filter(level__in=[Level.CITY, Level.DISTRICT])
        if code and not served.filter(code=code[:20]).exists():
            raise Refused(_("There is no jurisdiction with this jurisdiction_id."), status=404)

    def shown(self, root: str, value: Any, status: int = 200) -> HttpResponse:
        return render(root, value, form=self.form, status=status)


class Discovery(GeoReportView):
    def get(self, request: HttpRequest) -> HttpResponse:
        """Where this server is and which formats it speaks."""
        base = absolute_url(request, "open311:services", form=JSON).rsplit("/", 1)[0]
        return self.shown(
            "discovery",
            {
                "changeset": CHANGESET,
                "contact": _("Machine tokens (api_key) are given out by the district office."),
                "key_service": absolute_url(request, "desk:tokens"),
                "endpoints": [
                    {
                        "specification": "http://wiki.open311.org/GeoReport_v2",
                        "url": base,
                        "changeset": CHANGESET,
                        "type": "production" if not settings.DEBUG else "test",
                        "formats": ["text/xml", "application/json"],
                    }
                ],
            },
        )


def services() -> Any:
    """What can be asked for: the categories that have none below them."""
    return Category.objects.filter(is_active=True, children__isnull=True)


class Services(GeoReportView):
    def get(self, request: HttpRequest) -> HttpResponse:
        asked = set(ServiceAttribute.objects.values_list("category", flat=True))
        found = services().order_by("path")
        return self.shown("services", [rows.service(each, has_attributes=each.pk in asked) for each in found])


class Definition(GeoReportView):
    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """What is asked about a service beside its description."""
        found = (
            services().filter(pk=int(code)).first() if code.isascii() and code.isdecimal() and len(code) < 10 else None
        )
        if found is None:
            raise Refused(_("There is no service with this code (service_code)."), status=404)
        return self.shown("service_definition", rows.definition(found, list(found.attributes.all())))


@method_decorator(csrf_exempt, name="dispatch")
class Requests(GeoReportView):
    """The released cases, and new ones. A POST is known by its key, not by a cookie."""

    filters = FILTERS

    def get(self, request: HttpRequest) -> HttpResponse:
        size = _count(request.GET.get("page_size"), default=MOST)
        start = (_count(request.GET.get("page"), default=1) - 1) * size
        return self.shown("service_requests", _rows(self.asked(request)[start : start + size]))

    def asked(self, request: HttpRequest) -> Any:
        found, given = _released(), request.GET
        if "service_request_id" in given:
            # By its number a case is found whatever the other arguments say.
            numbers = [parse_number(each) for each in given["service_request_id"].split(",")[:MOST]]
            return found.filter(pk__in=[number for number in numbers if number])
        if given.get("service_code"):
            found = found.filter(category__in=[int(each) for each in given["service_code"].split(",") if _is_id(each)])
        status = set(filter(None, given.get("status", "").split(",")))
        if status - {rows.OPEN, rows.CLOSED}:
            raise Refused(_("The status is open or closed."))
        if status == {rows.OPEN}:
            found = found.exclude(state__in=DONE_STATES)
        elif status == {rows.CLOSED}:
            found = found.filter(state__in=DONE_STATES)
        since, until = _moment(given.get("start_date")), _moment(given.get("end_date"), is_end=True)
        if since is None:
            since = (until or timezone.now()) - dt.timedelta(days=DAYS)
        found = found.filter(submitted_at__gte=since)
        return found.filter(submitted_at__lte=until) if until else found

    def post(self, request: HttpRequest) -> HttpResponse:
        taken = intake.read(request)
        throttling.hit("open311-send", str(taken.token), **SENDS)

        def submit() -> Answer:
            if taken.arguments["contact"].phone:
                throttles.count_ask(address=f"token {taken.token}", phone=taken.arguments["contact"].phone)
            submitted = workflow.submit(**taken.arguments, by=taken.by)
            notice = _("To follow it, enter the code %(code)s at %(address)s.") % {
                "code": codes.format_code(submitted.tracking_code), "address": absolute_url(request, "public:track"),
            }  # fmt: skip
            return 201, {
                "service_request_id": submitted.case.number, "service_notice": notice, "account_id": None,
            }  # fmt: skip

        status, made = run_once(
            sender=f"token {taken.token}", address="/open311/v2/requests", key=taken.digest, body="", do=submit,
            within=SAME_WITHIN,
        )  # fmt: skip
        return self.shown("service_requests", [made], status=status)


class OneRequest(GeoReportView):
    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        """One released case, as a list of one."""
        pk = parse_number(number)
        found = _rows(_released().filter(pk=pk)) if pk else []
        if not found:
            raise Refused(_("There is no public request with this number (service_request_id)."), status=404)
        return self.shown("service_requests", found)


class Token(GeoReportView):
    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """The number behind a tracking code. Requests get their number at once, so no client needs to ask."""
        throttles.count_look_up(address=client_ip(request))
        number = holder_of(token).request.number
        # However it was typed, it is told in the one spelling that receipts have.
        code = codes.format_code(codes.parse_code(token))
        return self.shown("service_requests", [{"service_request_id": number, "token": code}])


def _released() -> Any:
    return ServiceRequest.objects.listed().order_by("-submitted_at", "-pk")


def _rows(found: Any) -> list[dict[str, Any]]:
    return plan_of(rows.RequestRow, ServiceRequest).rows(found)


def _count(text: str | None, *, default: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST):
        raise Refused(_("A page and its size are numbers from 1 to %(most)d.") % {"most": MOST})
    return int(text[:9])


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _moment(text: str | None, *, is_end: bool = False) -> dt.datetime | None:
    """A moment or a day in ISO 8601; of a day its beginning, or its end."""
    if not text:
        return None
    # A plus that a client did not escape arrives as a space.
    text = text.strip().replace(" ", "+")
    try:
        found = parse_datetime(text)
        if found is None and (day := parse_date(text)):
            found = dt.datetime.combine(day, dt.time.max if is_end else dt.time.min)
    except ValueError:
        found = None
    if found is None:
        raise Refused(_("A date is written like 2026-03-02T00:00:00+08:00."))
    return found if timezone.is_aware(found) else found.replace(tzinfo=ZONE)
