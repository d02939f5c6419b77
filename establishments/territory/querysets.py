from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from accounts.models import User


class AuthorityQuerySet(models.QuerySet):
    def over_only(self, schools: Collection[int]) -> Self:
        """Answerable for some of these schools, and for no other."""
        others = _others(schools)
        return (
            self.filter(Q(establishments__in=schools) | Q(local_establishments__in=schools))
            .exclude(Q(establishments__in=others) | Q(local_establishments__in=others))
            .distinct()
        )


class SupportHubQuerySet(models.QuerySet):
    def over_only(self, schools: Collection[int]) -> Self:
        """Supports some of these schools, and no other."""
        return self.filter(establishments__in=schools).exclude(establishments__in=_others(schools)).distinct()


def _others(schools: Collection[int]) -> Any:
    from establishments.territory.models import Establishment

    return Establishment.objects.exclude(pk__in=schools)


class EstablishmentQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> Self:
        from establishments.people.reach import reach_of

        return self.filter(pk__in=reach_of(user).establishments)
