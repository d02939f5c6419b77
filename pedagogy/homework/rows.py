"""Lines of a list of homework, read as plain values: what a line shows, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple, Self

from django.utils.safestring import SafeString

from ent.portal.drawing import drawn
from ent.portal.templatetags.portal import day as day_name
from ent.portal.templatetags.portal import moment
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

    @staticmethod
    def values(homework: Any) -> Any:
        """Homework that was annotated `with_progress_of` and `with_file_counts`, as what `_make` takes."""
        return homework.values_list("pk", "group", "subject", "subject__name", *Row._fields[4:])

    @classmethod
    def of(cls, homework: Homework, progress: Progress | None, *, has_files: bool = False) -> Self:
        return cls(
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
        )

    @property
    def is_done(self) -> bool:
        return self.done_at is not None or self.handed_in_at is not None

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
        )


class ChildLine(NamedTuple):
    """A line on the page of one child of a family."""

    child: int
    line: Line


def drawn_for_student(rows: Iterable[Row], today: date) -> list[SafeString]:
    """Lines that the student ticks and hands in from."""
    return [drawn("pedagogy/homework/student_row.html", row.line(today)) for row in rows]


def drawn_for_child(rows: Iterable[Row], today: date, child: int) -> list[SafeString]:
    """Lines that a guardian reads."""
    return [drawn("pedagogy/homework/child_row.html", ChildLine(child, row.line(today))) for row in rows]
