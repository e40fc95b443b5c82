"""Two entries of one person become one (合并重复登记). Everything that points at the one then points at the other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import Conflict, NotAllowed
from portal.core.history import acting_as
from portal.core.humanize import hours
from portal.core.models import Membership, User
from volunteers import ledger
from volunteers.guards import may_change, refuse
from volunteers.models import (
    Assignment,
    Certificate,
    DayAvailability,
    Honour,
    HourClaim,
    HourEntry,
    KeyHolder,
    MemberReport,
    PointEntry,
    Redemption,
    TeamMember,
    Volunteer,
    VolunteerSkill,
    WeeklyAvailability,
)
from volunteers.models.volunteers import VolunteerQuerySet
from volunteers.types import (
    HOLDING,
    AssignmentStatus,
    CertificateStatus,
    HourAccount,
    MemberStatus,
    ReportStatus,
    VolunteerStatus,
)

# So many groups of look-alikes are shown at once; when they are merged, the next ones come.
MOST_GROUPS = 50
SAME_PHONE, SAME_BIRTH, SAME_HOME = "phone", "birth", "home"
IN_A_TEAM = (MemberStatus.ASKED, MemberStatus.ACTIVE)
# What the entry that stays takes over where it says nothing itself.
FILLED = (
    "national_number", "born_on", "guardian_name", "guardian_phone", "guardian_consent_on", "profession", "interests",
    "languages", "recruited_by_id", "insured_until", "trained_on", "consent_id", "consented_at", "note",
)  # fmt: skip


Hook = Callable[[Volunteer, Volunteer], None]
_on_merge: list[Hook] = []


def on_merge(hook: Hook) -> Hook:
    """Have `hook(gone, kept)` bring along what a higher floor keeps of a volunteer, in the merge's transaction."""
    _on_merge.append(hook)
    return hook


@dataclass(frozen=True)
class Group:
    """Entries that are likely one person's, the oldest first."""

    why: str
    rows: list[Volunteer]


@dataclass(frozen=True)
class Comparison:
    """One line of two entries side by side, and what stays of it."""

    label: str | Promise
    gone: str
    kept: str
    after: str


def foresee(gone: Volunteer, kept: Volunteer) -> list[Comparison]:
    """What a merge would leave, for whoever is about to do what nobody can undo."""

    def line(label: str | Promise, of: Callable[[Volunteer], Any], after: Any = None) -> Comparison:
        return Comparison(label, str(of(gone) or ""), str(of(kept) or ""), str(after or of(kept) or of(gone) or ""))

    def approved(each: Volunteer) -> int:
        return ledger.totals(each)[HourAccount.APPROVED]

    def ahead(each: Volunteer) -> int:
        return each.assignments.filter(status__in=HOLDING, shift__starts_at__gt=timezone.now()).count()

    return [
        line(_("volunteer number"), lambda each: each.number),
        line(_("Name"), lambda each: each.shown_name, kept.shown_name),
        line(_("mobile phone"), lambda each: each.person.phone_masked),
        line(_("home community"), lambda each: each.home_region),
        line(_("volunteer since"), lambda each: each.joined_on, min(gone.joined_on, kept.joined_on)),
        line(_("Hours approved"), lambda each: hours(approved(each)), hours(approved(gone) + approved(kept))),
        line(_("Duties ahead"), lambda each: str(ahead(each)), str(ahead(gone) + ahead(kept))),
    ]


def duplicates(rows: VolunteerQuerySet) -> list[Group]:
    """Likely duplicates among `rows`: one phone, one name and date of birth, or one name in one community where nothing
    says that they were born on different days. Four queries."""
    rows = rows.current()
    by_phone = rows.exclude(person__phone_hash="").order_by().values("person__phone_hash")
    by_birth = rows.filter(born_on__isnull=False).order_by().values("person__name", "born_on")
    phones = by_phone.annotate(n=Count("pk")).filter(n__gt=1).values_list("person__phone_hash", flat=True)
    births = by_birth.annotate(n=Count("pk")).filter(n__gt=1).values_list("person__name", "born_on")
    by_home = rows.order_by().values("person__name", "home_region").annotate(n=Count("pk")).filter(n__gt=1)
    phones, births = list(phones[:MOST_GROUPS]), list(births[:MOST_GROUPS])
    homes = list(by_home.values_list("person__name", "home_region")[:MOST_GROUPS])
    condition = Q(person__phone_hash__in=phones)
    for name, born_on in births:
        condition |= Q(person__name=name, born_on=born_on)
    for name, home in homes:
        condition |= Q(person__name=name, home_region=home)
    found = list(rows.filter(condition).order_by("pk")) if phones or births or homes else []
    groups = [Group(SAME_PHONE, [each for each in found if each.person.phone_hash == phone]) for phone in phones]
    named = {frozenset(each.pk for each in group.rows) for group in groups}
    for name, born_on in births:
        alike = [each for each in found if (each.person.name, each.born_on) == (name, born_on)]
        if frozenset(each.pk for each in alike) not in named:
            named.add(frozenset(each.pk for each in alike))
            groups.append(Group(SAME_BIRTH, alike))
    for name, home in homes:
        alike = [each for each in found if (each.person.name, each.home_region_id) == (name, home)]
        is_told_apart = len({each.born_on for each in alike if each.born_on}) > 1
        if not is_told_apart and frozenset(each.pk for each in alike) not in named:
            groups.append(Group(SAME_HOME, alike))
    return groups


def merge(volunteer: Volunteer, *, into: Volunteer, by: User) -> Volunteer:
    """Merge one entry into another: assignments, hours, skills, teams, keys, times and the account go along.

    Where both were put on duty at one time the merge is refused and the duties are named: which one counts, people
    must say.
    """
    if volunteer.pk == into.pk:
        refuse("into", _("This is the same entry."))
    with transaction.atomic(), acting_as(by.pk):
        gone, kept = _locked(volunteer, into, by=by)
        _refuse_collisions(gone, kept)
        _one_account(gone, kept)
        national, gone.national_number = gone.national_number, ""
        gone.status, gone.merged_into = VolunteerStatus.MERGED, kept
        gone.save(update_fields=["status", "merged_into", "national_number"])
        Volunteer.objects.filter(merged_into=gone).update(merged_into=kept)
        _one_application(gone, kept)
        for model in (Assignment, HourClaim, HourEntry, Certificate, Redemption, PointEntry):
            model.objects.filter(volunteer=gone).update(volunteer=kept)
        _move_skills(gone, kept)
        _move_teams(gone, kept)
        _move_times(gone, kept)
        _move_reports(gone, kept)
        _move_honours(gone, kept)
        KeyHolder.objects.filter(volunteer=gone).exclude(station__in=kept.keys.values("station")).update(volunteer=kept)
        gone.keys.all().delete()
        Volunteer.objects.filter(recruited_by=gone).exclude(pk=kept.pk).update(recruited_by=kept)
        _fill(gone, kept, national)
        for hook in _on_merge:
            hook(gone, kept)
    into.refresh_from_db()
    volunteer.refresh_from_db()
    return into


def collisions(one: Volunteer, other: Volunteer) -> list[Assignment]:
    """Places of `one` that a place of `other` stands in the way of: at one time, or on one shift."""
    held = one.assignments.filter(status__in=HOLDING).select_related("shift__station")
    theirs = list(other.assignments.filter(status__in=[*HOLDING, AssignmentStatus.WAITING]))
    waiting = one.assignments.filter(status=AssignmentStatus.WAITING).select_related("shift__station")
    shifts = {each.shift_id for each in theirs}
    at_one_time = [
        mine
        for mine in held
        if any(
            each.status in HOLDING and mine.period.lower < each.period.upper and each.period.lower < mine.period.upper
            for each in theirs
        )
        or mine.shift_id in shifts
    ]
    return at_one_time + [each for each in waiting if each.shift_id in shifts]


def _locked(volunteer: Volunteer, into: Volunteer, *, by: User) -> tuple[Volunteer, Volunteer]:
    # In one order, so that two merges of the same pair wait for each other instead of for ever.
    rows = Volunteer.objects.select_for_update(of=("self",)).select_related("person").order_by("pk")
    found = {row.pk: row for row in rows.filter(pk__in=[volunteer.pk, into.pk])}
    gone, kept = found[volunteer.pk], found[into.pk]
    if not all(may_change(each, by=by) for each in (gone, kept)):
        raise NotAllowed()
    for each in (gone, kept):
        if each.status == VolunteerStatus.MERGED:
            raise Conflict(_("One of the entries has been merged already."), code="merged")
        if each.erased_at is not None:
            raise Conflict(_("The personal data of one of the entries has been erased."), code="erased")
    return gone, kept


def _refuse_collisions(gone: Volunteer, kept: Volunteer) -> None:
    if found := collisions(gone, kept):
        named = "、".join(f"{each.shift} {each.shift.station}" for each in found)
        message = _("Both entries have duties at the same time: %(duties)s. Give back one of each pair, then merge.")
        raise Conflict(message % {"duties": named}, code="duties_collide")


def _one_account(gone: Volunteer, kept: Volunteer) -> None:
    """The account follows the person; of two somebody has to close one first."""
    account = User.objects.filter(person=gone.person_id).first()
    if account is None:
        return
    if User.objects.filter(person=kept.person_id).exists():
        if not account.is_active or not Membership.objects.filter(user=account, is_active=True).exists():
            return
        raise Conflict(_("Both entries have an account. Please deactivate one of them first."), code="two_accounts")
    account.person = kept.person
    account.save(update_fields=["person"])


def _one_application(gone: Volunteer, kept: Volunteer) -> None:
    """Of two certificates that wait to be issued the one of the entry that stays is kept: it counts all hours."""
    if kept.certificates.filter(status=CertificateStatus.ASKED).exists():
        waiting = gone.certificates.filter(status=CertificateStatus.ASKED)
        waiting.update(
            status=CertificateStatus.REFUSED, decided_at=timezone.now(), refusal=_("Asked for twice by one person.")
        )


def _move_skills(gone: Volunteer, kept: Volunteer) -> None:
    """Of a skill that both list, what was verified counts, with its evidence."""
    mine = {each.skill_id: each for each in kept.skills.all()}
    for listed in gone.skills.all():
        same = mine.get(listed.skill_id)
        if same is None:
            VolunteerSkill.objects.filter(pk=listed.pk).update(volunteer=kept)
        elif same.verified_at is None and listed.verified_at is not None:
            for name in ("evidence", "valid_until", "verified_by", "verified_at"):
                ours, theirs = getattr(same, name), getattr(listed, name)
                setattr(same, name, theirs)
                setattr(listed, name, ours)
            same.save()
            listed.save()


def _move_teams(gone: Volunteer, kept: Volunteer) -> None:
    for member in TeamMember.objects.filter(volunteer=gone):
        same = TeamMember.objects.filter(volunteer=kept, team=member.team, status__in=IN_A_TEAM).first()
        if same is not None and member.status in IN_A_TEAM:
            _join(member, same)
        else:
            TeamMember.objects.filter(pk=member.pk).update(volunteer=kept)


def _join(member: TeamMember, same: TeamMember) -> None:
    """Both are in the team: the longer time counts, and whoever led still does."""
    joined = [each.joined_on for each in (member, same) if each.joined_on]
    if MemberStatus.ACTIVE in (member.status, same.status):
        same.status, same.joined_on = MemberStatus.ACTIVE, min(joined)
    same.is_leader = same.is_leader or member.is_leader
    member.status, member.is_leader = MemberStatus.LEFT, False
    member.left_on = timezone.localdate(timezone=ZONE)
    member.save()
    same.save()


def _move_times(gone: Volunteer, kept: Volunteer) -> None:
    """The pattern of the entry that stays counts; where it has none, the other's."""
    if not kept.weekly_availability.exists():
        WeeklyAvailability.objects.filter(volunteer=gone).update(volunteer=kept)
    known = DayAvailability.objects.filter(volunteer=kept).values("date")
    DayAvailability.objects.filter(volunteer=gone).exclude(date__in=known).update(volunteer=kept)


def _move_reports(gone: Volunteer, kept: Volunteer) -> None:
    """Of two reports that are open the one of the entry that stays counts; the other has ended."""
    today = timezone.localdate(timezone=ZONE)
    if MemberReport.objects.filter(volunteer=kept).open().exists():
        MemberReport.objects.filter(volunteer=gone).open().update(status=ReportStatus.ENDED, ended_on=today)
    MemberReport.objects.filter(volunteer=gone).update(volunteer=kept)


def _move_honours(gone: Volunteer, kept: Volunteer) -> None:
    """What both list was awarded once."""
    listed = set(kept.honours.values_list("title", "awarded_on"))
    for honour in Honour.objects.filter(volunteer=gone):
        if (honour.title, honour.awarded_on) in listed:
            honour.delete()
        else:
            Honour.objects.filter(pk=honour.pk).update(volunteer=kept)


def _fill(gone: Volunteer, kept: Volunteer, national: str) -> None:
    gone.national_number = national
    for name in FILLED:
        if not getattr(kept, name) and getattr(gone, name):
            setattr(kept, name, getattr(gone, name))
    kept.joined_on = min(kept.joined_on, gone.joined_on)
    if kept.recruited_by_id == kept.pk:
        kept.recruited_by = None
    kept.save()
    person, other = kept.person, gone.person
    if not person.phone and other.phone:
        person.phone, person.phone_hash, person.phone_masked = other.phone, other.phone_hash, other.phone_masked
    person.is_party_member = person.is_party_member or other.is_party_member
    person.save()
