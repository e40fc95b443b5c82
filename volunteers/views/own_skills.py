"""What a volunteer can do, in their own words and with their own proof; staff verify it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from portal.core.errors import DomainError, NotFound
from volunteers import skills
from volunteers.forms.volunteers import SkillForm
from volunteers.models import VolunteerSkill
from volunteers.views.own import OwnPage


class SkillsPage(OwnPage):
    """The list, and a form that adds to it; a skill that is listed gets new proof by it."""

    def show(self, form: SkillForm, status: int = 200) -> HttpResponse:
        listed = self.mine().skills.select_related("skill").order_by("skill__name", "pk")
        return render(self.request, "volunteers/my_skills.html", {"form": form, "listed": listed}, status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(SkillForm(user=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        me, form = self.mine(), SkillForm(request.POST, request.FILES, user=request.user)
        if not form.is_valid():
            return self.show(form, 400)
        try:
            skills.add_skill(me, by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.take_error(error)
            return self.show(form, error.status)
        return self.back("own:skills", _("The skill has been listed."))


class RemoveStep(OwnPage):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        listed = VolunteerSkill.objects.filter(volunteer=self.mine(), pk=pk).select_related("volunteer").first()
        if listed is None:
            raise NotFound()
        return self.attempt(
            lambda: skills.remove_skill(listed, by=request.user), "own:skills",
            _("The skill has been taken off the list."),
        )  # fmt: skip
