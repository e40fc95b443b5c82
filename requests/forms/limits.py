"""The form of a limit."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core.models import Level, Region
from portal.core.registry.forms import ScopedModelForm, form_field
from requests.forms.base import CategoryField
from requests.models import LimitRule


class LimitForm(ScopedModelForm):
    district = forms.ModelChoiceField(Region.objects.none(), label=_("district"), required=False)
    category = CategoryField(
        label=_("category"), required=False, help_text=LimitRule._meta.get_field("category").help_text
    )

    sections = [
        (_("Which cases"), ["district", "category", "kind", "time_limit"]),
        (_("How long"), ["step", "amount", "unit"]),
        (_("When"), ["starts_on", "ends_on"]),
    ]

    class Meta:
        model = LimitRule
        fields = ["district", "category", "kind", "time_limit", "step", "amount", "unit", "starts_on", "ends_on"]
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope = self.user.scope.granting("limits:write")
        district = self.fields["district"]
        mine = Region.objects.in_scope(scope).current().filter(level=Level.DISTRICT)
        district.queryset, district.required = mine.order_by("code"), not scope.sees_all_regions
        # Who looks after districts chooses among them; a limit of everybody is for those who look after all.
        district.empty_label = _("Every district") if scope.sees_all_regions else None
        self.fields["category"].empty_label = _("Every category")
        for name, label in [("kind", _("Every kind")), ("time_limit", _("Every class that is not urgent"))]:
            self.fields[name].choices = [("", label), *self.fields[name].choices[1:]]
