"""Hours: what was planned, what was recorded, what counts. All are sums of `HourEntry`, which is only ever added to.

The rule of DOMAIN 2: what is served up to eight hours a day counts at once; up to twelve the body above decides about
the rest, beyond twelve the one above that. Nothing is dated back but by a supplement (补录) that somebody approves.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.history import acting_as
from portal.core.models import Level, Region, User
from portal.core.permissions import Role
from volunteers import notices, points
from volunteers.guards import DUTY, OWN
from volunteers.models import Assignment, HourClaim, HourEntry, HourRule, Volunteer
from volunteers.models.duty import stands_in
from volunteers.models.hours import DAY_MINUTES
from volunteers.types import ClaimKind, ClaimStatus, DutyKind, HourAccount

# Nobody can say any more what was done on a day so long ago.
LONGEST_AGO = timedelta(days=366)
DECIDING_ROLES = (Role.ADMINISTRATOR, Role.LEADER)


def rule_on(day: date, district_id: int) -> HourRule:
    """The rule that counts on a day: the district's own, else everybody's, else the defaults."""
    rules = HourRule.objects.filter(valid_from__lte=day).filter(Q(district=district_id) | Q(district__isnull=True))
    found = rules.order_by(F("district").asc(nulls_last=True), "-valid_from").first()
    return found or HourRule(valid_from=day)


def rows(volunteer: Volunteer, *, since: date | None = None, until: date | None = None) -> QuerySet[HourEntry]:
    """Somebody's entries of the days of service from `since` to `until` inclusive."""
    entries = HourEntry.objects.filter(volunteer=volunteer)
    if since:
        entries = entries.filter(on__gte=since)
    if until:
        entries = entries.filter(on__lte=until)
    return entries


def totals(volunteer: Volunteer, *, since: date | None = None, until: date | None = None) -> Mapping[str, int]:
    """Minutes in each account, over the days of service from `since` to `until` inclusive."""
    entries = rows(volunteer, since=since, until=until)
    return _sums(entries.order_by().values_list("account").annotate(Sum("minutes")))


def months(volunteer: Volunteer) -> list[tuple[date, Mapping[str, int]]]:
    """The totals of each month that has entries, the latest first."""
    rows = HourEntry.objects.filter(volunteer=volunteer).annotate(month=TruncMonth("on")).order_by("-month")
    sums = rows.values_list("month", "account").annotate(Sum("minutes"))
    found: dict[date, list[tuple[str, int]]] = {}
    for month, account, minutes in sums:
        found.setdefault(month, []).append((account, minutes))
    return [(month, _sums(lines)) for month, lines in found.items()]


def approved_days(volunteers: QuerySet[Volunteer], *, since: date, until: date) -> Iterable[tuple[int, date, int, int]]:
    """What counts of each of `volunteers` on each day: (volunteer, day, minutes, shifts). Shifts are those whose own
    entry has not been taken back."""
    rows = HourEntry.objects.filter(
        account=HourAccount.APPROVED, on__gte=since, on__lte=until, volunteer__in=volunteers.values("pk")
    )
    is_shift = Q(assignment__isnull=False, claim__isnull=True, reverses__isnull=True, reversed_by__isnull=True)
    sums = rows.order_by().values("volunteer", "on").annotate(total=Sum("minutes"), shifts=Count("pk", filter=is_shift))
    return sums.values_list("volunteer", "on", "total", "shifts")


def approved_for(entry: HourEntry) -> int:
    """What counts of the service that an entry is about, with all that was added and taken back."""
    same = Q(assignment=entry.assignment_id) if entry.assignment_id else Q(claim=entry.claim_id)
    return _approved_of(same, entry.volunteer_id)


def _approved_of(service: Q, volunteer_id: int) -> int:
    rows = HourEntry.objects.filter(service, volunteer=volunteer_id, account=HourAccount.APPROVED)
    return rows.aggregate(Sum("minutes"))["minutes__sum"] or 0


def has_recorded(assignment: Assignment) -> bool:
    """Whether minutes between check-in and check-out have been entered."""
    return HourEntry.objects.filter(assignment=assignment, account=HourAccount.RECORDED).exists()


def _sums(lines: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    sums = dict(lines)
    return {account: sums.get(account, 0) for account in HourAccount.values}


def settle(assignment: Assignment, *, by: User | None) -> None:
    """Write what a finished place on a shift was planned for, what was recorded, and what of it counts.

    Call it in the transaction that ends the place. What has been entered before is not entered again: somebody who was
    marked absent may turn out to have been there.
    """
    shift, volunteer, day = assignment.shift, assignment.volunteer, _day(assignment)
    _lock_account_of(volunteer.pk)
    region = shift.station.region
    own = HourEntry.objects.filter(assignment=assignment, claim=None, reverses=None)
    entered = set(own.values_list("account", flat=True))
    if HourAccount.PLANNED not in entered:
        _enter(volunteer, region, HourAccount.PLANNED, day, shift.minutes, assignment=assignment, by=by)
    if assignment.checked_in_at is None or assignment.checked_out_at is None or HourAccount.RECORDED in entered:
        return
    minutes = minutes_between(assignment.checked_in_at, assignment.checked_out_at)
    if minutes <= 0:
        return
    _enter(volunteer, region, HourAccount.RECORDED, day, minutes, assignment=assignment, by=by)
    rule = rule_on(day, shift.district_id)
    counted = _counted(minutes, shift.kind, rule)
    before = _approved_on(volunteer, day)
    at_once = min(counted, max(0, rule.day_limit_minutes - before))
    if at_once:
        _enter(volunteer, region, HourAccount.APPROVED, day, at_once, assignment=assignment, by=by)
    if counted > at_once:
        HourClaim.objects.create(
            volunteer=volunteer, region=region, assignment=assignment, kind=ClaimKind.LONG_DAY, on=day,
            minutes=counted - at_once, decided_in=_above(region, _levels_up(before + counted, rule)), asked_by=by,
            reason=_("More than %(hours)d hours in one day") % {"hours": rule.day_limit_minutes // 60},
        )  # fmt: skip


def minutes_between(came: datetime, left: datetime) -> int:
    """What is recorded of a place: whole minutes."""
    return int((left - came).total_seconds() // 60)


def claim(
    volunteer: Volunteer,
    *,
    kind: str,
    region: Region,
    on: date,
    minutes: int,
    reason: str,
    by: User | None,
    assignment: Assignment | None = None,
) -> HourClaim:
    """Ask for a supplement (补录) or a correction; somebody above the place of service decides."""
    if by is not None and not _may_ask(volunteer, region, assignment, by=by):
        raise NotAllowed()
    if kind == ClaimKind.LONG_DAY:
        raise DomainError("invalid", _("Long days are claimed by the ledger itself."))
    if on > timezone.localdate(timezone=ZONE):
        message = _("This day has not come yet.")
        raise DomainError("invalid", message, fields={"on": [message]})
    if kind == ClaimKind.SUPPLEMENT and on < timezone.localdate(timezone=ZONE) - LONGEST_AGO:
        message = _("This is more than a year ago. A supplement is asked for within a year.")
        raise DomainError("invalid", message, fields={"on": [message]})
    if not reason.strip():
        message = _("Please say what was done, and why it was not recorded.")
        raise DomainError("invalid", message, fields={"reason": [message]})
    if minutes == 0:
        message = _("Please say how long it took.")
        raise DomainError("invalid", message, fields={"minutes": [message]})
    fewest = 1 if kind == ClaimKind.SUPPLEMENT else -DAY_MINUTES
    if not fewest <= minutes <= DAY_MINUTES:
        message = _("This is not a number of minutes of one day.")
        raise DomainError("invalid", message, fields={"minutes": [message]})
    if assignment is not None and assignment.volunteer_id != volunteer.pk:
        message = _("This is somebody else's duty.")
        raise DomainError("invalid", message, fields={"assignment": [message]})
    try:
        with transaction.atomic(), acting_as(by.pk if by else None):
            _lock_account_of(volunteer.pk)
            levels = _levels_to_decide(volunteer, region, on, minutes)
            if kind == ClaimKind.SUPPLEMENT and same_claims(volunteer, region, on, minutes, reason).exists():
                message = _("Exactly this has been asked for already.")
                raise Conflict(message, code="asked_already")
            return HourClaim.objects.create(
                volunteer=volunteer, region=region, assignment=assignment, kind=kind, on=on, minutes=minutes,
                reason=reason.strip()[:300], decided_in=_above(region, levels), asked_by=by,
            )  # fmt: skip
    except IntegrityError as error:
        message = _("This has been asked for already and waits for a decision.")
        raise Conflict(message, code="asked_already") from error


def correct(assignment: Assignment, *, minutes: int, reason: str, by: User) -> HourClaim:
    """Ask that a service counts as if so many minutes had been recorded; its entries stay as they are."""
    volunteer, day = assignment.volunteer, _day(assignment)
    with transaction.atomic():
        _lock_account_of(volunteer.pk)
        counted = _counted(minutes, assignment.shift.kind, rule_on(day, assignment.shift.district_id))
        approved = _approved_of(Q(assignment=assignment), volunteer.pk)
        waiting = HourClaim.objects.filter(assignment=assignment, status=ClaimStatus.PENDING).first()
        if waiting and (waiting.kind, waiting.minutes, waiting.reason) == (
            ClaimKind.CORRECTION, counted - approved, reason,
        ):  # fmt: skip
            # The same sheet, sent twice.
            return waiting
        if waiting:
            # What counts is not known before; the difference to it cannot be, either.
            message = _("Hours of this service wait for a decision. They can be put right after it.")
            raise Conflict(message, code="asked_already")
        if counted == approved:
            raise DomainError("invalid", _("This is what counts already."))
        return claim(
            volunteer, kind=ClaimKind.CORRECTION, region=assignment.shift.station.region, on=day,
            minutes=counted - approved, reason=reason, by=by, assignment=assignment,
        )  # fmt: skip


def _may_ask(volunteer: Volunteer, region: Region, assignment: Assignment | None, *, by: User) -> bool:
    """The person; who looks after the entry; for a duty, who runs that station's duty and keeps its sheet."""
    if by.person_id == volunteer.person_id and by.scope.can(OWN):
        return True
    station = assignment.shift.station if assignment else None
    if station is not None and station.region_id == region.pk and stands_in(station, by.scope.granting(DUTY)):
        return True
    return Volunteer.objects.editable_by(by, DUTY).filter(pk=volunteer.pk).exists()


def _levels_to_decide(volunteer: Volunteer, region: Region, on: date, minutes: int) -> int:
    """How many levels up it is decided: of a day that would be a long one two, as for duty that was checked in. What
    waits for a decision counts as if it were granted."""
    if minutes < 0:
        return 1
    waiting = HourClaim.objects.filter(volunteer=volunteer, on=on, status=ClaimStatus.PENDING, minutes__gt=0)
    total = _approved_on(volunteer, on) + (waiting.aggregate(Sum("minutes"))["minutes__sum"] or 0) + minutes
    if total > DAY_MINUTES:
        message = _("Together with the other hours of that day this would be more than 24 hours.")
        raise DomainError("invalid", message, fields={"minutes": [message]})
    district = Region.objects.ancestors_of(region.path).filter(level=Level.DISTRICT).first()
    rule = rule_on(on, district.pk if district is not None else 0)
    return _levels_up(total, rule)


def same_claims(
    volunteer: Volunteer, region: Region, on: date, minutes: int, reason: str
) -> QuerySet[HourClaim]:  # fmt: skip
    """Supplements in the same words that wait or were granted: asked for twice, they would count twice."""
    alive = HourClaim.objects.filter(kind=ClaimKind.SUPPLEMENT).exclude(status=ClaimStatus.REFUSED)
    return alive.filter(volunteer=volunteer, region=region, on=on, minutes=minutes, reason=reason.strip()[:300])


def decide(asked: HourClaim, *, by: User, granted: bool, decision: str = "") -> HourClaim:
    """Grant or refuse. Nobody decides about hours of their own; a refusal says why."""
    with transaction.atomic(), acting_as(by.pk):
        claims = HourClaim.objects.select_for_update(of=("self",)).select_related("decided_in", "volunteer")
        locked = claims.get(pk=asked.pk)
        if not by.scope.covers(locked.decided_in, *DECIDING_ROLES) or locked.volunteer.person_id == by.person_id:
            raise NotAllowed(_("This is for a leader of “%(region)s” to decide.") % {"region": locked.decided_in})
        if locked.status != ClaimStatus.PENDING:
            raise Conflict(_("This has been decided already."), code="decided")
        if not granted and not decision.strip():
            message = _("Please say why.")
            raise DomainError("invalid", message, fields={"decision": [message]})
        locked.status = ClaimStatus.GRANTED if granted else ClaimStatus.REFUSED
        locked.decided_by, locked.decided_at, locked.decision = by, timezone.now(), decision.strip()[:300]
        locked.save(update_fields=["status", "decided_by", "decided_at", "decision"])
        if granted:
            _lock_account_of(locked.volunteer_id)
            _grant(locked, by=by)
        notices.claim_decided(locked)
    asked.refresh_from_db()
    return asked


def _grant(granted: HourClaim, *, by: User) -> None:
    if granted.minutes < 0 and granted.minutes + _approved_on(granted.volunteer, granted.on) < 0:
        raise Conflict(_("More would be taken away than was approved on that day."), code="below_zero")
    accounts = [HourAccount.APPROVED]
    if granted.kind == ClaimKind.SUPPLEMENT:
        accounts.insert(0, HourAccount.RECORDED)
    for account in accounts:
        _enter(
            granted.volunteer, granted.region, account, granted.on, granted.minutes, assignment=granted.assignment,
            claim=granted, by=by,
        )  # fmt: skip


def reverse(entry: HourEntry, *, by: User, reason: str) -> HourEntry:
    """Take an entry back by another one with the opposite sign. The first stays where it is."""
    if not reason.strip():
        message = _("Please say why.")
        raise DomainError("invalid", message, fields={"reason": [message]})
    with transaction.atomic(), acting_as(by.pk):
        _lock_account_of(entry.volunteer_id)
        if not by.scope.covers(entry.region, *DECIDING_ROLES):
            raise NotAllowed()
        if entry.reverses_id is not None or HourEntry.objects.filter(reverses=entry).exists():
            raise Conflict(_("This entry has been reversed already."), code="reversed")
        made = HourEntry.objects.create(
            volunteer_id=entry.volunteer_id, region_id=entry.region_id, assignment_id=entry.assignment_id,
            claim_id=entry.claim_id, account=entry.account, on=entry.on, minutes=-entry.minutes, reverses=entry,
            reason=reason.strip()[:100], made_by=by,
        )  # fmt: skip
        points.credit(made)
    return made


def _lock_account_of(volunteer_id: int) -> None:
    """Whoever reads a person's sum to decide on it holds the person's row: two check-outs at once count one by one."""
    Volunteer.objects.select_for_update().only("pk").get(pk=volunteer_id)


def _enter(
    volunteer: Volunteer, region: Region, account: str, on: date, minutes: int, *, assignment: Assignment | None,
    by: User | None, claim: HourClaim | None = None,
) -> None:  # fmt: skip
    made = HourEntry.objects.create(
        volunteer=volunteer, region=region, assignment=assignment, claim=claim, account=account, on=on, minutes=minutes,
        made_by=by,
    )  # fmt: skip
    points.credit(made)


def _day(assignment: Assignment) -> date:
    """The day to which a duty belongs: the one on which it was to begin, overnight duty too."""
    return assignment.shift.starts_at.astimezone(ZONE).date()


def _counted(minutes: int, kind: str, rule: HourRule) -> int:
    percent = {DutyKind.EVENING_HOUR: rule.evening_percent, DutyKind.OVERNIGHT: rule.overnight_percent}.get(kind, 100)
    return minutes * percent // 100 // rule.rounding_minutes * rule.rounding_minutes


def _approved_on(volunteer: Volunteer, day: date) -> int:
    rows = HourEntry.objects.filter(volunteer=volunteer, account=HourAccount.APPROVED, on=day)
    return rows.aggregate(Sum("minutes"))["minutes__sum"] or 0


def _levels_up(total: int, rule: HourRule) -> int:
    """Whose it is to decide about a day that comes to so many minutes: the level above, or the one above that."""
    return 2 if total > rule.long_day_minutes else 1


def _above(region: Region, levels: int) -> Region:
    """The region so many levels up; the topmost where there are not so many."""
    for _level in range(levels):
        region = region.parent or region
    return region
