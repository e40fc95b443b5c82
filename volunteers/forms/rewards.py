"""Forms of rewards, of the cashier, and of rules for points."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core.models import Region
from portal.core.registry.forms import DayInput, ScopedForm, ScopedModelForm, form_field
from portal.core.registry.lookups import LookupField
from portal.core.text import CleanCharField
from volunteers import rewards
from volunteers.forms.districts import offer_districts
from volunteers.guards import REWARDS
from volunteers.models import PointRule, Reward
from volunteers.rewards import MOST_IN_STOCK
from volunteers.subjects import MERCHANT_LOOKUP


class RewardForm(ScopedModelForm):
    merchant = LookupField(MERCHANT_LOOKUP, label=_("caring merchant"), help_text=_("A part of its name"))
    stock = forms.IntegerField(label=_("in stock"), min_value=0, max_value=MOST_IN_STOCK)

    sections = [
        ("", ["name", "merchant", "description"]),
        (_("Points and stock"), ["points", "stock", "offered_until", "is_active"]),
    ]

    class Meta:
        model = Reward
        fields = ["name", "merchant", "description", "points", "offered_until", "is_active"]
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # Somebody may take one while the form is open: the stock has a form of its own.
            del self.fields["stock"]

    def save(self, commit: bool = True) -> Reward:
        return rewards.save_reward(self.instance, by=self.user, stock=self.cleaned_data.get("stock"))


class StockForm(ScopedForm):
    change = forms.IntegerField(
        label=_("How many more?"), min_value=-MOST_IN_STOCK, max_value=MOST_IN_STOCK,
        help_text=_("With a minus sign: so many fewer."),
    )  # fmt: skip


class TakeForm(forms.Form):
    """Nothing to fill in: one button, which counts once."""

    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("idempotency_key", uuid4().hex)


class CodeForm(forms.Form):
    code = CleanCharField(
        label=_("Code on the volunteer's phone"), max_length=40,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters", "autofocus": True}),
        help_text=_("Eleven letters and digits, or scan the square code with the camera of your phone"),
    )  # fmt: skip


class RuleForm(ScopedModelForm):
    district = forms.ModelChoiceField(Region.objects.none(), label=_("district"), required=False)

    class Meta:
        model = PointRule
        fields = [
            "district", "valid_from", "points_per_hour", "points_per_report", "evening_percent", "red_weekend_percent",
            "staggered_percent", "overnight_percent",
        ]  # fmt: skip
        widgets = {"valid_from": DayInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_districts(self.fields["district"], self.user.scope.granting(REWARDS))
        # Nobody has to think of riders who makes a rule about hours.
        self.fields["points_per_report"].required = False

    def clean_points_per_report(self) -> int:
        given = self.cleaned_data["points_per_report"]
        return self.instance.points_per_report if given is None else given
