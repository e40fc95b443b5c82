"""Rewards (积分兑换): what merchants give for points, taken by volunteers, handed out against a one-time code.

Whoever takes one pays at once and has the reward kept for a week. Stock goes down by a conditional update, points under
the lock of the volunteer's row: neither goes below zero, however many ask in one second. A code counts once: two
cashiers wait for each other at the redemption's row, and the second is told when it was fetched.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import codes, crypto, humanize
from portal.core.errors import Conflict, DomainError, NotAllowed, NotFound
from portal.core.history import acting_as
from portal.core.models import Level, Region, User
from portal.core.models.regions import codes_on
from portal.core.throttling import hit
from stations.models import Affiliate
from volunteers import points
from volunteers.guards import OWN, REDEEM, REWARDS, refuse, save
from volunteers.models import PointEntry, Redemption, Reward, Volunteer
from volunteers.models.points import RewardQuerySet
from volunteers.types import PointKind, RedemptionStatus
from volunteers.whereabouts import distance_from

VALID_FOR = timedelta(days=7)
MOST_IN_STOCK = 100_000
# A cashier types a few codes a minute; somebody who guesses types more.
TRIES = {"limit": 60, "seconds": 600}


def save_reward(reward: Reward, *, by: User, stock: int | None = None) -> Reward:
    """Put a reward on offer, or change it; `stock` is for a new one (`restock` changes it later)."""
    _refuse_unless_runs_rewards(reward.merchant, by=by)
    if reward.merchant.kind != Affiliate.Kind.CARING_MERCHANT:
        refuse("merchant", _("“%(name)s” is not a caring merchant.") % {"name": reward.merchant})
    if reward.pk is None:
        reward.stock = _possible(stock or 0)
    with transaction.atomic(), acting_as(by.pk):
        # Of a reward on file the stock is left alone: somebody may take one while the form is open.
        editable = [field.name for field in Reward._meta.fields if field.editable and not field.primary_key]
        save(reward, fields=editable if reward.pk else None)
    return reward


def restock(reward: Reward, *, change: int, by: User) -> Reward:
    """Add to the stock, or (negative) take from it what is there no more."""
    _refuse_unless_runs_rewards(reward.merchant, by=by)
    if change == 0:
        refuse("change", _("Please say how many more, or how many fewer."))
    with transaction.atomic(), acting_as(by.pk):
        locked = Reward.objects.select_for_update().get(pk=reward.pk)
        if locked.stock + change < 0:
            refuse("change", _("There are only %(count)d left.") % {"count": locked.stock})
        locked.stock = _possible(locked.stock + change, field="change")
        locked.save(update_fields=["stock"])
    reward.stock = locked.stock
    return reward


def near(volunteer: Volunteer, *, now: datetime | None = None) -> RewardQuerySet:
    """What somebody can choose from, the nearest first: rewards on offer in their district, those that are gone too."""
    lines = Region.objects.filter(code__in=codes_on(volunteer.home_region.path), level=Level.DISTRICT)
    district = lines.first() or volunteer.home_region
    rows = Reward.objects.on_offer(now or timezone.now()).filter(merchant__region__path__startswith=district.path)
    distance = distance_from(volunteer, latitude="merchant__latitude", longitude="merchant__longitude")
    near_first = F("distance_m").asc(nulls_last=True), "points", "pk"
    return rows.select_related("merchant").annotate(distance_m=distance).order_by(*near_first)


def take(reward: Reward, *, volunteer: Volunteer, by: User, now: datetime | None = None) -> Redemption:
    """Take a reward for points. It is kept until the code expires."""
    now = now or timezone.now()
    with transaction.atomic(), acting_as(by.pk):
        # Locked first, as the ledger does: two taps at once see one balance after the other.
        locked = Volunteer.objects.select_for_update(of=("self",)).select_related("home_region").get(pk=volunteer.pk)
        if locked.person_id != by.person_id or not by.scope.can(OWN):
            raise NotAllowed()
        found = near(locked, now=now).filter(pk=reward.pk).first()
        if found is None:
            raise Conflict(_("“%(name)s” is not on offer any more.") % {"name": reward}, code="not_on_offer")
        missing = found.points - points.balance(locked)
        if missing > 0:
            message = _("You need %(count)d more points for “%(name)s”.") % {"count": missing, "name": found}
            raise Conflict(message, code="too_few_points")
        if not Reward.objects.filter(pk=found.pk, stock__gt=0).update(stock=F("stock") - 1):
            raise Conflict(_("Somebody else has just taken the last “%(name)s”.") % {"name": found}, code="sold_out")
        redemption = Redemption(
            volunteer=locked, reward=found, points=found.points, taken_at=now, expires_at=now + VALID_FOR
        )
        redemption.code_hash = _hashed(code_of(redemption))
        redemption.save()
        _enter(redemption, PointKind.SPENT, at=now)
    return redemption


def code_of(redemption: Redemption) -> str:
    """The one-time code, for its owner's page."""
    return codes.code_of(str(redemption.key), purpose="redemption-code")


def give_back(redemption: Redemption, *, by: User, now: datetime | None = None) -> Redemption:
    """The owner changes their mind: points and stock come back."""
    if redemption.volunteer.person_id != by.person_id or not by.scope.can(OWN):
        raise NotAllowed()
    with transaction.atomic(), acting_as(by.pk):
        if not _end(redemption, RedemptionStatus.GIVEN_BACK, at=now or timezone.now()):
            raise Conflict(_("This has been fetched, or has expired."), code="ended")
    redemption.refresh_from_db()
    return redemption


def find(code: str, *, by: User, now: datetime | None = None) -> Redemption:
    """What a code is good for, before it is handed out: nothing changes.

    One answer for what is no code, an unknown one, and one of a merchant elsewhere. Call it outside of a transaction,
    so that tries stay counted.
    """
    hit("redemption-code", str(by.pk), **TRIES)
    rows = Redemption.objects.select_related("reward__merchant__region", "volunteer__person")
    try:
        found = rows.filter(code_hash=_hashed(codes.parse_code(code))).first()
    except DomainError:
        found = None
    if found is None or not _may_redeem(found.reward.merchant, by=by):
        message = _("This is not a code of a reward of yours. Please compare it with the volunteer's phone.")
        raise NotFound(message, code="unknown_code", fields={"code": [message]})
    _refuse_ended(found, now=now or timezone.now())
    return found


def redeem(redemption: Redemption, *, by: User, now: datetime | None = None) -> Redemption:
    """Hand the reward out. The code is good for nothing from then on."""
    now = now or timezone.now()
    if not _may_redeem(redemption.reward.merchant, by=by):
        raise NotAllowed()
    if redemption.volunteer.person_id == by.person_id:
        raise NotAllowed(_("Nobody hands a reward out to themselves. Please ask a colleague."))
    with transaction.atomic(), acting_as(by.pk):
        locked = Redemption.objects.select_for_update().get(pk=redemption.pk)
        _refuse_ended(locked, now=now)
        locked.status, locked.ended_at, locked.redeemed_by = RedemptionStatus.REDEEMED, now, by
        locked.save(update_fields=["status", "ended_at", "redeemed_by"])
    redemption.refresh_from_db()
    return redemption


def expire(now: datetime | None = None) -> int:
    """Give points and stock of rewards back that were not fetched in time; returns how many."""
    now, count = now or timezone.now(), 0
    for redemption in Redemption.objects.overdue(now).select_related("volunteer").order_by("pk").iterator():
        with transaction.atomic(), acting_as(None):
            count += _end(redemption, RedemptionStatus.EXPIRED, at=now)
    return count


def _end(redemption: Redemption, status: str, *, at: datetime) -> bool:
    """End what was not fetched; False where a cashier, or another worker, was faster."""
    # The order in which `take` locks: volunteer, then the rest.
    Volunteer.objects.select_for_update().only("pk").get(pk=redemption.volunteer_id)
    waiting = Redemption.objects.filter(pk=redemption.pk, status=RedemptionStatus.OPEN)
    if not waiting.update(status=status, ended_at=at):
        return False
    Reward.objects.filter(pk=redemption.reward_id).update(stock=F("stock") + 1)
    _enter(redemption, PointKind.RETURNED, at=at)
    return True


def _enter(redemption: Redemption, kind: str, *, at: datetime) -> None:
    sign = 1 if kind == PointKind.RETURNED else -1
    PointEntry.objects.create(
        volunteer_id=redemption.volunteer_id, region=redemption.reward.merchant.region, kind=kind,
        points=sign * redemption.points, redemption=redemption, made_at=at,
    )  # fmt: skip


def _refuse_ended(redemption: Redemption, *, now: datetime) -> None:
    if redemption.status == RedemptionStatus.REDEEMED:
        message = _("This was fetched already, on %(time)s.") % {"time": humanize.absolute_time(redemption.ended_at)}
        raise Conflict(message, code="redeemed")
    if redemption.status == RedemptionStatus.GIVEN_BACK:
        raise Conflict(_("The volunteer has given this back."), code="given_back")
    if redemption.status == RedemptionStatus.EXPIRED or redemption.expires_at <= now:
        message = _("This code expired on %(time)s.") % {"time": humanize.absolute_time(redemption.expires_at)}
        raise Conflict(message, code="expired")


def _may_redeem(merchant: Affiliate, *, by: User) -> bool:
    return Affiliate.objects.editable_by(by, REDEEM).filter(pk=merchant.pk).exists()


def _refuse_unless_runs_rewards(merchant: Affiliate, *, by: User) -> None:
    if not Affiliate.objects.editable_by(by, REWARDS).filter(pk=merchant.pk).exists():
        raise NotAllowed()


def _possible(stock: int, *, field: str = "stock") -> int:
    if not 0 <= stock <= MOST_IN_STOCK:
        refuse(field, _("Please enter a number from 0 to %(most)d.") % {"most": MOST_IN_STOCK})
    return stock


def _hashed(code: str) -> str:
    return crypto.keyed_hash(code, purpose="redemption")
