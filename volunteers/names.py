"""Names of volunteers: in full for those who work with them, masked for everybody else."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Value

from portal.core.models import Membership, Role, User
from portal.core.registry.trail import names_rows_of
from portal.core.scope import Scope
from volunteers.models import Volunteer
from volunteers.models.volunteers import NAMES, VolunteerQuerySet


def sees_all_names(scope: Scope) -> bool:
    """Whether whoever has this scope works with everybody in it."""
    return scope.can(NAMES) and len(scope.granting(NAMES).grants) == len(scope.grants)


def with_names(rows: VolunteerQuerySet, scope: Scope, *, beyond: bool = False) -> VolunteerQuerySet:
    """Each row knows whether its name is open to this reader (`shown_name`).

    `beyond` says that some of them may lie outside of the scope, whose names whoever sees all within does not see.
    """
    if not beyond and sees_all_names(scope) or not scope.can(NAMES):
        return rows.annotate(is_name_open=Value(scope.can(NAMES)))
    mine = Volunteer.objects.open_to(scope).filter(pk=OuterRef("pk"))
    return rows.annotate(is_name_open=Exists(mine))


def readable(ids: Collection[int], scope: Scope, *, beyond: bool = False) -> set[int]:
    """Of these volunteers, those whose names this reader sees in full for working with them; one query at most."""
    if not beyond and sees_all_names(scope):
        return set(ids)
    if not scope.can(NAMES):
        return set()
    return set(Volunteer.objects.open_to(scope).filter(pk__in=ids).values_list("pk", flat=True))


def show_names(volunteers: Iterable[Volunteer], scope: Scope, *, beyond: bool = False) -> None:
    """The same as `with_names` for rows that came with others (members of a team)."""
    volunteers = list(volunteers)
    mine = readable([each.pk for each in volunteers], scope, beyond=beyond)
    for each in volunteers:
        each.is_name_open = each.pk in mine or each.person_id == scope.person_id


@names_rows_of(Volunteer)
def names_in_history(pks: Collection[Any], reader: User) -> dict[Any, str]:
    """As on the register, with the number: two entries of one person are told apart after they were merged."""
    rows = list(Volunteer.objects.filter(pk__in=pks).select_related("person").defer("search"))
    show_names(rows, reader.scope)
    return {row.pk: f"{row.shown_name} {row.number}" for row in rows}


@names_rows_of(User)
def names_of_actors(pks: Collection[Any], reader: User) -> dict[Any, str]:
    """Volunteers who did something themselves. Staff are named in full, whatever else they are."""
    staff = Membership.objects.filter(user__in=pks).exclude(role=Role.VOLUNTEER)
    people = User.objects.filter(pk__in=pks).exclude(pk__in=staff.values("user")).values_list("person", "pk")
    accounts = dict(people)
    rows = list(Volunteer.objects.filter(person__in=accounts).select_related("person").defer("search"))
    show_names(rows, reader.scope)
    return {accounts[row.person_id]: row.shown_name for row in rows}
