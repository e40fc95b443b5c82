"""Forms of 吹哨 and 协办: calling the departments above, units that assist, and rating them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError
from portal.core.models import Organization
from requests.candidates import departments_above, levels_above
from requests.forms.base import CHOOSE_HANDLER, HandlerField, PhotosField, StepForm, text_field
from requests.models import Assist
from requests.types import AssistState, RatingCode, ReturnGround, Verb, WhistleGround
from requests.workflow import Staff
from requests.workflow.departments import Judgement, to_rate
from requests.workflow.whistling import pending_whistle


class _OfLevels:
    """Marks each department with the levels by which it can be called, so that the list follows the level chosen."""

    levels: dict[str, str] = {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)  # type: ignore[misc]
        if str(value) in self.levels:
            option["attrs"]["data-levels"] = self.levels[str(value)]
        return option


class LeadSelect(_OfLevels, forms.Select):
    pass


class AssistingBoxes(_OfLevels, forms.CheckboxSelectMultiple):
    pass


class DepartmentsForm(StepForm):
    """Which departments above are to hold the case and to assist, of few enough to be read in one list."""

    lead = forms.ChoiceField(label=_("Lead unit"), required=False, widget=LeadSelect)
    assisting = forms.MultipleChoiceField(
        label=_("Assisting units"), required=False, widget=AssistingBoxes(attrs={"data-long": ""})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.departments = {str(unit.pk): unit for unit in self.units()}
        grouped: dict[str, list[tuple[str, str]]] = {}
        for pk, unit in self.departments.items():
            grouped.setdefault(str(unit.region), []).append((pk, str(unit)))
        self.fields["lead"].choices = [("", self.no_lead), *grouped.items()]
        # Those suggested first: the list is longer than its box.
        suggested = {str(unit.pk): str(unit) for unit in self.suggested()}
        others = {pk: str(unit) for pk, unit in self.departments.items() if pk not in suggested}
        self.fields["assisting"].choices = [*suggested.items(), *others.items()]
        self.fields["assisting"].initial = list(suggested)

    no_lead = _("Left to the leader")

    def units(self) -> Iterable[Organization]:
        return departments_above(self.case.handling_region)

    def suggested(self) -> Iterable[Organization]:
        """Who is to assist, as far as somebody has said so."""
        return []

    def arguments(self) -> dict[str, Any]:
        arguments = super().arguments()
        arguments["assisting"] = [self.departments[pk] for pk in arguments["assisting"]]
        arguments["lead"] = self.departments.get(arguments["lead"])
        return arguments


class WhistleForm(DepartmentsForm):
    verb = Verb.WHISTLE
    to_level = forms.ChoiceField(label=_("Whom to call"), widget=forms.RadioSelect(attrs={"data-narrows-levels": ""}))
    ground = forms.ChoiceField(label=_("ground"), choices=WhistleGround.choices, widget=forms.RadioSelect)
    text = text_field(_("What they are to do"), hint=_("The leader decides by it, and the departments work by it."))
    field_order = ["to_level", "ground", "text", "lead", "assisting"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels = levels_above(self.case.handling_region)
        self.fields["to_level"].choices = [(level.value, level.label) for level in levels]
        self.fields["to_level"].initial = levels[0] if len(levels) == 1 else None
        # Whom the street calls, the district can call as well.
        marks = {
            pk: " ".join(levels[levels.index(unit.region.level) :] if unit.region.level in levels else levels)
            for pk, unit in self.departments.items()
        }  # fmt: skip
        for name in ("lead", "assisting"):
            self.fields[name].widget.levels = marks


class DecideWhistleForm(DepartmentsForm):
    verb = Verb.DECIDE_WHISTLE
    granted = forms.TypedChoiceField(
        label=pgettext_lazy("about a whistle", "Decision"),
        choices=[("1", _("Grant it: the departments get the case at once")), ("0", _("Refuse it: it stays here"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    text = text_field(_("Explanation"))
    field_order = ["granted", "lead", "assisting", "text"]
    no_lead = _("Not chosen yet")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.asked is not None:
            self.fields["lead"].initial = str(self.asked.lead_id or "")

    def units(self) -> Iterable[Organization]:
        self.asked = pending_whistle(self.case)
        return departments_above(self.case.handling_region, of=self.asked.to_region) if self.asked else []

    def suggested(self) -> Iterable[Organization]:
        """Those of the whistle that can still be asked."""
        units = self.asked.assisting.order_by("pk") if self.asked else []
        return [unit for unit in units if str(unit.pk) in self.departments]


class AddAssistForm(StepForm):
    verb = Verb.ADD_ASSIST
    to = HandlerField(label=_("Which unit"), error_messages={"required": CHOOSE_HANDLER})
    text = text_field(_("What is asked of it"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].case, self.fields["to"].user = self.case, self.user


class PartField(forms.ChoiceField):
    """Which part: hidden where there is only one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Which part"), **kwargs)

    def offer(self, parts: Sequence[Assist]) -> None:
        self.choices = [(str(part.pk), str(part)) for part in parts]
        self.widget = forms.HiddenInput() if len(parts) == 1 else forms.RadioSelect(choices=self.choices)
        if len(parts) == 1:
            self.initial = str(parts[0].pk)


class PartForm(StepForm):
    """A step of one part of the case."""

    assist = PartField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts = {str(part.pk): part for part in self.open_parts()}
        self.fields["assist"].offer(list(self.parts.values()))

    def open_parts(self) -> Sequence[Assist]:
        return Staff(self.user).assists_with(self.case)

    def clean_assist(self) -> Assist:
        return self.parts[self.cleaned_data["assist"]]


class TakeAssistForm(PartForm):
    verb = Verb.TAKE_ASSIST
    text = text_field(_("Words for whoever holds the case"), required=False, rows=2)

    def open_parts(self) -> Sequence[Assist]:
        return [part for part in super().open_parts() if part.state == AssistState.ASKED]


class FinishAssistForm(PartForm):
    verb = Verb.FINISH_ASSIST
    text = text_field(_("What was done"), rows=4, hint=_("Whoever holds the case reads this; the resident does not."))
    files = PhotosField(label=_("Photos or PDF"))

    def open_parts(self) -> Sequence[Assist]:
        return [part for part in super().open_parts() if part.state == AssistState.TAKEN]


class DeclineAssistForm(PartForm):
    verb = Verb.DECLINE_ASSIST
    ground = forms.ChoiceField(label=_("ground"), choices=ReturnGround.choices, widget=forms.RadioSelect)
    text = text_field(_("Explanation"))


class CallOffAssistForm(PartForm):
    verb = Verb.CALL_OFF_ASSIST
    text = text_field(_("Why it is not needed any more"), rows=2)

    def open_parts(self) -> Sequence[Assist]:
        open_ones = self.case.assists.open().select_related("organization").order_by("pk")
        return list(open_ones) if self.case.open_assists else []


class RateDepartmentsForm(StepForm):
    """Two fields for each department that is not rated yet; those left out are rated another time."""

    verb = Verb.RATE_DEPARTMENTS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        left = to_rate(self.case) if self.case.departments_to_rate else {}
        self.units = list(Organization.objects.filter(pk__in=left).order_by("pk"))
        for unit in self.units:
            self.fields[f"code_{unit.pk}"] = forms.ChoiceField(
                label=str(unit), choices=RatingCode.choices, widget=forms.RadioSelect, required=False
            )
            self.fields[f"text_{unit.pk}"] = text_field(
                gettext("About %(name)s") % {"name": unit}, required=False, rows=2,
                hint=_("Needed when you are not satisfied."),
            )  # fmt: skip

    def arguments(self) -> dict[str, Any]:
        said = [
            Judgement(unit, self.cleaned_data[f"code_{unit.pk}"], self.cleaned_data[f"text_{unit.pk}"])
            for unit in self.units
        ]
        return {"ratings": [each for each in said if each.code or each.text]}

    def take_error(self, error: DomainError) -> None:
        """A refusal names its department in words: it stands over all of them."""
        for lines in (error.fields or {}).values():
            for line in lines:
                self.add_error(None, str(line))
