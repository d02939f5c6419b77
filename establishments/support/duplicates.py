"""Those whom a feed may have made two of: the same name and the same birth date."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.db.models import Count

from establishments.people.models import Membership
from establishments.support.search import with_places


@dataclass(frozen=True)
class Alike:
    """Some memberships, of two or more people."""

    name: str
    rows: list[Membership]

    @property
    def birth_date(self) -> date:
        born: date = self.rows[0].user.birth_date
        return born

    @property
    def pairs(self) -> list[tuple[Membership, Membership]]:
        """The first person with each of the others."""
        people = {row.user_id: row for row in reversed(self.rows)}
        first, *others = sorted(people.values(), key=lambda row: row.pk)
        return [(first, other) for other in others]


def pages_of_alike(schools: Collection[int]) -> Any:
    """(sort_name, birth_date) that several people of these schools have, in the order of names."""
    return (
        Membership.objects.current()
        .filter(establishment__in=schools, user__birth_date__isnull=False, user__is_active=True)
        .order_by()
        .values_list("user__sort_name", "user__birth_date")
        .annotate(people=Count("user", distinct=True))
        .filter(people__gt=1)
        .order_by("user__sort_name", "user__birth_date")
    )


def alike(keys: list[tuple[Any, ...]], schools: Collection[int]) -> list[Alike]:
    """The memberships behind these keys."""
    wanted = {(name, birth_date) for name, birth_date, _people in keys}
    rows = (
        with_places(Membership.objects.current())
        .filter(
            establishment__in=schools,
            user__is_active=True,
            user__sort_name__in=[name for name, _birth_date in wanted],
            user__birth_date__in=[birth_date for _name, birth_date in wanted],
        )
        .select_related("user", "establishment")
        .order_by("user__sort_name", "user__birth_date", "pk")
    )
    return [
        Alike(str(found[0].user), found)
        for key, group in groupby(rows, key=lambda row: (row.user.sort_name, row.user.birth_date))
        if key in wanted and (found := list(group))
    ]
