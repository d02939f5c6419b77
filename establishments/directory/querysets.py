from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.db.models import F

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


def fed_by_the_academy(schools: Iterable[int]) -> set[int]:
    """Those of these schools of whose people the academy's feed gave some the last time that it was compared.

    Read from what the runs say, since no page opens the mirror: the import itself asks that.
    """
    from establishments.directory.models import SchoolRun

    last = (
        SchoolRun.objects.filter(establishment__in=schools)
        .exclude(realm=F("establishment__uai"))
        .exclude(state__in=(SchoolRun.State.PENDING, SchoolRun.State.OUTDATED))
        .order_by("establishment", "-pk")
        .distinct("establishment")
    )
    rows = last.values_list("establishment", "people", "arrived", "left")
    return {school for school, people, arrived, left in rows if people + arrived > left}
