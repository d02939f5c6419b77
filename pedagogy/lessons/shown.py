"""An entry of the log as pages show it, with the homework of its lesson: as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import User
from pedagogy.homework.models import Homework
from pedagogy.lessons.models import LessonEntry, State

MOST_HOMEWORK = 300  # for one page of entries


class File(NamedTuple):
    key: str
    name: str
    size: int  # bytes


class Amended(NamedTuple):
    """A correction."""

    text: str
    at: datetime
    teacher: str
    files: tuple[File, ...]


class Work(NamedTuple):
    """Homework due at the lesson, or given at it."""

    pk: int
    title: str
    due_on: date
    minutes: int | None


class Shown(NamedTuple):
    pk: int
    lesson: int
    on: date
    starts_at: time
    ends_at: time
    course_pk: int
    subject_pk: int
    course: str
    groups: str
    title: str
    content: str
    teacher: str
    visible_at: datetime | None
    written_at: datetime
    state: str
    files: tuple[File, ...]
    corrections: tuple[Amended, ...]
    due: tuple[Work, ...]
    given: tuple[Work, ...]

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT

    @property
    def is_planned(self) -> bool:
        return self.state == State.PLANNED

    @property
    def is_published(self) -> bool:
        return self.state == State.PUBLISHED


def files_of(rows: Iterable[dict[str, Any]]) -> tuple[File, ...]:
    return tuple(File(row["key"], row["name"], row["size"]) for row in rows)


def groups_of(row: Any) -> list[tuple[int, str]]:
    """Of an entry, lesson or slot: a half group alone, else the groups of its course."""
    lesson = row.lesson if isinstance(row, LessonEntry) else row
    if lesson.group_id:
        return [(lesson.group_id, lesson.group.name)]
    return [(group["pk"], group["name"]) for group in row.group_rows]


def shown(entries: Iterable[LessonEntry], user: User) -> list[Shown]:
    """These entries (`for_pages`), with what the person may see of the homework of their lessons: one statement."""
    rows = list(entries)
    work = homework_at([(row.course.subject_id, groups_of(row), row.lesson.on) for row in rows], user)
    return [shown_alone(row, *around) for row, around in zip(rows, work, strict=True)]


def shown_alone(row: LessonEntry, due: tuple[Work, ...], given: tuple[Work, ...]) -> Shown:
    lesson = row.lesson
    return Shown(
        row.pk, row.lesson_id, lesson.on, lesson.starts_at, lesson.ends_at, row.course_id, row.course.subject_id,
        str(row.course), ", ".join(name for _pk, name in groups_of(row)), row.title, row.content, row.teacher,
        row.visible_at, row.written_at, row.state, files_of(row.file_rows),  # type: ignore[attr-defined]
        tuple(
            Amended(text=c["text"], at=_moment(c["at"]), teacher=formal_name(c), files=files_of(c["files"]))
            for c in row.correction_rows  # type: ignore[attr-defined]
        ),
        due, given,
    )  # fmt: skip


def homework_at(
    lessons: list[tuple[int, list[tuple[int, str]], date]], user: User
) -> list[tuple[tuple[Work, ...], tuple[Work, ...]]]:
    """For each lesson (subject, groups, day), what was due that day and what was given that day."""
    if not lessons:
        return []
    days = [day for _subject, _groups, day in lessons]
    groups = {pk for _subject, found, _day in lessons for pk, _name in found}
    found = (
        Homework.objects.visible_to(user)
        .filter(withdrawn_at=None, group__in=groups, subject__in={subject for subject, _groups, _day in lessons})
        .filter(
            Q(due_on__gte=min(days), due_on__lte=max(days))
            | Q(published_at__date__gte=min(days), published_at__date__lte=max(days))
        )
        .distinct()
        .order_by("due_on", "pk")
        .values_list("pk", "title", "due_on", "expected_minutes", "group", "subject", "published_at")[:MOST_HOMEWORK]
    )
    known = [(Work(*row[:4]), row[4], row[5], timezone.localdate(row[6])) for row in found]
    result = []
    for subject, own, day in lessons:
        pks = {pk for pk, _name in own}
        there = [(work, on) for work, group, of, on in known if of == subject and group in pks]
        due = tuple(work for work, on in there if work.due_on == day)
        result.append((due, tuple(work for work, on in there if on == day and work.due_on != day)))
    return result


def by_day(rows: Iterable[Shown]) -> Iterator[tuple[date, list[Shown]]]:
    for day, found in groupby(rows, key=lambda row: row.on):
        yield day, list(found)


def _moment(text: str) -> datetime:
    moment = parse_datetime(text)
    assert moment is not None  # noqa: S101 — PostgreSQL wrote it
    return moment


def formal_name(row: dict[str, Any]) -> str:
    names = {name: row[name] for name in ("civility", "first_name", "last_name")}
    return User(**names).formal_name
