"""Forms of resources: what somebody gives, and what became of a claim."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

# The subjects register how volunteers and teams are named in a form's text.
import volunteers.subjects  # noqa: F401
from portal.core.registry.forms import ScopedForm, ScopedModelForm, form_field
from portal.core.text import CleanCharField
from requests import resources
from requests.claims import MAX_NOTE
from requests.models import Category, Resource
from requests.models.resources import AMOUNT, LEAST
from requests.types import WeekPart
from stations.forms.points import PointFormMixin
from stations.models.hours import Weekday
from volunteers.models import Volunteer

GIVERS = ("organization", "team", "volunteer")
# The form shows so many boxes; the API takes as many as there are.
MOST_CATEGORIES = 5
# So many are proposed for a name that is none.
NEAR = 3


PARTS = (_("Morning"), _("Afternoon"), _("Evening"))


class FittingInput(forms.Widget):
    """A line for each category; what one types narrows the list of all of them. It is one text, a category a line."""

    template_name = "desk/fitting_input.html"
    use_fieldset = True

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        lines = str(value or "").splitlines()
        context["lines"] = [*lines, *[""] * (MOST_CATEGORIES - len(lines))]
        # The widest, 城乡建设, fits too much to say anything.
        context["paths"] = Category.objects.filter(is_active=True, level__gt=1).order_by("path").values_list(
            "path", flat=True
        )  # fmt: skip
        return context

    def _render(self, template_name: str, context: dict[str, Any], renderer: Any = None) -> SafeString:
        # With the project's own templates, which the renderer of forms does not know.
        return render_to_string(template_name, context)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return "\n".join(data.getlist(name) if hasattr(data, "getlist") else [data.get(name) or ""])

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0" if id_ else id_


class FittingField(forms.CharField):
    """Categories by their paths or names, one a line: of any of the three levels."""

    widget = FittingInput
    default_error_messages = {
        "unknown": _("There is no category “%(text)s”. Type a part of its name and choose from the list."),
        "near": _("There is no category “%(text)s”. Did you mean: %(near)s?"),
    }

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(each.path for each in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[Category]:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > MOST_CATEGORIES:
            raise ValidationError(_("Five categories at most: choose one further up."), code="too_many")
        rows = {each.path: each for each in Category.objects.filter(path__in=lines)}
        # By its own name where that is enough to tell which one is meant.
        for line in set(lines) - set(rows):
            named = list(Category.objects.filter(name=line)[:2])
            if len(named) != 1:
                near = Category.objects.filter(path__contains=line, is_active=True).order_by("level", "path")[:NEAR]
                code, said = ("near", "、".join(each.path for each in near)) if near else ("unknown", "")
                raise ValidationError(self.error_messages[code], code=code, params={"text": line[:60], "near": said})
            rows[line] = named[0]
        return list({rows[line].pk: rows[line] for line in lines}.values())


class ResourceForm(PointFormMixin, ScopedModelForm):
    """Staff name the giver and the region; others give in their own name, where they belong."""

    giver = forms.ChoiceField(label=_("given by"))
    fits = FittingField(
        label=_("categories that it fits"), required=False, max_length=1000,
        help_text=_("Type a part of the name and choose from the list. Cases of these find it."),
    )  # fmt: skip
    weekly = forms.MultipleChoiceField(
        label=_("times in a usual week"),
        required=False,
        choices=WeekPart.choices,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Resource
        fields = [
            "kind", "name", "description", *GIVERS, "region", "latitude", "longitude", "datum", "radius_m", "amount",
            "unit", "times", "weekly", "conditions", "valid_until",
        ]  # fmt: skip
        formfield_callback = form_field

    sections = [
        (_("What is given"), ["kind", "name", "amount", "unit", "description", "fits"]),
        (_("Who gives it"), ["giver", *GIVERS]),
        (_("When, and on what conditions"), ["times", "conditions", "valid_until"]),
        (_("Where"), ["region", "radius_m", "latitude", "longitude", "datum"]),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_new, is_staff = not self.instance.pk, resources.looks_after_regions(self.user)
        self.own = {} if is_staff else {_mark(each): each for each in resources.own_givers(self.user)}
        for name in () if is_staff and is_new else GIVERS:
            del self.fields[name]
        if not is_staff:
            del self.fields["region"]
        if is_staff or not is_new:
            del self.fields["giver"]
        else:
            self.fields["giver"].choices = [(mark, _named(each)) for mark, each in self.own.items()]
        if not is_new:
            self.initial["fits"] = list(self.instance.categories.all())

    @property
    def week(self) -> list[tuple[Any, list[Any]]]:
        """The boxes of a usual week, a line a day."""
        boxes = self["weekly"].subwidgets
        return [(day.label, boxes[day * len(PARTS) : (day + 1) * len(PARTS)]) for day in Weekday]

    parts = PARTS

    folded_fields = ("latitude", "longitude", "datum")

    def _get_validation_exclusions(self) -> set[str]:
        # Who gives it, and where, is not in the row before the verb puts it there.
        return super()._get_validation_exclusions() | {*GIVERS, "region"}

    def validate_constraints(self) -> None:
        """The verb's to say: it knows the giver."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance.pk or self.errors:
            return cleaned
        if "giver" in cleaned:
            cleaned["giver"] = self.own[cleaned["giver"]]
            return cleaned
        named = [cleaned.pop(name) for name in GIVERS if cleaned.get(name) is not None]
        if len(named) != 1:
            message = _("Name who gives it: a unit, a team or a volunteer, and only one of them.")
            self.add_error("organization", message)
            return cleaned
        return {**cleaned, "giver": named[0]}

    def save(self, commit: bool = True) -> Resource:
        asked = {name: value for name, value in self.cleaned_data.items() if name not in GIVERS}
        categories = asked.pop("fits")
        if self.instance.pk:
            fresh = Resource.objects.get(pk=self.instance.pk)
            return resources.change(fresh, by=self.user, categories=categories, **asked)
        return resources.offer(by=self.user, categories=categories, **asked)


def _mark(giver: resources.Giver) -> str:
    return f"{giver._meta.model_name}:{giver.pk}"


def _named(giver: resources.Giver) -> str:
    return str(_("I myself")) if isinstance(giver, Volunteer) else str(giver)


class UseForm(ScopedForm):
    used = forms.DecimalField(**AMOUNT, label=_("really used"), min_value=LEAST)
    note = CleanCharField(label=_("note"), max_length=MAX_NOTE, required=False)


class ReleaseForm(ScopedForm):
    note = CleanCharField(label=_("note"), max_length=MAX_NOTE, required=False)
