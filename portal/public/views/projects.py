"""大家的项目: what is done for the neighbourhood, how far it is, and what came of it. No personal data."""

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.core import files
from portal.core.context_processors import ELDER_COOKIE
from portal.core.filtering import MAX_ID
from portal.public.forms.projects import ProjectsForm
from portal.public.views.stations import PER_PAGE, PER_PAGE_ELDER
from requests.models import ServiceProject
from requests.project_types import MoneySource, PhotoStage
from requests.projects.money import raised
from requests.projects.table import AFTER_DECISION
from stations.models import Station

MOST_STATIONS = 3


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    form = ProjectsForm(request.GET)
    per_page = PER_PAGE_ELDER if request.COOKIES.get(ELDER_COOKIE) == "1" else PER_PAGE
    page = Paginator(form.projects(), per_page).get_page(request.GET.get("page"))
    return render(request, "public/projects.html", {"form": form, "page": page})


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    project = _published(pk)
    reached = Count("pk", filter=Q(done_at__isnull=False))
    crowdfunded = project.budget.filter(source=MoneySource.CROWDFUNDING).exists() or project.contributions.exists()
    photos = project.photos.filter(is_public=True).exclude(stage=PhotoStage.GATE).select_related("file")
    context = {
        "project": project,
        "milestones": project.milestones.all(),
        "progress": project.milestones.aggregate(all=Count("pk"), reached=reached),
        "targets": project.targets.all(),
        "raised": raised(project) if crowdfunded else None,
        "takes_part_at": _stations_for(project) if project.state in AFTER_DECISION else None,
        "photos": photos,
    }
    return render(request, "public/project.html", context)


@require_safe
def photo(request: HttpRequest, pk: int, photo: int) -> HttpResponseBase:
    """Those that staff marked for everybody."""
    if photo > MAX_ID:
        raise Http404
    found = _published(pk).photos.filter(is_public=True, pk=photo).select_related("file").first()
    if found is None:
        raise Http404
    return files.serve(found.file, name=f"{pk}-{photo}", thumbnail="small" in request.GET)


def _stations_for(project: ServiceProject) -> list[Station]:
    """Where a household can say that it gives: at the project's own station, or those of its region."""
    rows = Station.objects.open()
    if project.station_id and (own := list(rows.filter(pk=project.station_id))):
        return own
    return list(rows.filter(region__path__startswith=project.region.path).order_by("name", "pk")[:MOST_STATIONS])


def _published(pk: int) -> ServiceProject:
    rows = ServiceProject.objects.published().select_related("region", "organization", "estate")
    found = rows.filter(pk=pk).first() if pk <= MAX_ID else None
    if found is None:
        raise Http404
    return found
