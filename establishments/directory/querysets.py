from __future__ import annotations

from typing import TYPE_CHECKING, Self

from ent.tenancy.managers import TenantQuerySet

if TYPE_CHECKING:
    from accounts.models import User


class SchoolRunQuerySet(TenantQuerySet):
    def waiting(self) -> Self:
        """Those that somebody must accept or reject."""
        return self.filter(state__in=self.model.WAITING)

    def asked(self) -> Self:
        """Those that somebody has decided on, and a task has still to do."""
        return self.filter(asked_at__isnull=False).exclude(asked="")  # the moment says which index


class ChangeQuerySet(TenantQuerySet):
    def of(self, user: User) -> Self:
        return self.filter(user=user)

    def applied(self) -> Self:
        return self.filter(school_run__state="applied")
