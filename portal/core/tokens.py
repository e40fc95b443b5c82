"""Machine tokens: making, finding and revoking them.

A token is `xz_` and 32 random characters. The database holds a keyed hash alone, so nobody reads a token out of it.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import crypto
from portal.core.errors import DomainError, NotAllowed
from portal.core.history import acting_as
from portal.core.instances import instance_of
from portal.core.models import ApiToken, Person, Region, User
from portal.core.permissions import CAPABILITIES, PERSONAL
from portal.core.scope import GRANT_COLUMNS, GRANT_JOINS, Scope, grants_of

PREFIX = "xz_"
MAX_DAYS = 366
DEFAULT_DAYS = 90

# Columns of a row of `SQL_FIND` before those of a grant.
OF_THE_TOKEN = 11
# Token, account, person and memberships at once: a machine's call begins with one query. The joins stand in the order
# to take; to let the planner try all others takes longer than to run them.
SQL_FIND = f"""
SELECT set_config('join_collapse_limit', '1', true);
SELECT token.id, token.region_id, region.path, region.level, token.scopes, token.last_used_on,
       account.id, account.username, account.is_superuser, person.id, person.name, {GRANT_COLUMNS}
  FROM core_apitoken token
  JOIN core_region region ON region.id = token.region_id
  JOIN core_user account ON account.id = token.user_id AND account.is_active
  JOIN core_person person ON person.id = account.person_id {GRANT_JOINS}
 WHERE token.digest = %s AND token.revoked_at IS NULL AND token.expires_at > now()
 ORDER BY membership.id
"""  # noqa: S608 - words of the code alone


def create_token(
    user: User,
    *,
    name: str,
    scopes: Iterable[str],
    region: Region | None = None,
    expires_at: datetime | None = None,
    by: User | None = None,
) -> tuple[ApiToken, str]:
    """A token that acts for `user`, and its text, which is shown this once.

    `region` (default: the widest that the account looks after) must lie in the account's regions; nobody gives a
    token a permission that the account lacks. `by` is who makes it: oneself, or an administrator of everybody.
    """
    maker, chosen = by or user, sorted(set(scopes))
    if maker.pk != user.pk and not maker.scope.can("tokens:manage_all"):
        raise NotAllowed()
    expires_at = expires_at or timezone.now() + timedelta(days=DEFAULT_DAYS)
    errors: dict[str, list[str]] = {}
    if not name.strip() or len(name.strip()) > 60:
        errors["name"] = [_("Give the token a name of at most 60 characters.")]
    if not chosen:
        errors["scopes"] = [_("Choose at least one permission.")]
    elif unknown := [scope for scope in chosen if scope not in CAPABILITIES]:
        errors["scopes"] = [_("There is no permission “%(name)s”.") % {"name": unknown[0]}]
    elif personal := [scope for scope in chosen if scope in PERSONAL]:
        message = _("“%(name)s” is for the person alone, signed in: no token can have it.")
        errors["scopes"] = [message % {"name": personal[0]}]
    elif missing := [scope for scope in chosen if not user.scope.can(scope)]:
        errors["scopes"] = [_("The account itself has no permission “%(name)s”.") % {"name": missing[0]}]
    region = region or _widest_region(user)
    if region is None or not _reaches(user, region):
        errors["region"] = [_("The account does not look after this region.")]
    if not timezone.now() < expires_at <= timezone.now() + timedelta(days=MAX_DAYS, minutes=1):
        errors["expires_at"] = [_("A token expires within %(count)d days.") % {"count": MAX_DAYS}]
    if errors:
        raise DomainError("invalid", next(iter(errors.values()))[0], fields=errors)
    plaintext = PREFIX + secrets.token_urlsafe(24)
    with acting_as(maker.pk):
        token = ApiToken.objects.create(
            user=user, name=name.strip(), region=region, scopes=chosen, expires_at=expires_at,
            digest=digest_of(plaintext), prefix=plaintext[:8],
        )  # fmt: skip
    return token, plaintext


def revoke(token: ApiToken, *, by: User) -> None:
    """Ends a token now. It stays on the list, so that it is known what there was."""
    if token.user_id != by.pk and not by.scope.can("tokens:manage_all"):
        raise NotAllowed()
    with transaction.atomic(), acting_as(by.pk):
        ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())


def digest_of(plaintext: str) -> str:
    return crypto.keyed_hash(plaintext, purpose="token")


def find(plaintext: str) -> tuple[User, ApiToken] | None:
    """The account that a token speaks for, its scope cut down to the token's; None for a token that does not hold."""
    with connection.cursor() as cursor:
        cursor.execute(SQL_FIND, [digest_of(plaintext)])
        rows = cursor.fetchall()
    if not rows:
        return None
    of_token = rows[0][:OF_THE_TOKEN]
    token_id, region_id, path, level, scopes, last_used_on, user_id, username, is_superuser, person_id, name = of_token
    user = instance_of(
        User, id=user_id, username=username, is_superuser=is_superuser, is_active=True, person_id=person_id
    )
    user.person = instance_of(Person, id=person_id, name=name)
    grants = grants_of([row[OF_THE_TOKEN:] for row in rows], is_superuser=is_superuser)
    scope = Scope(user_id=user_id, person_id=person_id, grants=grants, all_grants=grants)
    user.scope = scope.limited(path=path, capabilities=frozenset(scopes), region_id=region_id, level=level)
    token = instance_of(ApiToken, id=token_id, user_id=user_id, region_id=region_id, scopes=scopes)
    today = timezone.localdate()
    if last_used_on != today:
        ApiToken.objects.filter(pk=token_id).update(last_used_on=today)
    return user, token


def _widest_region(user: User) -> Region | None:
    paths = user.scope.region_paths or user.scope.home_paths
    if paths:
        return Region.objects.get(path=min(paths, key=len))
    return Region.objects.order_by("depth", "code").first() if user.scope.sees_all_regions else None


def _reaches(user: User, region: Region) -> bool:
    return any(grant.within(region.path) is not None for grant in user.scope.grants)
