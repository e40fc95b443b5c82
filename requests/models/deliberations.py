"""议事协商: a topic that neighbours talk over, from the notice to the task that carries it out.

A confidential one (disputes alone) is seen by its chair, its mediators and the participants named by person, and by
nobody else, whatever they look after: `in_scope` is the one place that says so.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.clock import ZONE
from portal.core.fields import EncryptedTextField
from portal.core.history import HistoryTrigger
from portal.core.models import Estate, Organization, Person, Region, StoredFile
from portal.core.permissions import Role
from portal.core.scope import NOTHING, Scope, ScopedQuerySet
from requests.deliberation_types import (
    OPEN,
    TO_BE_HELD,
    DeliberationKind,
    DeliberationSource,
    DeliberationState,
    DeliberationVerb,
    DropGround,
    ParticipantRole,
    Reply,
    TaskState,
)
from stations.models import Station

READ, WRITE, EXPORT = "deliberations:read", "deliberations:write", "deliberations:export"
# By law a notice of the neighbourhood hangs for a week, five working days, unless something else is agreed.
PUBLICITY_DAYS = 5
MAX_PUBLICITY_DAYS = 60


class DeliberationQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "DeliberationQuerySet":
        """Those of my regions, of my station, and those in which my unit or I have a part; of confidential ones the
        last alone."""
        looked_after = scope.region_filter("region__path")
        looked_after |= Q(station__in=scope.station_ids) | Q(pk__in=_seats(organization__in=scope.organization_ids))
        return self.filter((looked_after & Q(is_confidential=False)) | _own(scope))

    def editable_by(self, user: object, capability: str) -> "DeliberationQuerySet":
        """Staff of the region, and the chair; of a confidential one the chair and its mediators."""
        scope = getattr(user, "scope", None)
        if scope is None or not scope.can(capability):
            return self.none()
        granting = scope.granting(capability)
        looked_after = granting.region_filter("region__path") | Q(station__in=granting.station_ids)
        return self.filter((looked_after & Q(is_confidential=False)) | led_by(scope.person_id))

    def withheld_from(self, scope: Scope) -> "DeliberationQuerySet":
        """Confidential ones of regions that I lead: that they exist is all that I learn."""
        led = NOTHING
        for grant in scope.grants:
            if grant.role == Role.LEADER and grant.is_regional:
                led |= Q(region__path__startswith=grant.path or "")
        return self.filter(led, is_confidential=True).exclude(_own(scope))

    def open(self) -> "DeliberationQuerySet":
        return self.filter(state__in=OPEN)

    def to_be_held(self) -> "DeliberationQuerySet":
        return self.filter(state__in=TO_BE_HELD)

    def published(self) -> "DeliberationQuerySet":
        """What everybody reads. A confidential one never is (a constraint)."""
        return self.filter(state=DeliberationState.PUBLIC)

    def with_places(self) -> "DeliberationQuerySet":
        return self.select_related("region", "estate", "station", "chair")


def _seats(**of: object) -> models.QuerySet:
    return Participant.objects.filter(**of).values("deliberation")


def led_by(person_id: int | None) -> Q:
    """The chair; of a confidential one its mediators, too."""
    if person_id is None:
        return NOTHING
    mediates = _seats(person=person_id, role=ParticipantRole.MEDIATOR)
    return Q(chair=person_id) | Q(is_confidential=True, pk__in=mediates)


def _own(scope: Scope) -> Q:
    if scope.person_id is None:
        # A machine token speaks for a region, and takes part in nothing.
        return NOTHING
    return Q(chair=scope.person_id) | Q(pk__in=_seats(person=scope.person_id))


class Deliberation(models.Model):
    region = models.ForeignKey(Region, models.PROTECT, related_name="deliberations", verbose_name=_("region"))
    estate = models.ForeignKey(
        Estate, models.PROTECT, null=True, blank=True, related_name="deliberations", verbose_name=_("estate")
    )
    station = models.ForeignKey(
        Station, models.PROTECT, null=True, blank=True, related_name="deliberations", verbose_name=_("station")
    )
    kind = models.CharField(pgettext_lazy("of a deliberation", "kind"), max_length=20, choices=DeliberationKind.choices)
    topic = models.CharField(_("topic"), max_length=80)
    text = models.TextField(pgettext_lazy("of a deliberation", "what it is about"), blank=True)
    source = models.CharField(
        _("source"), max_length=10, choices=DeliberationSource.choices, default=DeliberationSource.RAISED,
        editable=False,
    )  # fmt: skip
    is_confidential = models.BooleanField(
        _("confidential"), default=False,
        help_text=_("For disputes: only the chair, its mediators and participants named by person see it."),
    )  # fmt: skip
    chair = models.ForeignKey(Person, models.PROTECT, related_name="led_deliberations", verbose_name=_("chair"))
    state = models.CharField(
        _("state"), max_length=10, choices=DeliberationState.choices, default=DeliberationState.RAISED, editable=False
    )
    raised_at = models.DateTimeField(_("raised"), default=timezone.now, editable=False)
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("raised by"), editable=False
    )
    scheduled_for = models.DateTimeField(_("to be held on"), null=True, editable=False)
    place = models.CharField(_("place of the meeting"), max_length=100, blank=True, editable=False)
    held_at = models.DateTimeField(_("held on"), null=True, editable=False)
    minutes = models.TextField(_("minutes of the meeting"), blank=True, editable=False)
    resolved_at = models.DateTimeField(_("resolved on"), null=True, editable=False)
    resolution = models.TextField(_("resolution"), blank=True, editable=False)
    published_at = models.DateTimeField(_("published on"), null=True, editable=False)
    publicity_ends_at = models.DateTimeField(_("objections until"), null=True, editable=False)
    in_force_at = models.DateTimeField(_("in force since"), null=True, editable=False)
    done_at = models.DateTimeField(_("carried out on"), null=True, editable=False)
    dropped_at = models.DateTimeField(_("dropped on"), null=True, editable=False)
    drop_ground = models.CharField(_("ground"), max_length=20, choices=DropGround.choices, blank=True, editable=False)

    objects = DeliberationQuerySet.as_manager()

    class Meta:
        verbose_name = _("deliberation")
        verbose_name_plural = _("deliberations")
        ordering = ["-raised_at", "-pk"]
        indexes = [
            models.Index(fields=["region", "-raised_at"], name="deliberation_region_newest"),
            models.Index(
                fields=["publicity_ends_at"], condition=Q(state=DeliberationState.PUBLIC), name="deliberation_public"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_confidential=False) | Q(kind=DeliberationKind.DISPUTE),
                name="deliberation_confidential_dispute",
                violation_error_message=_("Only the mediation of a dispute can be confidential."),
            ),
            # Whatever path leads there.
            models.CheckConstraint(
                condition=Q(is_confidential=False) | Q(published_at__isnull=True),
                name="deliberation_confidential_unpublished",
            ),
            models.CheckConstraint(
                condition=Q(publicity_ends_at__isnull=True, published_at__isnull=True)
                | Q(publicity_ends_at__isnull=False, published_at__isnull=False),
                name="deliberation_publicity_ends",
            ),
            models.CheckConstraint(
                condition=Q(state=DeliberationState.DROPPED, dropped_at__isnull=False) & ~Q(drop_ground="")
                | ~Q(state=DeliberationState.DROPPED) & Q(dropped_at__isnull=True, drop_ground=""),
                name="deliberation_dropped_on_a_ground",
            ),
        ]
        triggers = [
            HistoryTrigger(hidden=["topic", "text", "place", "minutes", "resolution", "chair_id", "raised_by_id"])
        ]

    def __str__(self) -> str:
        return self.topic

    @property
    def number(self) -> str:
        return f"YS{self.pk:06d}"

    @property
    def publicity_is_over(self) -> bool:
        return self.publicity_ends_at is not None and self.publicity_ends_at <= timezone.now()


class OfADeliberation(ScopedQuerySet):
    """Rows that are seen by whoever sees the deliberation."""

    def in_scope(self, scope: Scope) -> "OfADeliberation":
        return self.filter(deliberation__in=Deliberation.objects.in_scope(scope).values("pk"))


class Participant(models.Model):
    """A seat: a unit, a person, or (without either) a name, such as that of a resident."""

    deliberation = models.ForeignKey(
        Deliberation, models.CASCADE, related_name="participants", verbose_name=_("deliberation")
    )
    role = models.CharField(_("part"), max_length=12, choices=ParticipantRole.choices)
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit")
    )
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person with an account")
    )
    name = models.CharField(_("name of somebody without an account"), max_length=60, blank=True)
    reply = models.CharField(_("reply"), max_length=10, choices=Reply.choices, default=Reply.INVITED)
    attended = models.BooleanField(_("attended"), null=True, blank=True)

    objects = OfADeliberation.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ["deliberation", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(organization__isnull=False, person__isnull=True, name="")
                | Q(organization__isnull=True, person__isnull=False, name="")
                | Q(organization__isnull=True, person__isnull=True) & ~Q(name=""),
                name="participant_is_one",
                violation_error_message=_("Name a unit, a person or a name, and only one of them."),
            ),
            models.UniqueConstraint(
                fields=["deliberation", "organization", "person", "name"], nulls_distinct=False,
                name="participant_one_seat", violation_error_message=_("They have a seat already."),
            ),
        ]  # fmt: skip
        triggers = [HistoryTrigger(hidden=["organization_id", "person_id", "name"])]

    def __str__(self) -> str:
        return str(self.organization or self.person or self.name)


class DeliberationEvent(models.Model):
    """One step, for whoever sees the deliberation."""

    deliberation = models.ForeignKey(Deliberation, models.CASCADE, related_name="events", db_index=False)
    at = models.DateTimeField(_("when"), default=timezone.now)
    verb = models.CharField(_("step"), max_length=12, choices=DeliberationVerb.choices)
    from_state = models.CharField(max_length=10, choices=DeliberationState.choices, blank=True)
    to_state = models.CharField(max_length=10, choices=DeliberationState.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who"), db_index=False
    )
    text = models.TextField(_("text"), blank=True)

    class Meta:
        verbose_name = _("step of a deliberation")
        verbose_name_plural = _("steps of a deliberation")
        ordering = ["deliberation", "pk"]
        indexes = [models.Index(fields=["deliberation", "id"], name="deliberation_events")]

    def __str__(self) -> str:
        return f"{self.deliberation_id} {self.verb}"


class DeliberationFile(models.Model):
    """What is attached to the minutes: photos of the meeting, the signed sheet."""

    deliberation = models.ForeignKey(Deliberation, models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")

    objects = OfADeliberation.as_manager()

    class Meta:
        verbose_name = _("attachment of the minutes")
        verbose_name_plural = _("attachments of the minutes")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.deliberation_id} {self.file_id}"


class Objection(models.Model):
    """异议: what somebody says against a published resolution. It has to be answered before that comes in force."""

    deliberation = models.ForeignKey(
        Deliberation, models.CASCADE, related_name="objections", verbose_name=_("deliberation")
    )
    name = EncryptedTextField(_("name"))
    name_masked = models.CharField(max_length=30, editable=False)
    phone = EncryptedTextField(_("phone"))
    phone_masked = models.CharField(max_length=30, editable=False)
    phone_hash = models.CharField(max_length=64, editable=False)
    text = models.TextField(_("objection"))
    made_at = models.DateTimeField(_("made on"), default=timezone.now)
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(_("answered on"), null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    erased_at = models.DateTimeField(_("erased"), null=True)

    objects = OfADeliberation.as_manager()

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        ordering = ["made_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["deliberation", "phone_hash"], condition=Q(answered_at__isnull=True),
                name="objection_one_open_a_phone",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="") | Q(answered_at__isnull=False) & ~Q(answer=""),
                name="objection_answered_in_words",
            ),
        ]  # fmt: skip
        triggers = [
            HistoryTrigger(hidden=["name", "name_masked", "phone", "phone_masked", "phone_hash", "text", "answer"])
        ]

    def __str__(self) -> str:
        return self.name_masked or str(_("erased"))


class FollowUpTaskQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "FollowUpTaskQuerySet":
        """Those of deliberations that I see, and those that my unit or I have to do."""
        seen = Q(deliberation__in=Deliberation.objects.in_scope(scope).values("pk"))
        return self.filter(seen | self.owned(scope))

    @staticmethod
    def owned(scope: Scope) -> Q:
        own = Q(organization__in=scope.organization_ids)
        return own if scope.person_id is None else own | Q(person=scope.person_id)

    def mine(self, scope: Scope) -> "FollowUpTaskQuerySet":
        return self.filter(self.owned(scope))

    def open(self) -> "FollowUpTaskQuerySet":
        return self.filter(state=TaskState.OPEN)

    def overdue(self) -> "FollowUpTaskQuerySet":
        return self.open().filter(due_on__lt=timezone.localdate(timezone=ZONE))


class FollowUpTask(models.Model):
    """What carries a resolution out: who does what until when. Its words are the task's own, since its owner may see
    nothing else of a confidential deliberation."""

    deliberation = models.ForeignKey(
        Deliberation, models.CASCADE, related_name="tasks", verbose_name=_("deliberation")
    )  # fmt: skip
    text = models.CharField(_("what is to be done"), max_length=200)
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="follow_up_tasks", verbose_name=_("unit")
    )
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="follow_up_tasks", verbose_name=_("person")
    )
    due_on = models.DateField(_("due on"))
    state = models.CharField(
        _("state"), max_length=10, choices=TaskState.choices, default=TaskState.OPEN, editable=False
    )
    result = models.TextField(_("result"), blank=True, editable=False)
    done_at = models.DateTimeField(_("done on"), null=True, editable=False)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )  # fmt: skip
    # The clock reminds once.
    reminded_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = FollowUpTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("follow-up task")
        verbose_name_plural = _("follow-up tasks")
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["due_on"], condition=Q(state=TaskState.OPEN), name="task_open_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(organization__isnull=False, person__isnull=True)
                | Q(organization__isnull=True, person__isnull=False),
                name="task_of_one_owner", violation_error_message=_("Name a unit or a person, and only one of them."),
            ),
            models.CheckConstraint(
                condition=Q(state=TaskState.OPEN, done_at__isnull=True)
                | Q(state=TaskState.DONE, done_at__isnull=False) & ~Q(result=""),
                name="task_done_with_a_result",
            ),
        ]  # fmt: skip
        triggers = [HistoryTrigger(hidden=["text", "result", "organization_id", "person_id"], ignored=["reminded_at"])]

    def __str__(self) -> str:
        return self.text

    @property
    def owner(self) -> Organization | Person:
        owner = self.organization or self.person
        assert owner is not None, "a constraint says so"
        return owner

    @property
    def is_overdue(self) -> bool:
        return self.state == TaskState.OPEN and self.due_on < timezone.localdate(timezone=ZONE)
