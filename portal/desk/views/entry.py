"""Requests that come by phone or at the counter, and the receipt that the resident takes away."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from portal.core import codes
from portal.core.errors import DomainError, NotFound
from portal.core.idempotency import run_once
from portal.core.map_view import around, largest
from portal.core.pages import StaffPage, sent
from portal.core.qr import qr_svg
from portal.desk.entry import EntryForm
from requests import callers, photos
from requests.duplicates import propose
from requests.models import ServiceRequest
from requests.standing import public_status
from requests.suggestions import suggest
from requests.workflow.intake import MAX_PHOTOS

MOST_EARLIER = 5


class EntryPage(StaffPage):
    """The form, and its POST. The same form sent twice is one request."""

    capability = "requests:record"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(request, EntryForm(user=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = EntryForm(request.POST, request.FILES, user=request.user)
        if not form.is_valid():
            return self.show(request, form, status=422)
        if form.danger and not form.cleaned_data["danger_seen"]:
            # Before it is recorded: whom the caller has to call. Sent again, it goes through.
            return self.show(request, form, status=422)
        try:
            _status, answer = run_once(
                sender=f"user:{request.user.pk}",
                address=request.path,
                key=form.cleaned_data["idempotency_key"],
                body=sent(request),
                do=lambda: (201, self.record(form)),
            )
        except DomainError as error:
            for name, lines in (error.fields or {None: [str(error)]}).items():
                for line in lines:
                    form.add_error(name if name in form.fields else None, str(line))
            return self.show(request, form, status=error.status)
        if not answer["is_new"]:
            messages.info(request, _("The hotline's number was known already: this is its case."))
            return redirect("desk:case", answer["id"])
        return redirect("desk:receipt", answer["id"])

    def record(self, form: EntryForm) -> dict[str, Any]:
        stored, refused = photos.take_in(
            form.cleaned_data["photos"], room=MAX_PHOTOS, by=self.request.user, documents=True
        )
        if refused:
            photos.discard(stored)
            raise DomainError("invalid", str(refused[0]), fields={"photos": [str(each) for each in refused]})
        case, is_new = form.submit(stored)
        if not is_new:
            photos.discard(stored)
        return {"id": case.pk, "is_new": is_new}

    def show(self, request: HttpRequest, form: EntryForm, *, status: int = 200) -> HttpResponse:
        # The map looks at the largest place of one's own that has a position.
        looks_at = around(largest(form.fields["region"].queryset))
        return render(request, "desk/entry.html", {"form": form, "danger": form.danger, **looks_at}, status=status)


@method_decorator(never_cache, name="dispatch")
class EarlierPage(StaffPage):
    """What the caller asked before, as soon as the number is typed. Posted: a number belongs in no address."""

    capability = "requests:record"

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            caller = callers.caller_of(request.POST.get("phone", ""), by=request.user)
        except DomainError as error:
            if error.code != "bad_phone":
                raise
            return HttpResponse("")
        mine = callers.asked_by(ServiceRequest.objects.for_user(request.user), caller)
        cases = list(mine.newest_first().only("id", "title", "state", "submitted_at")[: MOST_EARLIER + 1])
        return render(
            request, "desk/earlier.html", {"cases": cases[:MOST_EARLIER], "has_more": len(cases) > MOST_EARLIER}
        )


@method_decorator(never_cache, name="dispatch")
class HintsPage(StaffPage):
    """What the portal makes of a matter while it is being typed. Posted: words of a case belong in no address."""

    capability = "requests:record"

    def post(self, request: HttpRequest) -> HttpResponse:
        form = EntryForm(request.POST, user=request.user)
        rows, matter = ServiceRequest.objects.for_user(request.user), form.matter()
        context = {
            "danger": form.danger,
            "duplicates": propose(rows, matter) if matter else [],
            "suggestion": None
            if request.POST.get("category")
            else suggest(rows, form.text, places=matter.place_names if matter else ""),
        }
        return render(request, "desk/entry_hints.html", context)


@method_decorator(never_cache, name="dispatch")
class ReceiptPage(StaffPage):
    """The tracking code on paper, for whoever recorded the request; nobody else of the staff needs it."""

    capability = "requests:record"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        case = self.one_of(
            ServiceRequest.objects.select_related("region", "street", "station", "handling_region").defer("search"),
            pk=pk,
            recorded_by=request.user,
        )
        requester = case.requesters.first()
        if requester is None or not requester.code:
            raise NotFound(_("The code of this request has been erased."))
        code = codes.format_code(requester.code.reveal())
        address = track_address(request)
        return render(
            request,
            "desk/receipt.html",
            {
                "case": case,
                "code": code,
                "status": public_status(case),
                "address": address,
                "qr": qr_svg(f"{address}#{code}", label=_("QR code of the page on which the request can be followed")),
            },
        )


def track_address(request: HttpRequest) -> str:
    """Where residents follow their request, as it stands on paper."""
    try:
        path = reverse("public:track")
    except NoReverseMatch:
        path = "/"
    return settings.PUBLIC_URL.rstrip("/") + path if settings.PUBLIC_URL else request.build_absolute_uri(path)
