from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from accounts.models import User


class EstablishmentQuerySet(models.QuerySet):
    def mandated_to(self, user: User) -> Self:
        """Those of the authorities and hubs that the person acts for."""
        return self.filter(
            Q(academy__mandates__user=user) | Q(local_authority__mandates__user=user) | Q(hub__mandates__user=user)
        )

    def visible_to(self, user: User) -> Self:
        from establishments.people.reach import reach_of

        return self.filter(pk__in=reach_of(user).establishments)
