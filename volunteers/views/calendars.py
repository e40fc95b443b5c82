"""Calendar files behind an address, and the pages on which such addresses are made and revoked."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import View

from portal.core.errors import NotFound
from portal.core.pages import StaffPage
from portal.core.sites import absolute_url
from stations.models import Station
from volunteers import calendars, feeds
from volunteers.guards import DUTY, TEAMS
from volunteers.models import VolunteerTeam
from volunteers.views.own import OwnPage


class FeedFile(View):
    """For calendar programs, which cannot sign in: the address itself is the key."""

    public = True

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        feed = feeds.find(token)
        content = calendars.of_feed(feed) if feed else None
        if content is None:
            raise NotFound()
        return calendar_file(content)


def calendar_file(content: bytes, *, filename: str = "") -> HttpResponse:
    response = HttpResponse(content, content_type=calendars.CONTENT_TYPE)
    response["Cache-Control"] = "private, max-age=300"
    if filename:
        response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


class FeedPage(StaffPage):
    """One address: whether there is one, made anew (and shown this once), revoked."""

    template_name = "volunteers/my_calendar.html"

    def target(self, **kwargs: Any) -> dict[str, Any]:
        """Which station or team the calendar is of; neither: whoever looks."""
        return {}

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.show(self.target(**kwargs))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        target = self.target(**kwargs)
        if request.POST.get("step") == "revoke":
            feeds.revoke(by=request.user, **target)
            messages.success(request, _("The address has been revoked and opens nothing any more."))
            return HttpResponseRedirect(request.path)
        _feed, token = feeds.renew(by=request.user, **target)
        return self.show(target, address=absolute_url(request, "calendar_feed", token=token), status=201)

    def show(self, target: dict[str, Any], *, address: str = "", status: int = 200) -> HttpResponse:
        context = {
            "feed": feeds.current(by=self.request.user, **target), "of": next(iter(target.values()), None),
            "address": address, "webcal": address.replace("https://", "webcal://").replace("http://", "webcal://"),
        }  # fmt: skip
        response = render(self.request, self.template_name, context, status=status)
        response["Cache-Control"] = "no-store"
        return response


class MyCalendar(FeedPage, OwnPage):
    def target(self, **kwargs: Any) -> dict[str, Any]:
        self.mine()
        return {}


class MyTeamsCalendar(FeedPage, OwnPage):
    """Of a team that one leads."""

    def target(self, **kwargs: Any) -> dict[str, Any]:
        team = VolunteerTeam.objects.filter(pk=kwargs["pk"]).defer("search").first()
        if team is None or not team.is_led_by(self.mine().person_id):
            raise NotFound()
        return {"team": team}


class StationCalendar(FeedPage):
    capability = DUTY
    template_name = "volunteers/calendar.html"

    def target(self, **kwargs: Any) -> dict[str, Any]:
        station = Station.objects.editable_by(self.request.user, DUTY).filter(pk=kwargs["pk"]).first()
        if station is None:
            raise NotFound()
        return {"station": station}


class TeamCalendar(FeedPage):
    capability = TEAMS
    template_name = "volunteers/calendar.html"

    def target(self, **kwargs: Any) -> dict[str, Any]:
        teams = VolunteerTeam.objects.editable_by(self.request.user, TEAMS).defer("search")
        team = teams.filter(pk=kwargs["pk"]).first()
        if team is None:
            raise NotFound()
        return {"team": team}
