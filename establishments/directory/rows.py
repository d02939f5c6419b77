"""Many rows in one statement: `bulk_create` would spend on objects what PostgreSQL spends on rows, several times over.

Columns travel as arrays of texts, which PostgreSQL casts: `COPY` does not write through policies.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import connection, models

AT_ONCE = 5_000


def next_keys(model: type[models.Model], count: int) -> list[int]:
    """Primary keys that are this transaction's own, for rows that others will refer to."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [model._meta.db_table])
        (sequence,) = cursor.fetchone()
        cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [sequence, count])
        return [key for (key,) in cursor.fetchall()]


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Add rows, given as the values of the named fields; the other fields have their defaults."""
    table, columns, types, rest = _shape(model, tuple(names))
    given = ", ".join(f"c{n}::{kind}" for n, kind in enumerate(types))
    defaults = "".join(f", {_quoted(field.get_default(), field)}" for field in rest)
    for some in _slices(rows):
        _execute(f"INSERT INTO {table} ({columns}) SELECT {given}{defaults} FROM {{rows}}", some)


def update(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Change rows, given as the primary key and then the values of the named fields."""
    table, _columns, types, _rest = _shape(model, ("id", *names))
    fields = [model._meta.get_field(name) for name in names]
    changes = ", ".join(f"{f.column} = c{n}::{types[n]}" for n, f in enumerate(fields, start=1))  # type: ignore[union-attr]
    for some in _slices(rows):
        _execute(f"UPDATE {table} SET {changes} FROM {{rows}} WHERE {table}.id = c0::bigint", some)


def delete(model: type[models.Model], keys: Sequence[int]) -> None:
    """Only for tables that nothing refers to: Django's own would look for what does."""
    for some in _slices(keys):
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE id = ANY(%s)", [list(some)])


def measure_tables() -> None:
    """Tell the planner how large the tables have become: until then it takes them for what they were.

    The database would find out by itself, minutes later; meanwhile pages would wait for plans made for empty tables.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT ent_measure_directory()")


def _slices(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE))


def _execute(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    width = len(rows[0])
    arrays = ", ".join(["%s::text[]"] * width)
    names = ", ".join(f"c{n}" for n in range(width))
    with connection.cursor() as cursor:
        cursor.execute(
            sql.format(rows=f"unnest({arrays}) AS given({names})"),
            [_array(column) for column in zip(*rows, strict=True)],
        )


@cache
def _shape(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, str, list[str], list[Any]]:
    fields = [model._meta.get_field(name) for name in names]
    rest = [
        field
        for field in model._meta.concrete_fields
        if field not in fields and not field.primary_key and not getattr(field, "generated", False)
    ]
    columns = ", ".join(f.column for f in [*fields, *rest])  # type: ignore[union-attr]
    kinds = [_type(field) for field in fields]
    return model._meta.db_table, columns, kinds, rest


def _type(field: Any) -> str:
    kind: str = field.rel_db_type(connection) if field.primary_key else field.db_type(connection)
    return kind


def _quoted(value: Any, field: Any) -> str:
    if value is None:
        return "NULL"
    with connection.cursor() as cursor:
        text: bytes = cursor.mogrify("%s", [_text(value)])
    return f"{text.decode().replace('%', '%%').replace('{', '{{').replace('}', '}}')}::{_type(field)}"


def _array(column: Sequence[Any]) -> str:
    kinds = set(map(type, column))
    if kinds == {int}:
        return "{" + ",".join(map(str, column)) + "}"
    if kinds == {str}:
        text = '","'.join(column)
        # Most names need no escape: found out once for all of them.
        if "\\" not in text and text.count('"') == 2 * (len(column) - 1):
            return f'{{"{text}"}}'
    return "{" + ",".join(map(_element, column)) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    text = _text(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _text(value: Any) -> str:
    """As PostgreSQL reads it, whatever the column."""
    if isinstance(value, str):
        return value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple | set | frozenset):
        return _array(list(value))
    return str(value)
