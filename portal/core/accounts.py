"""The verbs by which staff look after the accounts of their area, and what each of them may do to whom.

A role is given by somebody whose own role gives it (`portal.core.permissions.GIVES`), at a place inside their regions.
An account as a whole (password, second factor, being active) is looked after by those who look after each of its
roles: whoever resets a password could sign in with it, so half of an account is none.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import codes, sign_in
from portal.core.errors import Conflict, DomainError, NotAllowed, from_validation_error
from portal.core.history import acting_as
from portal.core.models import ApiToken, Level, Membership, Organization, Person, Region, Role, User
from portal.core.models.people import UserQuerySet
from portal.core.people import new_person
from portal.core.permissions import GIVES, gives, looks_after
from portal.core.scope import Grant

CAPABILITY = "accounts:write"
PLACES = ("region", "station", "organization")
# A role that is named after a level is held at that level; the staff of a city are the district's staff one level up.
LEVELS = {
    Role.DISTRICT: (Level.CITY, Level.DISTRICT),
    Role.STREET: (Level.STREET,),
    Role.COMMUNITY: (Level.COMMUNITY,),
    Role.VOLUNTEER: (Level.STREET, Level.COMMUNITY),
}


@dataclass(frozen=True)
class WithPassword:
    """An account and its new start password, which is shown this once and kept nowhere."""

    account: User
    start_password: str


@dataclass(frozen=True)
class Place:
    """Where a role is held: one of three, by the role."""

    region: Region | None = None
    station: Any = None
    organization: Organization | None = None

    @property
    def path(self) -> str:
        place = self.region or self.station or self.organization
        # An administrator without a place looks after the whole portal.
        return "" if place is None else place.path if isinstance(place, Region) else place.region.path


def with_roles(rows: UserQuerySet, user: User) -> UserQuerySet:
    """Accounts with their person and, as `roles`, those of their memberships that `user` may see; in two queries."""
    mine = Membership.objects.for_user(user).select_related("region", "station__region", "organization__region")
    roles = Prefetch("memberships", mine.order_by("-is_active", "pk"), to_attr="roles")
    return rows.select_related("person").prefetch_related(roles)


def place_of_role(role: str) -> str:
    """Which of the three kinds of place a role is held at."""
    return {Role.STATION_KEEPER: "station", Role.UNIT_CONTACT: "organization"}.get(Role(role), "region")


def roles_to_give(by: User) -> list[Role]:
    """The roles that `by` may give somewhere, in the order of the table."""
    mine = {grant.role for grant in _grants(by)}
    return [role for role in Role if any(role in GIVES.get(own, ()) for own in mine)]


def may_end(membership: Membership, *, by: User) -> bool:
    path = _path_of(membership)
    return membership.user_id != by.pk and any(
        _covers(grant, path) and looks_after(grant.role, membership.role) for grant in _grants(by)
    )


def obstacle(account: User, *, by: User) -> NotAllowed | None:
    """Why `by` may not look after this account as a whole; None when they may."""
    if not by.scope.can(CAPABILITY):
        return NotAllowed()
    if account.pk == by.pk:
        message = _("This is your own account. Somebody else has to look after it.")
        return NotAllowed(message, code="own_account")
    if account.is_superuser and not _is_whole_administrator(by):
        return NotAllowed(code="beyond_your_area")
    if not User.objects.editable_by(by, CAPABILITY).filter(pk=account.pk).exists():
        return NotAllowed()
    held = Membership.objects.filter(user=account, is_active=True)
    if all(may_end(each, by=by) for each in held.select_related("region", "station__region", "organization__region")):
        return None
    message = _("This account also has a role that is not yours to give. You may only end the roles of your own area.")
    return NotAllowed(message, code="beyond_your_area")


def create_account(
    *,
    username: str,
    role: str,
    place: Place,
    by: User,
    person: Person | None = None,
    name: str = "",
    phone: str = "",
) -> WithPassword:
    """An account with its first role, for somebody already known (`person`) or somebody new (`name`, `phone`)."""
    _may_give(role, place, by=by)
    if (person is None) == (not name.strip()):
        message = _("Choose somebody, or give the name of somebody new.")
        raise DomainError("invalid", message, fields={"person": [message]})
    if person is not None and User.objects.filter(person=person).exists():
        message = _("%(name)s has an account already.") % {"name": person}
        raise Conflict(message, code="has_an_account", fields={"person": [message]})
    with transaction.atomic(), acting_as(by.pk):
        account = User()
        start_password = _set_start_password(account)
        _rename(account, username)
        if person is None:
            person = new_person(name=name, phone=phone)
            person.save()
        account.person = person
        _save(account)
        _give(account, role, place)
    return WithPassword(account, start_password)


def edit_account(account: User, *, username: str, name: str, by: User) -> User:
    """Correct how somebody signs in and what they are called."""
    with _looked_after(account, by=by) as locked:
        _rename(locked, username)
        _save(locked, "username")
        locked.person.name = name.strip()
        _check(locked.person, "name")
        locked.person.save(update_fields=["name"])
    return locked


def give_role(account: User, *, role: str, place: Place, by: User) -> Membership:
    """One more role; one that had ended begins again."""
    _may_give(role, place, by=by)
    with _looked_after(account, by=by) as locked:
        return _give(locked, role, place)


def end_role(membership: Membership, *, by: User) -> None:
    """End one role. What the account did in it stays; its open sessions lose it with their next page."""
    if not may_end(membership, by=by):
        raise NotAllowed()
    with transaction.atomic(), acting_as(by.pk):
        Membership.objects.filter(pk=membership.pk, is_active=True).update(is_active=False)


def deactivate_account(account: User, *, by: User) -> User:
    """Close an account: its sessions end, its password and its machine tokens open nothing any more.

    Its roles stay written down, so that it can come back as it was.
    """
    with _looked_after(account, by=by) as locked:
        if not locked.is_active:
            raise Conflict(_("This account is not active."), code="not_active")
        locked.is_active = False
        # A session carries a hash of the password: without one it would come back to life with the account.
        locked.set_unusable_password()
        locked.save(update_fields=["is_active", "password"])
        ApiToken.objects.filter(user=locked, revoked_at__isnull=True).update(revoked_at=timezone.now())
    return locked


def reactivate_account(account: User, *, by: User) -> WithPassword:
    """Open a closed account again, with a new start password."""
    with _looked_after(account, by=by) as locked:
        if locked.is_active:
            raise Conflict(_("This account is active already."), code="already_active")
        locked.is_active = True
        start_password = _set_start_password(locked)
        locked.save(update_fields=["is_active", "password", "must_change_password"])
    return WithPassword(locked, start_password)


def issue_start_password(account: User, *, by: User) -> WithPassword:
    """A new start password for somebody who forgot theirs; open sessions end."""
    with _looked_after(account, by=by) as locked:
        if not locked.is_active:
            raise Conflict(_("This account is not active."), code="not_active")
        start_password = _set_start_password(locked)
        locked.save(update_fields=["password", "must_change_password"])
    return WithPassword(locked, start_password)


def remove_second_factor(account: User, *, by: User) -> User:
    """For somebody who lost the phone: they sign in with the password alone and, where it is asked for, set up anew."""
    with _looked_after(account, by=by) as locked:
        if not Authenticator.objects.filter(user=locked).delete()[0]:
            raise Conflict(_("This account has no second factor."), code="no_second_factor")
    return locked


def unlock(account: User, *, by: User) -> User:
    """Let somebody sign in at once whose failed attempts have locked the account for a while."""
    with _looked_after(account, by=by) as locked:
        if not sign_in.is_locked(locked):
            raise Conflict(_("This account is not locked."), code="not_locked")
        sign_in.lift_lock(locked)
        locked.unlocked_at = timezone.now()
        locked.save(update_fields=["unlocked_at"])
    return locked


@contextmanager
def _looked_after(account: User, *, by: User) -> Iterator[User]:
    """The account, locked in a transaction in which `by` acts, once it is sure that `by` looks after all of it."""
    with transaction.atomic(), acting_as(by.pk):
        # Locked first: a role that somebody gives at this moment counts.
        locked = User.objects.select_for_update(of=("self",)).select_related("person").get(pk=account.pk)
        refusal = obstacle(locked, by=by)
        if refusal is not None:
            raise refusal
        yield locked


def _grants(by: User) -> list[Grant]:
    """The regional grants in which `by` may look after accounts."""
    return [grant for grant in by.scope.granting(CAPABILITY).grants if grant.is_regional]


def _covers(grant: Grant, path: str) -> bool:
    return grant.path is None or (path != "" and path.startswith(grant.path))


def _is_whole_administrator(by: User) -> bool:
    return any(grant.path is None and grant.role == Role.ADMINISTRATOR for grant in _grants(by))


def _path_of(membership: Membership) -> str:
    return Place(membership.region, membership.station, membership.organization).path


def _may_give(role: str, place: Place, *, by: User) -> None:
    """The role, its place and its giver fit together; otherwise which of them does not."""
    givers = [grant for grant in _grants(by) if gives(grant.role, role)]
    if not givers:
        message = _("This role is not yours to give.")
        raise DomainError("role_not_yours", message, status=403, fields={"role": [message]})
    needed = place_of_role(role)
    errors = {}
    if getattr(place, needed) is None:
        errors[needed] = [_("Say where: this role is held here.")]
    for other in PLACES:
        if other != needed and getattr(place, other) is not None:
            errors[other] = [_("This role is not held here. Leave it empty.")]
    if errors:
        raise DomainError("invalid", next(iter(errors.values()))[0], fields=errors)
    if not any(_covers(grant, place.path) for grant in givers):
        message = _("This place is not one of yours.")
        raise DomainError("outside_your_area", message, status=403, fields={needed: [message]})
    if place.region is not None:
        _fits(role, place.region)


def _fits(role: str, region: Region) -> None:
    if not region.is_current:
        message = _("“%(name)s” has been abolished.") % {"name": region}
        raise DomainError("abolished", message, fields={"region": [message]})
    levels = LEVELS.get(Role(role))
    if levels and region.level not in levels:
        message = _("The role “%(role)s” is held at this level: %(levels)s. “%(name)s” is another one.") % {
            "role": Role(role).label, "levels": "、".join(str(level.label) for level in levels), "name": region,
        }  # fmt: skip
        raise DomainError("invalid", message, fields={"region": [message]})


def _give(account: User, role: str, place: Place) -> Membership:
    membership, is_new = Membership.objects.select_for_update().get_or_create(
        user=account, role=role, region=place.region, station=place.station, organization=place.organization
    )
    if not is_new and membership.is_active:
        message = _("The account has this role already.")
        raise Conflict(message, code="has_this_role", fields={"role": [message]})
    if not is_new:
        membership.is_active = True
        membership.save(update_fields=["is_active"])
    return membership


def _rename(account: User, username: str) -> None:
    account.username = User.normalize_username(username.strip())
    _check(account, "username")
    # Whoever signs in need not mind capitals, so two names may not differ by them alone.
    if User.objects.filter(username__iexact=account.username).exclude(pk=account.pk).exists():
        raise _taken()


def _taken() -> Conflict:
    message = _("This user name is taken.")
    return Conflict(message, code="username_taken", fields={"username": [message]})


def _save(account: User, *fields: str) -> None:
    try:
        with transaction.atomic():
            account.save(update_fields=fields or None)
    except IntegrityError as error:
        # Somebody else took the name, or gave the person an account, at this very moment.
        raise _taken() from error


def _check(row: User | Person, field: str) -> None:
    try:
        row.clean_fields(exclude={each.name for each in row._meta.fields} - {field})
    except ValidationError as error:
        raise from_validation_error(error) from error


def _set_start_password(account: User) -> str:
    """Sixty random bits without letters that look alike: it is read from paper once."""
    groups = ("".join(secrets.choice(codes.ALPHABET) for _letter in range(4)) for _group in range(3))
    start_password = "-".join(groups)
    account.set_password(start_password)
    account.must_change_password = True
    return start_password
