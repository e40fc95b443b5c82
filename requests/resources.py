"""资源清单: who offers what, changes it, pauses it, takes it back. What is claimed of it: `requests.claims`."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from portal.core import humanize
from portal.core.errors import Conflict, NotAllowed, telling
from portal.core.history import acting_as
from portal.core.models import Organization, Region, User
from requests.models import Category, Resource
from requests.models.resources import WRITE
from requests.types import ResourceStatus
from volunteers.guards import refuse, save
from volunteers.merging import on_merge
from volunteers.models import Volunteer, VolunteerTeam
from volunteers.privacy import on_erase

Giver = Organization | VolunteerTeam | Volunteer

# What a giver says of a resource; `region` is where everybody can have it.
DETAILS = frozenset({
    "kind", "name", "description", "region", "latitude", "longitude", "datum", "radius_m", "amount", "unit", "times",
    "weekly", "conditions", "valid_until",
})  # fmt: skip


# What whoever keeps a resource may do with it, in the words of the API's actions.
STEPS: dict[str, tuple[str, ...]] = {
    ResourceStatus.OFFERED: ("change", "pause", "withdraw"),
    ResourceStatus.PAUSED: ("change", "resume", "withdraw"),
    ResourceStatus.USED_UP: ("change", "withdraw"),
    ResourceStatus.WITHDRAWN: ("change", "resume"),
}


def keeps(resource: Resource, *, by: User) -> bool:
    """Whether `by` may change it: staff of its region, contacts of the unit, leaders of the team, the volunteer."""
    return Resource.objects.editable_by(by, WRITE).filter(pk=resource.pk).exists()


def own_givers(user: User) -> list[Giver]:
    """In whose name somebody who looks after no region offers: their units, themselves, teams that they lead."""
    scope = user.scope.granting(WRITE)
    if not scope.can(WRITE):
        return []
    units = Organization.objects.active().filter(pk__in=scope.organization_ids).select_related("region")
    me = Volunteer.objects.active().filter(person=user.person_id).select_related("person", "home_region")
    teams = VolunteerTeam.objects.led_by(user.person_id).select_related("region")
    return [*units, *me.defer("search"), *teams.defer("search")]


def looks_after_regions(user: User) -> bool:
    """Staff offer in anybody's name; others in their own."""
    scope = user.scope.granting(WRITE)
    return scope.sees_all_regions or bool(scope.region_paths)


def region_of(giver: Giver) -> Region:
    return giver.home_region if isinstance(giver, Volunteer) else giver.region


def offer(*, giver: Giver, by: User, categories: Iterable[Category] = (), **details: Any) -> Resource:
    """Put something on the list. Without a region it is given where the giver belongs."""
    details["region"] = details.get("region") or region_of(giver)
    resource = Resource(**{_column_of(giver): giver}, **_known(details))
    _refuse_unless_theirs(resource, giver, by=by)
    _refuse_run_out(resource)
    with transaction.atomic(), acting_as(by.pk):
        resource.code = take_codes(1)[0]
        save(resource)
        resource.categories.set(categories)
    return resource


def change(resource: Resource, *, by: User, categories: Iterable[Category] | None = None, **details: Any) -> Resource:
    """Say it otherwise. The amount never falls below what is claimed and used; more of what was used up is on offer
    again."""
    with _held(resource, by=by) as locked:
        if "region" in details and details["region"] != locked.region:
            _refuse_unless_covered(details["region"], by=by)
        until = locked.valid_until
        for name, value in _known(details).items():
            setattr(locked, name, value)
        if locked.valid_until != until:
            _refuse_run_out(locked)
        if locked.amount < locked.claimed + locked.used:
            words = {"amount": humanize.quantity(locked.claimed + locked.used), "unit": locked.unit}
            refuse("amount", _("%(amount)s %(unit)s are claimed or used already. It cannot be less.") % words)
        if locked.status in (ResourceStatus.OFFERED, ResourceStatus.USED_UP):
            locked.status = on_offer_or_used_up(locked)
        save(locked, fields=[*details, "status", "updated_at"])
        if categories is not None:
            locked.categories.set(categories)
    resource.refresh_from_db()
    return resource


def pause(resource: Resource, *, by: User) -> Resource:
    """For a while nothing can be claimed; what is claimed stays so."""
    return _set_status(resource, by=by, expects=(ResourceStatus.OFFERED,), to=lambda _each: ResourceStatus.PAUSED)


def resume(resource: Resource, *, by: User) -> Resource:
    """On offer again after a pause, or after it was withdrawn."""
    expects = (ResourceStatus.PAUSED, ResourceStatus.WITHDRAWN)
    return _set_status(resource, by=by, expects=expects, to=on_offer_or_used_up)


def withdraw(resource: Resource, *, by: User) -> Resource:
    """It is given no more; what is claimed already was promised, and stays so."""
    expects = (ResourceStatus.OFFERED, ResourceStatus.PAUSED, ResourceStatus.USED_UP)
    return _set_status(resource, by=by, expects=expects, to=lambda _each: ResourceStatus.WITHDRAWN)


def on_offer_or_used_up(resource: Resource) -> str:
    return ResourceStatus.OFFERED if resource.used < resource.amount else ResourceStatus.USED_UP


def take_codes(count: int) -> list[str]:
    """So many new numbers of resources."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('resources_number') FROM generate_series(1, %s)", [count])
        return [f"ZY{value:06d}" for (value,) in cursor.fetchall()]


@on_merge
def _bring_along(gone: Volunteer, kept: Volunteer) -> None:
    """Two entries of one person: both may have offered the same; then the kept one's stands."""
    for resource in Resource.objects.filter(volunteer=gone):
        same = Resource.objects.filter(volunteer=kept, name=resource.name, region=resource.region)
        if same.exclude(status=ResourceStatus.WITHDRAWN).exists():
            resource.status = ResourceStatus.WITHDRAWN
        resource.volunteer = kept
        resource.save(update_fields=["status", "volunteer"])


@on_erase
def _forget(volunteer: Volunteer, scrubbed: Callable[[str], str]) -> None:
    """What somebody gave is on offer no more, and its words name nobody."""
    for resource in Resource.objects.filter(volunteer=volunteer):
        for name in ("name", "description", "times", "conditions"):
            setattr(resource, name, scrubbed(getattr(resource, name)))
        resource.name = resource.name or resource.code
        resource.latitude = resource.longitude = resource.radius_m = None
        resource.status = ResourceStatus.WITHDRAWN
        resource.save()


def _set_status(
    resource: Resource, *, by: User, expects: tuple[str, ...], to: Callable[[Resource], str]
) -> Resource:  # fmt: skip
    with _held(resource, by=by) as locked:
        if locked.status not in expects:
            message = _("“%(name)s” is “%(state)s” by now.")
            words = {"name": locked, "state": locked.get_status_display()}
            raise Conflict(message % words, code="not_possible_now")
        locked.status = to(locked)
        # Another one of the same name may have been offered since this one was withdrawn.
        save(locked, fields=["status", "updated_at"])
    resource.refresh_from_db()
    return resource


@contextmanager
def _held(resource: Resource, *, by: User) -> Iterator[Resource]:
    """The resource, locked in a transaction in which `by` acts, once it is sure that they keep it."""
    with transaction.atomic(), acting_as(by.pk):
        locked = Resource.objects.select_for_update(of=("self",)).with_givers().get(pk=resource.pk)
        state = locked.status
        with telling(lambda: STEPS[state] if keeps(locked, by=by) else ()):
            if not keeps(locked, by=by):
                raise NotAllowed(code="not_yours_to_do")
            yield locked


def _refuse_unless_theirs(resource: Resource, giver: Giver, *, by: User) -> None:
    if not by.scope.can(WRITE):
        raise NotAllowed()
    is_own = any(giver == each for each in own_givers(by))
    if not is_own or resource.region != region_of(giver):
        _refuse_unless_covered(resource.region, by=by)
    if isinstance(giver, Organization | VolunteerTeam) and not giver.is_active:
        refuse(_column_of(giver), _("“%(name)s” is not active any more.") % {"name": giver})


def _refuse_run_out(resource: Resource) -> None:
    if resource.has_run_out:
        refuse("valid_until", _("This day has passed. Is the year right?"))


def _refuse_unless_covered(region: Region, *, by: User) -> None:
    if not by.scope.granting(WRITE).covers(region):
        message = _("You can offer something in regions that you look after only.")
        raise NotAllowed(message, code="outside_your_area", fields={"region": [message]})
    if not region.is_current:
        refuse("region", _("“%(name)s” has been abolished.") % {"name": region})


def _column_of(giver: Giver) -> str:
    if isinstance(giver, Volunteer):
        return "volunteer"
    return "team" if isinstance(giver, VolunteerTeam) else "organization"


def _known(details: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(details) - DETAILS:
        raise TypeError(f"a resource has no {sorted(unknown)}")
    return details
