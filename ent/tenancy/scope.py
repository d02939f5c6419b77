"""The scope: the set of establishments that a piece of work may touch.

`tenant_scope` is the only door. The scope lives in the transaction (`set_config(…, true)`), so that a
connection handed to somebody else, by Django or by a pooler, carries nothing over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import django_scopes
from django.conf import settings
from django.db import connection, models, transaction
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


class Seat(Protocol):
    """One thing that somebody is somewhere, in words for their own page."""

    @property
    def role(self) -> str: ...

    @property
    def role_label(self) -> str: ...

    @property
    def establishment(self) -> int: ...

    @property
    def establishment_name(self) -> str: ...


class Reach(Protocol):
    """What somebody may touch; the resolver named by `settings.ENT_REACH` makes it from their rows."""

    @property
    def establishments(self) -> frozenset[int]: ...

    @property
    def all_roles(self) -> frozenset[str]: ...

    @property
    def seats(self) -> Sequence[Seat]: ...


def current_scope() -> frozenset[int] | None:
    """The establishments' ids of the open scope; None when no scope is open."""
    ids = django_scopes.get_scope().get("establishment")
    return None if ids is None else frozenset(ids)


@contextmanager
def tenant_scope(establishments: Iterable[int | models.Model]) -> Iterator[frozenset[int]]:
    """Open a transaction that sees these establishments' rows and no others.

    Nested scopes replace the outer one for their duration, whether they are narrower or wider.
    """
    ids = frozenset(e if isinstance(e, int) else int(e.pk) for e in establishments)
    with transaction.atomic(), _scoped(ids):
        yield ids


@contextmanager
def person_scope(user: AbstractBaseUser, *, read_only: bool = False) -> Iterator[Reach]:
    """Open the scope of a signed-in person: the establishments that their own rows give them.

    With `read_only`, PostgreSQL refuses any write until the end of the scope.
    """
    with transaction.atomic():
        outer_user = _configure({"ent.user": str(user.pk)}, read_only=read_only)
        reach = reach_of(user)
        with _scoped(reach.establishments):
            yield reach
        _restore({"ent.user": outer_user})


@contextmanager
def _scoped(ids: frozenset[int]) -> Iterator[None]:
    outer = current_scope() or frozenset()
    _configure({"ent.scope": _as_setting(ids)})
    with django_scopes.scope(establishment=sorted(ids)):
        yield
    # After an exception the rollback brings the outer value back by itself. After a success the released
    # savepoint would keep ours, and the outer scope would go on with the wrong rows.
    _restore({"ent.scope": _as_setting(outer)})


def _as_setting(ids: Iterable[int]) -> str:
    return ",".join(str(i) for i in sorted(ids))


def _configure(values: dict[str, str], *, read_only: bool = False) -> str:
    """Set variables for this transaction only; return what `ent.user` was before, in the same statement."""
    calls = "".join(", set_config(%s, %s, true)" for _ in values)
    if read_only:
        calls += ", set_config('transaction_read_only', 'on', true)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(current_setting('ent.user', true), ''){calls}",
            [part for item in values.items() for part in item],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _restore(values: dict[str, str]) -> None:
    # The outermost block ends with its transaction, and the values with it: nothing to restore, nothing to pay.
    if len(connection.atomic_blocks) > 1 and not connection.needs_rollback:
        _configure(values)


def reach_of(user: Any) -> Reach:
    """What that person may touch, by the resolver of `settings.ENT_REACH`."""
    resolver: Callable[[Any], Reach] = import_string(settings.ENT_REACH)
    return resolver(user)
