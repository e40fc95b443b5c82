"""Duty (值班): templates that recur, and the shifts that are made of them or by hand."""

from datetime import datetime
from typing import Any

import pgtrigger
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.clock import ZONE
from portal.core.history import HistoryTrigger
from portal.core.models import Organization, Region
from portal.core.scope import Scope, ScopedQuerySet
from stations.models import Station
from volunteers.models.volunteers import Skill, Volunteer
from volunteers.types import DutyKind, HolidayRule, ShiftStatus, TurnLength

MOST_PEOPLE = 200


class CountChanges(pgtrigger.Trigger):
    """Keeps `revision`: how often what a calendar shows of a row has changed, whatever changed it."""

    def __init__(self, *columns: str) -> None:
        self.columns = columns
        super().__init__(name="revision", when=pgtrigger.Before, operation=pgtrigger.Update)

    def get_func(self, model: Any) -> str:
        columns = [model._meta.get_field(name).column for name in self.columns]
        old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
        # Never from what was saved: a row that somebody read before the last change would set it back.
        return f"""
            NEW.revision := OLD.revision + (ROW({old}) IS DISTINCT FROM ROW({new}))::int;
            RETURN NEW;
        """


class AtStationQuerySet(ScopedQuerySet):
    """Rows that stand at a station: those of the stations of my regions, and of mine."""

    def in_scope(self, scope: Scope) -> "AtStationQuerySet":
        return self.filter(scope.region_filter("station__region__path") | Q(station__in=scope.station_ids))


def stands_in(station: Station, scope: Scope) -> bool:
    """As `AtStationQuerySet.in_scope`, of a station at hand."""
    return scope.covers(station.region) or station.pk in scope.station_ids


def _people_fit() -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(min_people__lte=F("max_people")),
        name="%(class)s_people_fit",
        violation_error_message=_("The most people are fewer than the fewest."),
    )


class Duty(models.Model):
    """What template and shift have in common."""

    title = models.CharField(_("title"), max_length=60)
    kind = models.CharField(_("kind"), max_length=20, choices=DutyKind.choices, default=DutyKind.REGULAR)
    min_people = models.PositiveSmallIntegerField(
        _("people at least"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_PEOPLE)]
    )
    max_people = models.PositiveSmallIntegerField(
        _("people at most"), default=2, validators=[MinValueValidator(1), MaxValueValidator(MOST_PEOPLE)]
    )
    needs_key_holder = models.BooleanField(
        _("needs a key-holder"), default=False, help_text=_("Somebody on the shift must hold the station's key.")
    )
    needs_insurance = models.BooleanField(_("needs insurance"), default=False)
    needs_training = models.BooleanField(_("needs basic training"), default=False)
    skills = models.ManyToManyField(
        Skill, blank=True, verbose_name=_("skills"), help_text=_("Somebody on the shift must have each of them.")
    )
    note = models.CharField(_("note for those on duty"), max_length=200, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        # Constraints promise the same; only here does the sentence stand beside its field.
        if self.min_people and self.max_people and self.min_people > self.max_people:
            raise ValidationError({"max_people": _("The most people are fewer than the fewest.")})


class DutyTemplate(Duty):
    """Duty that comes again: an RRULE (RFC 5545) in the city's time, made into shifts for some weeks ahead."""

    station = models.ForeignKey(Station, models.PROTECT, related_name="duty_templates", verbose_name=_("station"))
    rule = models.CharField(_("recurrence"), max_length=200)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"), null=True, blank=True)
    starts = models.TimeField(_("from"))
    # At or before `starts`: the duty ends on the next day.
    ends = models.TimeField(_("until"))
    on_holidays = models.CharField(
        _("on public holidays"), max_length=10, choices=HolidayRule.choices, default=HolidayRule.WARN
    )
    weeks_ahead = models.PositiveSmallIntegerField(
        _("weeks ahead"), default=6, validators=[MinValueValidator(1), MaxValueValidator(26)]
    )
    # Units take turns as `volunteers.turns.unit_on_turn` says, in the order of `turns`.
    turn_length = models.CharField(
        _("the turn passes on"), max_length=10, choices=TurnLength.choices, default=TurnLength.WEEK
    )
    turns_from = models.DateField(
        _("the first unit's turn begins on"), null=True, blank=True, help_text=_("Without a day: on the first day.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = AtStationQuerySet.as_manager()

    class Meta:
        verbose_name = _("duty template")
        verbose_name_plural = _("duty templates")
        ordering = ["station", "starts", "pk"]
        constraints = [
            _people_fit(),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="duty_template_ends_after_it_begins",
                violation_error_message=_("The end date comes before the start date."),
            ),
            models.CheckConstraint(
                condition=~Q(starts=F("ends")),
                name="duty_template_takes_time",
                violation_error_message=_("Beginning and end are the same."),
            ),
            models.CheckConstraint(
                condition=Q(turns_from__isnull=True) | Q(last_day__isnull=True) | Q(turns_from__lte=F("last_day")),
                name="duty_template_turns_begin_in_time",
                violation_error_message=_("The first turn would begin after the last day."),
            ),
        ]
        triggers = [HistoryTrigger()]

    def clean(self) -> None:
        super().clean()
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValidationError({"last_day": _("The end date comes before the start date.")})
        if self.starts and self.starts == self.ends:
            raise ValidationError({"ends": _("Beginning and end are the same.")})
        if self.turns_from and self.last_day and self.turns_from > self.last_day:
            raise ValidationError({"turns_from": _("The first turn would begin after the last day.")})


class DutyTurnQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "DutyTurnQuerySet":
        """With their templates."""
        return self.filter(
            scope.region_filter("template__station__region__path") | Q(template__station__in=scope.station_ids)
        )


class DutyTurn(models.Model):
    """A unit's place in the order in which units take turns (轮值) at a template's duty."""

    template = models.ForeignKey(DutyTemplate, models.CASCADE, related_name="turns", verbose_name=_("duty template"))
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name=_("unit"))
    position = models.PositiveSmallIntegerField(_("place in the order"))

    objects = DutyTurnQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit on turn")
        verbose_name_plural = _("units on turn")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["template", "organization"], name="duty_turn_once_a_unit"),
            models.UniqueConstraint(fields=["template", "position"], name="duty_turn_one_at_a_place"),
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.template}: {self.organization}"


class DutyShiftQuerySet(AtStationQuerySet):
    def in_scope(self, scope: Scope) -> "DutyShiftQuerySet":
        """Shifts of my stations, and those of my unit's turn."""
        rows = scope.region_filter("station__region__path") | Q(station__in=scope.station_ids)
        # Said only where somebody speaks for a unit: the planner has one condition less for everybody else.
        return self.filter(rows | Q(unit_on_turn__in=scope.organization_ids) if scope.organization_ids else rows)

    def on_turn_of(self, scope: Scope) -> "DutyShiftQuerySet":
        """Shifts of the turns of the units that I speak for."""
        return self.filter(unit_on_turn__in=scope.organization_ids)

    def open(self) -> "DutyShiftQuerySet":
        return self.filter(status=ShiftStatus.OPEN)

    def uncovered(self) -> "DutyShiftQuerySet":
        """Shifts with fewer people than they need."""
        return self.open().filter(taken__lt=F("min_people"))

    def signing_up(self, at: datetime) -> "DutyShiftQuerySet":
        """Shifts still to come that volunteers may sign up for at this moment."""
        return self.open().filter(signup_opens_at__lte=at, signup_closes_at__gt=at, starts_at__gt=at)


class DutyShift(Duty):
    """One duty at one time. `taken` counts those who hold a place; a constraint keeps it within `max_people`.

    Who came beyond that, as a paper sheet says, has served but is not counted (`places.come_unasked`).
    """

    station = models.ForeignKey(Station, models.PROTECT, related_name="shifts", verbose_name=_("station"))
    template = models.ForeignKey(
        DutyTemplate, models.SET_NULL, null=True, blank=True, editable=False, related_name="shifts"
    )
    # The occurrence of the template that this is, also when it was moved by hand.
    occurs_on = models.DateField(null=True, editable=False)
    district = models.ForeignKey(Region, models.PROTECT, related_name="+", editable=False, db_index=False)
    # As it was when the shift was made, or exchanged for this one shift.
    unit_on_turn = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit on turn")
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    status = models.CharField(
        _("status"), max_length=10, choices=ShiftStatus.choices, default=ShiftStatus.OPEN, editable=False
    )
    called_off_reason = models.CharField(_("reason"), max_length=100, blank=True, editable=False)
    taken = models.PositiveSmallIntegerField(_("places taken"), default=0, editable=False)
    # Self sign-up: from when to when. Empty: staff and rosters fill the shift.
    signup_opens_at = models.DateTimeField(_("sign-up opens"), null=True, blank=True)
    signup_closes_at = models.DateTimeField(_("sign-up closes"), null=True, blank=True)
    is_changed = models.BooleanField(default=False, editable=False)
    revision = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    objects = DutyShiftQuerySet.as_manager()

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(fields=["station", "starts_at"], name="shift_of_station"),
            models.Index(fields=["district", "starts_at"], name="shift_of_district"),
        ]
        constraints = [
            _people_fit(),
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")),
                name="shift_starts_before_it_ends",
                violation_error_message=_("The end comes before the beginning."),
            ),
            models.CheckConstraint(condition=Q(taken__lte=F("max_people")), name="shift_not_overbooked"),
            models.CheckConstraint(
                condition=Q(signup_opens_at__isnull=True, signup_closes_at__isnull=True)
                | Q(
                    signup_opens_at__isnull=False,
                    signup_closes_at__isnull=False,
                    signup_opens_at__lt=F("signup_closes_at"),
                ),
                name="shift_signup_window_complete",
                violation_error_message=_("Give a beginning and a later end of sign-up, or neither."),
            ),
            models.UniqueConstraint(fields=["template", "occurs_on"], name="shift_once_an_occurrence"),
        ]
        triggers = [
            HistoryTrigger(ignored=["taken", "revision"]),
            CountChanges("title", "station", "starts_at", "ends_at", "status", "note"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.starts_at.astimezone(ZONE):%Y-%m-%d %H:%M}"

    def clean(self) -> None:
        super().clean()
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("The end comes before the beginning.")})
        if self.starts_at and self.ends_at and (self.ends_at - self.starts_at).total_seconds() > 24 * 3600:
            raise ValidationError({"ends_at": _("A shift lasts 24 hours at most.")})

    def is_signing_up(self, at: datetime) -> bool:
        """As `DutyShiftQuerySet.signing_up`, of a row at hand."""
        if self.status != ShiftStatus.OPEN or self.signup_opens_at is None or self.signup_closes_at is None:
            return False
        return self.signup_opens_at <= at < self.signup_closes_at and at < self.starts_at

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def is_over(self) -> bool:
        return self.ends_at <= timezone.now()

    @property
    def local_date(self) -> object:
        return self.starts_at.astimezone(ZONE).date()


class KeyHolder(models.Model):
    """Who holds a key of a station."""

    station = models.ForeignKey(Station, models.CASCADE, related_name="key_holders", verbose_name=_("station"))
    volunteer = models.ForeignKey(Volunteer, models.CASCADE, related_name="keys", verbose_name=_("volunteer"))
    since = models.DateField(_("since"), null=True, blank=True)

    objects = AtStationQuerySet.as_manager()

    class Meta:
        verbose_name = _("key-holder")
        verbose_name_plural = _("key-holders")
        ordering = ["station", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["station", "volunteer"],
                name="key_holder_once",
                violation_error_message=_("This person holds a key of the station already."),
            )
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.station}: {self.volunteer}"
