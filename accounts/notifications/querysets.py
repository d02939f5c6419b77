from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.utils import timezone

from ent.tenancy.managers import TenantQuerySet

if TYPE_CHECKING:
    from accounts.models import User


class NotificationQuerySet(TenantQuerySet):
    def of(self, user: User) -> Self:
        """Their own, but for those that wait for the end of a pause."""
        return self.filter(user=user, shown_at__lte=timezone.now())

    def unread(self) -> Self:
        return self.filter(read_at__isnull=True)

    def to_mail(self) -> Self:
        return self.filter(is_to_mail=True, mailed_at__isnull=True, shown_at__lte=timezone.now())
