"""From one copy to the next."""

from __future__ import annotations

from typing import NamedTuple, Self

from pedagogy.homework.models import Progress
from pedagogy.homework.querysets import TO_CORRECT


class Neighbours(NamedTuple):
    """The copies before and after one, by the students' names, among those of a state."""

    previous_pk: int | None
    next_pk: int | None
    rank: int
    number: int
    left: int  # to correct, this one not counted

    @classmethod
    def of(cls, progress: Progress, state: str) -> Self:
        """`state` as `?voir=` says it. The copy itself has its place, whatever its own state is."""
        rows = Progress.objects.filter(homework=progress.homework_id).copies()
        copies = list(rows.values_list("pk", "corrected_at"))
        listed = [pk for pk, at in copies if pk == progress.pk or not state or (at is None) == (state == TO_CORRECT)]
        if progress.pk not in listed:  # nothing was handed in
            return cls(None, None, 0, len(listed), 0)
        place = listed.index(progress.pk)
        before, after = listed[:place], listed[place + 1 :]
        left = sum(at is None and pk != progress.pk for pk, at in copies)
        following = after or (before if state == TO_CORRECT else [])  # those that were passed over
        return cls(before[-1] if before else None, following[0] if following else None, place + 1, len(listed), left)
