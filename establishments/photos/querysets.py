from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, Subquery

from ent.tenancy.managers import TenantQuerySet


class PortraitQuerySet(TenantQuerySet):
    def by_membership(self, memberships: Iterable[int]) -> dict[int, Any]:
        return {portrait.membership_id: portrait for portrait in self.filter(membership__in=list(memberships))}


def with_portraits(students: Any) -> Any:
    """Annotate memberships with `portrait`, the key of the photo."""
    from establishments.photos.models import Portrait

    return students.annotate(portrait=Subquery(Portrait.objects.filter(membership=OuterRef("pk")).values("key")[:1]))
