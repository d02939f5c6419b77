from __future__ import annotations

from datetime import timedelta
from typing import Self

from django.db.models import Q
from django.utils import timezone

from ent.tenancy.managers import TenantQuerySet

SHOWN_AFTER = timedelta(days=60)  # an account that has ended is still listed, to be taken up again


class HandMadeQuerySet(TenantQuerySet):
    def recent(self) -> Self:
        """Those that have not ended, or did so lately."""
        since = timezone.localdate() - SHOWN_AFTER
        return self.filter(Q(membership__ends_on__isnull=True) | Q(membership__ends_on__gte=since))

    def for_lists(self) -> Self:
        """The next to end first."""
        return self.select_related("membership__user", "establishment").order_by("membership__ends_on", "pk")
