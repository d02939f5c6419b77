from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Self

from ent.tenancy.managers import TenantQuerySet

if TYPE_CHECKING:
    from accounts.models import User


class CaseQuerySet(TenantQuerySet):
    def pending(self) -> Self:
        """Neither closed nor forgotten."""
        return self.exclude(state="closed")

    def visible_to(self, user: User) -> Self:
        """Those of the schools that the person has a desk for."""
        from establishments.people.reach import reach_of
        from establishments.support.permissions import DESK

        return self.filter(establishment__in=reach_of(user).where(*DESK))

    def waiting_at(self, levels: Iterable[str], schools: Collection[int]) -> Self:
        """What a desk has to deal with: pending, at one of these levels."""
        return self.pending().filter(establishment__in=schools, level__in=list(levels))

    def for_lists(self) -> Self:
        return self.select_related("establishment", "person", "taken_by", "opened_by")
