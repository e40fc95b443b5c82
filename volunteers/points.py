"""Points (积分) for approved hours. All balances are sums of `PointEntry`, which is only ever added to.

The ledger of hours calls `credit` in its own transaction, with the volunteer's row locked: hours that count give points
in the same moment, and hours that are taken back take them back, even below zero. Nobody can spend below zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from dateutil.relativedelta import relativedelta
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import NotAllowed
from portal.core.history import acting_as
from portal.core.models import Level, Region, User
from portal.core.models.regions import codes_on
from volunteers.guards import REWARDS, refuse, save
from volunteers.models import HourEntry, PointEntry, PointRule, Volunteer
from volunteers.types import DutyKind, HourAccount, PointKind

HOUR = 60


@dataclass
class Month:
    """One month of somebody's statement. `balance` is what there was at its end."""

    first: date
    earned: int = 0
    spent: int = 0
    balance: int = 0


def rule_on(day: date, region: Region) -> PointRule | None:
    """The rule that counts on a day where `region` lies: its district's own, else everybody's."""
    rules = PointRule.objects.filter(valid_from__lte=day)
    rules = rules.filter(Q(district__code__in=codes_on(region.path)) | Q(district__isnull=True))
    return rules.order_by(F("district__depth").desc(nulls_last=True), "-valid_from").first()


def rule_today(volunteer: Volunteer) -> PointRule | None:
    """The rule that counts today where somebody lives."""
    return rule_on(timezone.localdate(timezone=ZONE), volunteer.home_region)


def worth(minutes: int, kind: str, rule: PointRule) -> int:
    """The points of so many minutes of a kind of duty, rounded towards nothing. `kind` is empty for a supplement."""
    percent = {
        DutyKind.EVENING_HOUR: rule.evening_percent, DutyKind.RED_WEEKEND: rule.red_weekend_percent,
        DutyKind.STAGGERED: rule.staggered_percent, DutyKind.OVERNIGHT: rule.overnight_percent,
    }.get(kind, 100)  # fmt: skip
    points = abs(minutes) * rule.points_per_hour * percent // (HOUR * 100)
    return points if minutes > 0 else -points


def credit(entry: HourEntry) -> None:
    """Give the points of an entry of approved hours; a reversal takes back exactly what the first one gave."""
    if entry.account != HourAccount.APPROVED:
        return
    rule = None
    if entry.reverses_id:
        given = PointEntry.objects.filter(hour_entry=entry.reverses_id).first()
        points = -given.points if given else 0
    else:
        rule = rule_on(entry.on, entry.region)
        points = worth(entry.minutes, entry.assignment.shift.kind if entry.assignment else "", rule) if rule else 0
    if points:
        PointEntry.objects.create(
            volunteer_id=entry.volunteer_id, region_id=entry.region_id, hour_entry=entry, rule=rule, points=points,
            kind=PointKind.EARNED if points > 0 else PointKind.TAKEN_BACK,
        )  # fmt: skip


def credit_report(volunteer: Volunteer, *, region: Region, report: str, on: date) -> None:
    """Give the points of a reported hazard that turned out to be one, once for its number."""
    rule = rule_on(on, region)
    if rule is not None and rule.points_per_report:
        entry = PointEntry(
            volunteer=volunteer, region=region, report=report, rule=rule, points=rule.points_per_report,
            kind=PointKind.EARNED,
        )  # fmt: skip
        PointEntry.objects.bulk_create([entry], ignore_conflicts=True)


def balance(volunteer: Volunteer) -> int:
    return volunteer.point_entries.aggregate(Sum("points"))["points__sum"] or 0


def statement(volunteer: Volunteer) -> list[Month]:
    """Every month that has entries, the latest first: earned, spent, and the balance at its end."""
    by_month = volunteer.point_entries.order_by().annotate(month=TruncMonth("made_at", tzinfo=ZONE))
    sums = by_month.values_list("month", "kind").annotate(Sum("points")).order_by("month")
    return _months(sums)


def _months(sums: Iterable[tuple[date, str, int]]) -> list[Month]:
    months: list[Month] = []
    for month, kind, points in sums:
        first = month.date()
        if not months or months[-1].first != first:
            months.append(Month(first, balance=months[-1].balance if months else 0))
        months[-1].balance += points
        if kind in (PointKind.EARNED, PointKind.TAKEN_BACK):
            months[-1].earned += points
        else:
            months[-1].spent -= points
    return months[::-1]


def entries_of_month(volunteer: Volunteer, first: date) -> QuerySet[PointEntry]:
    """The lines of one month of the statement, with what each came of."""
    begins = datetime.combine(first, time(), ZONE)
    rows = volunteer.point_entries.filter(made_at__gte=begins, made_at__lt=begins + relativedelta(months=1))
    return rows.select_related("hour_entry__assignment__shift__station", "hour_entry__claim", "redemption__reward")


def add_rule(rule: PointRule, *, by: User) -> PointRule:
    """Let a rule count from today or a later day on; what was counted before stays as it is."""
    if rule.district is None:
        is_mine = by.scope.granting(REWARDS).sees_all_regions
    else:
        is_mine = by.scope.granting(REWARDS).covers(rule.district)
    if not is_mine:
        raise NotAllowed(_("The rules of a district are for its own staff to make."))
    if rule.district is not None and rule.district.level != Level.DISTRICT:
        refuse("district", _("“%(name)s” is not a district.") % {"name": rule.district})
    if rule.valid_from and rule.valid_from < timezone.localdate(timezone=ZONE):
        refuse("valid_from", _("Hours of days that are over have been counted. Please choose today or a later day."))
    with acting_as(by.pk):
        save(rule)
    return rule
