"""The form of an absence."""

from django.utils.translation import gettext_lazy as _

from portal.core.registry.forms import ScopedModelForm, form_field
from requests.models import Absence


class AbsenceForm(ScopedModelForm):
    sections = [(_("Who is away, and who stands in"), ["person", "deputy"]), (_("When"), ["starts_on", "ends_on"])]

    class Meta:
        model = Absence
        fields = ["person", "deputy", "starts_on", "ends_on"]
        formfield_callback = form_field
