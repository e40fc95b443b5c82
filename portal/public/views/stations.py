"""找小站: the nearest stations, one station, and its poster."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal.core.context_processors import ELDER_COOKIE
from portal.core.geo import feature, feature_collection
from portal.core.qr import qr_svg
from portal.core.sites import absolute_url
from portal.public.forms.fields import point_of
from portal.public.forms.find import FindForm
from portal.public.listed import last_of_station
from stations.hours import opening_status, special_days_ahead, week
from stations.models import ServiceItem, Station
from stations.queries import nearest, public_points, walking_minutes, with_hours
from stations.types import StationType, Tier

PER_PAGE, PER_PAGE_ELDER = 20, 8
NEAREST_ON_MAP = 50


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """The list first, the map after it. Without any choice it asks where the person is."""
    form = FindForm(request.GET)
    per_page = PER_PAGE_ELDER if request.COOKIES.get(ELDER_COOKIE) == "1" else PER_PAGE
    page = Paginator(with_hours(form.stations()), per_page).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": [_row(station) for station in page],
        "points_url": f"{reverse('public:station_points')}?{request.GET.urlencode()}",
        "carried": _carried(form),
    }
    return render(request, "public/stations.html", context)


def _row(station: Station) -> dict[str, Any]:
    distance = getattr(station, "distance_m", None)
    return {
        "station": station,
        "status": opening_status(station),
        "kind": station.get_station_type_display() or station.get_tier_display(),
        "distance_m": distance,
        "distance_km": None if distance is None else f"{distance / 1000:.1f}",
        "minutes": None if distance is None else walking_minutes(distance),
    }


@require_safe
def place(request: HttpRequest) -> HttpResponse:
    """The selects of the place as far as they are chosen, for htmx."""
    return render(request, "public/find_place.html", {"form": FindForm(request.GET)})


def _carried(form: FindForm) -> str:
    """The position, for links to one station that say how far it is."""
    return "?lat={:.3f}&lng={:.3f}".format(*form.point) if form.point else ""


@require_safe
def points(request: HttpRequest) -> JsonResponse:
    """GeoJSON of the stations that the list shows, for the map beside it."""
    form = FindForm(request.GET)
    # Around a person the nearest few show more than the whole city.
    found = public_points(form.stations(), limit=NEAREST_ON_MAP if form.point else None)
    return JsonResponse(feature_collection(map(_feature, found)))


def _feature(point: dict[str, Any]) -> dict[str, Any]:
    kind = StationType(point["station_type"]) if point["station_type"] else Tier(point["tier"])
    return feature(
        point["latitude"],
        point["longitude"],
        name=point["name"],
        url=reverse("public:station", args=[point["pk"]]),
        text=[line for line in (str(kind.label), point["address"]) if line],
        open=point["is_open"],
    )


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One station: open now, where, how far, what can I get here, whom can I call."""
    stations = with_hours(Station.objects.public()).select_related("region__parent__parent", "estate", "organization")
    point = point_of(request.GET, "lat", "lng")
    station = get_object_or_404(stations, pk=pk)
    if point:
        station.distance_m = nearest(Station.objects.filter(pk=pk), *point).values_list("distance_m", flat=True).first()
    context = {
        "station": station,
        "row": (row := _row(station)),
        "status": row["status"],
        "functions": station.functions.filter(is_active=True),
        "amenities": station.amenities.filter(is_active=True),
        "services": _services(station),
        "week": week(station),
        "special_days": special_days_ahead(station),
        "regions": _regions(station),
        "listed": last_of_station(station.pk),
        "points": feature_collection(map(_feature, _own_point(station))),
    }
    return render(request, "public/station.html", context)


def _own_point(station: Station) -> list[dict[str, Any]]:
    return public_points(Station.objects.filter(pk=station.pk))


def _services(station: Station) -> list[tuple[str, list[ServiceItem]]]:
    """Service items under the names of their groups, in the order of the groups."""
    items = list(station.service_items.filter(is_active=True))
    groups = [(str(group.label), [item for item in items if item.group == group]) for group in ServiceItem.Group]
    return [(name, members) for name, members in groups if members]


def _regions(station: Station) -> str:
    """District, street and community in the order in which an address is written."""
    names, region = [], station.region
    while region is not None and region.level != "city":
        names.append(str(region))
        region = region.parent
    return "".join(reversed(names))


@require_safe
def poster(request: HttpRequest, pk: int) -> HttpResponse:
    """The poster for the door: its QR code opens the form with the place filled in. Nothing on it is secret."""
    station = get_object_or_404(Station.objects.public().select_related("region__parent"), pk=pk)
    address = f"{absolute_url(request, 'public:request_new')}?station={station.pk}&via=qr"
    context = {"station": station, "qr": qr_svg(address), "address": address}
    return render(request, "public/poster.html", context)
