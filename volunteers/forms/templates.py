"""The form of a duty template: the recurrence in plain fields, or as a rule for those who know how."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

import volunteers.subjects  # noqa: F401  (registers how stations and volunteers are named)
from portal.core.errors import DomainError
from portal.core.registry.forms import ScopedModelForm, form_field
from portal.core.text import CleanCharField
from stations.models.hours import Weekday
from volunteers import recurrence, turns
from volunteers.forms.duty import FROM, UNTIL, own_station
from volunteers.forms.turns import UnitsField
from volunteers.models import DutyTemplate

EXPERT = "rule"
RECURS = [
    ("weekly", _("every week")), ("monthly", _("once a month")), ("daily", _("every day")),
    (EXPERT, _("by a rule of its own")),
]  # fmt: skip
NTH = [
    (1, _("the first")), (2, _("the second")), (3, _("the third")), (4, _("the fourth")), (-1, _("the last")),
]  # fmt: skip
EVERY = [
    (1, _("every week")), (2, _("every second week")), (3, _("every third week")), (4, _("every fourth week")),
]  # fmt: skip


class TemplateForm(ScopedModelForm):
    recurs = forms.ChoiceField(label=_("How often?"), choices=RECURS, widget=forms.RadioSelect, initial="weekly")
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On these weekdays"), choices=Weekday.choices, coerce=int, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    every = forms.TypedChoiceField(label=_("Which weeks?"), choices=EVERY, coerce=int, required=False, empty_value=1)
    nth = forms.TypedChoiceField(label=_("Which of the month?"), choices=NTH, coerce=int, required=False, empty_value=1)
    weekday = forms.TypedChoiceField(label=_("weekday"), choices=Weekday.choices, coerce=int, required=False)
    rule = CleanCharField(
        label=_("rule (RRULE)"), max_length=200, required=False,
        help_text=_("For example FREQ=MONTHLY;BYMONTHDAY=1,15. Times, first and last day are not part of it."),
    )  # fmt: skip

    units = UnitsField(
        label=_("In this order"),
        help_text=_(
            "Leave all empty where no unit is on turn. Units that have reported to the community can be named, too."
        ),
    )

    sections = [
        ("", ["title", "kind", "station", "is_active"]),
        (_("Recurrence"), ["recurs", "weekdays", "every", "nth", "weekday", "rule"]),
        (_("When"), ["starts", "ends", "first_day", "last_day", "on_holidays", "weeks_ahead"]),
        (
            _("Who is needed"),
            ["min_people", "max_people", "needs_key_holder", "needs_insurance", "needs_training", "skills"],
        ),
        (_("Units that take turns"), ["units", "turn_length", "turns_from"]),
        (_("In words"), ["note"]),
    ]

    class Meta:
        model = DutyTemplate
        fields = [
            "title", "kind", "station", "is_active", "rule", "starts", "ends", "first_day", "last_day", "on_holidays",
            "weeks_ahead", "min_people", "max_people", "needs_key_holder", "needs_insurance", "needs_training",
            "skills", "turn_length", "turns_from", "note",
        ]  # fmt: skip
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own_station(self)
        known = turns.known_to(self.instance)
        self.fields["units"].offer(turns.units_open_to(self.user, known=known), known)
        self.fields["units"].initial = known
        # Where no units take turns nothing has to be said of how.
        self.fields["turn_length"].required = False
        self.fields["units"].says_optional = self.fields["turn_length"].says_optional = False
        self.fields["skills"].queryset = self.fields["skills"].queryset.filter(is_active=True)
        self.fields["starts"].label, self.fields["ends"].label = FROM, UNTIL
        self.fields["ends"].help_text = _("Not later than the beginning: the duty ends on the next day.")
        self.fields["is_active"].help_text = _("Otherwise its shifts ahead are called off and no new ones are made.")
        # Which of these are needed, the answer to “How often?” says.
        for name in ("weekdays", "every", "nth", "weekday", "rule"):
            self.fields[name].says_optional = False
        if self.instance.pk:
            self.initial |= _in_fields(self.instance.rule)

    def clean_turn_length(self) -> str:
        return self.cleaned_data["turn_length"] or self.instance.turn_length

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        try:
            given["rule"] = self._rule(given)
        except DomainError as error:
            given["rule"] = ""
            self.take_error(error)
        return given

    def _rule(self, given: dict[str, Any]) -> str:
        match given.get("recurs"):
            case "daily":
                return recurrence.Plain("daily").rule
            case "monthly":
                return recurrence.Plain("monthly", (given.get("weekday") or 0,), nth=given.get("nth") or 1).rule
            case "weekly":
                if not given.get("weekdays"):
                    message = _("Please choose at least one weekday.")
                    raise DomainError("bad_rule", message, fields={"weekdays": [str(message)]})
                return recurrence.Plain("weekly", tuple(given["weekdays"]), every=given.get("every") or 1).rule
            case "rule":
                return recurrence.clean_rule(given.get("rule") or "")
        return ""

    def _post_clean(self) -> None:
        super()._post_clean()
        if not self.errors:
            row = self.instance
            try:
                recurrence.refuse_no_occurrence(row.rule, first=row.first_day, last=row.last_day)
            except DomainError as error:
                self.take_error(error)


def _in_fields(rule: str) -> dict[str, Any]:
    plain = recurrence.Plain.read(rule)
    if plain is None:
        return {"recurs": EXPERT}
    return {
        "recurs": plain.kind, "weekdays": list(plain.weekdays), "every": plain.every, "nth": plain.nth,
        "weekday": plain.weekdays[0] if plain.weekdays else 0, "rule": rule,
    }  # fmt: skip
