"""Forms of teams and their members."""

from django import forms
from django.utils.translation import gettext_lazy as _

# The subjects register how volunteers and teams are named in a form's text.
import volunteers.subjects  # noqa: F401
from portal.core.registry.forms import DayInput, ScopedForm, ScopedModelForm, form_field
from portal.core.registry.lookups import LookupField
from volunteers.models import VolunteerTeam
from volunteers.subjects import VOLUNTEER_LOOKUP


class TeamForm(ScopedModelForm):
    sections = [
        ("", ["name", "kind", "slogan", "founded_on", "is_active", "takes_requests"]),
        (_("Where"), ["region", "organization"]),
        (_("In words"), ["introduction"]),
    ]

    class Meta:
        model = VolunteerTeam
        fields = [
            "name", "kind", "slogan", "founded_on", "is_active", "takes_requests", "region", "organization",
            "introduction",
        ]  # fmt: skip
        formfield_callback = form_field


class MemberForm(ScopedForm):
    volunteer = LookupField(VOLUNTEER_LOOKUP, label=_("volunteer"), help_text=_("Name or number"))
    joined_on = forms.DateField(label=_("member since"), required=False, widget=DayInput)
    is_leader = forms.BooleanField(label=_("leads the team"), required=False)
