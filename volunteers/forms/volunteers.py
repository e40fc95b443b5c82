"""Forms of the register at the desk."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

# The subjects register how volunteers and teams are named in a form's text.
import volunteers.subjects  # noqa: F401
from portal.core.registry.forms import DayInput, ScopedForm, ScopedModelForm, form_field
from portal.core.registry.lookups import LookupField
from portal.core.text import CleanCharField
from stations.forms.week import WeekTable
from stations.models.hours import Weekday
from volunteers import register
from volunteers.availability import Span
from volunteers.models import Skill, Volunteer
from volunteers.subjects import VOLUNTEER_LOOKUP

KEPT = _("What is on file stays if this is left empty.")
# Of these nothing is shown in the form: to look at them is to reveal them.
SEALED = ("phone", "born_on", "guardian_name", "guardian_phone")


class VolunteerForm(ScopedModelForm):
    """One entry. What is personal is typed anew or left as it is."""

    name = CleanCharField(label=_("Name"), max_length=60)
    phone = CleanCharField(
        label=_("mobile phone"), max_length=30, required=False,
        widget=forms.TextInput({"type": "tel", "autocomplete": "off"}),
    )  # fmt: skip
    is_party_member = forms.BooleanField(label=_("party member"), required=False)
    guardian_name = CleanCharField(label=_("guardian"), max_length=60, required=False)
    guardian_phone = CleanCharField(
        label=_("guardian's phone"), max_length=30, required=False, widget=forms.TextInput({"type": "tel"})
    )

    sections = [
        (_("The person"), ["name", "phone", "home_region", "kind", "is_party_member", "born_on"]),
        (_("Under 18"), ["guardian_name", "guardian_phone", "guardian_consent_on"]),
        (_("What they can do"), ["profession", "interests", "languages", "weekly_minutes"]),
        (_("On the register"), [
            "joined_on", "recruited_by", "national_number", "insured_until", "trained_on", "note",
        ]),
    ]  # fmt: skip

    class Meta:
        model = Volunteer
        fields = [
            "home_region", "kind", "born_on", "guardian_consent_on", "profession", "interests", "languages",
            "weekly_minutes", "joined_on", "recruited_by", "national_number", "insured_until", "trained_on", "note",
        ]  # fmt: skip
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["born_on"].help_text = _("Needed under 18; shown as age.")
        if self.instance.pk:
            self.initial |= {
                "name": self.instance.person.name, "is_party_member": self.instance.person.is_party_member,
                "born_on": None,
            }  # fmt: skip
            for name in SEALED:
                self.fields[name].help_text = KEPT

    def _post_clean(self) -> None:
        """The entry on file keeps its date of birth where none was typed; the model judges it then."""
        self.kept_birth: date | None = self.instance.born_on
        if not self.cleaned_data.get("born_on"):
            self.cleaned_data["born_on"] = self.kept_birth
        super()._post_clean()

    def save(self, commit: bool = True) -> Volunteer:
        given = dict(self.cleaned_data)
        who = register.Who(**{name: given.pop(name) for name in WHO})
        if self.instance.pk:
            return register.edit(Volunteer.objects.get(pk=self.instance.pk), by=self.user, who=who, **given)
        return register.enrol(who=who, by=self.user, **given)


WHO = ("name", "phone", "is_party_member", "guardian_name", "guardian_phone")


class ReasonForm(ScopedForm):
    reason = CleanCharField(label=_("Reason"), max_length=100)


class OptionalReasonForm(ScopedForm):
    reason = CleanCharField(label=_("Reason"), max_length=100, required=False)


class EraseForm(ScopedForm):
    """Destructive: the number is typed, so that it is this entry that is meant."""

    number = CleanCharField(label=_("Type the number of the volunteer"), max_length=12)
    reason = CleanCharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, volunteer: Volunteer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.volunteer = volunteer

    def clean_number(self) -> str:
        number = self.cleaned_data.pop("number")
        if number != self.volunteer.number:
            raise forms.ValidationError(_("This is not the number of this volunteer."), code="other_entry")
        return number


class RevealForm(forms.Form):
    """The reason is picked first, typed second."""

    REASONS = [
        ("duty", _("To call about a duty")),
        ("check", _("To check an application")),
        ("guardian", _("To speak with the guardian")),
        ("other", _("Another reason (please write it down)")),
    ]
    why = forms.ChoiceField(label=_("Why do you need it?"), choices=REASONS, widget=forms.RadioSelect)
    reason = CleanCharField(label=_("In your words"), required=False, max_length=150)

    def words(self) -> str:
        why, words = self.cleaned_data["why"], self.cleaned_data["reason"]
        if why == "other":
            return words
        label = str(dict(self.REASONS)[why])
        return f"{label}: {words}" if words else label


class SkillForm(ScopedForm):
    skill = forms.ModelChoiceField(
        Skill.objects.filter(is_active=True), label=_("skill"), empty_label=_("Please choose")
    )
    evidence = forms.FileField(
        label=_("evidence"), required=False, help_text=_("A PDF or a photo; a new one replaces the one before."),
        widget=forms.FileInput({"accept": "application/pdf,image/*"}),
    )  # fmt: skip
    valid_until = forms.DateField(label=_("valid until"), required=False, widget=DayInput)


class DayForm(ScopedForm):
    """A date on which it is otherwise. Without times: away."""

    on = forms.DateField(label=_("date"), widget=DayInput)
    starts = forms.TimeField(
        label=pgettext_lazy("time of day", "from"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    ends = forms.TimeField(
        label=pgettext_lazy("time of day", "until"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    reason = CleanCharField(label=_("reason"), required=False, max_length=60)


class AvailabilityForm(WeekTable):
    """When a volunteer has time in a usual week."""

    def __init__(self, data: Any = None, *, volunteer: Volunteer) -> None:
        stored: dict[int, list[tuple[Any, Any]]] = {day: [] for day in Weekday.values}
        for row in volunteer.weekly_availability.all():
            stored[row.weekday].append((row.starts, row.ends))
        super().__init__(data, stored=stored)

    def words_of(self, end: str) -> str:
        return gettext("%(weekday)s, from") if end == "opens" else gettext("%(weekday)s, until")

    def incomplete(self) -> str:
        return gettext("Give both times, the end after the beginning.")

    def chosen(self) -> list[Span]:
        return [Span(day, starts, ends) for day, spans in self.week.items() for starts, ends in spans]


class MergeForm(ScopedForm):
    into = LookupField(VOLUNTEER_LOOKUP, label=_("Which entry stays?"), help_text=_("Name or number"))
