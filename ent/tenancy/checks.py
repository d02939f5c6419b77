"""Checks that refuse to start when tenancy would not hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from ent.tenancy.constraints import SameEstablishment, TenantIsolation
from ent.tenancy.models import TenantForeignKey, TenantModel


def tenant_models() -> list[type[TenantModel]]:
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


@register(Tags.models)
def check_tenant_models(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every tenant table has its policy, and every reference between tenant rows its composite key."""
    errors: list[CheckMessage] = []
    for model in tenant_models():
        constraints = model._meta.constraints
        if not any(isinstance(c, TenantIsolation) for c in constraints):
            errors.append(
                Error("No TenantIsolation: Meta must repeat TenantModel.Meta.constraints.", obj=model, id="ent.E001")
            )
        held = {c.field for c in constraints if isinstance(c, SameEstablishment)}
        for field in model._meta.local_fields:
            if not isinstance(field, models.ForeignKey) or not _is_tenant(field.related_model):
                continue
            if not isinstance(field, TenantForeignKey) or field.name not in held:
                errors.append(
                    Error(
                        f"{field.name} must be a TenantForeignKey with SameEstablishment({field.name!r}).",
                        obj=model,
                        id="ent.E002",
                    )
                )
        errors += [
            Error(f"{field.name}: the hidden table of a ManyToMany would have no policy.", obj=model, id="ent.E003")
            for field in model._meta.local_many_to_many
            if field.remote_field.through._meta.auto_created  # type: ignore[union-attr]
        ]
    return errors


def _is_tenant(model: Any) -> bool:
    return isinstance(model, type) and issubclass(model, TenantModel)


@register(Tags.database)
def check_database_role(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """`manage.py check --database default`: the application's role is held by the policies."""
    if "default" not in (databases or []):
        return []
    reason = role_passes_policies(connections["default"])
    return [Error(reason, id="ent.E004")] if reason else []


def role_passes_policies(connection: BaseDatabaseWrapper) -> str | None:
    """Why the connection's role is not held by row-level security; None when it is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user AND"
            " (rolsuper OR rolbypassrls)"
        )
        row = cursor.fetchone()
    if row is None:
        return None
    return f"The database role {row[0]} passes row-level security: superuser={row[1]}, bypassrls={row[2]}."


def refuse_unsafe_role(sender: object, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """A web or worker process runs no system check: its first connection does."""
    if connection.alias == "default" and (reason := role_passes_policies(connection)):
        connection.close()
        raise ImproperlyConfigured(reason)


connection_created.connect(refuse_unsafe_role, dispatch_uid="ent.tenancy.refuse_unsafe_role")
