"""A district's rules for hours: laid down for a day to come, and never changed once they are in force."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import NotAllowed
from portal.core.history import acting_as
from portal.core.models import Level, Region, User
from volunteers.guards import refuse, save
from volunteers.models import HourRule
from volunteers.models.hours import DECIDE


def lay_down(*, district: Region | None, valid_from: date, by: User, **values: int) -> HourRule:
    """From a day to come hours are counted so. A rule for the same day that is not in force yet is replaced."""
    if not may_lay_down(district, by=by):
        raise NotAllowed(_("This is for those who lead the district to decide."))
    if district is not None and district.level != Level.DISTRICT:
        refuse("district", _("“%(name)s” is not a district.") % {"name": district})
    if valid_from <= timezone.localdate(timezone=ZONE):
        refuse("valid_from", _("What has been counted stays as it is. Please give a day that has not come yet."))
    rule = HourRule(district=district, valid_from=valid_from, **values)
    if rule.day_limit_minutes > rule.long_day_minutes:
        refuse("long_day_minutes", _("This has to be at least what counts at once."))
    with transaction.atomic(), acting_as(by.pk):
        HourRule.objects.filter(district=district, valid_from=valid_from).delete()
        save(rule)
    return rule


def may_lay_down(district: Region | None, *, by: User) -> bool:
    """Leaders and administrators for their districts; for all districts at once, whoever looks after all."""
    scope = by.scope.granting(DECIDE)
    return scope.sees_all_regions if district is None else scope.covers(district)
