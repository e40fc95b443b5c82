"""Rewards and points at the desk: what merchants give, the cashier's page, rules by which hours give points."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.clock import ZONE
from portal.core.errors import DomainError, NotAllowed
from portal.core.humanize import Look
from portal.core.masking import mask_name
from portal.core.pages import StaffPage
from portal.core.registry.forms import ScopedForm
from portal.core.registry.organizations import link
from portal.core.registry.pages import Column, CreatePage, DetailPage, EditPage, ListPage, LookupPage, RegistryPage
from portal.core.templatetags.portal import tag_html
from volunteers import points, rewards
from volunteers.forms.rewards import CodeForm, RewardForm, RuleForm, StockForm
from volunteers.guards import REDEEM, REWARDS
from volunteers.models import PointRule, Redemption, Reward
from volunteers.points_filters import RewardFilter
from volunteers.subjects import MERCHANT_LOOKUP
from volunteers.subjects import REWARDS as SUBJECT
from volunteers.types import RedemptionStatus

LAST_FETCHED = 12


def offer_tag(row: Reward) -> Any:
    is_over = row.offered_until is not None and row.offered_until < timezone.localdate(timezone=ZONE)
    if not row.is_active or is_over:
        return tag_html(_("not on offer"), Look("archive", "quiet"))
    if row.stock == 0:
        return tag_html(_("sold out"), Look("alert-circle", "warn"))
    return tag_html(_("on offer"), Look("circle-check", "good"))


class RewardPage(RegistryPage):
    subject = SUBJECT

    def queryset(self) -> Any:
        return Reward.objects.select_related("merchant__region")


class RewardList(RewardPage, ListPage):
    template_name = "volunteers/reward_list.html"
    filterset_class = RewardFilter
    columns = (
        Column(gettext_lazy("reward"), "name"),
        Column(gettext_lazy("caring merchant"), "merchant"),
        Column(gettext_lazy("region"), lambda row: row.merchant.region, "only-wide"),
        Column(gettext_lazy("points"), "points", "num"),
        Column(gettext_lazy("in stock"), "stock", "num"),
        Column(gettext_lazy("to be fetched"), lambda row: row.waiting or "", "num only-wide"),
        Column(gettext_lazy("fetched"), lambda row: row.fetched or "", "num only-wide"),
        Column(gettext_lazy("Status"), offer_tag),
    )
    empty_hint = gettext_lazy("Agree with a caring merchant what it gives, and put it on offer here.")

    def queryset(self) -> Any:
        counted = {
            "waiting": Count("redemptions", filter=Q(redemptions__status=RedemptionStatus.OPEN)),
            "fetched": Count("redemptions", filter=Q(redemptions__status=RedemptionStatus.REDEEMED)),
        }
        return super().queryset().annotate(**counted).order_by("points", "name", "pk")


class RewardDetail(RewardPage, DetailPage):
    template_name = "volunteers/reward_detail.html"

    def facts(self, row: Reward) -> list[tuple[Any, Any]]:
        return [
            (_("caring merchant"), link("stations:affiliate_detail", row.merchant)),
            (_("region"), row.merchant.region),
            (_("description"), row.description),
            (_("points"), row.points),
            (_("offered until"), row.offered_until),
        ]

    def more(self, row: Reward) -> dict[str, Any]:
        taken = row.redemptions.select_related("volunteer__person", "redeemed_by__person")
        rows = [(each, mask_name(each.volunteer.person.name)) for each in taken[:LAST_FETCHED]]
        return {"status_tag": offer_tag(row), "taken": rows, "may_redeem": self.request.user.scope.can(REDEEM)}


class RewardCreate(RewardPage, CreatePage):
    form_class = RewardForm


class RewardEdit(RewardPage, EditPage):
    form_class = RewardForm


class StockPage(RewardPage):
    capability = SUBJECT.write

    def held(self, pk: int) -> Reward:
        row = self.row(pk)
        if not self.holds(self.subject.write, row):
            raise NotAllowed()
        return row

    def show(self, row: Reward, form: ScopedForm, status: int = 200) -> HttpResponse:
        return render(self.request, "volunteers/reward_stock.html", self.context(row=row, form=form), status=status)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(self.held(pk), StockForm(user=request.user))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row, form = self.held(pk), StockForm(request.POST, user=request.user)
        if form.is_valid():
            try:
                rewards.restock(row, change=form.cleaned_data["change"], by=request.user)
            except DomainError as error:
                form.take_error(error)
        if form.errors:
            return self.show(row, form, 400)
        messages.success(request, _("“%(name)s”: %(count)d in stock.") % {"name": row, "count": row.stock})
        return HttpResponseRedirect(self.subject.detail(row))


class MerchantLookupPage(LookupPage):
    lookup = MERCHANT_LOOKUP


class RedeemPage(StaffPage):
    """The cashier: a code, then what it is good for, then one button. A scanned code skips the first."""

    capability = REDEEM

    def show(self, form: CodeForm, status: int = 200, **context: Any) -> HttpResponse:
        fetched = Redemption.objects.for_user(self.request.user).filter(redeemed_by=self.request.user)
        context |= {"form": form, "fetched": fetched.select_related("reward")[:LAST_FETCHED]}
        response = render(self.request, "volunteers/redeem.html", context, status=status)
        response["Cache-Control"] = "no-store"
        return response

    def get(self, request: HttpRequest) -> HttpResponse:
        if "code" not in request.GET:
            return self.show(CodeForm())
        return self.look(CodeForm({"code": request.GET["code"]}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = CodeForm(request.POST)
        return self.hand_out(form) if "hand_out" in request.POST else self.look(form)

    def look(self, form: CodeForm) -> HttpResponse:
        found, status = self.found(form)
        if found is None:
            return self.show(form, status)
        return self.show(form, redemption=found, who=mask_name(found.volunteer.person.name))

    def hand_out(self, form: CodeForm) -> HttpResponse:
        found, status = self.found(form)
        if found is None:
            return self.show(form, status)
        try:
            rewards.redeem(found, by=self.request.user)
        except DomainError as error:
            form.add_error("code", str(error))
            return self.show(form, error.status)
        messages.success(self.request, _("Hand out: “%(name)s”. The code is used up.") % {"name": found.reward})
        return redirect("volunteers:redeem")

    def found(self, form: CodeForm) -> tuple[Redemption | None, int]:
        if not form.is_valid():
            return None, 400
        try:
            return rewards.find(form.cleaned_data["code"], by=self.request.user), 200
        except DomainError as error:
            form.add_error("code", str(error))
            return None, error.status


class RulesPage(StaffPage):
    """What an approved hour is worth, by district and day; a new rule is added, old ones stay."""

    capability = REWARDS

    def show(self, form: RuleForm, status: int = 200) -> HttpResponse:
        rules = PointRule.objects.for_user(self.request.user).select_related("district")
        context = {"form": form, "rules": rules, "may_add": form.fields["district"].queryset.exists()}
        return render(self.request, "volunteers/point_rules.html", context, status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(RuleForm(user=request.user, initial={"valid_from": timezone.localdate(timezone=ZONE)}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = RuleForm(request.POST, user=request.user)
        if form.is_valid():
            try:
                points.add_rule(form.instance, by=request.user)
            except DomainError as error:
                form.take_error(error)
        if form.errors:
            return self.show(form, 400)
        messages.success(request, _("The rule counts from %(day)s on.") % {"day": form.instance.valid_from})
        return redirect("volunteers:point_rules")
