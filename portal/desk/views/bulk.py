"""Many cases at once: first what would happen, then what happened."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from portal.core.errors import NotFound
from portal.core.pages import StaffPage, safe_next
from portal.desk.bulk import BULK_VERBS, bulk_form, read_selection, run_all, selected
from portal.desk.handlers import handlers_for
from requests.types import Verb


class BulkPage(StaffPage):
    """POST with the selected cases: a preview. POST again with `confirm`: the step, and what came of each case."""

    capability = "requests:act"

    def post(self, request: HttpRequest) -> HttpResponse:
        verb = request.POST.get("verb", "")
        if verb not in BULK_VERBS:
            raise NotFound()
        versions = read_selection(request.POST.getlist("case"))
        selection = selected(request.user, versions, verb)
        context = {
            "verb": verb,
            "bulk": BULK_VERBS[verb],
            "selection": selection,
            "unseen": len(versions) - len(selection.can) - len(selection.cannot),
            "next": safe_next(request, reverse("desk:home")),
        }
        if not selection.can:
            return render(request, "desk/bulk.html", context)
        first = selection.can[0].case
        form = bulk_form(verb, first, request.user, request.POST if "confirm" in request.POST else None)
        if form.is_bound and form.is_valid():
            result = run_all(form, [each.case for each in selection.can], versions)
            return render(
                request,
                "desk/bulk_result.html",
                context | {"result": result, "refused": [*result.cannot, *selection.cannot]},
            )
        handlers = handlers_for(first, request.user) if verb == Verb.DISPATCH else []
        context |= {"form": form, "handlers": handlers}
        return render(request, "desk/bulk.html", context, status=422 if form.is_bound else 200)
