"""The code page: where a case stands, what happens next, its timeline, and the one thing to do."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.core import codes, files
from portal.core.errors import Conflict, DomainError, NotFound
from portal.core.qr import qr_svg
from portal.core.sites import absolute_url
from portal.public.access import CodeNeeded, parts_held, requester_of
from portal.public.forms.case import FORMS, ON_THE_PAGE, StepForm
from portal.public.photos import Carried, carry
from portal.public.views.tracking import ask_for_code
from requests import workflow
from requests.danger import danger_in
from requests.models import Requester
from requests.photos import attachments_for
from requests.standing import public_status
from requests.timeline import lines_for
from requests.types import State, Verb
from requests.workflow import Resident


def _for_holders(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of a case. To a browser that does not hold the code it is the page that asks for it: residents keep the
    address of their case, and the session forgets codes after some hours."""

    @functools.wraps(view)
    def answer(request: HttpRequest, number: str, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, number, *args, **kwargs)
        except CodeNeeded as error:
            return ask_for_code(request, error)

    return answer


@never_cache
@require_safe
@_for_holders
def show(request: HttpRequest, number: str) -> HttpResponse:
    return _page(request, requester_of(request, number))


@never_cache
@require_safe
@_for_holders
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """What to keep: the number, the code and its QR, what happens next."""
    requester = requester_of(request, number)
    code = codes.format_code(requester.code.reveal())
    track_url = absolute_url(request, "public:track")
    context = {
        "case": requester.request,
        "status": public_status(requester.request),
        "code": code,
        "danger": danger_in(requester.request.title, requester.request.description),
        "track_url": track_url,
        "qr": qr_svg(f"{track_url}#{code}"),
    }
    return render(request, "public/receipt.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_for_holders
def act(request: HttpRequest, number: str, step: str) -> HttpResponse:
    """Take one step. Somebody may have acted since the page was opened: then it says what happened, and asks again."""
    requester = requester_of(request, number)
    if step not in FORMS:
        raise NotFound()
    if request.method != "POST":
        if step == Verb.WITHDRAW and step in _allowed(requester):
            return _confirm(request, requester, FORMS[step](initial={"version": requester.request.version}))
        return redirect("public:case", number=number)
    form, carried = FORMS[step](request.POST), carry(request) if FORMS[step].takes_photos else Carried()
    for error in carried.refused:
        form.add_error("photos", str(error))
    if not form.is_valid():
        return _again(request, requester, form, carried, status=422)
    try:
        form.perform(requester.request, by=Resident(requester), photos=carried.photos)
    except Conflict as error:
        now = requester_of(request, number)
        return _page(request, now, carried=carried, refused=(form, error), status_code=error.status)
    except DomainError as error:
        form.refuse(error)
        return _again(request, requester, form, carried, status=error.status)
    messages.success(request, form.done)
    return redirect("public:case", number=number)


def _again(
    request: HttpRequest, requester: Requester, form: StepForm, carried: Carried, *, status: int
) -> HttpResponse:
    if form.verb == Verb.WITHDRAW:
        return _confirm(request, requester, form, status=status)
    if form.verb == Verb.AGREE:
        return _page(request, requester, agreement=form, status_code=status)
    return _page(request, requester, form=form, carried=carried, status_code=status)


def _page(
    request: HttpRequest,
    requester: Requester,
    *,
    form: StepForm | None = None,
    carried: Carried | None = None,
    refused: tuple[StepForm, Conflict] | None = None,
    agreement: StepForm | None = None,
    status_code: int = 200,
) -> HttpResponse:
    case = requester.request
    timeline = lines_for(requester)
    allowed = _allowed(requester)
    if refused:
        form = _redrawn(refused[0], case.version, allowed)
    context: dict[str, Any] = {
        "case": case,
        "requester": requester,
        "asked": requester.asked_with,
        "parts": parts_held(request, requester) if case.state == State.SPLIT else [],
        "status": (status := public_status(case)),
        "late": case.is_open and status.by_when is not None and status.by_when < timezone.now(),
        "timeline": timeline,
        "form": form or _first_form(case.version, allowed),
        "photos": carried.tokens if carried else [],
        "may_withdraw": Verb.WITHDRAW in allowed,
        "may_agree": Verb.AGREE in allowed,
        "agreement": agreement,
        "question": next((line for line in reversed(timeline) if line.event.verb == Verb.ASK), None),
    }
    if refused:
        typed, error = refused[0].cleaned_data, refused[1]
        context["refusal"] = error
        context["since"] = [line for line in timeline if line.event.version > typed["version"]]
        # What was typed for a step that is over has no field any more; it is given back to be copied.
        context["lost_words"] = "" if form else typed.get("text") or typed.get("comment")
    return render(request, "public/case.html", context, status=status_code)


def _allowed(requester: Requester) -> list[str]:
    return workflow.allowed_verbs(requester.request, by=Resident(requester))


def _first_form(version: int, allowed: list[str]) -> StepForm | None:
    chosen = next((form for form in ON_THE_PAGE if form.verb in allowed), None)
    return chosen(initial={"version": version}) if chosen else None


def _redrawn(form: StepForm, version: int, allowed: list[str]) -> StepForm | None:
    """The refused form with what was typed, for the case as it is now; None if the step is no longer possible."""
    if form.verb not in allowed or form.verb in (Verb.WITHDRAW, Verb.AGREE):
        return None
    typed = {name: form.data.get(name, "") for name in form.fields if name != "photos"}
    return type(form)(initial={**typed, "version": version})


def _confirm(request: HttpRequest, requester: Requester, form: StepForm, *, status: int = 200) -> HttpResponse:
    return render(request, "public/withdraw.html", {"case": requester.request, "form": form}, status=status)


@require_safe
def attachment(request: HttpRequest, number: str, pk: int) -> HttpResponseBase:
    """A photo of the timeline, for whoever holds the code."""
    requester = requester_of(request, number)
    found = get_object_or_404(attachments_for(requester), pk=pk)
    return files.serve(found.file, name=f"{number}-{pk}", thumbnail="small" in request.GET)
