"""Queries that the ORM writes and PostgreSQL plans once, for the few that every page asks.

Writing a query with the ORM, and planning it with the policies of its tables, each cost more than answering it. A
`KeptQuery` is written with the ORM all the same, scope and policies included; what it says is kept as a statement
that each connection prepares at its first use, and only its parameters change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import django_scopes
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django_scopes import ScopeError
from psycopg2.extensions import AsIs

from ent.tenancy.scope import current_scope

Parameter = int | date | Sequence[int]

LARGEST = 2**63 - 1  # key that a table can have; an address may hold a longer number

_numbers = count(1)
# Which statements a connection of PostgreSQL's client knows; forgotten with it.
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Statement:
    """What the ORM wrote, once for each shape of the parameters."""

    sql: str
    said: tuple[Any, ...]  # its parameters, some of them marks
    places: dict[Any, int]  # which value each mark stands for
    name: str = field(default_factory=lambda: f"kept_{next(_numbers)}")

    def rows(self, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            # A pooler that hands connections over between transactions would lose what was prepared on one.
            if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
                cursor.execute(self.sql, [values[self.places[p]] if p in self.places else p for p in self.said])
            else:
                self._execute(cursor, values)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def _execute(self, cursor: Any, values: Sequence[Any]) -> None:
        marks = list(dict.fromkeys(p for p in self.said if p in self.places))
        known = _prepared.setdefault(connection.connection, set())
        if self.name not in known:
            said = [AsIs(f"${marks.index(p) + 1}") if p in self.places else p for p in self.said]
            # Without parameters of its own: Django then leaves the percent signs of the text alone.
            cursor.execute(f"PREPARE {self.name} AS {cursor.mogrify(self.sql, said).decode()}")
            known.add(self.name)
        holes = f" ({', '.join(['%s'] * len(marks))})" if marks else ""
        cursor.execute(f"EXECUTE {self.name}{holes}", [values[self.places[mark]] for mark in marks])


class KeptQuery:
    """`build(**parameters)` gives a `values_list` queryset; calling with the parameters gives its rows.

    Parameters are keys, days, moments, or lists of keys; they go into the query as they are (`build` computes nothing
    with them, nor decides anything by them). One statement is kept for each combination of the lists' lengths, on the
    server too and for as long as the connection lives: who asks must not be able to choose among thousands.
    """

    def __init__(self, build: Callable[..., Any], *, scoped: bool = True) -> None:
        self.build = build
        self.scoped = scoped  # without: only for what the person's own rows show before the scope is known
        self._statements: dict[tuple[str | int, ...], Statement | None] = {}

    def __call__(self, **parameters: Parameter) -> list[tuple[Any, ...]]:
        scope = self._scope()
        values: list[Any] = [*scope]
        shape = [len(scope)]
        for value in parameters.values():
            if isinstance(value, int) and value > LARGEST:
                return []
            several = isinstance(value, Sequence)
            values.extend(value if several else [value])  # type: ignore[arg-type]
            shape.append(len(value) if several else -1)  # type: ignore[arg-type]
        # With the names: in another order the same values would take one another's places.
        key: tuple[str | int, ...] = (*parameters, *shape)
        if key not in self._statements:
            self._statements[key] = self._written(len(scope), parameters)
        statement = self._statements[key]
        return statement.rows(values) if statement else []

    def _scope(self) -> list[int]:
        if not self.scoped:
            return []
        scope = current_scope()
        if scope is None:
            raise ScopeError("Open a tenant_scope before asking a kept query.")
        return sorted(scope)

    def _written(self, scope: int, parameters: dict[str, Parameter]) -> Statement | None:
        """The statement; None when it can have no rows, as for an empty list."""
        marks = _Marks()
        with self._open(marks.keys(scope)):
            standing = {
                name: marks.like(value) if isinstance(value, date) else _keys_of(marks, value)
                for name, value in parameters.items()
            }
            try:
                sql, said = self.build(**standing).query.sql_with_params()
            except EmptyResultSet:
                return None
        return Statement(sql, tuple(said), marks.places)

    def _open(self, scope: list[int]) -> Any:
        if self.scoped:
            return django_scopes.scope(establishment=scope)
        return django_scopes.scopes_disabled()


def _keys_of(marks: _Marks, value: Any) -> Any:
    return marks.keys(len(value)) if isinstance(value, Sequence) else marks.keys(1)[0]


class _Marks:
    """Keys, days and moments that no row has, each standing for the value at its place."""

    def __init__(self) -> None:
        self.places: dict[Any, int] = {}

    def keys(self, count: int) -> list[int]:
        return [self._stand(-(2**31) - len(self.places)) for _ in range(count)]

    def like(self, value: date) -> date:
        first = datetime.min.replace(tzinfo=UTC) if isinstance(value, datetime) else date.min
        day: date = self._stand(first + timedelta(days=len(self.places)))
        return day

    def _stand(self, mark: Any) -> Any:
        self.places[mark] = len(self.places)
        return mark
