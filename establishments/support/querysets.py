from __future__ import annotations

from typing import Self

from ent.tenancy.managers import TenantQuerySet


class CaseQuerySet(TenantQuerySet):
    def pending(self) -> Self:
        """Neither closed nor forgotten."""
        return self.exclude(state="closed")
