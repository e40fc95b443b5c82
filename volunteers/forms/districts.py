"""The district of a dated rule: for points and for hours."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core.models import Level, Region
from portal.core.scope import Scope


def offer_districts(field: forms.ModelChoiceField, scope: Scope) -> None:
    """Whoever looks after districts chooses among them; everybody's rule is for those who look after all."""
    mine = Region.objects.in_scope(scope).current().filter(level=Level.DISTRICT)
    field.queryset, field.required = mine.order_by("code"), not scope.sees_all_regions
    field.empty_label = _("Every district without one of its own") if scope.sees_all_regions else None
