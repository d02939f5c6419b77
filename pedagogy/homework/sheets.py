"""A homework's own page, read as plain values: a class opens the same page thirty times an evening."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, F, OuterRef
from django.http import Http404

from accounts.models import User
from ent.portal.templatetags.portal import day, moment
from ent.tenancy.kept import KeptQuery
from establishments.people.models import GroupMembership
from pedagogy.homework.former import Former
from pedagogy.homework.models import Homework, HomeworkFile, ProgressFile


class File(NamedTuple):
    key: UUID
    name: str
    size: int  # bytes


class Details(NamedTuple):
    """What `pedagogy/homework/details.html` draws, the same for all who may read it."""

    due: str
    minutes: int | None
    to_hand_in: bool
    instructions: str
    files: tuple[File, ...]
    teacher: str
    given: str  # when, in words

    @classmethod
    def of(cls, homework: Homework) -> Details:
        files = tuple(File(file.key, file.name, file.size) for file in homework.files.all())
        return _details(homework, files, homework.teacher)


class Sheet(NamedTuple):
    """Homework with how far one student is: what a right is asked on, and what the page shows."""

    pk: int
    establishment_id: int
    group_id: int
    title: str
    instructions: str
    subject: str
    due_on: date
    expected_minutes: int | None
    to_hand_in: bool
    published_at: datetime
    civility: str
    last_name: str
    first_name: str
    progress_id: int | None
    done_at: datetime | None
    handed_in_at: datetime | None
    handed_in_text: str | None
    year_ends: date
    group_ends: date | None
    is_mine: bool  # is the student in the group now?

    @property
    def teacher(self) -> str:
        return User(civility=self.civility, last_name=self.last_name, first_name=self.first_name).formal_name

    def details(self) -> Details:
        return _details(self, tuple(File._make(row) for row in _files(homework=self.pk)), self.teacher)

    def copy_files(self) -> list[File]:
        """What the student has handed in."""
        if not self.handed_in_at:
            return []
        files = ProgressFile.objects.filter(progress=self.progress_id)
        return [File._make(row) for row in files.values_list(*File._fields)]


def _details(homework: Any, files: tuple[File, ...], teacher: str) -> Details:
    return Details(
        day(homework.due_on, "full"),
        homework.expected_minutes,
        homework.to_hand_in,
        homework.instructions,
        files,
        teacher,
        moment(homework.published_at),
    )


def sheet_or_404(pk: int, students: list[int]) -> Sheet:
    """The homework, if it is in scope; who may see it is asked by whoever shows it."""
    rows = _sheets(pk=pk, students=students)
    if not rows:
        raise Http404
    return Sheet._make(rows[0])


def former_sheet_or_404(pk: int, former: Former) -> tuple[Sheet, Details, list[File]]:
    """What was handed in at a school that the student has left, with all that its page shows."""

    def read(students: list[int]) -> tuple[Sheet, Details, list[File]]:
        sheet = sheet_or_404(pk, students)._replace(is_mine=False)
        if sheet.handed_in_at is None:
            raise Http404
        return sheet, sheet.details(), sheet.copy_files()

    found: tuple[Sheet, Details, list[File]] = former.read(read)
    return found


def _sheet(*, pk: int, students: list[int]) -> Any:
    author = [f"author__user__{name}" for name in ("civility", "last_name", "first_name")]
    return (
        Homework.objects.filter(pk=pk)
        .with_progress_of(students)
        .annotate(
            year_ends=F("group__school_year__ends_on"),
            group_ends=F("group__ends_on"),
            is_mine=Exists(GroupMembership.objects.filter(group=OuterRef("group"), membership__in=students)),
        )
        .values_list(*Sheet._fields[:5], "subject__name", *Sheet._fields[6:10], *author, *Sheet._fields[13:])
    )


_sheets = KeptQuery(_sheet)
_files = KeptQuery(lambda *, homework: HomeworkFile.objects.filter(homework=homework).values_list(*File._fields))
