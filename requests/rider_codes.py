"""Riders' codes as staff look after them: who has one, which of them count; giving, blocking, letting count again."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError, telling
from portal.core.models import User
from requests.models import RiderCode
from requests.probes import give_code, may_report
from volunteers.guards import held, may_change
from volunteers.models import Volunteer
from volunteers.models.volunteers import VolunteerQuerySet
from volunteers.types import VolunteerKind

_STATE = Case(
    When(rider_code=None, then=Value("none")),
    When(rider_code__blocked_at=None, then=Value("valid")),
    default=Value("blocked"),
    output_field=models.CharField(),
)


def riders(rows: VolunteerQuerySet) -> VolunteerQuerySet:
    """Of these entries, the active riders and drivers, each with the state of the code."""
    active = rows.active().filter(Q(kind=VolunteerKind.RIDER)).select_related("person", "home_region", "rider_code")
    return active.annotate(
        code_state=_STATE, code_made_at=F("rider_code__made_at"), code_blocked_at=F("rider_code__blocked_at")
    )


def issue_code(volunteer: Volunteer, *, by: User) -> str:
    """A code from the staff who look after a rider, shown this once; the one before it ends, blocked or not."""
    with _held(volunteer, by=by) as found:
        if not may_report(found):
            raise DomainError("no_rider", _("Only riders and drivers whose entry is active have a code."))
        return give_code(found)


def block_code(volunteer: Volunteer, *, by: User) -> RiderCode:
    """From now on nobody reports with it, on whatever phone it is known."""
    with _held(volunteer, by=by) as found:
        code = RiderCode.objects.in_force().filter(volunteer=found).first()
        if code is None:
            raise Conflict(_("There is no code that could be blocked."), code="not_possible_now")
        code.blocked_at = timezone.now()
        code.save(update_fields=["blocked_at"])
    return code


def unblock_code(volunteer: Volunteer, *, by: User) -> RiderCode:
    """The code counts again as it is: the phone or the slip has been found."""
    with _held(volunteer, by=by) as found:
        code = RiderCode.objects.exclude(blocked_at=None).filter(volunteer=found).first()
        if code is None:
            raise Conflict(_("There is no blocked code."), code="not_possible_now")
        code.blocked_at = None
        code.save(update_fields=["blocked_at"])
    return code


def allowed(volunteer: Volunteer, *, by: User) -> list[str]:
    """What `by` may do with the code of a rider, in the words of the API's actions."""
    if not (may_report(volunteer) and may_change(volunteer, by=by)):
        return []
    code = RiderCode.objects.filter(volunteer=volunteer).first()
    return ["issue"] if code is None else ["issue", "unblock" if code.blocked_at else "block"]


@contextmanager
def _held(volunteer: Volunteer, *, by: User) -> Iterator[Volunteer]:
    with telling(lambda: allowed(volunteer, by=by)), held(volunteer, by=by) as found:
        yield found
