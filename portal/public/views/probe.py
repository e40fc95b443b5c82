"""/probe/: a rider reports a hazard. Known by the account, or by the code that this phone was given once."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from portal.core import codes
from portal.core.errors import DomainError, NotAllowed
from portal.core.idempotency import run_once
from portal.core.qr import qr_svg
from portal.core.throttling import client_ip
from portal.public import access
from portal.public.forms.fields import point_of
from portal.public.forms.probe import CodeForm, ProbeForm
from portal.public.photos import Carried, carry
from requests import probes, throttles
from requests.models import Requester
from volunteers.models import Volunteer

# The code by which this browser reports: its row and its hash, so that a new code ends it.
SESSION_KEY, DONE = "rider-code", "probe-done"


def _rider(request: HttpRequest) -> Volunteer | None:
    held = request.session.get(SESSION_KEY)
    return probes.rider_of(request.user) or (probes.holder_of(*held) if held else None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    rider = _rider(request)
    if rider is None:
        return render(request, "public/probe_code.html", {"form": CodeForm()})
    if request.method != "POST":
        return _page(request, ProbeForm(rider=rider))
    carried, form = carry(request), ProbeForm(request.POST, rider=rider)
    for error in carried.refused:
        form.add_error("photos", str(error))
    form.check_said(carried.photos)
    if not form.is_valid() or (form.danger and not form.cleaned_data["danger_seen"]):
        return _page(request, form, carried, 422)
    try:
        requester = _send(request, form, carried)
    except DomainError as error:
        form.refuse(error)
        return _page(request, form, carried, error.status)
    access.grant(request, requester)
    request.session[DONE] = requester.pk
    return redirect("public:probe_done")


def _send(request: HttpRequest, form: ProbeForm, carried: Carried) -> Requester:
    throttles.count_report(rider=form.rider.pk, address=client_ip(request))
    account = request.user if probes.rider_of(request.user) else None

    def do() -> tuple[int, dict[str, Any]]:
        made = probes.report(**form.arguments(), photos=carried.photos, account=account)
        return 201, {"requester": made.requester.pk}

    body = json.dumps({name: str(value) for name, value in form.cleaned_data.items() if name != "photos"})
    _status, answer = run_once(
        sender=f"rider {form.rider.pk}", address=request.path, key=form.cleaned_data["idempotency_key"],
        body=body + str([photo.sha256 for photo in carried.photos]), do=do,
    )  # fmt: skip
    return Requester.objects.select_related("request").defer("request__search").get(pk=answer["requester"])


def _page(request: HttpRequest, form: ProbeForm, carried: Carried | None = None, status: int = 200) -> HttpResponse:
    tokens = carried.tokens if carried else []
    may_make_code = probes.rider_of(request.user) is not None
    context = {"form": form, "danger": form.danger, "photos": tokens, "may_make_code": may_make_code}
    return render(request, "public/probe.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """The code, typed or brought along behind the “#” of the rider's own link."""
    if request.method != "POST":
        # Whoever comes back to this address (a phone does so by itself) starts again.
        return redirect("public:probe")
    form, status = CodeForm(request.POST), 422
    try:
        throttles.count_look_up(address=client_ip(request))
        if form.is_valid():
            found = probes.rider_with(form.cleaned_data["code"])
            request.session[SESSION_KEY] = [found.pk, found.digest]
            return redirect("public:probe")
    except DomainError as error:
        form.add_error("code", str(error))
        status = error.status
    return render(request, "public/probe_code.html", {"form": form}, status=status)


@never_cache
@require_POST
def near(request: HttpRequest) -> HttpResponse:
    """Whether it was reported already. Posted: where somebody stands belongs in no address."""
    if _rider(request) is None:
        raise NotAllowed()
    point, hazard = point_of(request.POST, "latitude", "longitude"), request.POST.get("hazard", "").replace("\0", "")
    count = probes.reported_near(hazard, point) if point and hazard else 0
    return render(request, "public/probe_near.html", {"count": count})


@never_cache
@require_http_methods(["GET", "HEAD"])
def done(request: HttpRequest) -> HttpResponse:
    """The tracking code, and how many have reported the same."""
    rows = Requester.objects.filter(pk__in=[pk for pk in [request.session.get(DONE)] if pk])
    found = rows.select_related("request__hazard_report").defer("request__search").first()
    if found is None or not found.code:
        return redirect("public:probe")
    case = found.request
    point = (case.latitude, case.longitude)
    # This report itself is one of them.
    hazard = case.hazard_report.hazard
    others = probes.reported_near(hazard, point) - 1 if hazard and None not in point else 0
    context = {"case": case, "code": codes.format_code(found.code.reveal()), "count": max(others, 0)}
    return render(request, "public/probe_done.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def make_code(request: HttpRequest) -> HttpResponse:
    """A link of one's own for a phone that is not signed in, shown this once; the one before it ends."""
    if request.method != "POST":
        return redirect("public:probe")
    rider = probes.rider_of(request.user)
    if rider is None:
        raise NotAllowed()
    code = codes.format_code(probes.renew_code(rider, by=request.user))
    link = f"{request.build_absolute_uri(reverse('public:probe'))}#{code}"
    qr = qr_svg(link, label=_("QR code of your own link"))
    return render(request, "public/probe_link.html", {"code": code, "link": link, "qr": qr})
