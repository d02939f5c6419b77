"""Who teaches what to whom in a school, in the two orders in which one looks for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from establishments.people.models import Group, Membership, Subject, Teaching


@dataclass
class ClassRow:
    group: Group
    by_subject: dict[int, list[Membership]] = field(default_factory=dict)
    cells: list[tuple[Subject, list[Membership]]] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    subjects: list[Subject]
    rows: list[ClassRow]


@dataclass
class TeacherRow:
    teacher: Membership
    by_subject: dict[Subject, list[Group]] = field(default_factory=dict)


def by_class(groups: Iterable[Group], teachings: Iterable[Teaching]) -> Table:
    """A row for each class, a column for each subject that one of them has; a subject may have two teachers."""
    rows = {group.pk: ClassRow(group) for group in groups}
    subjects: dict[int, Subject] = {}
    for teaching in teachings:
        subjects[teaching.subject_id] = teaching.subject
        teachers = rows[teaching.group_id].by_subject.setdefault(teaching.subject_id, [])
        teachers.append(teaching.membership)
    columns = sorted(subjects.values(), key=lambda subject: (subject.name, subject.pk))
    for row in rows.values():
        row.cells = [(subject, row.by_subject.get(subject.pk, [])) for subject in columns]
    return Table(columns, list(rows.values()))


def by_teacher(teachers: Iterable[Membership], teachings: Iterable[Any]) -> list[TeacherRow]:
    rows = {teacher.pk: TeacherRow(teacher) for teacher in teachers}
    for teaching in teachings:
        rows[teaching.membership_id].by_subject.setdefault(teaching.subject, []).append(teaching.group)
    return list(rows.values())
