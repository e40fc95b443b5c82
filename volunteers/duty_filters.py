"""The FilterSets of duty: templates, shifts, places, keys, rosters and hours, for pages and the API."""

from collections.abc import Callable

import django_filters
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.filtering import BooleanFilter, ChoicesFilter, DatesFilter, FilterSet, IdFilter, SubtreeFilter
from volunteers import watch
from volunteers.models import (
    Assignment,
    CallOut,
    CallOutAsk,
    DutyShift,
    DutyTemplate,
    HourClaim,
    HourEntry,
    HourRule,
    KeyHolder,
    Roster,
    Swap,
)
from volunteers.types import (
    AssignmentSource,
    AssignmentStatus,
    ClaimKind,
    ClaimStatus,
    DutyKind,
    HourAccount,
    ShiftStatus,
)


class Watched(models.TextChoices):
    """What the coverage watch looks out for (`volunteers.watch`)."""

    SHORT = "short", _("Short of people")
    KEYLESS = "keyless", _("Without a key-holder")
    UNOPENED = "unopened", _("Nobody has come yet")


FINDERS: dict[str, Callable[..., models.QuerySet]] = {
    Watched.SHORT: watch.short, Watched.KEYLESS: watch.keyless, Watched.UNOPENED: watch.unopened,
}  # fmt: skip


class AtStationFilter(FilterSet):
    """What belongs to a station."""

    region = SubtreeFilter(label=_("region"), field_name="station__region")
    station = IdFilter(label=_("station (id)"), field_name="station_id")


class DutyFilter(AtStationFilter):
    """Templates and the shifts made from them."""

    q = django_filters.CharFilter(label=_("Words"), field_name="title", lookup_expr="icontains", max_length=60)
    kind = ChoicesFilter(label=_("kind"), choices=DutyKind.choices)


class SwapFilter(FilterSet):
    station = IdFilter(label=_("station (id)"), field_name="assignment__shift__station_id")
    status = ChoicesFilter(label=_("status"), choices=Swap.Status.choices)

    class Meta:
        model = Swap
        fields: list[str] = []


class CallOutFilter(AtStationFilter):
    shift = IdFilter(label=_("shift (id)"), field_name="shift_id")
    status = ChoicesFilter(label=_("status"), choices=CallOut.Status.choices)

    class Meta:
        model = CallOut
        fields: list[str] = []


class CallOutAskFilter(FilterSet):
    answer = ChoicesFilter(
        label=pgettext_lazy("call out", "answer"),
        choices=[("none", _("No answer yet")), *CallOutAsk.Answer.choices[1:]],
        method="by_answer",
    )

    class Meta:
        model = CallOutAsk
        fields: list[str] = []

    def by_answer(self, rows: QuerySet, name: str, value: list[str]) -> QuerySet:
        codes = ["" if each == "none" else each for each in value]
        return rows.filter(answer__in=codes) if codes else rows


class DutyTemplateFilter(DutyFilter):
    is_active = BooleanFilter(label=_("active"))

    class Meta:
        model = DutyTemplate
        fields: list[str] = []


class ShiftFilter(DutyFilter):
    unit = IdFilter(label=_("unit on turn (id)"), field_name="unit_on_turn_id")
    template = IdFilter(label=_("duty template (id)"), field_name="template_id")
    status = ChoicesFilter(label=_("status"), choices=ShiftStatus.choices)
    starts = DatesFilter(label=_("day"), field_name="starts_at")
    uncovered = BooleanFilter(label=_("has too few people"), method="by_cover")
    watch = ChoicesFilter(label=_("to be seen to"), choices=Watched.choices, method="by_watch")
    has_signup = BooleanFilter(
        label=_("has a time of sign-up"), field_name="signup_opens_at", lookup_expr="isnull", exclude=True
    )

    class Meta:
        model = DutyShift
        fields: list[str] = []

    def by_watch(self, rows: QuerySet, name: str, value: list[str]) -> QuerySet:
        found = DutyShift.objects.none()
        for kind in value:
            found = found | FINDERS[kind](DutyShift.objects.open(), timezone.now())
        return rows.filter(pk__in=found.values("pk")) if value else rows

    def by_cover(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        uncovered = DutyShift.objects.uncovered().values("pk")
        return rows.filter(pk__in=uncovered) if value else rows.exclude(pk__in=uncovered)


class AssignmentFilter(FilterSet):
    region = SubtreeFilter(label=_("region"), field_name="shift__station__region")
    station = IdFilter(label=_("station (id)"), field_name="shift__station_id")
    shift = IdFilter(label=_("shift (id)"), field_name="shift_id")
    volunteer = IdFilter(label=_("volunteer (id)"), field_name="volunteer_id")
    status = ChoicesFilter(label=_("status"), choices=AssignmentStatus.choices)
    source = ChoicesFilter(label=_("came about"), choices=AssignmentSource.choices)
    starts = DatesFilter(label=_("day"), field_name="shift__starts_at")
    is_pinned = BooleanFilter(label=_("pinned"))
    is_no_show = BooleanFilter(label=_("did not come"))

    class Meta:
        model = Assignment
        fields: list[str] = []


class KeyHolderFilter(AtStationFilter):
    volunteer = IdFilter(label=_("volunteer (id)"), field_name="volunteer_id")

    class Meta:
        model = KeyHolder
        fields: list[str] = []


class RosterFilter(AtStationFilter):
    status = ChoicesFilter(label=_("status"), choices=Roster.Status.choices)
    first_day = DatesFilter(label=_("from"))

    class Meta:
        model = Roster
        fields: list[str] = []


class HourEntryFilter(FilterSet):
    region = SubtreeFilter(label=_("served in"), field_name="region")
    volunteer = IdFilter(label=_("volunteer (id)"), field_name="volunteer_id")
    account = ChoicesFilter(label=pgettext_lazy("hours", "account"), choices=HourAccount.choices)
    on = DatesFilter(label=_("day of service"))
    assignment = IdFilter(label=_("assignment (id)"), field_name="assignment_id")
    claim = IdFilter(label=_("claim (id)"), field_name="claim_id")

    class Meta:
        model = HourEntry
        fields: list[str] = []


class HourClaimFilter(FilterSet):
    region = SubtreeFilter(label=_("served in"), field_name="region")
    decided_in = SubtreeFilter(label=_("decided in"), field_name="decided_in")
    volunteer = IdFilter(label=_("volunteer (id)"), field_name="volunteer_id")
    kind = ChoicesFilter(label=_("kind"), choices=ClaimKind.choices)
    status = ChoicesFilter(label=_("status"), choices=ClaimStatus.choices)
    on = DatesFilter(label=_("day of service"))
    to_decide = BooleanFilter(label=_("for me to decide"), method="by_decider")

    class Meta:
        model = HourClaim
        fields: list[str] = []

    def by_decider(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        mine = HourClaim.objects.to_be_decided_by(self.request.user).values("pk")
        return rows.filter(pk__in=mine) if value else rows.exclude(pk__in=mine)


class HourRuleFilter(FilterSet):
    district = SubtreeFilter(label=_("district"), field_name="district")
    valid_from = DatesFilter(label=_("valid from"))

    class Meta:
        model = HourRule
        fields: list[str] = []
