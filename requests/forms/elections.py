"""Forms about candidates for owners' committees."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.registry.forms import ScopedForm, ScopedModelForm, form_field
from portal.core.text import CleanCharField
from requests import elections
from requests.deliberation_types import Criterion, Verdict
from requests.elections import MAX_FOUND, MAX_NAME, MAX_REASON
from requests.forms.base import yes_no
from requests.forms.deliberations import long_text
from requests.models import Election
from requests.models.deliberations import MAX_PUBLICITY_DAYS, PUBLICITY_DAYS


class ElectionForm(ScopedModelForm):
    class Meta:
        model = Election
        fields = ["estate", "title", "held_on"]
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # Candidates own flats of this estate: another one has a list of its own.
            del self.fields["estate"]

    def save(self, commit: bool = True) -> Election:
        if self.instance.pk:
            return elections.amend(Election.objects.get(pk=self.instance.pk), by=self.user, **self.cleaned_data)
        return elections.call(by=self.user, **self.cleaned_data)


class CandidateForm(ScopedForm):
    name = CleanCharField(label=pgettext_lazy("of a person", "name"), max_length=MAX_NAME)
    phone = CleanCharField(label=_("mobile phone"), max_length=30)
    is_namesake = forms.BooleanField(label=_("another person of the same name"), required=False)


class CandidateEditForm(CandidateForm):
    """Name and phone are sealed: what stays empty stays as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "phone"):
            self.fields[name].required = False
            self.fields[name].help_text = _("Empty: stays as it is.")


class CheckForm(ScopedForm):
    """One criterion after the other."""

    criterion = forms.ChoiceField(label=_("criterion"), choices=Criterion.choices, widget=forms.RadioSelect)
    passed = yes_no(_("passed"))
    text = CleanCharField(
        label=_("what was found"), max_length=MAX_FOUND, required=False,
        help_text=_("Needed where it is not passed. Without the name."),
    )  # fmt: skip


class VerdictForm(ScopedForm):
    verdict = forms.ChoiceField(label=_("decision"), choices=Verdict.choices, widget=forms.RadioSelect)
    reasons = long_text(_("reasons"), rows=4)


class HangForm(ScopedForm):
    days = forms.IntegerField(
        label=_("working days that it hangs"), min_value=1, max_value=MAX_PUBLICITY_DAYS, initial=PUBLICITY_DAYS
    )


class WhyForm(ScopedForm):
    reason = CleanCharField(label=_("Reason"), max_length=MAX_REASON, help_text=_("It is logged with your name."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = _("Say why: the reason is logged.")
