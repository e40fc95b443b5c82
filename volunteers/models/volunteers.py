"""The register: who volunteers, what they can do, when they have time."""

from datetime import date

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.chinese import zh_vector
from portal.core.clock import ZONE
from portal.core.fields import EncryptedTextField
from portal.core.history import HistoryTrigger
from portal.core.masking import mask_name
from portal.core.models import ConsentText, Person, Region, StoredFile
from portal.core.scope import Scope, ScopedQuerySet
from stations.models.hours import Weekday
from volunteers.types import MemberStatus, VolunteerKind, VolunteerSource, VolunteerStatus

# 未满 18 周岁须监护人同意, and shorter shifts (docs/decisions/0062-minors.md).
AGE_OF_MAJORITY = 18
# Nobody older has been known; a year that was mistyped is told.
OLDEST = 110
DEFAULT_WEEKLY_MINUTES = 6 * 60
CURRENT = (VolunteerStatus.APPLIED, VolunteerStatus.ACTIVE, VolunteerStatus.PAUSED)
# Who works with volunteers knows their names; others read 张*.
NAMES = "volunteers:reveal"


def whole_years(since: date | None, until: date | None = None) -> int | None:
    """Full years between two days (default: until today); None where the first is not known."""
    if since is None:
        return None
    until = until or timezone.localdate(timezone=ZONE)
    return until.year - since.year - ((until.month, until.day) < (since.month, since.day))


class VolunteerQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "VolunteerQuerySet":
        """Volunteers who live in my regions, who do duty at my station, who are in a team of my unit, and myself."""
        condition = scope.region_filter("home_region__path") | Q(person=scope.person_id)
        if scope.station_ids:
            condition |= Q(assignments__shift__station__in=scope.station_ids)
            condition |= Q(home_region__in=Region.objects.filter(stations__in=scope.station_ids))
        if scope.organization_ids:
            condition |= Q(
                memberships__team__organization__in=scope.organization_ids, memberships__status=MemberStatus.ACTIVE
            )
        return self.filter(pk__in=self.model._base_manager.filter(condition).values("pk"))

    def active(self) -> "VolunteerQuerySet":
        return self.filter(status=VolunteerStatus.ACTIVE)

    def current(self) -> "VolunteerQuerySet":
        """Those who are, or want to be, volunteers: not refused, gone, or merged into another entry."""
        return self.filter(status__in=CURRENT)

    def open_to(self, scope: Scope) -> "VolunteerQuerySet":
        """Of these, those whose names `scope` reads in full."""
        return self.in_scope(scope.granting(NAMES)) if scope.can(NAMES) else self.none()


class Volunteer(models.Model):
    """A person on the register of volunteers. Name and phone are the person's."""

    # Set by `volunteers.names.with_names`, for pages and API.
    is_name_open: bool

    person = models.OneToOneField(Person, models.PROTECT, related_name="volunteer", verbose_name=_("person"))
    # 统一志愿者编号, in place of an id number: made by `volunteers.numbers`.
    number = models.CharField(_("volunteer number"), max_length=12, unique=True, editable=False)
    # The number that the national platform (中国志愿服务网) gave.
    national_number = models.CharField(_("number on the national platform"), max_length=30, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=VolunteerKind.choices, default=VolunteerKind.RESIDENT)
    status = models.CharField(
        _("status"), max_length=10, choices=VolunteerStatus.choices, default=VolunteerStatus.APPLIED
    )
    # Why somebody pauses, left or was not admitted.
    status_reason = models.CharField(_("reason"), max_length=100, blank=True, editable=False)
    source = models.CharField(
        _("came by"), max_length=10, choices=VolunteerSource.choices, default=VolunteerSource.STAFF, editable=False
    )
    home_region = models.ForeignKey(Region, models.PROTECT, related_name="volunteers", verbose_name=_("home community"))
    born_on = models.DateField(_("date of birth"), null=True, blank=True)
    guardian_name = EncryptedTextField(_("guardian"), blank=True, default="")
    guardian_phone = EncryptedTextField(_("guardian's phone"), blank=True, default="")
    guardian_consent_on = models.DateField(_("guardian's consent given on"), null=True, blank=True)
    profession = models.CharField(_("profession"), max_length=60, blank=True)
    interests = models.CharField(_("interests"), max_length=200, blank=True)
    languages = models.CharField(_("languages"), max_length=100, blank=True)
    weekly_minutes = models.PositiveSmallIntegerField(
        _("minutes a week"),
        default=DEFAULT_WEEKLY_MINUTES,
        validators=[MaxValueValidator(60 * 60)],
        help_text=_("How much duty this person wants to do in a week at most"),
    )
    joined_on = models.DateField(_("volunteer since"), default=timezone.localdate)
    left_on = models.DateField(_("left on"), null=True, blank=True, editable=False)
    recruited_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="recruits", verbose_name=_("recruited by")
    )
    insured_until = models.DateField(_("insured until"), null=True, blank=True)
    trained_on = models.DateField(_("basic training on"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="duplicates"
    )
    # What was agreed to at the own sign-up; on paper where staff entered the person.
    consent = models.ForeignKey(ConsentText, models.PROTECT, null=True, editable=False, related_name="+")
    consented_at = models.DateTimeField(_("agreed to"), null=True, editable=False)
    erased_at = models.DateTimeField(_("personal data erased"), null=True, editable=False)
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    search = models.GeneratedField(
        expression=zh_vector("profession", "interests", "languages", "number"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = VolunteerQuerySet.as_manager()

    class Meta:
        verbose_name = _("volunteer")
        verbose_name_plural = _("volunteers")
        ordering = ["-pk"]
        indexes = [GinIndex(fields=["search"], name="volunteer_search")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=VolunteerStatus.MERGED, merged_into__isnull=False)
                | ~Q(status=VolunteerStatus.MERGED) & Q(merged_into__isnull=True),
                name="volunteer_merged_into_somebody",
            ),
            models.UniqueConstraint(
                fields=["national_number"], condition=~Q(national_number=""), name="volunteer_national_number_once"
            ),
        ]
        triggers = [
            HistoryTrigger(
                hidden=[
                    "person_id",
                    "born_on",
                    "guardian_name",
                    "guardian_phone",
                    "note",
                    "profession",
                    "interests",
                    "languages",
                    "status_reason",
                    "recruited_by_id",
                ],
                ignored=["search"],
            )
        ]

    def __str__(self) -> str:
        return str(self.person)

    def clean(self) -> None:
        age = self.age()
        if age is not None and not 0 <= age <= OLDEST:
            raise ValidationError({"born_on": _("This cannot be the date of birth.")})
        if self.guardian_consent_on is not None and self.guardian_consent_on > timezone.localdate(timezone=ZONE):
            raise ValidationError({"guardian_consent_on": _("This day has not come yet.")})
        if self.status == VolunteerStatus.ACTIVE and self.lacks_guardian:
            raise ValidationError({"guardian_consent_on": _("Under 18 a guardian has to agree first.")})

    def age(self, on: date | None = None) -> int | None:
        """Years of age; None where no date of birth is known."""
        return whole_years(self.born_on, on)

    @property
    def years(self) -> int | None:
        """Whole years of service, to the day of leaving."""
        return whole_years(self.joined_on, self.left_on)

    @property
    def shown_name(self) -> str:
        """The name as this reader may see it; masked where nobody has asked (`volunteers.names`)."""
        return self.person.name if getattr(self, "is_name_open", False) else mask_name(self.person.name)

    @property
    def lacks_guardian(self) -> bool:
        """Whether a guardian still has to agree."""
        return self.is_minor() and not (self.guardian_consent_on and self.guardian_name)

    def is_minor(self, on: date | None = None) -> bool:
        age = self.age(on)
        return age is not None and age < AGE_OF_MAJORITY


class Skill(models.Model):
    """特长: the catalogue. Some skills need evidence before they count."""

    code = models.SlugField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=40, unique=True)
    needs_evidence = models.BooleanField(_("needs evidence"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ["name"]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.name


class VolunteerSkillQuerySet(models.QuerySet):
    def valid_on(self, day: date) -> "VolunteerSkillQuerySet":
        """Skills that count on a day: not expired, and with their evidence seen where the skill needs it."""
        seen = Q(skill__needs_evidence=False) | Q(verified_at__isnull=False)
        return self.filter(seen).filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day))


class VolunteerSkill(models.Model):
    volunteer = models.ForeignKey(Volunteer, models.CASCADE, related_name="skills", verbose_name=_("volunteer"))
    skill = models.ForeignKey(Skill, models.PROTECT, related_name="holders", verbose_name=_("skill"))
    evidence = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("evidence")
    )
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    verified_at = models.DateTimeField(_("verified"), null=True, editable=False)

    objects = VolunteerSkillQuerySet.as_manager()

    class Meta:
        verbose_name = _("skill of a volunteer")
        verbose_name_plural = _("skills of volunteers")
        ordering = ["skill__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["volunteer", "skill"],
                name="volunteer_skill_once",
                violation_error_message=_("This skill is listed already."),
            )
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return str(self.skill)

    def counts_on(self, day: date) -> bool:
        """`valid_on` for a row in hand."""
        is_seen = not self.skill.needs_evidence or self.verified_at is not None
        return is_seen and (self.valid_until is None or self.valid_until >= day)


class _MinuteOfDay(Func):
    template = "(extract(epoch FROM %(expressions)s) / 60)::int"
    output_field = models.IntegerField()


class WeeklyAvailability(models.Model):
    """When somebody usually has time. Without any line: at no time."""

    volunteer = models.ForeignKey(
        Volunteer, models.CASCADE, related_name="weekly_availability", verbose_name=_("volunteer")
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))
    is_preferred = models.BooleanField(_("I like this time best"), default=False)

    class Meta:
        verbose_name = _("weekly availability")
        verbose_name_plural = _("weekly availability")
        ordering = ["weekday", "starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts__lt=F("ends")),
                name="weekly_availability_starts_before_it_ends",
                violation_error_message=_("The end comes before the beginning."),
            ),
            ExclusionConstraint(
                name="weekly_availability_no_overlap",
                expressions=[
                    (F("volunteer"), RangeOperators.EQUAL),
                    (F("weekday"), RangeOperators.EQUAL),
                    (
                        Func(
                            _MinuteOfDay(F("starts")),
                            _MinuteOfDay(F("ends")),
                            function="int4range",
                            output_field=IntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("These times overlap with others of the same day."),
            ),
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}–{self.ends:%H:%M}"


class DayAvailability(models.Model):
    """One date on which it is otherwise: away, or there after all. It replaces the weekly pattern of that day."""

    volunteer = models.ForeignKey(
        Volunteer, models.CASCADE, related_name="day_availability", verbose_name=_("volunteer")
    )
    date = models.DateField(_("date"))
    # Both empty: not available on this day.
    starts = models.TimeField(_("from"), null=True, blank=True)
    ends = models.TimeField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("availability on a date")
        verbose_name_plural = _("availability on dates")
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(
                fields=["volunteer", "date"],
                name="day_availability_once",
                violation_error_message=_("There is an entry for this date already."),
            ),
            models.CheckConstraint(
                condition=Q(starts__isnull=True, ends__isnull=True)
                | Q(starts__isnull=False, ends__isnull=False, starts__lt=F("ends")),
                name="day_availability_complete",
                violation_error_message=_("Give a beginning and a later end, or neither."),
            ),
        ]
        triggers = [HistoryTrigger(hidden=["reason"])]

    def __str__(self) -> str:
        return str(self.date)
