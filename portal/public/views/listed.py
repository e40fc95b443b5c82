"""大家的事: what was asked near here, and what came of it."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal.core.context_processors import ELDER_COOKIE
from portal.core.geo import feature_collection
from portal.public.forms.listed import ListedForm
from portal.public.views.stations import PER_PAGE, PER_PAGE_ELDER
from requests.listed import MOST_POINTS, feature_of
from requests.serializers.listed import ListedRow


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The list first, the map after it."""
    form = ListedForm(request.GET)
    per_page = PER_PAGE_ELDER if request.COOKIES.get(ELDER_COOKIE) == "1" else PER_PAGE
    page = Paginator(form.cases().defer("search"), per_page).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": ListedRow(page.object_list, many=True).data,
        "points_url": f"{reverse('public:case_points')}?{request.GET.urlencode()}",
    }
    return render(request, "public/listed.html", context)


@require_safe
def place(request: HttpRequest) -> HttpResponse:
    """The selects of the place as far as they are chosen, for htmx."""
    return render(request, "public/listed_place.html", {"form": ListedForm(request.GET)})


@require_safe
def points(request: HttpRequest) -> JsonResponse:
    """GeoJSON of the cases that the list shows, rounded to about 100 metres."""
    rows = ListedForm(request.GET).cases().with_point().defer("search")[:MOST_POINTS]
    return JsonResponse(feature_collection(map(feature_of, rows)))
