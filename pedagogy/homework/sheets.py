"""A homework's own page, read as plain values: a class opens the same page thirty times an evening."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Subquery
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from ent.portal.templatetags.portal import day, moment
from ent.tenancy.kept import KeptQuery
from establishments.people.models import GroupMembership
from pedagogy.homework.former import Former
from pedagogy.homework.marks import result_of
from pedagogy.homework.models import (
    CorrectionFile,
    Draft,
    HandIn,
    Homework,
    HomeworkFile,
    LatePolicy,
    Marking,
    ProgressFile,
    last_day,
)


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
    revised: str  # when, in words; empty when it was not
    extra: str  # the day of the others, in words, for somebody who has a later one
    late: str  # what becomes of it after its day, in words; empty for what is not handed in here
    marking: str  # in words; empty when it is not marked
    kind: str  # of what is handed in, in words

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
    hand_in_kind: str
    late_policy: str
    late_until: date | None
    marking: str
    scale: int
    revised_at: datetime | None
    withdrawn_at: datetime | None
    own_due_on: date | None
    returned_at: datetime | None
    comment: str | None
    mark: int | None
    level: int | None
    draft: str | None  # what the student was typing, as JSON: this row was read without the ORM

    @property
    def teacher(self) -> str:
        return User(civility=self.civility, last_name=self.last_name, first_name=self.first_name).formal_name

    def details(self) -> Details:
        return _details(self, tuple(File._make(row) for row in _files(homework=self.pk)), self.teacher)

    @property
    def typed(self) -> str:
        """The answer that was half typed."""
        return str(json.loads(self.draft).get("text", "")) if self.draft else ""

    @property
    def due(self) -> date:
        """The student's own day."""
        return self.own_due_on or self.due_on

    @property
    def last_day(self) -> date | None:
        return last_day(self.due_on, self.late_policy, self.late_until, self.own_due_on)

    @property
    def is_late(self) -> bool:
        """Handed in after its day."""
        return self.handed_in_at is not None and timezone.localdate(self.handed_in_at) > self.due

    @property
    def is_changed(self) -> bool:
        seen = self.handed_in_at or self.done_at
        return self.revised_at is not None and seen is not None and seen < self.revised_at

    @property
    def result(self) -> str:
        """The mark or level in words; empty before the copy is handed back."""
        return result_of(self.marking, self.scale, self.mark, self.level) if self.returned_at else ""

    def correction_files(self) -> list[File]:
        """What came back with the copy, once it has."""
        if not self.returned_at:
            return []
        files = CorrectionFile.objects.filter(progress=self.progress_id)
        return [File._make(row) for row in files.values_list(*File._fields)]

    def copy_files(self) -> list[File]:
        """What the student has handed in."""
        if not self.handed_in_at:
            return []
        files = ProgressFile.objects.filter(progress=self.progress_id)
        return [File._make(row) for row in files.values_list(*File._fields)]


def _details(homework: Any, files: tuple[File, ...], teacher: str) -> Details:
    own = getattr(homework, "own_due_on", None)
    late = ""
    if homework.to_hand_in and homework.late_policy == LatePolicy.CLOSED:
        late = _("Aucun retard n’est accepté.")
    elif homework.to_hand_in and homework.late_policy == LatePolicy.UNTIL:
        late = _("En retard, c’est accepté jusqu’au %(day)s.") % {"day": day(homework.late_until, "full")}
    return Details(
        day(own or homework.due_on, "full"),
        homework.expected_minutes,
        homework.to_hand_in,
        homework.instructions,
        files,
        teacher,
        moment(homework.published_at),
        moment(homework.revised_at) if homework.revised_at else "",
        day(homework.due_on, "full") if own else "",
        late,
        {Marking.MARK: _("noté sur %(scale)d") % {"scale": homework.scale}, Marking.LEVEL: _("évalué par niveau")}.get(
            homework.marking, ""
        ),
        str(HandIn(homework.hand_in_kind).label) if homework.hand_in_kind != HandIn.ANY else "",
    )


def sheet_or_404(pk: int, students: list[int]) -> Sheet:
    """The homework, if it is in scope; who may see it is asked by whoever shows it."""
    rows = _sheets(pk=pk, students=students)
    if not rows:
        raise Http404
    return Sheet._make(rows[0])


def former_sheet_or_404(pk: int, former: Former) -> tuple[Sheet, Details, list[File], list[File]]:
    """What was handed in at a school that the student has left, with all that its page shows."""

    def read(students: list[int]) -> tuple[Sheet, Details, list[File], list[File]]:
        sheet = sheet_or_404(pk, students)._replace(is_mine=False)
        if sheet.handed_in_at is None:
            raise Http404
        return sheet, sheet.details(), sheet.copy_files(), sheet.correction_files()

    found: tuple[Sheet, Details, list[File], list[File]] = former.read(read)
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
            comment=F("mine__comment"),
            mark=F("mine__mark"),
            level=F("mine__level"),
            draft=Subquery(
                Draft.objects.filter(homework=OuterRef("pk"), membership__in=students, progress=None).values("content")[
                    :1
                ]
            ),
        )
        .values_list(*Sheet._fields[:5], "subject__name", *Sheet._fields[6:10], *author, *Sheet._fields[13:])
    )


_sheets = KeptQuery(_sheet)
_files = KeptQuery(lambda *, homework: HomeworkFile.objects.filter(homework=homework).values_list(*File._fields))
