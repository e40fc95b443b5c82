"""A volunteer's own points: the balance and where it comes from, rewards near home, codes to fetch them with."""

from datetime import date
from typing import Any

from django.core.paginator import InvalidPage, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import codes
from portal.core.errors import DomainError, NotFound
from portal.core.idempotency import run_once
from portal.core.pages import sent
from portal.core.qr import qr_svg
from portal.core.sites import absolute_url
from volunteers import points, rewards
from volunteers.forms.rewards import TakeForm
from volunteers.models import Redemption, Reward
from volunteers.types import RedemptionStatus
from volunteers.views.own import OwnPage

PAGE_SIZE = 30
LAST_TAKEN = 10


class PointsPage(OwnPage):
    def get(self, request: HttpRequest) -> HttpResponse:
        me = self.mine()
        taken = me.redemptions.select_related("reward__merchant")
        context = {
            "balance": points.balance(me), "months": points.statement(me), "rule": points.rule_today(me),
            "waiting": taken.filter(status=RedemptionStatus.OPEN),
            "ended": taken.exclude(status=RedemptionStatus.OPEN)[:LAST_TAKEN],
        }  # fmt: skip
        return render(request, "volunteers/my_points.html", context)


class PointsMonthPage(OwnPage):
    """The statement of one month, line by line."""

    def get(self, request: HttpRequest, year: int, month: int) -> HttpResponse:
        me = self.mine()
        try:
            first = date(year, month, 1)
        except ValueError as error:
            raise NotFound() from error
        found = next((each for each in points.statement(me) if each.first == first), None)
        if found is None:
            raise NotFound(_("There are no points of yours in this month."))
        context = {"month": found, "entries": points.entries_of_month(me, first)}
        return render(request, "volunteers/my_points_month.html", context)


class RewardsPage(OwnPage):
    def get(self, request: HttpRequest) -> HttpResponse:
        me = self.mine()
        paginator = Paginator(rewards.near(me), PAGE_SIZE)
        try:
            page = paginator.page(request.GET.get("page") or 1)
        except InvalidPage as error:
            raise NotFound() from error
        context = {"page": page, "balance": points.balance(me)}
        return render(request, "volunteers/my_rewards.html", context)


class RewardPage(OwnPage):
    """One reward, and the button that takes it; pressed twice, it is taken once."""

    def reward(self, pk: int) -> Reward:
        found = rewards.near(self.mine()).filter(pk=pk).first()
        if found is None:
            raise NotFound(_("This reward is not on offer any more."))
        return found

    def show(self, reward: Reward, form: TakeForm, status: int = 200) -> HttpResponse:
        balance = points.balance(self.mine())
        context = {"reward": reward, "form": form, "balance": balance, "rest": balance - reward.points}
        return render(self.request, "volunteers/my_reward.html", context, status=status)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(self.reward(pk), TakeForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        me, form = self.mine(), TakeForm(request.POST)
        reward = self.reward(pk)
        if not form.is_valid():
            return self.show(reward, form, 400)

        def do() -> tuple[int, dict[str, Any]]:
            return 201, {"redemption": rewards.take(reward, volunteer=me, by=request.user).pk}

        try:
            _status, answer = run_once(
                sender=f"user {request.user.pk}", address=request.path, key=form.cleaned_data["idempotency_key"],
                body=sent(request), do=do,
            )  # fmt: skip
        except DomainError as error:
            form.add_error(None, str(error))
            return self.show(reward, form, error.status)
        return redirect("own:redemption", pk=answer["redemption"])


class RedemptionPage(OwnPage):
    """The code to show at the merchant's, while it can be fetched."""

    def redemption(self, pk: int) -> Redemption:
        rows = Redemption.objects.filter(volunteer=self.mine()).select_related("reward__merchant", "volunteer")
        found = rows.filter(pk=pk).first()
        if found is None:
            raise NotFound()
        return found

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        redemption, now = self.redemption(pk), timezone.now()
        context: dict[str, Any] = {"redemption": redemption, "now": now}
        if redemption.status == RedemptionStatus.OPEN and redemption.expires_at > now:
            code = codes.format_code(rewards.code_of(redemption))
            address = f"{absolute_url(request, 'volunteers:redeem')}?code={code}"
            context |= {"code": code, "qr": qr_svg(address, label=_("Code to fetch the reward"))}
        response = render(request, "volunteers/my_redemption.html", context)
        response["Cache-Control"] = "private, no-store"
        return response


class GiveBackStep(RedemptionPage):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return redirect("own:redemption", pk=pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        redemption = self.redemption(pk)
        return self.attempt(
            lambda: rewards.give_back(redemption, by=request.user), "own:points", _("Your points are back.")
        )  # fmt: skip
