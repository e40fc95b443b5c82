"""议事公示: resolutions that hang for objections, and the form on which a neighbour objects."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.core.errors import DomainError, NotFound
from portal.core.idempotency import run_once
from portal.core.pages import sent
from portal.core.throttling import client_ip
from portal.public.forms.resolutions import ObjectionForm
from portal.public.views.stations import PER_PAGE
from requests import throttles
from requests.deliberations import publicity
from requests.models import Deliberation


@require_safe
def resolutions(request: HttpRequest) -> HttpResponse:
    """What hangs now, the newest first."""
    rows = Deliberation.objects.published().select_related("region", "estate").order_by("-published_at", "-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "public/resolutions.html", {"page": page})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def resolution(request: HttpRequest, pk: int) -> HttpResponse:
    """One resolution; objections are answered to those who made them."""
    row = Deliberation.objects.published().select_related("region", "estate").filter(pk=pk).first()
    if row is None:
        raise NotFound(_("This resolution hangs no more, or there is none."))
    if request.method != "POST":
        return _page(request, row, ObjectionForm())
    form = ObjectionForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, 422)
    try:
        _object(request, row, form)
    except DomainError as error:
        form.refuse(error)
        return _page(request, row, form, error.status)
    return render(request, "public/objection_done.html", {"row": row})


def _object(request: HttpRequest, row: Deliberation, form: ObjectionForm) -> None:
    said = {name: form.cleaned_data[name] for name in ("name", "phone", "text")}
    throttles.count_objection(address=client_ip(request), phone=said["phone"])
    key = form.cleaned_data["idempotency_key"]

    def do() -> tuple[int, dict]:
        return 201, {"id": publicity.object_to(row, **said).pk}

    run_once(sender=client_ip(request), address=request.path, key=key, body=sent(request), do=do)


def _page(request: HttpRequest, row: Deliberation, form: ObjectionForm, status: int = 200) -> HttpResponse:
    return render(request, "public/resolution.html", {"row": row, "form": form}, status=status)
