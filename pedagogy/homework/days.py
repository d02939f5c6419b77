"""Days as a school counts them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LATE_FOR = timedelta(days=14)  # how long something not done is still asked for
AHEAD = timedelta(days=28)
FURTHEST = timedelta(days=366)

# What a list shows, as `?voir=` says it; else what is to come.
PAST, BEFORE = "passe", "avant"
AUGUST = 8


def start_of_year(day: date) -> date:
    """The first day of its school year, as `SchoolYear.containing` has it."""
    return date(day.year if day.month >= AUGUST else day.year - 1, AUGUST, 1)


def period_of(query: Any) -> str:
    """The period that a list is asked for."""
    return BEFORE if "avant" in query else PAST if "passe" in query else ""


def check_due(day: date, today: date) -> None:
    """Refuse a day that nothing can be given for."""
    if day < today:
        raise ValidationError({"due_on": _("Ce jour est passé. Choisissez aujourd’hui ou un jour à venir.")})
    if day > today + FURTHEST:
        raise ValidationError({"due_on": _("Ce jour est à plus d’un an. Vérifiez l’année.")})


def check_own_days(due_on: date, own_days: Mapping[int, date]) -> None:
    """Refuse extra time that is none, or more than what a list of what is late reaches back to."""
    for day in own_days.values():
        if not due_on < day <= due_on + LATE_FOR:
            raise ValidationError(
                {"own_day": _("Un délai va du lendemain du jour prévu à deux semaines après. Au-delà, redonnez-le.")}
            )


def by_day(rows: Iterable[Any]) -> Iterator[tuple[date, list[Any]]]:
    """Homework sorted by its day, one list for each day."""
    for day, due in groupby(rows, key=lambda row: row.due_on):
        yield day, list(due)


@dataclass
class Workload:
    """A student's homework, in the order of the three evening questions: missing? tomorrow? coming?"""

    today: date
    day: date
    late: list[Any] = field(default_factory=list)
    for_day: list[Any] = field(default_factory=list)
    later: list[Any] = field(default_factory=list)

    @property
    def left(self) -> list[Any]:
        return [row for row in self.for_day if not row.is_done]

    @property
    def to_hand_in(self) -> list[Any]:
        """Ticked, and yet not handed in: the teacher has nothing of it."""
        return [row for row in self.for_day if row.is_done and row.to_hand_in and row.handed_in_at is None]

    @property
    def begins_today(self) -> bool:
        """Is something left that is due today already?"""
        return any(row.due_on == self.today for row in self.left)

    @property
    def minutes(self) -> int:
        return sum(row.expected_minutes or 0 for row in self.left)


def workload(rows: Iterable[Any], today: date, day: date) -> Workload:
    """Share out rows: what is late, what is for `day`, the next school day, what follows.

    What is due today counts with the next school day until it is done: a morning's reader still needs it.
    """
    load = Workload(today, day)
    for row in rows:
        if row.due_on < today:
            if not row.is_done:
                load.late.append(row)
        elif row.due_on <= load.day:
            if row.due_on > today or not row.is_done:
                load.for_day.append(row)
        elif not row.is_done:
            load.later.append(row)
    return load
