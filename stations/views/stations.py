"""Pages of the stations' registry."""

from typing import Any

from django.db.models import QuerySet
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal.core.geo import feature, feature_collection
from portal.core.humanize import Look
from portal.core.models import User
from portal.core.registry.pages import Column, CreatePage, DeletePage, DetailPage, EditPage, ListPage, LookupPage
from portal.core.templatetags.portal import tag_html
from stations.filters import StationFilter
from stations.forms.hours import WeekForm
from stations.forms.points import with_swap
from stations.forms.stations import StationDailyForm, StationForm, recommended, special_days_form
from stations.hours import opening_status, special_days_ahead, week
from stations.keeping import runs
from stations.models import Guarantor, Station
from stations.points import stored_to_entered
from stations.queries import with_hours
from stations.subjects import STATION_LOOKUP, STATIONS
from stations.types import StationStatus, StationType

# So many other stations stand around one on its map.
MOST_AROUND = 30

LOOKS = {
    StationStatus.PLANNED: Look("calendar", "plain"),
    StationStatus.BUILDING: Look("tool", "info"),
    StationStatus.OPEN: Look("circle-check", "good"),
    StationStatus.SUSPENDED: Look("player-pause", "wait"),
    StationStatus.CLOSED: Look("archive", "quiet"),
}


def status_tag(station: Station) -> SafeString:
    return tag_html(station.get_status_display(), LOOKS[station.status])


def kind_words(station: Station) -> str:
    """居民小区, or for a centre its tier."""
    return station.get_station_type_display() or station.get_tier_display()


class StationList(ListPage):
    subject = STATIONS
    filterset_class = StationFilter
    first_filters = ("q", "region", "station_type", "status")
    columns = (
        Column(_("Station"), "name"),
        Column(_("Type"), kind_words),
        Column(_("region"), "region", "only-wide"),
        Column(_("Status"), status_tag),
        Column(_("Now"), lambda station: opening_status(station).words, "only-wide"),
        Column(_("24 h"), lambda station: _("yes") if station.open_24h else "", "only-wide"),
    )

    def queryset(self) -> Any:
        rows = with_hours(Station.objects.select_related("region"))
        return rows.defer("introduction", "search").order_by("name", "pk")


class StationDetail(DetailPage):
    subject = STATIONS
    template_name = "stations/station_detail.html"

    def queryset(self) -> Any:
        related = Station.objects.select_related("region__parent", "estate", "organization")
        return with_hours(related).prefetch_related("functions", "service_items", "amenities")

    def facts(self, row: Station) -> list[tuple[Any, Any]]:
        return [
            (_("code"), row.code),
            (_("tier"), row.get_tier_display()),
            (_("station type"), row.get_station_type_display()),
            (_("class"), row.get_station_class_display()),
            (_("region"), _link("registry:region_detail", row.region)),
            (_("estate"), row.estate and _link("registry:estate_detail", row.estate)),
            (_("address"), row.address),
            (_("coordinates"), _point(row)),
            (_("run by"), row.organization and _link("registry:organization_detail", row.organization)),
            (_("public phone"), row.phone),
            (_("area (m²)"), row.area_m2),
            (_("rooms"), row.room_count),
            (_("build mode"), row.get_build_mode_display()),
            (_("source of premises"), row.get_premises_source_display()),
            (_("opened on"), row.opened_on),
            (_("brand"), row.brand),
        ]

    def more(self, row: Station) -> dict[str, Any]:
        offered = list(row.functions.all())
        return {
            "status": opening_status(row),
            "points": _points_around(row, self.request.user),
            "status_tag": status_tag(row),
            "week": week(row),
            "special_days": special_days_ahead(row),
            "missing_functions": [each for each in recommended(row.station_type) if each not in offered],
            "guarantors": _guarantors(row),
            "affiliates": row.affiliates.for_user(self.request.user).order_by("kind", "name")[:20],
            "may_add": self.request.user.scope.can("organizations:write"),
        }


def _points_around(row: Station, user: User) -> dict[str, Any] | None:
    """The station among those of its community, as GeoJSON: a lone point on a white ground would tell nothing."""
    if row.latitude is None:
        return None
    near = Station.objects.for_user(user).filter(region=row.region_id, latitude__isnull=False).exclude(pk=row.pk)
    shown = [*near.only("name", "address", "latitude", "longitude")[:MOST_AROUND], row]
    return feature_collection(
        feature(
            each.latitude, each.longitude,
            name=each.name, text=[each.address], open=each is row, url="" if each is row else STATIONS.detail(each),
        )
        for each in shown
    )  # fmt: skip


def _guarantors(row: Station) -> QuerySet[Guarantor]:
    return row.guarantors.current().select_related("person", "organization")


def _link(name: str, row: Any) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse(name, args=[row.pk]), row)


def _point(row: Station) -> str:
    if row.latitude is None:
        return ""
    latitude, longitude = stored_to_entered(row.latitude, row.longitude, "wgs84")
    return f"{latitude}, {longitude} (WGS-84)"


class _StationForms:
    """The form of a station with its hours and special days beside it."""

    template_name = "stations/station_form.html"
    subject = STATIONS
    request: HttpRequest

    def forms_of(self, row: Station, data: Any = None) -> dict[str, Any]:
        data = with_swap(data)
        self.form_class = StationForm if runs(self.request.user, row) else StationDailyForm
        return {
            "form": self.make_form(row, data),  # type: ignore[attr-defined]
            "week_form": WeekForm(data, station=row),
            "special_days": special_days_form(data, row),
        }

    def save_more(self, row: Station, page_forms: dict[str, Any]) -> None:
        page_forms["week_form"].save(row)
        page_forms["special_days"].instance = row
        page_forms["special_days"].save()


class StationCreate(_StationForms, CreatePage):
    def initial(self, row: Station) -> dict[str, Any]:
        """A link may say the type ("a new station in an office building") or the place."""
        asked = self.request.GET
        kind = asked.get("station_type", StationType.ESTATE)
        return {
            "station_type": kind if kind in StationType.values else StationType.ESTATE,
            "region": asked.get("region", "")[:100],
            "opened_on": None,
            "functions": recommended(kind),
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        if "propose" in request.POST:
            return self._proposed(request)
        return super().post(request)

    def _proposed(self, request: HttpRequest) -> HttpResponse:
        """The same form, the functions recommended for the chosen type ticked. Nothing is saved yet."""
        data = request.POST.copy()
        data.setlist("functions", [str(each.pk) for each in recommended(data.get("station_type", ""))])
        row = Station()
        page_forms = self.forms_of(row)
        page_forms["form"] = StationForm(data, instance=row, user=request.user)
        # Shown as typed, not judged yet.
        page_forms["form"]._errors = ErrorDict()
        page_forms["week_form"] = WeekForm(data, station=row)
        page_forms["week_form"]._errors = ErrorDict()
        return self.show(row, page_forms, seen=0)


class StationEdit(_StationForms, EditPage):
    pass


class StationDelete(DeletePage):
    subject = STATIONS


class StationLookup(LookupPage):
    lookup = STATION_LOOKUP
