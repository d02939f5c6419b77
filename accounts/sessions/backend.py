"""The person of a request, read at each one: by a query that is written and planned once."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import User
from ent.tenancy.kept import KeptQuery

FIELDS = [field.attname for field in User._meta.concrete_fields]


class SessionBackend(AuthenticationBackend):
    def get_user(self, user_id: Any) -> User | None:
        rows = _users(user=int(user_id))
        if not rows:
            return None
        user = User.from_db("default", FIELDS, rows[0])
        return user if self.user_can_authenticate(user) else None


def _by_key(*, user: int) -> Any:
    return User.objects.filter(pk=user).values_list(*FIELDS)


_users = KeptQuery(_by_key, scoped=False)
