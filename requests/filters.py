"""The one FilterSet of cases: for the desk's list, the API, the export, and the rows behind a figure."""

import django_filters
from django import forms
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.core import codes, crypto
from portal.core.chinese import search
from portal.core.errors import DomainError
from portal.core.filtering import ChoicesFilter, DatesFilter, FilterSet, IdFilter, RegionField
from portal.core.masking import normalize_phone
from portal.core.models import Region
from requests import throttles
from requests.models import Requester, ServiceRequest
from requests.models.service_requests import ServiceRequestQuerySet, parse_number
from requests.types import HELD, OPEN_STATES, Channel, Kind, RatingCode, State, TimeLimit
from stations.types import StationType

SEARCH_FIELDS = ("title", "description", "address_text")


class PhoneField(forms.CharField):
    """A phone number in any usual spelling; the value is the hash by which it is found."""

    def clean(self, value: str) -> str:
        text = super().clean(value)
        try:
            return crypto.keyed_hash(normalize_phone(text), purpose="phone") if text else ""
        except DomainError as error:
            raise forms.ValidationError(str(error), code=error.code) from error


class PhoneFilter(django_filters.CharFilter):
    field_class = PhoneField


class PlaceFilter(django_filters.Filter):
    field_class = RegionField


class ServiceRequestFilter(FilterSet):
    """`region` and everything else about a place means the place of the matter, as figures count it."""

    q = django_filters.CharFilter(label=_("Words, number or tracking code"), method="by_words", max_length=200)
    region = PlaceFilter(label=_("region"), method="by_place")
    handling_region = PlaceFilter(label=_("handled in"), method="by_handling_region")
    state = ChoicesFilter(label=_("state"), choices=State.choices)
    is_open = django_filters.BooleanFilter(label=_("open"), method="by_open")
    overdue = django_filters.BooleanFilter(label=_("overdue"), method="by_overdue")
    mine = django_filters.BooleanFilter(label=_("with me or my unit"), method="by_mine")
    kind = ChoicesFilter(label=_("kind"), choices=Kind.choices)
    channel = ChoicesFilter(label=_("channel"), choices=Channel.choices)
    time_limit = ChoicesFilter(label=_("time limit"), choices=TimeLimit.choices)
    category = IdFilter(label=_("category"), method="by_category")
    station = IdFilter(field_name="station_id", label=_("station"))
    station_type = ChoicesFilter(
        field_name="station__station_type", label=_("station type"), choices=StationType.choices
    )
    unit = IdFilter(field_name="current_dispatch__organization_id", label=_("unit"))
    handler = IdFilter(field_name="current_dispatch__person_id", label=_("handler"))
    due = DatesFilter(field_name="due_at", label=_("due"))
    submitted = DatesFilter(field_name="submitted_at", label=_("submitted"))
    accepted = DatesFilter(field_name="accepted_at", label=_("accepted"))
    finished = DatesFilter(field_name="finished_at", label=_("first resolved"))
    ended = DatesFilter(field_name="ended_at", label=_("ended"))
    rating = ChoicesFilter(field_name="last_rating", label=_("rating"), choices=RatingCode.choices)
    solved = django_filters.BooleanFilter(field_name="last_solved", label=_("solved"))
    redone = django_filters.BooleanFilter(label=_("has been redone"), method="by_redone")
    phone = PhoneFilter(label=_("phone"), method="by_phone")
    number = django_filters.CharFilter(label=_("number"), method="by_number", max_length=30)

    class Meta:
        model = ServiceRequest
        fields: list[str] = []

    def by_words(self, rows: ServiceRequestQuerySet, name: str, value: str) -> models.QuerySet:
        """A number or a tracking code finds its case; everything else is searched for in the text."""
        if parse_number(value) is not None:
            return self.by_number(rows, name, value)
        try:
            code = codes.parse_code(value)
        except DomainError:
            return search(rows, value, "search", SEARCH_FIELDS)
        return rows.filter(pk__in=_holders(code_hash=crypto.keyed_hash(code, purpose="tracking-code")))

    def by_number(self, rows: ServiceRequestQuerySet, name: str, value: str) -> models.QuerySet:
        pk = parse_number(value)
        return rows.filter(pk=pk) if pk is not None else rows.none()

    def by_place(self, rows: ServiceRequestQuerySet, name: str, region: Region | None) -> models.QuerySet:
        return rows.at_place(region) if region else rows

    def by_handling_region(self, rows: ServiceRequestQuerySet, name: str, region: Region | None) -> models.QuerySet:
        return rows.filter(handling_region__path__startswith=region.path) if region else rows

    def by_category(self, rows: ServiceRequestQuerySet, name: str, pk: int) -> models.QuerySet:
        # Three levels: the category itself, or its parent, or the top above it.
        return rows.filter(Q(category=pk) | Q(category__parent=pk) | Q(category__top=pk))

    def by_open(self, rows: ServiceRequestQuerySet, name: str, value: bool) -> models.QuerySet:
        return rows.open() if value else rows.exclude(state__in=OPEN_STATES)

    def by_overdue(self, rows: ServiceRequestQuerySet, name: str, value: bool) -> models.QuerySet:
        overdue = rows.overdue()
        return overdue if value else rows.exclude(pk__in=ServiceRequest.objects.overdue().values("pk"))

    def by_mine(self, rows: ServiceRequestQuerySet, name: str, value: bool) -> models.QuerySet:
        scope = self.request.user.scope
        held = Q(current_dispatch__organization__in=scope.organization_ids, current_dispatch__outcome__in=HELD)
        if scope.person_id is not None:
            held |= Q(current_dispatch__person=scope.person_id, current_dispatch__outcome__in=HELD)
        return rows.filter(held) if value else rows.exclude(held)

    def by_redone(self, rows: ServiceRequestQuerySet, name: str, value: bool) -> models.QuerySet:
        return rows.filter(redo_count__gt=0) if value else rows.filter(redo_count=0)

    def by_phone(self, rows: ServiceRequestQuerySet, name: str, phone_hash: str) -> models.QuerySet:
        if not phone_hash:
            return rows
        throttles.count_phone_search(self.request.user)
        return rows.filter(pk__in=_holders(phone_hash=phone_hash))


def _holders(**of: str) -> models.QuerySet:
    return Requester.objects.filter(**of).values("request")
