"""Who a session belongs to: the account, its person's name and its roles, in one statement."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db import connection

from portal.core.instances import instance_of
from portal.core.models import Person, User
from portal.core.scope import GRANT_COLUMNS, GRANT_JOINS, grants_of

# What a request looks at; the rest is read when somebody asks for it.
COLUMNS = (
    "id", "username", "password", "last_login", "email", "is_active", "is_superuser", "is_staff",
    "must_change_password", "person_id",
)  # fmt: skip
SQL = f"""
SELECT {", ".join(f"account.{column}" for column in COLUMNS)}, person.name, {GRANT_COLUMNS}
  FROM core_user account JOIN core_person person ON person.id = account.person_id {GRANT_JOINS}
 WHERE account.id = %s AND account.is_active ORDER BY membership.id
"""  # noqa: S608 - names of columns, all of them above


class AccountBackend(AuthenticationBackend):
    """Signs in by user name and password. Every request of a session begins with `get_user`."""

    def get_user(self, user_id: Any) -> User | None:
        with connection.cursor() as cursor:
            cursor.execute(SQL, [user_id])
            rows = cursor.fetchall()
        if not rows:
            return None
        values, name = dict(zip(COLUMNS, rows[0], strict=False)), rows[0][len(COLUMNS)]
        user = instance_of(User, **values)
        user.person = instance_of(Person, id=user.person_id, name=name)
        user.known_grants = grants_of([row[len(COLUMNS) + 1 :] for row in rows], is_superuser=user.is_superuser)
        return user
