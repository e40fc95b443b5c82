"""移动探头: hazards that riders and drivers report on their way, and the codes by which they are known."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.history import HistoryTrigger
from portal.core.scope import Scope, ScopedQuerySet
from requests.models.categories import Category
from requests.models.service_requests import ServiceRequest
from volunteers.models import Volunteer


class Hazard(models.TextChoices):
    """The kinds that every portal begins with."""

    MANHOLE = "manhole", _("Manhole cover")  # 井盖
    ROAD = "road", _("Road surface")  # 路面
    CHARGING = "charging", _("Charging by a cable from a window")  # 飞线充电
    FIRE_LANE = "fire_lane", _("Fire lane blocked")  # 消防通道占用
    LAMP = "lamp", _("Street lamp")  # 路灯
    OTHER = "other", pgettext_lazy("hazard", "Something else")  # 其他


# Those of static/icons.svg that fit a hazard.
ICONS = [
    (name, name)
    for name in (
        "circle-dashed", "alert-triangle", "bolt", "ban", "eye-off", "dots", "plug", "droplet", "trash", "building",
        "car", "bike", "tool", "leaf",
    )
]  # fmt: skip


class HazardKind(models.Model):
    """A tile of one's own on the riders' page, or another rule for a built-in one (`requests.hazards.DEFAULTS`)."""

    code = models.SlugField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=20)
    icon = models.CharField(_("icon"), max_length=20, choices=ICONS, default="alert-triangle")
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category"),
        help_text=_("Proposed for what is reported with this tile"),
    )  # fmt: skip
    order = models.PositiveSmallIntegerField(_("order"), default=50)
    is_active = models.BooleanField(
        _("in use"), default=True, help_text=_("Not in use: the built-in tile of this code is switched off, too")
    )

    class Meta:
        verbose_name = _("kind of hazard")
        verbose_name_plural = _("kinds of hazards")
        ordering = ["order", "code"]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.name


class HazardReportQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> Self:
        """Reports whose case I see, and my own."""
        if scope.sees_all_regions:
            return self
        seen = ServiceRequest.objects.in_scope(scope).order_by().values("pk")
        return self.filter(Q(request__in=seen) | Q(volunteer__person=scope.person_id))


class HazardReport(models.Model):
    """Who reported the hazard of a case, and of which kind it is."""

    request = models.OneToOneField(
        ServiceRequest, models.CASCADE, related_name="hazard_report", verbose_name=_("request")
    )
    volunteer = models.ForeignKey(
        Volunteer, models.PROTECT, related_name="hazard_reports", verbose_name=_("reported by")
    )
    # The code of its tile; empty where none was tapped.
    hazard = models.CharField(pgettext_lazy("hazard", "kind"), max_length=12, blank=True)

    objects = HazardReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("hazard report")
        verbose_name_plural = _("hazard reports")
        ordering = ["-pk"]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.hazard} {self.request_id}"


class RiderCodeQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> Self:
        """One's own."""
        return self.filter(volunteer__person=scope.person_id) if scope.person_id is not None else self.none()

    def in_force(self) -> Self:
        return self.filter(blocked_at=None)


class RiderCode(models.Model):
    """A rider's own code: whoever has it reports in that rider's name, and can do nothing else. Kept as a hash."""

    volunteer = models.OneToOneField(Volunteer, models.CASCADE, related_name="rider_code", verbose_name=_("volunteer"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    # Blocked by staff: it opens nothing, and only they give a new one, or let it count again.
    blocked_at = models.DateTimeField(_("blocked"), null=True, editable=False)

    objects = RiderCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("rider's code")
        verbose_name_plural = _("riders' codes")
        triggers = [HistoryTrigger(hidden=["digest"])]

    def __str__(self) -> str:
        return str(self.volunteer)
