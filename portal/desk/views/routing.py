"""Routing rules at the desk: written by dispatchers of the region, tried against past cases, then switched on."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.errors import DomainError, NotAllowed
from portal.core.humanize import Look
from portal.core.registry.organizations import link
from portal.core.registry.pages import (
    Column,
    CreatePage,
    DeletePage,
    DetailPage,
    EditPage,
    ListPage,
    RegistryPage,
)
from portal.core.templatetags.portal import tag_html
from requests import routing
from requests.filters import RoutingRuleFilter
from requests.forms.routing import RoutingRuleForm
from requests.models import RoutingRule
from requests.subjects import ROUTING_RULES

DAYS = routing.DAYS_OFFERED[1]


def status_tag(rule: RoutingRule) -> Any:
    if rule.is_in_force:
        return tag_html(_("in force"), Look("circle-check", "good"))
    if rule.is_active:
        return tag_html(_("outside its dates"), Look("clock", "quiet"))
    return tag_html(_("switched off"), Look("player-pause", "quiet"))


def _tried(rule: RoutingRule) -> str:
    if rule.tried_at is None:
        return ""
    return _("%(hits)d of %(sent)d in %(days)d days") % {
        "hits": rule.tried_hits, "sent": rule.tried_sent, "days": rule.tried_days
    }  # fmt: skip


class RulePage(RegistryPage):
    subject = ROUTING_RULES

    def queryset(self) -> Any:
        return routing.RULES


class RoutingRuleList(RulePage, ListPage):
    filterset_class = RoutingRuleFilter
    first_filters = ("q", "region", "is_active")
    columns = (
        Column(gettext_lazy("order"), "order", "num"),
        Column(gettext_lazy("rule"), "name"),
        Column(gettext_lazy("Which matters"), lambda rule: " · ".join(routing.conditions(rule)), "only-wide"),
        Column(gettext_lazy("To whom"), "to"),
        Column(gettext_lazy("went there anyway"), _tried, "only-wide"),
        Column(gettext_lazy("Status"), status_tag),
    )
    empty_hint = gettext_lazy("Write down which matters always go to the same unit: the portal then proposes it.")

    def queryset(self) -> Any:
        return routing.RULES.order_by("order", "pk")


class RoutingRuleDetail(RulePage, DetailPage):
    template_name = "desk/routing_rule.html"

    def facts(self, row: RoutingRule) -> list[tuple[Any, Any]]:
        return [
            (_("region"), link("registry:region_detail", row.region)),
            (_("category"), row.category.path if row.category else ""),
            (_("station"), row.station and link("stations:station_detail", row.station)),
            (_("words"), "、".join(row.keywords.split())),
            (_("when it came in"), routing.in_hours(row)),
            (_("to whom"), _receiver(row)),
            (_("order"), row.order),
            (_("valid from"), row.valid_from),
            (_("valid until"), row.valid_until),
            (_("went there anyway"), _tried(row)),
        ]

    def more(self, row: RoutingRule) -> dict[str, Any]:
        return {"status_tag": status_tag(row), "days": DAYS}


def _receiver(rule: RoutingRule) -> Any:
    return link("registry:organization_detail" if rule.unit_id else "volunteers:team_detail", rule.to)


class RoutingRuleCreate(RulePage, CreatePage):
    form_class = RoutingRuleForm

    def after(self, row: RoutingRule) -> str:
        return self.subject.url("trial", row.pk)


class RoutingRuleEdit(RulePage, EditPage):
    form_class = RoutingRuleForm


class RoutingRuleDelete(RulePage, DeletePage):
    pass


class TrialPage(RulePage):
    """What the rule would have done. POST switches it on."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        rule, days = self.row(pk), _days(request.GET.get("days"))
        return self.show(rule, days)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        rule, days = self.row(pk), _days(request.POST.get("days"))
        if not self.may_edit(rule):
            raise NotAllowed()
        try:
            routing.switch_on(rule, by=request.user, days=days)
        except DomainError as error:
            return self.show(rule, days, error=error)
        messages.success(request, _("“%(name)s” now proposes. Dispatchers still decide.") % {"name": rule})
        return redirect(self.subject.detail(rule))

    def show(self, rule: RoutingRule, days: int, *, error: DomainError | None = None) -> HttpResponse:
        context = self.context(
            row=rule, trial=routing.trial(rule, user=self.request.user, days=days), all_days=routing.DAYS_OFFERED,
            conditions=routing.conditions(rule), may_edit=self.may_edit(rule), status_tag=status_tag(rule), error=error,
        )  # fmt: skip
        return render(self.request, "desk/routing_trial.html", context, status=error.status if error else 200)


def _days(value: str | None) -> int:
    return next((days for days in routing.DAYS_OFFERED if str(days) == value), DAYS)


class SwitchOffPage(RulePage):
    capability = ROUTING_RULES.write

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        rule = self.row(pk)
        routing.switch_off(rule, by=request.user)
        messages.success(request, _("“%(name)s” proposes nothing any more.") % {"name": rule})
        return redirect(self.subject.detail(rule))
