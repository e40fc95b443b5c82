"""The rules by which hours count, of every district as over the API, and for leaders a new one."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import DomainError
from portal.core.pages import StaffPage
from volunteers import hour_rules
from volunteers.forms.hours import HourRuleForm
from volunteers.models import HourRule


class HourRulesPage(StaffPage):
    """A new rule counts from a day to come; what was counted before stays."""

    capability = "duty:read"

    def show(self, form: HourRuleForm, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "rules": HourRule.objects.select_related("district"),
            "defaults": HourRule(),
            "may_add": form.fields["district"].queryset.exists() or not form.fields["district"].required,
        }
        return render(self.request, "volunteers/hour_rules.html", context, status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        tomorrow = timezone.localdate(timezone=ZONE) + timedelta(days=1)
        return self.show(HourRuleForm(user=request.user, initial={"valid_from": tomorrow}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = HourRuleForm(request.POST, user=request.user)
        if form.is_valid():
            try:
                hour_rules.lay_down(by=request.user, **form.cleaned_data)
            except DomainError as error:
                form.take_error(error)
        if form.errors:
            return self.show(form, 400)
        messages.success(request, _("The rule counts from %(day)s on.") % {"day": form.cleaned_data["valid_from"]})
        return redirect("volunteers:hour_rules")
