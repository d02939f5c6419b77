"""Gates: rows of no school that only one kind of work may see, and no page by mistake.

A feed's records are of a whole academy. They stand in a table of their own, whose policy shows it to whoever has
opened its gate in the transaction, as `tenant_scope` opens the schools.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from ent.tenancy.constraints import TenantConstraint, opened_to_all, secured

OPEN = "current_setting('ent.gate', true) = '{gate}'"


class BehindGate(TenantConstraint):
    """Rows are seen and written only inside `opened(gate)`."""

    def __init__(self, gate: str, *, name: str = "%(app_label)s_%(class)s_gate") -> None:
        super().__init__(name=name)
        self.gate = gate

    def deconstruct(self) -> Any:
        path, _args, kwargs = super().deconstruct()
        return path, (self.gate,), kwargs

    def statements(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[str]:
        table = editor.quote_name(model._meta.db_table)
        return secured(table, policy="gate", condition=OPEN.format(gate=self.gate))

    def reverse_statements(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[str]:
        return opened_to_all(editor.quote_name(model._meta.db_table), policy="gate")


@contextmanager
def opened(gate: str) -> Iterator[None]:
    """A transaction in which the gate is open; inside another, until the end of the block."""
    with transaction.atomic():
        before = _set(gate)
        yield
        # After an exception the rollback has brought it back.
        if len(connection.atomic_blocks) > 1 and not connection.needs_rollback:
            _set(before)


def _set(gate: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('ent.gate', true), ''), set_config('ent.gate', %s, true)", [gate]
        )
        return str(cursor.fetchone()[0])
