"""The FilterSets of the hotline's cases and results, of home visits and of riders' codes: for pages, API and files."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.core.filtering import ChoicesFilter, DatesFilter, FilterSet, IdFilter, SubtreeFilter
from portal.core.models import User
from requests.models import HotlineCase, HotlineReturn, Visit
from requests.models.hotline import ANSWERED_STATES, ReturnState
from requests.models.visits import Met
from volunteers.models import Volunteer

CODE_STATES = [("valid", _("Valid")), ("blocked", _("Blocked")), ("none", _("No code"))]
OUTCOMES = [(state.value, state.label) for state in ANSWERED_STATES]


class HotlineCaseFilter(FilterSet):
    external_system = django_filters.CharFilter(label=_("hotline"), max_length=20)
    external_number = django_filters.CharFilter(label=_("number at the hotline"), max_length=40)
    region = SubtreeFilter(field_name="request__region", label=_("region"))

    class Meta:
        model = HotlineCase
        fields: list[str] = []


class HotlineReturnFilter(FilterSet):
    q = django_filters.CharFilter(
        field_name="hotline__external_number", lookup_expr="icontains", label=_("Number at the hotline"), max_length=40
    )
    region = SubtreeFilter(field_name="hotline__request__region", label=_("region"))
    state = ChoicesFilter(label=_("state"), choices=ReturnState.choices)
    outcome = ChoicesFilter(label=_("result"), choices=OUTCOMES)
    since = DatesFilter(field_name="at", label=_("result since"))

    class Meta:
        model = HotlineReturn
        fields: list[str] = []


class RiderCodeFilter(FilterSet):
    """Names find those alone whom the reader works with, as in the register of volunteers."""

    q = django_filters.CharFilter(label=_("Name or number"), method="by_words", max_length=60)
    region = SubtreeFilter(field_name="home_region", label=_("home community"))
    code = django_filters.ChoiceFilter(
        label=_("Rider's code"), choices=CODE_STATES, empty_label=_("All"), method="by_code"
    )

    class Meta:
        model = Volunteer
        fields: list[str] = []

    def by_words(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        known = Volunteer.objects.open_to(self.request.user.scope)
        found = Q(number__icontains=value) | Q(person__name__icontains=value, pk__in=known.values("pk"))
        return rows.filter(found)

    def by_code(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == "none":
            return rows.filter(rider_code=None)
        return rows.filter(rider_code__isnull=False, rider_code__blocked_at__isnull=value == "valid")


def _recorders(request: HttpRequest | None) -> Any:
    """Who has recorded the visits that somebody sees. The schema asks without anybody."""
    if request is None:
        return User.objects.none()
    seen = Visit.objects.for_user(request.user).order_by().values("recorded_by")
    return User.objects.filter(pk__in=seen).select_related("person").order_by("person__name", "pk")


class VisitFilter(FilterSet):
    q = django_filters.CharFilter(field_name="estate__name", lookup_expr="icontains", label=_("Estate"), max_length=60)
    region = SubtreeFilter(field_name="region", label=_("region"))
    met = ChoicesFilter(label=_("who was met"), choices=Met.choices)
    visited = DatesFilter(field_name="visited_at", label=_("visited"))
    estate = IdFilter(field_name="estate_id", label=_("estate (id)"))
    recorded_by = django_filters.ModelChoiceFilter(label=_("recorded by"), queryset=_recorders)

    class Meta:
        model = Visit
        fields: list[str] = []
