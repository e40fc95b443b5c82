"""Who may do a shift at all: what a shift asks of each single person on it.

What it asks of all together (a skill, a key) is for the roster and the coverage watch.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from portal.core.clock import ZONE
from portal.core.errors import DomainError
from volunteers.models import DutyShift, Volunteer
from volunteers.roster.problem import Rules
from volunteers.types import VolunteerStatus


def refuse_unsuitable(shift: DutyShift, volunteer: Volunteer) -> None:
    """`DomainError` with every reason for which this person may not do this shift."""
    reasons = list(obstacles(shift, volunteer))
    if reasons:
        # Each is a sentence: only the last keeps its full stop.
        *others, last = reasons
        message = pgettext("between two reasons", "; ").join([*(each.rstrip(".。") for each in others), last])
        raise DomainError("unsuitable", message, status=409)


def obstacles(shift: DutyShift, volunteer: Volunteer) -> Iterator[str]:
    """The reasons, each a sentence that the person may read."""
    day: date = shift.starts_at.astimezone(ZONE).date()
    if volunteer.status != VolunteerStatus.ACTIVE:
        yield _("Only active volunteers can be on duty.")
    if shift.needs_insurance and (volunteer.insured_until is None or volunteer.insured_until < day):
        yield _("This shift asks for an insurance that is valid on its day.")
    if shift.needs_training and (volunteer.trained_on is None or volunteer.trained_on > day):
        yield _("This shift asks for the basic training.")
    if volunteer.is_minor(day) and not _fits_minors(shift):
        yield _("Volunteers under 18 serve by day, and four hours at most.")


def _fits_minors(shift: DutyShift, rules: Rules = Rules()) -> bool:  # noqa: B008 - frozen
    starts, ends = shift.starts_at.astimezone(ZONE), shift.ends_at.astimezone(ZONE)
    midnight = datetime.combine(starts.date(), time(), ZONE)
    return (
        starts >= midnight + timedelta(minutes=rules.minors_from)
        and ends <= midnight + timedelta(minutes=rules.minors_until)
        and shift.minutes <= rules.minors_minutes_a_day
    )
