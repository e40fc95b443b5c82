"""The case."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.chinese import zh_vector
from portal.core.history import HistoryTrigger
from portal.core.models import Level, Region
from portal.core.permissions import Role
from portal.core.scope import NOTHING, Scope, ScopedQuerySet
from portal.core.spans import SpansField
from requests.models.categories import Category
from requests.types import (
    ASSISTED_STATES,
    DONE_STATES,
    HELD_REPLY_STATES,
    LISTED_STATES,
    OPEN_STATES,
    PASSING_STATES,
    PAUSED_STATES,
    Channel,
    ExcludedRate,
    Kind,
    ResolveGround,
    State,
    Supervision,
    TimeLimit,
)
from stations.models import Station
from stations.types import Datum
from volunteers.models import VolunteerTeam

# The columns that keep the regions a matter lies in, by level.
PLACE_COLUMNS = {
    "city": "city_id",
    "district": "district_id",
    "street": "street_id",
    "community": "community_id",
}


# Three redos or three transfers raise supervision.
TIMES = 3
TO_AND_FRO = Q(redo_count__gte=TIMES) | Q(transfer_count__gte=TIMES)


def known(column: str) -> Q:
    return Q(**{f"{column}__isnull": False})


class ServiceRequestQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> Self:
        """Cases whose place or handling region I look after, of my station, that my unit or I hold or held, or that my
        unit assists or assisted with."""
        if scope.sees_all_regions:
            return self
        condition = NOTHING
        for grant in scope.grants:
            if grant.station_id is not None:
                condition |= Q(station_id=grant.station_id)
            elif grant.organization_id is not None:
                condition |= self._dispatched(organization=grant.organization_id)
                condition |= self._assisted(organization=grant.organization_id)
            elif not grant.is_regional:
                continue
            elif grant.region_id is not None and grant.level in PLACE_COLUMNS:
                condition |= Q(**{PLACE_COLUMNS[grant.level]: grant.region_id})
                if grant.level == Level.COMMUNITY:
                    # Nothing below a community handles cases. Two plain columns let the database join two indexes,
                    # instead of walking the newest cases of the whole city until a few of this community are found.
                    condition |= Q(handling_region_id=grant.region_id)
                else:
                    condition |= self._handled_below(grant.path)
            else:
                condition |= Q(region__path__startswith=grant.path) | self._handled_below(grant.path)
        if scope.person_id is not None and scope.has_role(*set(Role) - {Role.UNIT_CONTACT, Role.AUDITOR}):
            condition |= self._dispatched(person=scope.person_id)
        if scope.has_role(Role.VOLUNTEER):
            condition |= self._dispatched(team__in=VolunteerTeam.objects.led_by(scope.person_id).values("pk"))
        return self.filter(condition)

    def _handled_below(self, path: str) -> Q:
        return Q(handling_region__in=Region.objects.filter(path__startswith=path).values("pk"))

    def _dispatched(self, **to: Any) -> Q:
        dispatches = self.model._meta.get_field("dispatches").related_model.objects
        return Q(pk__in=dispatches.filter(**to).values("request"))

    def _assisted(self, **by: Any) -> Q:
        assists = self.model._meta.get_field("assists").related_model.objects
        return Q(pk__in=assists.filter(**by).values("request"))

    def at_place(self, region: Region) -> Self:
        """Cases whose matter lies in `region`: what every figure of the region counts."""
        column = PLACE_COLUMNS.get(region.level)
        return self.filter(**{column: region.pk}) if column else self.filter(region__path__startswith=region.path)

    def open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)

    def overdue(self, at: Any = None) -> Self:
        """Open and past due. A clock that was paused in time is not past due."""
        at = at or timezone.now()
        return self.open().filter(Q(due_at__lt=at) & (~Q(state__in=PAUSED_STATES) | Q(waiting_since__gt=F("due_at"))))

    def supervised(self) -> Self:
        """Open, and watched over by a leader (督办)."""
        return self.open().filter(supervision_level__gt=Supervision.NONE)

    def listed(self) -> Self:
        """What everybody may read, and of it the released texts alone (`requests.serializers.listed`)."""
        return self.filter(listed_at__isnull=False, state__in=LISTED_STATES)

    def with_point(self) -> Self:
        return self.filter(latitude__isnull=False, longitude__isnull=False)

    def newest_first(self) -> Self:
        return self.order_by("-submitted_at", "-id")


class ServiceRequest(models.Model):
    """One matter that a resident wants dealt with.

    Times: `dispatch_due_at` (to accept, then to dispatch), `contact_due_at`, `due_at` are the latest for the next step;
    they move while the case waits for the resident or for a deliberation, or is in a project (since `waiting_since`).
    `finish_due_at` keeps the due time as it stood at the first resolve, which is what on-time figures judge;
    `late_during` keeps when each round that is over was open and past due.
    """

    kind = models.CharField(
        pgettext_lazy("of a case", "kind"), max_length=20, choices=Kind.choices, default=Kind.DEMAND
    )
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    title = models.CharField(_("title"), max_length=80)
    description = models.TextField(_("description"))
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="requests", verbose_name=_("category")
    )
    time_limit = models.CharField(_("time limit"), max_length=10, choices=TimeLimit.choices, default=TimeLimit.GENERAL)

    # The place of the matter. The ancestors are kept on the row: figures and lists by region need no join.
    region = models.ForeignKey(Region, models.PROTECT, related_name="requests", verbose_name=_("place"), db_index=False)
    city = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False, editable=False)
    district = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False, editable=False)
    street = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+", db_index=False, editable=False)
    community = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+", db_index=False, editable=False)
    handling_region = models.ForeignKey(Region, models.PROTECT, related_name="handled_requests", editable=False)
    station = models.ForeignKey(
        Station, models.PROTECT, null=True, blank=True, related_name="requests", verbose_name=_("station")
    )
    address_text = models.CharField(_("address of the matter"), max_length=200, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    datum = models.CharField(_("datum of the source"), max_length=10, choices=Datum.choices, default=Datum.WGS84)

    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.SUBMITTED, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    # Where a case came from that waits for the resident, or for a deliberation, or one that left the loop, and where it
    # goes back to.
    waiting_from = models.CharField(max_length=12, choices=State.choices, blank=True, editable=False)
    left_from = models.CharField(max_length=12, choices=State.choices, blank=True, editable=False)
    # 并案: the case that the people went over to. 拆分: the case that this one was a part of.
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged", db_index=False, editable=False
    )
    split_from = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="parts", db_index=False, editable=False
    )
    # 转办: who else deals with it, and by what number they know it.
    referred_to = models.CharField(_("referred to"), max_length=60, blank=True, db_default="", editable=False)
    referred_number = models.CharField(_("their number"), max_length=40, blank=True, db_default="", editable=False)
    waiting_since = models.DateTimeField(null=True, editable=False)
    waiting_due_at = models.DateTimeField(null=True, editable=False)
    silence_count = models.PositiveSmallIntegerField(default=0, editable=False)

    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by"),
        editable=False,
    )  # fmt: skip
    submitted_at = models.DateTimeField(_("submitted"), default=timezone.now, editable=False)
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)
    dispatched_at = models.DateTimeField(_("first dispatched"), null=True, editable=False)
    contacted_at = models.DateTimeField(_("first contacted"), null=True, editable=False)
    finished_at = models.DateTimeField(_("first resolved"), null=True, editable=False)
    resolved_at = models.DateTimeField(_("last resolved"), null=True, editable=False)
    # When it was opened again: redone, restored, taken on after an appeal.
    reopened_at = models.DateTimeField(null=True, editable=False)
    # When the case left the loop: closed, rejected, withdrawn, merged or split.
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)

    dispatch_due_at = models.DateTimeField(_("to be dispatched by"), null=True, editable=False)
    contact_due_at = models.DateTimeField(_("resident to be contacted by"), null=True, editable=False)
    due_at = models.DateTimeField(_("due"), null=True, editable=False)
    finish_due_at = models.DateTimeField(_("due at the first resolve"), null=True, editable=False)
    call_back_due_at = models.DateTimeField(_("to be called back by"), null=True, editable=False)
    late_during = SpansField(null=True, editable=False)
    # 剔除: whether leaving it out is asked for, and the rates that it is left out of (net figures).
    exclusion_asked = models.BooleanField(default=False, db_default=False, editable=False)
    excluded_from = ArrayField(
        models.CharField(max_length=30, choices=ExcludedRate.choices),
        verbose_name=_("left out of"), null=True, editable=False,
    )  # fmt: skip
    # 回复审核: a reply waits until somebody else has read it.
    reply_held = models.BooleanField(default=False, db_default=False, editable=False)
    # 延期: the due time that is asked for, while it is to be decided.
    extension_until = models.DateTimeField(null=True, editable=False)
    # 协办: how many units are asked to assist, or do. Kept here so that no path leaves one behind (a constraint).
    open_assists = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    # 吹哨: whether one is to be decided, when the first one was granted, and how many departments are to be rated.
    whistle_asked = models.BooleanField(default=False, db_default=False, editable=False)
    whistled_at = models.DateTimeField(_("whistled"), null=True, editable=False)
    departments_to_rate = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    # When whoever has it was told that little time is left on this clock, and last that it has passed (催办).
    warned_at = models.DateTimeField(null=True, editable=False)
    reminded_at = models.DateTimeField(_("last reminded"), null=True, editable=False)
    supervision_level = models.PositiveSmallIntegerField(
        _("supervision"), choices=Supervision.choices, default=Supervision.NONE, db_default=Supervision.NONE,
        editable=False,
    )  # fmt: skip

    current_dispatch = models.OneToOneField("Dispatch", models.SET_NULL, null=True, related_name="+", editable=False)
    resolve_ground = models.CharField(max_length=12, choices=ResolveGround.choices, blank=True, editable=False)
    close_ground = models.CharField(max_length=24, blank=True, editable=False)
    redo_count = models.PositiveSmallIntegerField(_("redone"), default=0, editable=False)
    transfer_count = models.PositiveSmallIntegerField(_("transferred"), default=0, editable=False)
    appeal_upheld = models.BooleanField(default=False, editable=False)
    # The resident's last answer, from a rating or a call-back.
    last_solved = models.BooleanField(_("solved"), null=True, editable=False)
    last_answer_at = models.DateTimeField(null=True, editable=False)
    last_rating = models.CharField(_("rating"), max_length=20, blank=True, editable=False)
    last_rating_at = models.DateTimeField(null=True, editable=False)
    # 公开: the resident agreed, and what staff released to be read by everybody.
    listing_agreed_at = models.DateTimeField(_("agreed to be listed"), null=True, editable=False)
    listed_at = models.DateTimeField(_("made public"), null=True, editable=False)
    listed_title = models.CharField(_("public title"), max_length=80, blank=True, editable=False)
    listed_text = models.TextField(_("public text"), blank=True, editable=False)
    listed_outcome = models.TextField(_("public result"), blank=True, editable=False)
    erased_at = models.DateTimeField(_("personal data erased"), null=True, editable=False)

    search = models.GeneratedField(
        expression=zh_vector("title", "description", "address_text"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = ServiceRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("service request")
        verbose_name_plural = _("service requests")
        ordering = ["-submitted_at", "-id"]
        indexes = [
            models.Index(F("submitted_at").desc(), F("id").desc(), name="request_newest"),
            models.Index(F("district"), F("submitted_at").desc(), F("id").desc(), name="request_district_newest"),
            models.Index(F("street"), F("submitted_at").desc(), F("id").desc(), name="request_street_newest"),
            models.Index(F("community"), F("submitted_at").desc(), F("id").desc(), name="request_community_newest"),
            models.Index(fields=["district", "due_at"], condition=Q(state__in=OPEN_STATES), name="request_open_due"),
            models.Index(
                fields=["station", "-submitted_at"],
                condition=Q(station__isnull=False),
                name="request_station",
            ),
            GinIndex(fields=["search"], name="request_search"),
            # The job that expires looks for these few rows.
            models.Index(fields=["waiting_due_at"], condition=Q(state__in=PASSING_STATES), name="request_waiting_due"),
            models.Index(fields=["resolved_at"], condition=Q(state=State.RESOLVED), name="request_to_be_rated"),
            # Figures count a district's cases by the date of each step; a case enters an index with its step.
            models.Index(
                fields=["district", "accepted_at"], condition=known("accepted_at"), name="request_by_accepted"
            ),
            models.Index(
                fields=["district", "finished_at"], condition=known("finished_at"), name="request_by_finished"
            ),
            models.Index(fields=["district", "ended_at"], condition=known("ended_at"), name="request_by_ended"),
            models.Index(
                fields=["district", "contact_due_at"], condition=known("contact_due_at"), name="request_by_contact_due"
            ),
            models.Index(
                fields=["district", "finish_due_at"], condition=known("finish_due_at"), name="request_by_finish_due"
            ),
            models.Index(
                fields=["district", "last_answer_at"], condition=known("last_answer_at"), name="request_by_last_answer"
            ),
            # Few cases are merged or split.
            models.Index(fields=["merged_into"], condition=known("merged_into"), name="request_merged"),
            models.Index(fields=["split_from"], condition=known("split_from"), name="request_part"),
            models.Index(fields=["-listed_at", "-id"], condition=known("listed_at"), name="request_listed"),
            # Few open cases are watched by a leader, or have gone to and fro.
            models.Index(
                fields=["district", "due_at"],
                condition=Q(state__in=OPEN_STATES, supervision_level__gt=0),
                name="request_supervised",
            ),
            models.Index(fields=["id"], condition=Q(exclusion_asked=True), name="request_exclusion_asked"),
            models.Index(fields=["id"], condition=Q(reply_held=True), name="request_reply_held"),
            models.Index(fields=["id"], condition=Q(whistle_asked=True), name="request_whistle_asked"),
            models.Index(fields=["id"], condition=Q(departments_to_rate__gt=0), name="request_departments_to_rate"),
            models.Index(fields=["id"], condition=TO_AND_FRO & Q(state__in=OPEN_STATES), name="request_to_and_fro"),
            # The few cases that were overdue at the end of a period that is over.
            GistIndex(fields=["late_during"], condition=known("late_during"), name="request_late_during"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="request_state_known"),
            models.CheckConstraint(
                condition=Q(waiting_since__isnull=False) | ~Q(state__in=PAUSED_STATES),
                name="request_waiting_since_known",
            ),
            models.CheckConstraint(
                condition=Q(state=State.MERGED, merged_into__isnull=False)
                | (~Q(state=State.MERGED) & Q(merged_into__isnull=True)),
                name="request_merged_into_another",
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(resolved_at__isnull=False),
                name="request_finished_is_resolved",
            ),
            # Parts close before the whole does, whatever path leads there.
            models.CheckConstraint(
                condition=Q(open_assists=0) | Q(state__in=ASSISTED_STATES), name="request_parts_close_first"
            ),
            models.CheckConstraint(
                condition=Q(whistle_asked=False) | Q(state__in=[State.ACCEPTED, State.IN_PROGRESS]),
                name="request_whistle_asked_at_work",
            ),
            models.CheckConstraint(
                condition=Q(reply_held=False) | Q(state__in=HELD_REPLY_STATES), name="request_reply_held_at_work"
            ),
            models.CheckConstraint(
                condition=Q(departments_to_rate=0) | Q(state__in=DONE_STATES, whistled_at__isnull=False),
                name="request_departments_rated_when_done",
            ),
            # Whatever path leads there: nothing is listed to which the resident has not agreed.
            models.CheckConstraint(
                condition=Q(listed_at__isnull=True) | Q(listing_agreed_at__isnull=False, erased_at__isnull=True),
                name="request_listed_is_agreed",
            ),
        ]
        triggers = [
            HistoryTrigger(
                hidden=[
                    "title", "description", "address_text", "latitude", "longitude", "listed_title", "listed_text",
                    "listed_outcome",
                ],
                ignored=["search", "warned_at"],
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        """The public number: not secret, never used to look anything up for a resident."""
        return format_number(self.pk)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_overdue(self) -> bool:
        if not self.is_open or self.due_at is None:
            return False
        return self.due_at < (self.waiting_since if self.state in PAUSED_STATES else timezone.now())

    @property
    def round_began(self) -> datetime | None:
        """Since when the clock of the whole case runs: its acceptance, or when it was opened again."""
        return self.reopened_at or self.accepted_at

    @property
    def listing_agreed(self) -> bool:
        return self.listing_agreed_at is not None

    @property
    def is_listed(self) -> bool:
        """Whether everybody reads of it now; `listed` says the same of rows."""
        return self.listed_at is not None and self.state in LISTED_STATES

    @property
    def late_since(self) -> datetime | None:
        """Since when the round is late, or will be if it goes on. A clock that was stopped in time is not late."""
        if self.due_at is None or (self.waiting_since is not None and self.waiting_since <= self.due_at):
            return None
        return max(self.due_at, self.reopened_at or self.due_at)


def format_number(pk: int) -> str:
    return f"XZ{pk:09d}"


def parse_number(text: str) -> int | None:
    """The primary key behind a public number, or None when `text` is not one."""
    digits = text.strip().upper().removeprefix("XZ")
    has_prefix = len(digits) < len(text.strip())
    return int(digits) if has_prefix and digits.isdecimal() and len(digits) <= 18 else None
