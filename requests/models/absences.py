from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models import Person
from portal.core.scope import Scope, ScopedQuerySet
from requests.models.limits import today


class AbsenceQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> Self:
        """Of the people whom I see, and those for whom I stand in."""
        return self.filter(Q(person__in=Person.objects.in_scope(scope).values("pk")) | Q(deputy=scope.person_id))

    def on(self, day: date) -> Self:
        return self.filter(starts_on__lte=day, ends_on__gte=day)


class Absence(models.Model):
    """代理: somebody is away for some days, and somebody else stands in. Nothing new is dispatched to who is away."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="absences", verbose_name=_("who is away"))
    deputy = models.ForeignKey(Person, models.PROTECT, related_name="deputised", verbose_name=_("who stands in"))
    starts_on = models.DateField(_("first day"), default=today)
    ends_on = models.DateField(_("last day"))

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="absence_ends_after_it_starts",
                violation_error_message=_("The last day comes before the first."),
            ),
            models.CheckConstraint(
                condition=~Q(deputy=F("person")),
                name="absence_deputy_is_another",
                violation_error_message=_("Somebody else has to stand in."),
            ),
            ExclusionConstraint(
                name="absence_once_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (
                        Func(
                            F("starts_on"), F("ends_on"), Value("[]"),
                            function="daterange", output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("This person is away in that time already. Change that entry."),
            ),
        ]  # fmt: skip
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.person} · {self.starts_on:%Y-%m-%d}–{self.ends_on:%m-%d}"

    def clean(self) -> None:
        if self.ends_on is not None and self.starts_on is not None and self.ends_on < self.starts_on:
            # Said before the database is asked about a time that ends before it begins.
            raise ValidationError({"ends_on": _("The last day comes before the first.")})
        if self._state.adding and self.ends_on is not None and self.ends_on < today():
            raise ValidationError({"ends_on": _("This day has passed. Is the year right?")})
