"""The screen on a station's wall: for whoever is signed in, and under an address that needs no account."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import View

from portal.core.errors import NotAllowed, NotFound
from portal.core.pages import StaffPage
from portal.core.sites import absolute_url
from stations.models import Station
from volunteers import walls
from volunteers.guards import DUTY
from volunteers.models.duty import stands_in
from volunteers.subjects import SHIFTS

REFRESH_SECONDS = 60


def show(request: HttpRequest, station: Station, screen: walls.Screen, **more: Any) -> HttpResponse:
    context = {"station": station, "screen": screen, "refresh": REFRESH_SECONDS, **more}
    return render(request, "volunteers/duty_wall.html", context)


class Wall(StaffPage):
    """Who is on duty now, for a screen that everybody in the station can read: names are masked, whoever signed in."""

    capability = SHIFTS.read

    def get(self, request: HttpRequest, station: int) -> HttpResponse:
        found, now = self.one_of(Station.objects.select_related("region"), pk=station), timezone.now()
        scope = request.user.scope
        screen = walls.screen(found, now) if stands_in(found, scope) else walls.Screen(now)
        return show(request, found, screen, may_write=stands_in(found, scope.granting(DUTY)))


class PublicWall(View):
    """The same where nobody signs in, without any phone: the address itself is the key."""

    public = True

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        station = walls.find(token)
        if station is None:
            raise NotFound()
        response = show(request, station, walls.screen(station, timezone.now()), is_public=True)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "no-referrer"
        return response


class WallAddress(StaffPage):
    """The address of a station's screen: whether there is one, made anew (and shown this once), revoked."""

    capability = DUTY

    def station(self, pk: int) -> Station:
        found = self.one_of(Station.objects.select_related("region"), pk=pk)
        if not stands_in(found, self.request.user.scope.granting(DUTY)):
            raise NotAllowed()
        return found

    def get(self, request: HttpRequest, station: int) -> HttpResponse:
        return self.show(self.station(station))

    def post(self, request: HttpRequest, station: int) -> HttpResponse:
        found = self.station(station)
        if request.POST.get("step") == "revoke":
            walls.revoke(found, by=request.user)
            messages.success(request, _("The address has been revoked and opens nothing any more."))
            return HttpResponseRedirect(request.path)
        _link, token = walls.renew(found, by=request.user)
        return self.show(found, address=absolute_url(request, "wall_screen", token=token), status=201)

    def show(self, station: Station, *, address: str = "", status: int = 200) -> HttpResponse:
        context = {"station": station, "link": walls.current(station), "address": address}
        response = render(self.request, "volunteers/duty_wall_address.html", context, status=status)
        response["Cache-Control"] = "no-store"
        return response
