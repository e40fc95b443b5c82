"""提需求: the form on one page, its steps without JavaScript, and the photos that it carries."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.core import files
from portal.core.errors import DomainError, NotFound
from portal.core.idempotency import run_once
from portal.core.models import StoredFile
from portal.core.throttling import client_ip
from portal.public import access
from portal.public.forms.ask import AskForm
from portal.public.forms.fields import point_of
from portal.public.photos import Carried, carry, file_of
from requests import throttles, workflow
from requests.danger import danger_in
from requests.models import Requester
from requests.workflow.intake import MAX_DESCRIPTION
from stations.models import Station
from stations.queries import nearest, walking_minutes

PLACE_SESSION_KEY = "place"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for something. `?station=` fills in the place; `via=qr` says that a poster was scanned."""
    station = _station(request.POST.get("station") or request.GET.get("station"))
    if request.method != "POST":
        return _page(request, AskForm(initial=_initial(request), station=station), station)
    carried = carry(request)
    form = AskForm(request.POST, station=station)
    if "refresh" in request.POST or "pick" in request.POST:
        # The step without JavaScript: the next select is filled, what was typed stays, nothing is judged yet.
        return _page(request, form.unjudged(community=request.POST.get("pick")), station, carried)
    for error in carried.refused:
        form.add_error("photos", str(error))
    if not form.is_valid():
        return _page(request, form, station, carried, status=422)
    if form.danger and not form.cleaned_data["danger_seen"]:
        # Before anything is sent: whom to call. Sent again, it goes through.
        return _page(request, form, station, carried, status=422)
    try:
        requester = _submit(request, form, carried.photos)
    except DomainError as error:
        form.refuse(error)
        return _page(request, form, station, carried, status=error.status)
    access.grant(request, requester)
    _remember_place(request, requester)
    return redirect("public:receipt", number=requester.request.number)


def _submit(request: HttpRequest, form: AskForm, photos: list[StoredFile]) -> Requester:
    throttles.count_ask(address=client_ip(request), phone=form.cleaned_data["phone"])
    if form.is_trapped:
        raise DomainError("refused", _("This could not be taken in. Please call the station instead."))

    def do() -> tuple[int, dict[str, Any]]:
        submitted = workflow.submit(
            **form.matter(), contact=form.contact(), photos=photos, consent=form.consent_text
        )  # fmt: skip
        return 201, {"requester": submitted.requester.pk}

    body = json.dumps({name: str(value) for name, value in form.cleaned_data.items() if name != "photos"})
    _status, answer = run_once(
        sender="public-form",
        address=request.path,
        key=form.cleaned_data["idempotency_key"],
        body=body + str([photo.sha256 for photo in photos]),
        do=do,
    )
    return Requester.objects.select_related("request").defer("request__search").get(pk=answer["requester"])


def _page(
    request: HttpRequest, form: AskForm, station: Station | None, carried: Carried | None = None, status: int = 200
) -> HttpResponse:
    point = None if station else point_of(form.data or form.initial, "latitude", "longitude")
    context = {
        "form": form,
        "danger": form.danger,
        "station": station,
        "photos": carried.tokens if carried else [],
        "proposals": _proposals(*point) if point else [],
    }
    return render(request, "public/ask.html", context, status=status)


def _station(value: str | None) -> Station | None:
    if not value or not value.isdecimal() or len(value) > 18:
        return None
    return Station.objects.public().select_related("region__parent").filter(pk=int(value)).first()


def _initial(request: HttpRequest) -> dict[str, Any]:
    place = request.GET.get("community") or request.session.get(PLACE_SESSION_KEY)
    return {"community": place, "via": request.GET.get("via", "")[:10]}


def _remember_place(request: HttpRequest, requester: Requester) -> None:
    request.session[PLACE_SESSION_KEY] = requester.request.community_id


@require_safe
def place(request: HttpRequest) -> HttpResponse:
    """The selects of the place as far as they are chosen, for htmx."""
    chosen = {name: request.GET.get(name) for name in ("district", "street", "community")}
    return render(request, "public/ask_place.html", {"form": AskForm(initial=chosen)})


@require_safe
def nearest_communities(request: HttpRequest) -> HttpResponse:
    """Communities of the nearest stations to a point, as choices to tap: only a proposal, the person decides."""
    point = point_of(request.GET, "lat", "lng")
    return render(request, "public/ask_nearest.html", {"proposals": _proposals(*point) if point else []})


def _proposals(lat: float, lng: float) -> list[dict[str, Any]]:
    proposals: dict[int, dict[str, Any]] = {}
    for station in nearest(Station.objects.open().select_related("region"), lat, lng)[:12]:
        if station.region.level == "community" and len(proposals) < 3:
            proposals.setdefault(
                station.region_id,
                {"region": station.region, "station": station, "minutes": walking_minutes(station.distance_m)},
            )
    return list(proposals.values())


@require_POST
def danger(request: HttpRequest) -> HttpResponse:
    """Whom to call, as soon as the words typed ask for it. Posted: what somebody writes belongs in no address."""
    danger = danger_in(request.POST.get("description", "")[:MAX_DESCRIPTION])
    return render(request, "partials/danger.html", {"danger": danger, "asks": True})


@require_safe
def photo(request: HttpRequest, token: str) -> HttpResponseBase:
    """The small picture of a photo that a form carries; the signed token is the permission."""
    stored = file_of(token)
    if stored is None:
        raise NotFound()
    return files.serve(stored, name="photo", thumbnail=True)
