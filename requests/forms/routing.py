"""The form of a routing rule."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core.registry.forms import ScopedModelForm, form_field
from requests.forms.base import CategoryField
from requests.models import RoutingRule
from stations.models.hours import Weekday


class RoutingRuleForm(ScopedModelForm):
    category = CategoryField(label=_("category"), required=False, help_text=_("With what lies under it"))
    weekdays = forms.TypedMultipleChoiceField(
        label=_("weekdays"), choices=Weekday.choices, coerce=int, required=False,
        widget=forms.CheckboxSelectMultiple, help_text=_("None chosen: every day"),
    )  # fmt: skip

    class Meta:
        model = RoutingRule
        fields = [
            "name", "order", "region", "category", "station", "keywords", "weekdays", "hour_from", "hour_until", "unit",
            "team", "valid_from", "valid_until",
        ]  # fmt: skip
        formfield_callback = form_field

    sections = [
        (_("The rule"), ["name", "order", "valid_from", "valid_until"]),
        (
            _("Which matters"),
            ["region", "category", "station", "keywords", "weekdays", "hour_from", "hour_until"],
        ),
        (_("To whom"), ["unit", "team"]),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].empty_label = _("Any")
