"""Lines of a list of homework, read as plain values: what a line shows, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple, Self

from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils import timezone

from ent.portal.templatetags.portal import day as day_name
from ent.portal.templatetags.portal import moment
from ent.tenancy.kept import KeptQuery
from ent.tenancy.scope import current_scope
from establishments.people.models import GroupMembership
from pedagogy.homework.days import BEFORE, LATE_FOR, PAST, by_day, start_of_year
from pedagogy.homework.former import Former
from pedagogy.homework.models import Homework, Progress


class Line(NamedTuple):
    """What the template of a line draws: the same for all the students of a class who are as far with it."""

    pk: int
    subject_pk: int
    subject: str
    title: str
    minutes: int | None
    to_hand_in: bool
    has_files: bool
    is_done: bool
    handed_in: str  # when, in words; empty when it was not
    late_since: str  # the day, in words; empty when it is not late
    due_today: bool
    due: str  # the day, in words
    only_read: bool
    school: str = ""  # that the student has left; empty for what is of a school of theirs
    extra: bool = False  # on a later day than the others'
    handed_in_late: bool = False
    returned: bool = False  # corrected, and handed back
    changed: str = ""  # when it was modified, in words, if that was after the student had done it
    withdrawn: bool = False


class Row(NamedTuple):
    """Homework as one student has it."""

    pk: int
    group: int
    subject_pk: int
    subject: str
    title: str
    due_on: date
    expected_minutes: int | None
    to_hand_in: bool
    has_files: bool
    done_at: datetime | None
    handed_in_at: datetime | None
    own_due_on: date | None = None
    returned_at: datetime | None = None
    revised_at: datetime | None = None
    withdrawn_at: datetime | None = None
    only_read: bool = False  # of a year before, or of a class that the student has left
    school: str = ""

    @classmethod
    def of(cls, homework: Homework, progress: Progress | None, *, has_files: bool = False) -> Self:
        row = cls(
            homework.pk,
            homework.group_id,
            homework.subject_id,
            homework.subject.name,
            homework.title,
            homework.due_on,
            homework.expected_minutes,
            homework.to_hand_in,
            has_files,
            progress.done_at if progress else None,
            progress.handed_in_at if progress else None,
            progress.due_on if progress else None,
            progress.returned_at if progress else None,
            homework.revised_at,
            homework.withdrawn_at,
        )
        return row.on_own_day()

    def on_own_day(self) -> Self:
        """Due on the student's own day, when they have one."""
        return self._replace(due_on=self.own_due_on) if self.own_due_on else self

    @property
    def is_done(self) -> bool:
        return self.done_at is not None or self.handed_in_at is not None

    @property
    def changed_since(self) -> datetime | None:
        """When it was modified, if the student had done something by then."""
        seen = self.handed_in_at or self.done_at
        return self.revised_at if self.revised_at and seen and seen < self.revised_at else None

    def line(self, today: date) -> Line:
        return Line(
            self.pk,
            self.subject_pk,
            self.subject,
            self.title,
            self.expected_minutes,
            self.to_hand_in,
            self.has_files,
            self.done_at is not None,
            moment(self.handed_in_at) if self.handed_in_at else "",
            day_name(self.due_on, "short") if self.due_on < today and self.handed_in_at is None else "",
            self.due_on == today,
            day_name(self.due_on, "short"),
            self.only_read or self.withdrawn_at is not None,
            self.school,
            self.own_due_on is not None,
            self.handed_in_at is not None and timezone.localdate(self.handed_in_at) > self.due_on,
            self.returned_at is not None,
            moment(self.changed_since) if self.changed_since and not self.returned_at else "",
            self.withdrawn_at is not None,
        )


NO, HERE = Value(False), Value("")


def _values(homework: Any, only_read: Any = NO, school: Any = HERE) -> Any:
    homework = homework.annotate(only_read=only_read, school=school)
    return homework.with_file_counts().values_list("pk", "group", "subject", "subject__name", *Row._fields[4:])


def _due(*, students: list[int], first: date, last: date, now: datetime) -> Any:
    homework = Homework.objects.of_groups_of(students, now).with_progress_of(students)
    return _values(homework.due_between(first, last).by_own_day())[:READ]


def _asked(*, students: list[int], today: date, since: date, now: datetime) -> Any:
    homework = Homework.objects.of_groups_of(students, now).with_progress_of(students)
    return _values(homework.still_asked(today, since).by_own_day())


def _passed(*, students: list[int], today: date, since: date, now: datetime) -> Any:
    """With what was handed in to a class that they are in no longer, or that was withdrawn, for whichever day."""
    homework = Homework.objects.had_by(students, now=now).with_progress_of(students)
    elsewhere = ~Exists(GroupMembership.objects.filter(group=OuterRef("group"), membership__in=students))
    gone = elsewhere | Q(withdrawn_at__isnull=False)
    passed = homework.filter(_is_past(today) | gone, due_on__gte=since)
    return _values(passed.by_own_day(last_first=True), elsewhere)


def _before(*, students: list[int], since: date, now: datetime) -> Any:
    homework = Homework.objects.had_by(students, now=now).with_progress_of(students)
    return _values(homework.filter(due_on__lt=since).by_own_day(last_first=True), Value(True))


def _is_past(today: date) -> Q:
    return Q(own_due_on__lt=today) | Q(own_due_on=None, due_on__lt=today)


def _with_former(former: Former, *, students: list[int], since: date, now: datetime, today: date | None = None) -> Any:
    """`_passed`, or without a day `_before`, with what was handed in at the schools that the student has left."""
    had = Homework.objects.had_by(students, former.students, now)
    homework = had.with_progress_of([*students, *former.students])
    elsewhere = ~Exists(GroupMembership.objects.filter(group=OuterRef("group"), membership__in=students))
    asked = homework.filter(due_on__lt=since)
    if today:
        gone = elsewhere | Q(withdrawn_at__isnull=False)
        asked = homework.filter(_is_past(today) | gone, due_on__gte=since)
    school = Case(When(establishment__in=former.schools, then=F("establishment__name")), default=HERE)
    return _values(asked.by_own_day(last_first=True), elsewhere if today else Value(True), school)


READ = 80  # rows read to make a home page
_due_rows = KeptQuery(_due)


def rows_due(*, students: list[int], first: date, last: date) -> list[Row]:
    """What is due between two days, for a home page."""
    rows = _due_rows(students=students, first=first, last=last, now=timezone.now())
    return [Row._make(values).on_own_day() for values in rows]


class Listed:
    """A student's list, read by slices: what is asked from today on, what has passed this year, what was before."""

    def __init__(self, *, students: list[int], today: date, period: str, former: Former) -> None:
        self.former = former
        self.build = {PAST: _passed, BEFORE: _before}.get(period, _asked)
        self.parameters: dict[str, Any] = {"students": students}
        if period != BEFORE:
            self.parameters["today"] = today
        self.parameters["since"] = start_of_year(today) if period else today - LATE_FOR
        self.parameters["now"] = timezone.now()

    def __getitem__(self, asked: slice) -> list[Row]:
        """Nearly everybody asks for the first page. Those that follow, of which there are as many as numbers to type,
        are not kept: each would stay in the memory of PostgreSQL's connection. Nor are those of the few who have left a
        school."""
        if self.former.places:
            with self.former.opened(current_scope() or frozenset()):
                rows = _with_former(self.former, **self.parameters)[asked]
                return [Row._make(values).on_own_day() for values in rows]
        rows = self.build(**self.parameters)[asked] if asked.start else self._first(asked.stop)
        return [Row._make(values).on_own_day() for values in rows]

    def _first(self, stop: int) -> list[tuple[Any, ...]]:
        return _kept_first(self.build, stop)(**self.parameters)


@lru_cache(8)
def _kept_first(build: Callable[..., Any], stop: int) -> KeptQuery:
    return KeptQuery(lambda **parameters: build(**parameters)[:stop])


class ChildLine(NamedTuple):
    """A line on the page of one child of a family."""

    child: int
    line: Line


class Day(NamedTuple):
    """The lines of one day, or of what is late, under their heading."""

    iso: str  # empty for what is late
    name: str
    lines: tuple[Any, ...]
    template: str  # of a line


def lines_for_student(rows: Iterable[Row], today: date) -> tuple[Line, ...]:
    """Lines that the student ticks and hands in from: `pedagogy/homework/student_row.html`."""
    return tuple(row.line(today) for row in rows)


def lines_for_child(rows: Iterable[Row], today: date, child: int) -> tuple[ChildLine, ...]:
    """Lines that a guardian reads: `pedagogy/homework/child_row.html`."""
    return tuple(ChildLine(child, row.line(today)) for row in rows)


def days_of(rows: list[Row], today: date, lines: Callable[..., Any], template: str, *, past: bool) -> list[Day]:
    """Days in the order of the rows; what is late comes first, unless the past is what was asked for."""
    late = [] if past else [row for row in rows if row.due_on < today]
    days = [Day("", "", lines(late, today), template)] if late else []
    for day, due in by_day(rows[len(late) :]):
        days.append(Day(day.isoformat(), day_name(day), lines(due, today), template))
    return days
