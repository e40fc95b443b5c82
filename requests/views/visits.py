"""/desk/visits/: home visits, and the form with which they are written down at the door."""

from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from portal.core import humanize
from portal.core.copy_export import xlsx_response
from portal.core.errors import DomainError
from portal.core.pages import StaffPage
from portal.core.registry.pages import Column, DetailPage, ListPage, RegistryPage
from requests import visits
from requests.channel_filters import VisitFilter
from requests.danger import danger_in
from requests.forms.visits import PREFIX, NeedFormSet, VisitForm, needs_of, one_more
from requests.models import ServiceRequest, Visit
from requests.subjects import VISITS
from requests.suggestions import suggest
from requests.workflow import Staff
from requests.workflow.intake import MAX_DESCRIPTION

EXPORT = "requests:export"
HEADER = [
    gettext_lazy("visited"), gettext_lazy("community"), gettext_lazy("estate"), gettext_lazy("household"),
    gettext_lazy("who was met"), gettext_lazy("needs"), gettext_lazy("recorded by"),
]  # fmt: skip


class VisitPage:
    subject = VISITS

    def queryset(self) -> Any:
        return Visit.objects.with_counts()


class VisitList(VisitPage, ListPage):
    template_name = "requests/visit_list.html"
    filterset_class = VisitFilter
    first_filters = ("q", "region", "met")
    columns = (
        Column(gettext_lazy("household"), lambda row: f"{row.estate or row.region} {row.household_masked}"),
        Column(gettext_lazy("who was met"), "get_met_display"),
        Column(gettext_lazy("needs"), "need_count", "num"),
        Column(gettext_lazy("visited"), lambda row: humanize.absolute_time(row.visited_at)),
        Column(gettext_lazy("community"), "region", "only-wide"),
        Column(gettext_lazy("recorded by"), lambda row: row.recorded_by.get_full_name(), "only-wide"),
    )
    empty_hint = gettext_lazy("Record a visit at the door, also where there is no network.")

    def context(self, **extra: Any) -> dict[str, Any]:
        filterset, may_export = extra["filterset"], self.request.user.scope.can(EXPORT)
        figures = filterset.qs.figures() if filterset.is_valid() else None
        # One finds an estate by its name; the filter by its row is for links.
        extra["other_filters"] = [each for each in extra["other_filters"] if each.name != "estate" or each.data]
        return super().context(figures=figures, may_export=may_export, **extra)


class VisitDetail(VisitPage, DetailPage):
    template_name = "requests/visit_detail.html"

    def queryset(self) -> Any:
        return super().queryset().prefetch_related(Prefetch("needs__request", queryset=visits.cases_of_needs()))

    def may_edit(self, row: Visit) -> bool:
        # What was heard at the door stays as it was heard; its cases go on by their own steps.
        return False

    def facts(self, row: Visit) -> list[tuple[Any, Any]]:
        return [
            (_("community"), row.region), (_("estate"), row.estate), (_("household"), row.household_masked),
            (_("who was met"), row.get_met_display()), (_("name"), row.met_masked),
            (_("visited"), humanize.absolute_time(row.visited_at)),
            (_("recorded by"), row.recorded_by.get_full_name()), (_("note"), row.note),
        ]  # fmt: skip


@method_decorator(never_cache, name="dispatch")
class VisitNew(RegistryPage):
    """The form. Sent by a browser it leads to the visit; sent by the page's script it answers in JSON."""

    subject = VISITS

    def show(self, form: VisitForm, needs: Any, status: int = 200) -> HttpResponse:
        key = visits.sealing_key(self.request.user)
        context = self.context(form=form, needs=needs, blank=needs.empty_form, sealing_key=key)
        return render(self.request, "requests/visit_form.html", context, status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(VisitForm(user=request.user), NeedFormSet(prefix=PREFIX))

    def post(self, request: HttpRequest) -> HttpResponse:
        if "more" in request.POST:
            typed = one_more(request.POST)
            form = VisitForm(user=request.user, initial=typed["initial"])
            return self.show(form, NeedFormSet(prefix=PREFIX, initial=typed["needs"]))
        form, needs = VisitForm(request.POST, user=request.user), needs_of(request.POST, request.FILES)
        if form.is_of_somebody_else:
            form.add_error(None, _("Somebody else wrote this visit down. It is sent when that person signs in."))
            return self.refuse(form, needs, 403)
        # Both are asked, so that the page shows everything that is to be mended at once.
        if not all([form.is_valid(), needs.is_valid()]):
            return self.refuse(form, needs, 422)
        try:
            found = visits.sent_before(form.cleaned_data["key"], by=Staff(request.user)) or visits.record(
                by=Staff(request.user), needs=needs.heard(by=request.user), **form.arguments()
            )
        except DomainError as error:
            own = {name: lines for name, lines in (error.fields or {}).items() if not name.startswith(f"{PREFIX}-")}
            if own or not error.fields:
                form.take_error(DomainError(error.code, str(error), fields=own or None))
            needs.take_error(error)
            return self.refuse(form, needs, error.status)
        return self.answer(found)

    @property
    def is_script(self) -> bool:
        return self.request.headers.get("Accept", "") == "application/json"

    def answer(self, found: visits.Recorded) -> HttpResponse:
        address = self.subject.detail(found.visit)
        if self.is_script:
            return JsonResponse({"id": found.visit.pk, "url": address}, status=201 if found.is_new else 200)
        return HttpResponseRedirect(address)

    def refuse(self, form: VisitForm, needs: Any, status: int) -> HttpResponse:
        if not self.is_script:
            return self.show(form, needs, status)
        of_needs = [line for each in needs.forms for lines in each.errors.values() for line in lines]
        lines = [line for found in form.errors.values() for line in found]
        return JsonResponse({"errors": [*lines, *of_needs, *needs.non_form_errors()]}, status=status)


class VisitHints(StaffPage):
    """Which category a need may have, while it is being typed. Posted: what somebody said belongs in no address."""

    capability = visits.RECORD

    def post(self, request: HttpRequest) -> HttpResponse:
        prefix = f"{PREFIX}-{request.POST.get('number', '')}"
        text, category = (request.POST.get(f"{prefix}-{name}", "") for name in ("description", "category"))
        text = text[:MAX_DESCRIPTION].replace("\0", "")
        rows = ServiceRequest.objects.for_user(request.user)
        suggestion = None if category else suggest(rows, text)
        context = {"danger": danger_in(text), "suggestion": suggestion, "target": f"#id_{prefix}-category"}
        return render(request, "requests/visit_hints.html", context)


class VisitExport(StaffPage):
    """The list as it is filtered, as XLSX: households and names masked, as on the page."""

    capability = EXPORT

    def get(self, request: HttpRequest) -> HttpResponseBase:
        filters = VisitFilter(request.GET, Visit.objects.for_user(request.user).with_counts(), request=request)
        if not filters.is_valid():
            raise DomainError("bad_filter", _("This filter cannot be used."), fields=filters.refusals())
        lines = (
            [
                f"{timezone.localtime(row.visited_at):%Y-%m-%d %H:%M}", str(row.region), str(row.estate or ""),
                row.household_masked, str(row.get_met_display()), row.need_count, row.recorded_by.get_full_name(),
            ]
            for row in filters.qs.iterator(chunk_size=2000)
        )  # fmt: skip
        return xlsx_response(HEADER, lines, f"{_('home visits')}-{timezone.localtime():%Y%m%d-%H%M}.xlsx")
