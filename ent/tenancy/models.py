"""What every tenant table inherits."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ent.tenancy.constraints import TenantIsolation
from ent.tenancy.managers import tenant_manager


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """A reference to another tenant row; `SameEstablishment` makes its database constraint."""

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)


def cascade_first(collector: Any, field: Any, rows: Any, using: str) -> None:
    """As CASCADE, for a reference that may be null: the rows go before the one that they point at.

    Of those Django leaves the order to a constraint that waits for the end of the transaction; ours do not wait.
    """
    collector.collect(
        rows, source=field.remote_field.model, source_attr=field.name, nullable=False, fail_on_restricted=False
    )


class TenantModel(models.Model):
    """A row of one establishment.

    A subclass with a Meta of its own inherits this one's and repeats its constraints::

        class Meta(TenantModel.Meta):
            constraints = [*TenantModel.Meta.constraints, SameEstablishment("group")]
    """

    establishment = models.ForeignKey(
        "establishments.Establishment",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,  # the isolation's unique key begins with it
        verbose_name=_("établissement"),
    )

    objects: ClassVar[Any] = tenant_manager()

    class Meta:
        abstract = True
        constraints = [TenantIsolation()]
