"""What everybody reads about an estate: how its property company is judged, who stands for its committee."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.core.errors import NotFound
from portal.core.filtering import MAX_ID
from portal.public.views.stations import PER_PAGE
from requests import appraisals as results
from requests.models import Appraisal, Election


@require_safe
def appraisals(request: HttpRequest) -> HttpResponse:
    rows = Appraisal.objects.published().with_places().order_by("-published_at", "-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "public/appraisals.html", {"page": page})


@require_safe
def appraisal(request: HttpRequest, pk: int) -> HttpResponse:
    row = Appraisal.objects.published().with_places().filter(pk=pk).first() if pk <= MAX_ID else None
    if row is None:
        raise NotFound(_("This result is not published, or there is none."))
    context = {"row": row, "result": results.result(row), "rest": 100 - row.branch_weight}
    return render(request, "public/appraisal.html", context)


@require_safe
def candidates(request: HttpRequest) -> HttpResponse:
    """Lists that hang now: names of those who were found suitable, and no word about anybody else."""
    hanging = Election.objects.hanging(timezone.now()).with_places().prefetch_related("candidates")
    page = Paginator(hanging, PER_PAGE).get_page(request.GET.get("page"))
    shown = [(row, [each.name.reveal() for each in row.candidates.all() if each.is_public]) for row in page]
    return render(request, "public/candidates.html", {"page": page, "elections": shown})
