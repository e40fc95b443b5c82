"""Names of volunteers: in full for those who work with them, masked for everybody else."""

from collections.abc import Collection, Iterable

from django.db.models import Exists, OuterRef, Value

from portal.core.scope import Scope
from volunteers.models import Volunteer
from volunteers.models.volunteers import NAMES, VolunteerQuerySet


def sees_all_names(scope: Scope) -> bool:
    """Whether whoever has this scope works with everybody in it."""
    return scope.can(NAMES) and len(scope.granting(NAMES).grants) == len(scope.grants)


def with_names(rows: VolunteerQuerySet, scope: Scope) -> VolunteerQuerySet:
    """Each row knows whether its name is open to this reader (`shown_name`)."""
    if sees_all_names(scope) or not scope.can(NAMES):
        return rows.annotate(is_name_open=Value(scope.can(NAMES)))
    mine = Volunteer.objects.open_to(scope).filter(pk=OuterRef("pk"))
    return rows.annotate(is_name_open=Exists(mine))


def readable(ids: Collection[int], scope: Scope) -> set[int]:
    """Of these volunteers, those whose names this reader sees in full for working with them; one query at most."""
    if sees_all_names(scope):
        return set(ids)
    if not scope.can(NAMES):
        return set()
    return set(Volunteer.objects.open_to(scope).filter(pk__in=ids).values_list("pk", flat=True))


def show_names(volunteers: Iterable[Volunteer], scope: Scope) -> None:
    """The same as `with_names` for rows that came with others (members of a team)."""
    volunteers = list(volunteers)
    mine = readable([each.pk for each in volunteers], scope)
    for each in volunteers:
        each.is_name_open = each.pk in mine or each.person_id == scope.person_id
