"""What every verb of the register begins with: whose row it is, and the row itself, locked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError, NotAllowed, from_validation_error
from portal.core.history import acting_as
from portal.core.models import Region, User
from portal.core.text import clean_text
from stations.models import Station
from volunteers.models import Volunteer, VolunteerTeam
from volunteers.models.duty import stands_in

WRITE = "volunteers:write"
OWN = "volunteers:own"
TEAMS = "teams:write"
DUTY = "duty:write"
REWARDS, REDEEM = "rewards:write", "rewards:redeem"
REPORT, DOUBLE = "double:report", "double:write"
MAX_REASON = 100


@contextmanager
def held(
    volunteer: Volunteer, *, by: User, capability: str = WRITE, expects: tuple[str, ...] = ()
) -> Iterator[Volunteer]:
    """The entry, locked in a transaction in which `by` acts, once it is sure that it is theirs to change."""
    with transaction.atomic(), acting_as(by.pk):
        # Locked first: two people may decide about one entry in the same second.
        locked = Volunteer.objects.select_for_update(of=("self", "person")).select_related("person", "home_region")
        found = locked.get(pk=volunteer.pk)
        if not may_change(found, by=by, capability=capability):
            raise NotAllowed()
        if expects and found.status not in expects:
            message = _("This entry is “%(state)s” by now.") % {"state": found.get_status_display()}
            raise Conflict(message, code="not_possible_now")
        yield found


def may_change(volunteer: Volunteer, *, by: User, capability: str = WRITE) -> bool:
    """Staff who look after the entry; with `OWN` its own person, too."""
    if capability == OWN:
        if by.scope.can(OWN) and by.person_id == volunteer.person_id:
            return True
        capability = WRITE
    return Volunteer.objects.editable_by(by, capability).filter(pk=volunteer.pk).exists()


@contextmanager
def held_team(team: VolunteerTeam, *, by: User, leaders: bool = True) -> Iterator[VolunteerTeam]:
    """The team, locked; for staff who look after it and, unless `leaders` is False, for those who lead it."""
    with transaction.atomic(), acting_as(by.pk):
        locked = VolunteerTeam.objects.select_for_update(of=("self",)).defer("search").get(pk=team.pk)
        if not (runs_team(locked, by=by) if leaders else may_change_team(locked, by=by)):
            raise NotAllowed()
        yield locked


def may_change_team(team: VolunteerTeam, *, by: User) -> bool:
    return VolunteerTeam.objects.editable_by(by, TEAMS).filter(pk=team.pk).exists()


def runs_team(team: VolunteerTeam, *, by: User) -> bool:
    """Staff who look after the team, and those who lead it."""
    return may_change_team(team, by=by) or team.is_led_by(by.person_id)


def refuse_outside(region: Region, *, by: User, field: str, capability: str = WRITE) -> None:
    if not by.scope.granting(capability).covers(region):
        message = _("This place is not one of yours.")
        raise DomainError("outside_your_area", message, status=403, fields={field: [message]})
    if not region.is_current:
        refuse(field, _("“%(name)s” has been abolished.") % {"name": region})


def reason_of(text: str, *, field: str = "reason") -> str:
    reason = clean_text(text, max_length=MAX_REASON)
    if not reason:
        refuse(field, _("Please say why."))
    return reason


def refuse(field: str, message: str) -> NoReturn:
    raise DomainError("invalid", message, fields={field: [message]})


def save(row: models.Model, *, fields: list[str] | None = None) -> None:
    """Save what the model's own rules accept; what they refuse is told in their words."""
    try:
        row.full_clean(exclude=[field.name for field in row._meta.fields if not field.editable])
        with transaction.atomic():
            row.save(update_fields=fields)
    except ValidationError as error:
        raise from_validation_error(error) from error
    except IntegrityError as error:
        raise Conflict(_broken_rule(row, error)) from error


def _broken_rule(row: models.Model, error: IntegrityError) -> str | None:
    """What the constraint says that the database found broken: one about a field that is not for editing is no part of
    `full_clean`. None for a constraint without words: somebody else wrote the same at this very moment."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    broken = next((each for each in row._meta.constraints if each.name == name), None)
    return str(broken.get_violation_error_message()) if broken is not None else None


def refuse_unless_runs_duty(station: Station, *, by: User | None) -> None:
    """Only those who look after a station, and its keepers, plan its duty. `by` None is the portal itself."""
    if by is not None and not stands_in(station, by.scope.granting(DUTY)):
        raise NotAllowed()


def refuse_unless_concerned(volunteer: Volunteer, station: Station, *, by: User | None) -> None:
    """A volunteer decides about places of their own; everybody else's are for those who run the station's duty."""
    if by is not None and by.person_id == volunteer.person_id and by.scope.can(OWN):
        return
    refuse_unless_runs_duty(station, by=by)
