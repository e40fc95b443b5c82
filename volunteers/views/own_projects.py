"""A leader's page of a brand project of the own team: the stages that it went through, and the step to the next one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.core.errors import DomainError, NotFound
from volunteers import brands
from volunteers.forms.double import StageForm
from volunteers.models import BrandProject
from volunteers.types import NEXT_STAGES
from volunteers.views.brands import stage_tag
from volunteers.views.own import OwnPage


class ProjectPage(OwnPage):
    def project(self, pk: int) -> BrandProject:
        found = BrandProject.objects.led_by(self.mine().person_id).select_related("team", "hub").filter(pk=pk).first()
        if found is None:
            raise NotFound()
        return found

    def show(self, project: BrandProject, form: StageForm, status: int = 200) -> HttpResponse:
        context = {
            "project": project, "form": form if NEXT_STAGES[project.stage] else None, "status_tag": stage_tag(project),
            "stages": project.steps.order_by("-on", "-pk"),
        }  # fmt: skip
        return render(self.request, "volunteers/my_project.html", context, status=status)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        project = self.project(pk)
        return self.show(project, StageForm(user=request.user, project=project))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        project = self.project(pk)
        form = StageForm(request.POST, user=request.user, project=project)
        if not form.is_valid():
            return self.show(project, form, 400)
        try:
            brands.move(project, by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.take_error(error)
            return self.show(project, form, error.status)
        messages.success(request, _("The project has reached its next stage."))
        return HttpResponseRedirect(reverse("own:project", args=[project.pk]))
