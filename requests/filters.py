"""The one FilterSet of cases: for the desk's list, the API, the export, and the rows behind a figure."""

from typing import Any

import django_filters
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from portal.core import codes, crypto
from portal.core.chinese import search
from portal.core.errors import DomainError
from portal.core.filtering import (
    BooleanFilter,
    ChoicesFilter,
    DatesFilter,
    FilterSet,
    IdFilter,
    RefusedFilter,
    RegionField,
    SubtreeFilter,
)
from portal.core.models import Region
from requests import callers
from requests.hot_topics import DAYS, HotTopic, hot_topics
from requests.models import Requester, RoutingRule, ServiceRequest
from requests.models.service_requests import ServiceRequestQuerySet, parse_number
from requests.queues import assisted_by, held_by
from requests.types import (
    DONE_STATES,
    OPEN_STATES,
    Channel,
    Kind,
    ListedStatus,
    RatingCode,
    State,
    Supervision,
    TimeLimit,
)
from stations.types import StationType

SEARCH_FIELDS = ("title", "description", "address_text")


class CallerFilter(django_filters.CharFilter):
    """What `requests.callers` made of a phone number."""

    def __init__(self, **kwargs: Any) -> None:
        shape = RegexValidator(r"\A[0-9a-f]{64}\Z", _("This is no caller. Look the phone number up anew."))
        super().__init__(validators=[shape], **kwargs)


class PlaceFilter(django_filters.Filter):
    field_class = RegionField


class ServiceRequestFilter(FilterSet):
    """`region` and everything else about a place means the place of the matter, as figures count it."""

    q = django_filters.CharFilter(label=_("Words, number or tracking code"), method="by_words", max_length=200)
    region = PlaceFilter(label=_("region"), method="by_place")
    handling_region = PlaceFilter(label=_("handled in"), method="by_handling_region")
    state = ChoicesFilter(label=_("state"), choices=State.choices)
    is_open = BooleanFilter(label=_("open"), method="by_open")
    overdue = BooleanFilter(label=_("overdue"), method="by_overdue")
    supervised = BooleanFilter(label=_("supervised"), method="by_supervised")
    supervision = ChoicesFilter(
        field_name="supervision_level",
        label=_("supervision"),
        choices=[(str(n), words) for n, words in Supervision.choices],
    )
    excluded = BooleanFilter(
        label=_("left out of a rate"), field_name="excluded_from", lookup_expr="isnull", exclude=True
    )
    mine = BooleanFilter(label=_("with me or my unit"), method="by_mine")
    assisting = BooleanFilter(label=_("my unit assists"), method="by_assisting")
    whistled = BooleanFilter(label=_("whistled"), field_name="whistled_at", lookup_expr="isnull", exclude=True)
    kind = ChoicesFilter(label=pgettext_lazy("of a case", "kind"), choices=Kind.choices)
    channel = ChoicesFilter(label=_("channel"), choices=Channel.choices)
    time_limit = ChoicesFilter(label=_("time limit"), choices=TimeLimit.choices)
    category = IdFilter(label=_("category"), method="by_category")
    station = IdFilter(field_name="station_id", label=_("station"))
    station_type = ChoicesFilter(
        field_name="station__station_type", label=_("station type"), choices=StationType.choices
    )
    unit = IdFilter(field_name="current_dispatch__organization_id", label=_("unit"))
    handler = IdFilter(field_name="current_dispatch__person_id", label=_("handler"))
    team = IdFilter(field_name="current_dispatch__team_id", label=_("volunteer team"))
    due = DatesFilter(field_name="due_at", label=_("due"))
    submitted = DatesFilter(field_name="submitted_at", label=_("submitted"))
    accepted = DatesFilter(field_name="accepted_at", label=_("accepted"))
    finished = DatesFilter(field_name="finished_at", label=_("first resolved"))
    ended = DatesFilter(field_name="ended_at", label=_("ended"))
    rating = ChoicesFilter(field_name="last_rating", label=_("rating"), choices=RatingCode.choices)
    solved = BooleanFilter(field_name="last_solved", label=_("solved"))
    redone = BooleanFilter(label=_("has been redone"), method="by_redone")
    caller = CallerFilter(label=_("caller"), method="by_caller")
    phone = RefusedFilter(
        refusal=_(
            "Addresses are logged, so a phone number must not stand in one. Type it into the search box or the filters"
            " of the list; a program sends it to service-requests/callers/ and filters by the “caller” it gets."
        )
    )
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
        holders = Requester.objects.filter(code_hash=crypto.keyed_hash(code, purpose="tracking-code"))
        return rows.filter(pk__in=holders.values("request"))

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

    def by_supervised(self, rows: ServiceRequestQuerySet, name: str, value: bool) -> models.QuerySet:
        return rows.supervised() if value else rows.exclude(pk__in=ServiceRequest.objects.supervised().values("pk"))

    def by_mine(self, rows: ServiceRequestQuerySet, name: str, value: bool) -> models.QuerySet:
        held = held_by(self.request.user.scope)
        return rows.filter(held) if value else rows.exclude(held)

    def by_assisting(self, rows: ServiceRequestQuerySet, name: str, value: bool) -> models.QuerySet:
        assisted = assisted_by(self.request.user.scope)
        return rows.filter(assisted) if value else rows.exclude(assisted)

    def by_redone(self, rows: ServiceRequestQuerySet, name: str, value: bool) -> models.QuerySet:
        return rows.filter(redo_count__gt=0) if value else rows.filter(redo_count=0)

    def by_caller(self, rows: ServiceRequestQuerySet, name: str, caller: str) -> models.QuerySet:
        return callers.asked_by(rows, caller) if caller else rows


class ListedFilter(FilterSet):
    """What anybody may narrow the public list by; nothing here looks into what was not released."""

    region = PlaceFilter(label=_("region"), method="by_place")
    station = django_filters.CharFilter(field_name="station__code", label=_("station (code)"), max_length=30)
    category = IdFilter(label=_("category"), method="by_category")
    status = django_filters.ChoiceFilter(label=_("state"), choices=ListedStatus.choices, method="by_status")

    class Meta:
        model = ServiceRequest
        fields: list[str] = []

    by_place = ServiceRequestFilter.by_place
    by_category = ServiceRequestFilter.by_category

    def by_status(self, rows: ServiceRequestQuerySet, name: str, value: str) -> models.QuerySet:
        done = rows.filter(state__in=DONE_STATES)
        return done if value == ListedStatus.DONE else rows.exclude(state__in=DONE_STATES)


TOPIC_DAYS = (3, 7, 14, 30)


class HotTopicFilter(FilterSet):
    """Of what place and of how many days topics are asked for, on the page and in the API."""

    region = PlaceFilter(label=_("region"), method="by_place")
    days = django_filters.TypedChoiceFilter(
        label=_("days"), choices=[(days, str(days)) for days in TOPIC_DAYS], coerce=int, method="beside"
    )

    class Meta:
        model = ServiceRequest
        fields: list[str] = []

    by_place = ServiceRequestFilter.by_place

    def beside(self, rows: ServiceRequestQuerySet, name: str, value: int) -> models.QuerySet:
        """How far back it goes is counted with the topics."""
        return rows

    def topics(self) -> tuple[int, list[HotTopic]]:
        """The days and the topics, or a refusal that names what is wrong."""
        if not self.is_valid():
            raise DomainError("bad_filter", gettext("This filter cannot be used."), fields=self.refusals())
        days = self.form.cleaned_data.get("days") or DAYS
        return days, hot_topics(self.qs, days=days)


class RoutingRuleFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Words"), method="by_words", max_length=60)
    region = SubtreeFilter(field_name="region", label=_("region"))
    category = IdFilter(field_name="category_id", label=_("category"))
    station = IdFilter(field_name="station_id", label=_("station"))
    unit = IdFilter(field_name="unit_id", label=_("unit"))
    team = IdFilter(field_name="team_id", label=_("volunteer team"))
    is_active = BooleanFilter(label=_("switched on"))

    class Meta:
        model = RoutingRule
        fields: list[str] = []

    def by_words(self, rows: models.QuerySet, name: str, value: str) -> models.QuerySet:
        return rows.filter(Q(name__icontains=value) | Q(keywords__icontains=value))
