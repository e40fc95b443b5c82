"""/desk/projects/: the project list (服务项目清单), one project, and its steps."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.core import files, humanize
from portal.core.copy_export import csv_response, xlsx_response
from portal.core.errors import DomainError, NotAllowed, NotFound
from portal.core.humanize import Look
from portal.core.pages import StaffPage
from portal.core.registry.pages import Column, CreatePage, DetailPage, EditPage, ListPage, LookupPage, RegistryPage
from portal.core.sheets import CsvStream
from portal.core.templatetags.portal import tag_html
from requests import project_exports
from requests.forms.project_parts import CORRECTIONS, RemoveForm
from requests.forms.projects import PROJECT_FORMS, ContributorsForm, ProjectForm, ProjectStepForm
from requests.models import ServiceProject, ServiceRequest
from requests.models.service_requests import format_number
from requests.project_filters import ProjectFilter
from requests.project_page import project_page
from requests.project_types import ProjectState, ProjectVerb
from requests.projects.contributors import may_reveal, reveal
from requests.projects.step import capacities
from requests.projects.table import TABLE, Who
from requests.subjects import PROJECT_LOOKUP, PROJECTS

LOOKS = {
    ProjectState.DRAFT: Look("edit", "quiet"),
    ProjectState.APPLIED: Look("send", "wait"),
    ProjectState.APPROVED: Look("circle-check", "info"),
    ProjectState.REFUSED: Look("ban", "quiet"),
    ProjectState.UNDER_WAY: Look("tool", "info"),
    ProjectState.FINISHED: Look("check", "good"),
    ProjectState.STOPPED: Look("archive", "quiet"),
}
EXPORT = "projects:export"


def state_tag(row: ServiceProject) -> Any:
    return tag_html(row.get_state_display(), LOOKS[ProjectState(row.state)])


def planned(row: ServiceProject) -> Any:
    """By when; what is late says so."""
    if row.is_late:
        return tag_html(_("late, planned until %(day)s") % {"day": f"{row.planned_end:%m-%d}"}, LATE)
    return humanize.day_in_words(row.planned_end)


LATE = Look("clock-exclamation", "warn")


class ProjectPage:
    subject = PROJECTS

    def queryset(self) -> Any:
        return ServiceProject.objects.with_places()


class ProjectList(ProjectPage, ListPage):
    template_name = "requests/project_list.html"
    filterset_class = ProjectFilter
    first_filters = ("q", "region", "kind", "state", "late")
    columns = (
        Column(gettext_lazy("project"), "name"),
        Column(gettext_lazy("Number"), "number", "code only-wide"),
        Column(pgettext_lazy("of a project", "kind"), "get_kind_display", "nowrap only-wide"),
        Column(gettext_lazy("region"), "region", "only-wide"),
        Column(gettext_lazy("Who leads it"), lambda row: row.organization or row.lead_person or "", "only-wide"),
        Column(gettext_lazy("needs"), "need_count", "num"),
        Column(gettext_lazy("planned until"), planned, "nowrap only-wide"),
        Column(gettext_lazy("Status"), state_tag),
    )
    empty_hint = gettext_lazy("What one order cannot solve becomes a project: draft one, and put cases into it.")

    def queryset(self) -> Any:
        # Counting groups the rows, by which the order of the model is lost.
        return project_exports.with_counts(super().queryset()).order_by("-created_at", "-pk")

    def context(self, **extra: Any) -> dict[str, Any]:
        user = self.request.user
        waiting = ServiceProject.objects.to_review(user).count() if user.scope.can("projects:review") else 0
        return super().context(to_review=waiting, may_export=user.scope.can(EXPORT), **extra)


class ProjectDetail(ProjectPage, DetailPage):
    template_name = "requests/project_detail.html"

    def facts(self, row: ServiceProject) -> list[tuple[Any, Any]]:
        return [
            (_("Number"), row.number),
            (pgettext_lazy("of a project", "kind"), row.get_kind_display()),
            (_("region"), row.region),
            (_("estate"), row.estate),
            (_("station"), row.station),
            (_("lead unit"), row.organization),
            (_("person in charge"), row.lead_person),
            (_("temporary party branch"), row.branch_name),
            (_("branch dissolved on"), row.branch_dissolved_on),
            (_("what is to be done, for staff"), row.description),
            (_("summary for everybody"), row.summary),
            (_("ground"), row.get_stop_ground_display()),
            (_("result"), row.result),
        ]

    def may_edit(self, row: ServiceProject) -> bool:
        return row.state in TABLE[ProjectVerb.CHANGE].states and Who.RUNNER in capacities(row, by=self.request.user)

    def more(self, row: ServiceProject) -> dict[str, Any]:
        user = self.request.user
        return {
            "page": project_page(row, user), "status_tag": state_tag(row), "planned": planned(row),
            "may_reveal": may_reveal(row, by=user),
        }  # fmt: skip


class ProjectCreate(ProjectPage, CreatePage):
    form_class = ProjectForm
    template_name = "requests/project_form.html"

    def initial(self, row: Any) -> dict[str, Any]:
        """`?cases=12&cases=13`: what the project is drafted from."""
        pks = [int(pk) for pk in self.request.GET.getlist("cases")[:100] if pk.isdecimal() and len(pk) <= 18]
        found = ServiceRequest.objects.for_user(self.request.user).filter(pk__in=pks).order_by("pk")
        rows = list(found.select_related("community", "region").defer("search"))
        if not rows:
            return {}
        first = rows[0]
        return {
            "cases": " ".join(format_number(row.pk) for row in rows), "name": first.title,
            "region": first.community or first.region,
        }  # fmt: skip


class ProjectEdit(ProjectPage, EditPage):
    form_class = ProjectForm
    template_name = "requests/project_form.html"


class ProjectStep(ProjectPage, RegistryPage):
    """One step: GET asks, POST takes it and comes back. What was typed stays when it is refused."""

    capability = PROJECTS.write

    def form(self, row: ServiceProject, verb: str, *data: Any) -> ProjectStepForm:
        if verb not in PROJECT_FORMS:
            raise NotFound()
        return PROJECT_FORMS[verb](*data, user=self.request.user, project=row)

    def show(self, row: ServiceProject, form: ProjectStepForm, status: int = 200) -> HttpResponse:
        context = self.context(row=row, form=form, back=self.subject.detail(row))
        return render(self.request, "requests/project_step.html", context, status=status)

    def get(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        row = self.row(pk)
        return self.show(row, self.form(row, verb))

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        row = self.row(pk)
        form = self.form(row, verb, request.POST, request.FILES)
        if not form.is_valid():
            return self.show(row, form, 422)
        try:
            form.run()
        except DomainError as error:
            form.take_error(error)
            return self.show(row, form, error.status)
        messages.success(request, _("Done: %(step)s") % {"step": form.verb.label})
        return HttpResponseRedirect(self.subject.detail(row))


class ProjectPart(ProjectStep):
    """One part of a project, corrected or taken away."""

    def get(self, request: HttpRequest, pk: int, verb: str, kind: str, part: int) -> HttpResponse:
        self.kind, self.part = kind, part
        return super().get(request, pk, verb)

    def post(self, request: HttpRequest, pk: int, verb: str, kind: str, part: int) -> HttpResponse:
        self.kind, self.part = kind, part
        return super().post(request, pk, verb)

    def form(self, row: ServiceProject, verb: str, *data: Any) -> ProjectStepForm:
        forms = {ProjectVerb.CORRECT: CORRECTIONS.get(self.kind), ProjectVerb.REMOVE: RemoveForm}
        made, found = forms.get(verb), None
        if made is not None and self.kind in CORRECTIONS:
            found = getattr(row, self.kind).filter(pk=self.part).first()
        if made is None or found is None:
            raise NotFound()
        return made(*data, user=self.request.user, project=row, kind=self.kind, part=found)


class ContributorsPage(ProjectPage, RegistryPage):
    """GET asks for the reason; POST shows once who contributes, and logs it."""

    capability = "requests:reveal"

    def show(self, row: ServiceProject, form: ContributorsForm, status: int = 200, **shown: Any) -> HttpResponse:
        context = self.context(row=row, form=form, back=self.subject.detail(row), **shown)
        return render(self.request, "requests/project_contributors.html", context, status=status)

    def found(self, pk: int) -> ServiceProject:
        row = self.row(pk)
        if not may_reveal(row, by=self.request.user):
            raise NotAllowed()
        return row

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(self.found(pk), ContributorsForm(user=request.user))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row, form = self.found(pk), ContributorsForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.show(row, form, 422)
        try:
            people = reveal(row, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as error:
            form.take_error(error)
            return self.show(row, form, error.status)
        return self.show(row, form, people=people)


class ProjectPhotoPage(ProjectPage, RegistryPage):
    """A photo or document, for those who see the project."""

    def get(self, request: HttpRequest, pk: int, photo: int) -> HttpResponseBase:
        row = self.row(pk)
        found = row.photos.select_related("file").filter(pk=photo).first()
        if found is None:
            raise NotFound()
        return files.serve(found.file, name=f"{row.number}-{found.pk}", thumbnail="small" in request.GET)


class ProjectExport(StaffPage):
    """The list as it is filtered, as XLSX or CSV."""

    capability = EXPORT

    def get(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        rows = ServiceProject.objects.for_user(request.user)
        filters = ProjectFilter(request.GET, rows, request=request)
        if not filters.is_valid():
            raise DomainError("bad_filter", _("This filter cannot be used."), fields=filters.refusals())
        name = f"{_('projects')}-{timezone.localtime():%Y%m%d-%H%M}.{kind}"
        lines = project_exports.lines(filters.qs)
        if kind == "csv":
            return csv_response(CsvStream(project_exports.HEADER, lines), name)
        return xlsx_response(project_exports.HEADER, lines, name)


class ProjectLookupPage(LookupPage):
    lookup = PROJECT_LOOKUP
