"""The form by which something is claimed for a case."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.registry.lookups import LookupField
from requests.forms.base import StepForm, text_field
from requests.models.resources import AMOUNT, LEAST
from requests.subjects import RESOURCE_LOOKUP
from requests.types import Verb


class ClaimForm(StepForm):
    verb = Verb.CLAIM
    resource = LookupField(RESOURCE_LOOKUP, label=_("resource"), help_text=_("Its number, or a part of its name"))
    amount = forms.DecimalField(**AMOUNT, label=pgettext_lazy("of a resource", "amount"), min_value=LEAST)
    text = text_field(_("What for"), required=False, rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["resource"].rows = RESOURCE_LOOKUP.rows(self.user).available()
