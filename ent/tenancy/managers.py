"""The manager of tenant rows: a query without a scope raises `ScopeError` instead of returning nothing.

Row-level security would answer "no rows", which reads like an empty school. The error tells the developer that
the scope is missing. django-scopes leaves some methods open without a scope; they are closed here.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django_scopes import ScopedManager, ScopeError
from django_scopes.manager import DisabledQuerySet


class ClosedQuerySet(DisabledQuerySet):  # type: ignore[misc]
    """What a tenant model's manager gives when no scope is open."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ScopeError(f"Open a tenant_scope before querying {self.model._meta.label}.")

    error = _refuse
    aiterator = aexists = exists = explain = in_bulk = contains = exclude = distinct = _refuse
    select_related = prefetch_related = defer = alias = reverse = bulk_update = _refuse
    __aiter__ = __and__ = __or__ = _refuse

    def all(self) -> ClosedQuerySet:
        """Not a query yet: classes of forms and filters ask for it when they are imported."""
        return self

    def __getattr__(self, name: str) -> Any:
        # A QuerySet method of ours, which this class does not have.
        if name.startswith("_"):
            raise AttributeError(name)
        return self._refuse


class TenantQuerySet(models.QuerySet[Any]):
    """Base of the querysets of tenant models."""


def tenant_manager(queryset_class: type[models.QuerySet[Any]] = TenantQuerySet) -> Any:
    """A manager with the queryset's methods, filtered by the open scope."""
    scoped = ScopedManager(_manager_class=models.Manager.from_queryset(queryset_class), establishment="establishment")

    class TenantManager(type(scoped)):  # type: ignore[misc]
        def get_queryset(self) -> models.QuerySet[Any]:
            queryset: models.QuerySet[Any] = super().get_queryset()
            if isinstance(queryset, DisabledQuerySet):
                return ClosedQuerySet(self.model, using=self._db, missing_scopes={"establishment"})
            return queryset

        def all(self) -> models.QuerySet[Any]:
            return self.get_queryset()

    return TenantManager()
