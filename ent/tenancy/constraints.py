"""Two constraints that make a table a tenant's, written by `makemigrations` like any other.

`TenantIsolation` is the row-level-security policy. `SameEstablishment` is the foreign key that policies cannot
replace: PostgreSQL checks references past row-level security, so a row could point at another school's row.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils.translation import gettext_lazy as _

IN_SCOPE = "establishment_id = ANY (string_to_array(nullif(current_setting('ent.scope', true), ''), ',')::bigint[])"
OWN_ROWS = "{column} = nullif(current_setting('ent.user', true), '')::bigint"


def column_of(model: type[models.Model], field: str, editor: BaseDatabaseSchemaEditor) -> str:
    column: str = model._meta.get_field(field).column  # type: ignore[union-attr, assignment]
    return editor.quote_name(column)


def secured(table: str, *, policy: str, condition: str) -> list[str]:
    """Rows of the table are seen and written only where the condition holds."""
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        # Without FORCE the table's owner would pass.
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {policy} ON {table} USING ({condition}) WITH CHECK ({condition})",
    ]


def opened_to_all(table: str, *, policy: str) -> list[str]:
    """What `secured` did, undone."""
    return [
        f"DROP POLICY {policy} ON {table}",
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    ]


class TenantConstraint(models.BaseConstraint):
    """A constraint made of whole SQL statements of its own, run once the table stands."""

    def statements(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[str]:
        raise NotImplementedError

    def reverse_statements(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[str]:
        raise NotImplementedError

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        # None of this can stand inside CREATE TABLE: it follows at the end of the same migration.
        schema_editor.deferred_sql.extend(self.statements(model, schema_editor))

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        return "; ".join(self.statements(model, schema_editor))

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        return "; ".join(self.reverse_statements(model, schema_editor))

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Iterable[str] | None = None,
        using: str = "default",
    ) -> None:
        """Nothing to say before PostgreSQL does: forms never offer another school's rows."""

    def __eq__(self, other: object) -> bool:
        if type(self) is type(other):
            return self.deconstruct() == other.deconstruct()
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]


class TenantIsolation(TenantConstraint):
    """A row is seen and written only when its establishment is in the transaction's scope.

    With `own_rows`, the name of a foreign key to the user, a signed-in person may also *read* the rows that are
    theirs: the scope itself is read from those. The unique key (establishment, id) is what `SameEstablishment`
    references, and serves as the index of every query by establishment.
    """

    def __init__(self, *, name: str = "%(app_label)s_%(class)s_isolation", own_rows: str | None = None) -> None:
        super().__init__(name=name)
        self.own_rows = own_rows

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        if self.own_rows:
            kwargs["own_rows"] = self.own_rows
        return path, args, kwargs

    def statements(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[str]:
        table, key = editor.quote_name(model._meta.db_table), editor.quote_name(f"{self.name}_key")
        statements = [
            f"ALTER TABLE {table} ADD CONSTRAINT {key} UNIQUE (establishment_id, id)",
            *secured(table, policy="tenant", condition=IN_SCOPE),
        ]
        if self.own_rows:
            column = column_of(model, self.own_rows, editor)
            own = OWN_ROWS.format(column=column)
            statements.append(f"CREATE POLICY own_rows ON {table} FOR SELECT USING ({own})")
        return statements

    def reverse_statements(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[str]:
        table, key = editor.quote_name(model._meta.db_table), editor.quote_name(f"{self.name}_key")
        return [
            f"DROP POLICY IF EXISTS own_rows ON {table}",
            *opened_to_all(table, policy="tenant"),
            f"ALTER TABLE {table} DROP CONSTRAINT {key}",
        ]


class SameEstablishment(TenantConstraint):
    """The row that a `TenantForeignKey` points at belongs to the same establishment as this one."""

    def __init__(self, field: str, *, name: str | None = None) -> None:
        super().__init__(name=name or f"%(app_label)s_%(class)s_{field}_same_school")
        self.field = field

    def deconstruct(self) -> Any:
        path, _args, kwargs = super().deconstruct()
        return path, (self.field,), kwargs

    def statements(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[str]:
        field = model._meta.get_field(self.field)
        target = editor.quote_name(field.related_model._meta.db_table)  # type: ignore[union-attr]
        column = column_of(model, self.field, editor)
        # Deferrable because Django's own foreign keys are; immediate so that the statement at fault is refused.
        statement = (
            f"ALTER TABLE {editor.quote_name(model._meta.db_table)}"
            f" ADD CONSTRAINT {editor.quote_name(self.name)}"
            f" FOREIGN KEY (establishment_id, {column})"
            f" REFERENCES {target} (establishment_id, id) DEFERRABLE INITIALLY IMMEDIATE"
        )
        return [statement]

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        # At the end of the migration: the key that it references may be made by a later operation.
        self.constraint_sql(model, schema_editor)

    def reverse_statements(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[str]:
        table = editor.quote_name(model._meta.db_table)
        return [f"ALTER TABLE {table} DROP CONSTRAINT {editor.quote_name(self.name)}"]

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Iterable[str] | None = None,
        using: str = "default",
    ) -> None:
        if exclude and self.field in exclude:
            return
        related = getattr(instance, self.field)
        if related is not None and related.establishment_id != instance.establishment_id:  # type: ignore[attr-defined]
            raise ValidationError(_("Cet élément appartient à un autre établissement."), code=self.name)


class AppendOnly(TenantConstraint):
    """Rows are added and read, never changed or deleted, whoever asks."""

    def __init__(self, *, name: str = "%(app_label)s_%(class)s_append_only") -> None:
        super().__init__(name=name)

    def statements(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[str]:
        table, trigger = editor.quote_name(model._meta.db_table), editor.quote_name(self.name)
        function = (
            "CREATE OR REPLACE FUNCTION ent_append_only() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';"
            " END $$"
        )
        when = f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION ent_append_only()"
        return [function, f"CREATE TRIGGER {trigger} {when}"]

    def reverse_statements(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[str]:
        table, trigger = editor.quote_name(model._meta.db_table), editor.quote_name(self.name)
        return [f"DROP TRIGGER {trigger} ON {table}"]


class FrozenFrom(TenantConstraint):
    """A row is changed and deleted freely until the moment that this column names, and never after it, whoever asks.

    Without a moment it stays free.
    """

    def __init__(self, moment: str, *, name: str = "%(app_label)s_%(class)s_frozen") -> None:
        super().__init__(name=name)
        self.moment = moment

    def deconstruct(self) -> Any:
        path, _args, kwargs = super().deconstruct()
        return path, (self.moment,), kwargs

    def statements(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[str]:
        table, trigger = editor.quote_name(model._meta.db_table), editor.quote_name(self.name)
        # The clock, and not the beginning of the transaction: what has been shown meanwhile has been shown.
        function = (
            "CREATE OR REPLACE FUNCTION ent_frozen_from() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF (to_jsonb(OLD) ->> TG_ARGV[0])::timestamptz <= clock_timestamp() THEN"
            " RAISE EXCEPTION '% was published', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END IF;"
            " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
        )
        arguments = f"'{model._meta.get_field(self.moment).column}'"  # type: ignore[union-attr]
        when = f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION ent_frozen_from({arguments})"
        return [function, f"CREATE TRIGGER {trigger} {when}"]

    def reverse_statements(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[str]:
        table, trigger = editor.quote_name(model._meta.db_table), editor.quote_name(self.name)
        return [f"DROP TRIGGER {trigger} ON {table}"]


class FrozenWith(TenantConstraint):
    """Rows that hang on a row which is frozen are frozen too, and no other is added to it.

    But for those that `besides` says to be of something else, a correction for instance: these may be added at any
    time, and are never changed or deleted.
    """

    def __init__(
        self, field: str, moment: str, *, besides: str, name: str = "%(app_label)s_%(class)s_frozen_with"
    ) -> None:
        super().__init__(name=name)
        self.field, self.moment, self.besides = field, moment, besides

    def deconstruct(self) -> Any:
        path, _args, kwargs = super().deconstruct()
        return path, (self.field, self.moment), {**kwargs, "besides": self.besides}

    def statements(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[str]:
        table, trigger = editor.quote_name(model._meta.db_table), editor.quote_name(self.name)
        function = (
            "CREATE OR REPLACE FUNCTION ent_frozen_with() RETURNS trigger LANGUAGE plpgsql AS $$"
            " DECLARE held jsonb; moment timestamptz; BEGIN"
            " IF TG_OP = 'INSERT' THEN held := to_jsonb(NEW); ELSE held := to_jsonb(OLD); END IF;"
            " IF held ->> TG_ARGV[3] IS NOT NULL THEN"
            " IF TG_OP <> 'INSERT' THEN moment := '-infinity'; END IF;"
            " ELSE EXECUTE format('SELECT %I FROM %I WHERE id = $1', TG_ARGV[2], TG_ARGV[1])"
            " INTO moment USING (held ->> TG_ARGV[0])::bigint; END IF;"
            " IF moment <= clock_timestamp() THEN"
            " RAISE EXCEPTION '% was published', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END IF;"
            " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
        )
        field: Any = model._meta.get_field(self.field)
        frozen = field.related_model._meta
        names = [
            field.column,
            frozen.db_table,
            frozen.get_field(self.moment).column,
            model._meta.get_field(self.besides).column,  # type: ignore[union-attr]
        ]
        arguments = ", ".join(f"'{name}'" for name in names)
        when = f"BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW"
        return [function, f"CREATE TRIGGER {trigger} {when} EXECUTE FUNCTION ent_frozen_with({arguments})"]

    def reverse_statements(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> list[str]:
        table, trigger = editor.quote_name(model._meta.db_table), editor.quote_name(self.name)
        return [f"DROP TRIGGER {trigger} ON {table}"]
