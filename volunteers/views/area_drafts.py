"""Pages of drafts for a whole area: asked for, followed, and published station by station."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from portal.core.clock import ZONE
from portal.core.errors import DomainError
from portal.core.registry.pages import RegistryPage
from stations.models import Station
from volunteers import rosters
from volunteers.forms.rosters import AskForAreaForm
from volunteers.guards import DUTY
from volunteers.models import DistrictDraft, Roster
from volunteers.subjects import AREA_DRAFTS
from volunteers.views.rosters import status_tag

RECENT = 20
RUNNING = (DistrictDraft.Status.QUEUED, DistrictDraft.Status.DRAFTING)


class AreaDraftsPage(RegistryPage):
    """The latest drafts of areas, and the form that asks for one."""

    subject = AREA_DRAFTS

    def queryset(self) -> Any:
        return DistrictDraft.objects.select_related("region")

    def show(self, form: AskForAreaForm, status: int = 200) -> HttpResponse:
        context = self.context(form=form, recent=self.rows()[:RECENT])
        return render(self.request, "volunteers/area_drafts.html", context, status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        today = timezone.localdate(timezone=ZONE)
        monday = today + dt.timedelta(days=7 - today.weekday())
        return self.show(AskForAreaForm(user=request.user, initial={"first_day": monday}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = AskForAreaForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.show(form, 400)
        try:
            draft = rosters.ask_for_area(by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.take_error(error)
            return self.show(form, error.status)
        return HttpResponseRedirect(self.subject.detail(draft))


@method_decorator(never_cache, name="dispatch")
class AreaDraftPage(RegistryPage):
    """How far it is; then the totals, and each station with its gaps and a button to publish."""

    subject = AREA_DRAFTS

    def queryset(self) -> Any:
        return DistrictDraft.objects.select_related("region")

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        draft = self.row(pk)
        made = Roster.objects.for_user(request.user).filter(district_draft=draft).select_related("station__region")
        lines = sorted((_Line(each) for each in made), key=lambda line: (-line.gaps, line.roster.station.name))
        mine = Station.objects.editable_by(request.user, DUTY).filter(pk__in=[each.station_id for each in made])
        context = self.context(
            draft=draft, is_running=draft.status in RUNNING, lines=lines, mine=set(mine.values_list("pk", flat=True)),
            total={name: sum(getattr(line, name) for line in lines) for name in ("places", "filled", "gaps")},
        )  # fmt: skip
        return render(request, "volunteers/area_draft.html", context)


class _Line:
    """A station's draft in the table."""

    def __init__(self, roster: Roster) -> None:
        self.roster, self.tag = roster, status_tag(roster)
        gaps = roster.outcome.get("gaps", ())
        self.places = roster.outcome.get("places", 0)
        self.gaps = sum(gap["count"] for gap in gaps)
        missing = sum(gap["count"] for gap in gaps if gap["what"] == "people")
        self.filled = self.places - missing
        self.may_publish = roster.status == Roster.Status.DRAFT
