"""Quiet hours (免打扰): when a message that is not urgent waits for the morning."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

Hours = tuple[time, time]


def of_portal() -> Hours | None:
    """The portal's own quiet hours, `settings.QUIET_HOURS` as "22:00-07:00"; None: there are none."""
    if not settings.QUIET_HOURS:
        return None
    begins, _dash, ends = settings.QUIET_HOURS.partition("-")
    try:
        return time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip())
    except ValueError as error:
        raise ImproperlyConfigured("PORTAL_QUIET_HOURS is written as 22:00-07:00.") from error


def after_quiet(at: datetime, hours: Hours | None) -> datetime:
    """`at`, or the end of the quiet hours that it falls into. From and until the same means: never quiet."""
    if hours is None or hours[0] == hours[1]:
        return at
    begins, ends = hours
    local = timezone.localtime(at)
    now = local.time().replace(tzinfo=None)
    overnight = begins > ends
    if not (now >= begins or now < ends if overnight else begins <= now < ends):
        return at
    day = local.date() + timedelta(days=1 if overnight and now >= begins else 0)
    return datetime.combine(day, ends, tzinfo=local.tzinfo)
