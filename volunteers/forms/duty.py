"""Forms of duty at the desk: where and when, a shift, a place on it, a day that is called off."""

import datetime as dt
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# The subjects register how stations and volunteers are named in a form's text.
import stations.subjects
import volunteers.subjects  # noqa: F401
from portal.core.clock import DAY, ZONE
from portal.core.filtering import MAX_ID
from portal.core.humanize import time_span
from portal.core.registry.forms import ClockInput, DayInput, MomentInput, ScopedForm, ScopedModelForm, form_field
from portal.core.registry.lookups import REGIONS, LookupField
from portal.core.text import CleanCharField
from stations.models import Station
from volunteers import planning, turns
from volunteers.coverage import people_wanted
from volunteers.guards import DUTY
from volunteers.models import Assignment, DutyShift
from volunteers.models.duty import DutyShiftQuerySet
from volunteers.subjects import TURN_UNIT_LOOKUP, VOLUNTEER_LOOKUP

FROM, UNTIL = pgettext_lazy("time of day", "from"), pgettext_lazy("time of day", "until")
YEARS = (2000, 2100)
# Two months of three a day.
MOST_SHIFTS = 180
# Somebody who comes long before the shift came to it all the same; what is earlier belongs to the next day.
BEFORE = dt.timedelta(hours=4)


class StationField(LookupField):
    """A station by its name; links name it by its id alone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(stations.subjects.STATION_LOOKUP, label=_("station"), **kwargs)

    def clean(self, value: Any) -> Any:
        text = str(value or "")
        if text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= MAX_ID:
            found = self.rows.filter(pk=int(text)).first()
            if found is not None:
                return found
        return super().clean(value)


class MonthField(forms.Field):
    widget = forms.TextInput({"type": "month", "class": "input-short", "maxlength": 7})

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%Y-%m}" if isinstance(value, dt.date) else value

    def to_python(self, value: Any) -> dt.date | None:
        if not value:
            return None
        match = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})", value.strip())
        if match and YEARS[0] <= int(match[1]) <= YEARS[1] and 1 <= int(match[2]) <= 12:
            return dt.date(int(match[1]), int(match[2]), 1)
        raise ValidationError(_("Please write the month like 2026-03."), code="invalid")


class _AtStationForm(ScopedForm):
    station = StationField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # In a row of filters all are optional; to say so at each is noise.
        for field in self.fields.values():
            field.says_optional = False
        # By its region it is known whose duty this is.
        self.fields["station"].rows = self.fields["station"].rows.select_related("region")


class MonthForm(_AtStationForm):
    month = MonthField(label=_("month"), required=False)


class DayForm(_AtStationForm):
    day = forms.DateField(label=_("day"), required=False, widget=DayInput)


class ShiftForm(ScopedModelForm):
    unit_on_turn = LookupField(TURN_UNIT_LOOKUP, label=_("unit on turn"), required=False)

    sections = [
        ("", ["title", "kind", "station", "unit_on_turn"]),
        (_("When"), ["starts_at", "ends_at"]),
        (
            _("Who is needed"),
            ["min_people", "max_people", "needs_key_holder", "needs_insurance", "needs_training", "skills"],
        ),
        (_("Self sign-up"), ["signup_opens_at", "signup_closes_at"]),
        (_("In words"), ["note"]),
    ]

    class Meta:
        model = DutyShift
        fields = [
            "title", "kind", "station", "unit_on_turn", "starts_at", "ends_at", "min_people", "max_people",
            "needs_key_holder", "needs_insurance", "needs_training", "skills", "signup_opens_at", "signup_closes_at",
            "note",
        ]  # fmt: skip
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own_station(self)
        self.fields["unit_on_turn"].rows = turns.units_open_to(self.user, known=turns.known_to(self.instance))
        self.fields["skills"].queryset = self.fields["skills"].queryset.filter(is_active=True)
        self.fields["starts_at"].label, self.fields["ends_at"].label = FROM, UNTIL
        self.fields["signup_opens_at"].help_text = _("Leave both empty when staff and rosters fill the shift.")
        for name in ("starts_at", "ends_at", "signup_opens_at", "signup_closes_at"):
            self.fields[name].widget = MomentInput()

    def save(self, commit: bool = True) -> DutyShift:
        given = dict(self.cleaned_data)
        skills = given.pop("skills")
        if self.instance.pk:
            shift = DutyShift.objects.select_related("station__region").get(pk=self.instance.pk)
            return planning.change_shift(shift, by=self.user, skills=skills, **given)
        return planning.add_shift(self.instance, by=self.user, skills=skills)


def own_station(form: ScopedModelForm) -> None:
    """Offer the stations whose duty the person runs. A row stays where it was made: its people serve there."""
    if form.instance.pk:
        del form.fields["station"]
    else:
        form.fields["station"].rows = Station.objects.editable_by(form.user, DUTY)


class AssignForm(ScopedForm):
    """Somebody is asked first, or put on the shift at once."""

    ASK, AT_ONCE = "ask", "at_once"
    HOW = [(ASK, _("Ask first, and keep the place meanwhile")), (AT_ONCE, _("Settled already: confirm at once"))]

    volunteer = LookupField(VOLUNTEER_LOOKUP, label=_("volunteer"))
    how = forms.ChoiceField(label=_("How"), choices=HOW, widget=forms.RadioSelect, initial=ASK)
    hours = forms.IntegerField(
        label=_("Hours to answer"), min_value=1, max_value=14 * 24, initial=48, required=False,
        help_text=_("At the latest when the shift begins."),
    )  # fmt: skip

    def __init__(self, *args: Any, shift: DutyShift, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shift = shift
        self.fields["hours"].says_optional = False

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("how") == self.ASK:
            if self.shift.starts_at <= timezone.now():
                self.add_error("how", _("The shift has begun: there is no time left to ask."))
            elif given.get("hours") is None and "hours" not in self.errors:
                self.add_error("hours", _("Please say how long there is to answer."))
        return given

    def answer_by(self) -> dt.datetime | None:
        if self.cleaned_data["how"] == self.AT_ONCE:
            return None
        limit = timezone.now() + dt.timedelta(hours=self.cleaned_data["hours"])
        return min(limit, self.shift.starts_at)


class MoveForm(ScopedForm):
    """Which other shift of the station. Any may be named; what cannot be is for the verb to say."""

    to = forms.ModelChoiceField(DutyShift.objects.none(), label=_("To which shift?"), empty_label=_("Please choose"))

    def __init__(self, *args: Any, shift: DutyShift, among: DutyShiftQuerySet | None = None, **kwargs: Any) -> None:
        """`among`: the shifts that are offered, where not all of the station's are."""
        super().__init__(*args, **kwargs)
        others = DutyShift.objects.for_user(self.user).filter(station=shift.station).select_related("station")
        offered = others if among is None else among
        ahead = offered.open().filter(starts_at__gt=timezone.now()).exclude(pk=shift.pk).order_by("starts_at", "pk")
        field = self.fields["to"]
        field.queryset = others
        field.choices = [("", field.empty_label), *((each.pk, _in_words(each)) for each in ahead[:MOST_SHIFTS])]


def _in_words(shift: DutyShift) -> str:
    count = people_wanted(shift.taken, shift.min_people, shift.max_people)
    return f"{time_span(shift.starts_at, shift.ends_at)} {shift.title} {count}"


class ClockForm(ScopedForm):
    """When it was, by the clock on the wall; without a time: now."""

    at = forms.TimeField(
        label=_("At what time?"), required=False, widget=ClockInput, help_text=_("Leave empty for this very moment.")
    )

    def moment(self, shift: DutyShift) -> dt.datetime | None:
        return moment_of(self.cleaned_data["at"], shift)


class TimesForm(ScopedForm):
    """When somebody really came and left, and how that is known."""

    came = forms.TimeField(label=_("Came at"), widget=ClockInput)
    left = forms.TimeField(label=_("Left at"), widget=ClockInput)
    reason = CleanCharField(label=_("Reason"), max_length=100, help_text=_("The leader who decides reads this."))

    def __init__(self, *args: Any, place: Assignment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shift = place.shift
        for name, moment in (("came", place.checked_in_at), ("left", place.checked_out_at)):
            self.fields[name].initial = timezone.localtime(moment, ZONE).time() if moment else None

    def times(self) -> dict[str, dt.datetime | None]:
        return {f"{name}_at": moment_of(self.cleaned_data[name], self.shift) for name in ("came", "left")}


def moment_of(clock: dt.time | None, shift: DutyShift) -> dt.datetime | None:
    """The time of day as a moment of this shift: after midnight it belongs to a night's duty."""
    if clock is None:
        return None
    earliest = shift.starts_at.astimezone(ZONE) - BEFORE
    moment = dt.datetime.combine(earliest.date(), clock, ZONE)
    return moment if moment >= earliest else moment + DAY


class ExcuseForm(ScopedForm):
    CHOICES = [("yes", _("Excused: gave notice or had a good reason")), ("no", _("Without an excuse"))]
    excused = forms.ChoiceField(label=_("Was there an excuse?"), choices=CHOICES, widget=forms.RadioSelect)
    reason = CleanCharField(label=_("Reason"), max_length=100, required=False)


class WhereForm(ScopedForm):
    """The shifts of a day that would be called off: at one station, or in all of a region."""

    station = StationField(required=False)
    region = LookupField(REGIONS, label=_("or all stations of"), required=False)
    day = forms.DateField(label=_("day"), widget=DayInput)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and bool(given.get("station")) == bool(given.get("region")):
            raise ValidationError(_("Name a station, or else a region."), code="where")
        return given


class WatchForm(ScopedForm):
    region = LookupField(REGIONS, label=_("district, street or community"), required=False)


class CallOffForm(ScopedForm):
    """What the person saw: `mark` names exactly the shifts that the page listed."""

    reason = CleanCharField(label=_("Reason"), max_length=100, help_text=_("Those concerned will read it."))
    mark = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)


class KeyForm(ScopedForm):
    volunteer = LookupField(VOLUNTEER_LOOKUP, label=_("volunteer"), help_text=_("Name or number"))
    since = forms.DateField(label=_("since"), required=False, widget=DayInput)
