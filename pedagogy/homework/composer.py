"""What the composer knows before anybody types: the classes by their nearest lesson, the days to give work for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from establishments.people.models import Teaching
from pedagogy.courses.models import CourseGroup
from pedagogy.homework.models import Draft, Homework
from pedagogy.timetable.agenda import lesson_of, meetings, meetings_for_teacher
from pedagogy.timetable.calendar import calendar_of
from pedagogy.timetable.models import Lesson, Slot

if TYPE_CHECKING:
    from accounts.models import User

LOOKS_AHEAD = timedelta(days=35)  # past the autumn holidays
DAYS = 3  # that are offered


class Choice(NamedTuple):
    """A class that work is given to."""

    teaching: Teaching
    nearest: datetime | None  # the lesson that is going on, or the next one
    days: tuple[date, ...]  # of the next lessons, from tomorrow on; else the next school days
    has_lessons: bool

    @property
    def pk(self) -> int:
        return int(self.teaching.pk)


def choices_for(user: User) -> list[Choice]:
    """What somebody teaches this year, the class whose lesson is nearest first; in four queries with the draft."""
    teachings = list(
        Teaching.objects.of(user)
        .select_related("establishment")
        .annotate(draft=Subquery(_drafts().values("content")[:1]), usual_minutes=Subquery(_usual()[:1]))
    )
    if not teachings:
        return []
    today, now = timezone.localdate(), timezone.now()
    calendar = calendar_of(user)
    coming = [
        meeting
        for meeting in meetings_for_teacher(user, today, today + LOOKS_AHEAD, calendar=calendar)
        if meeting.takes_place and meeting.ends > now
    ]
    choices = []
    for teaching in teachings:
        own = [m for m in coming if m.subject_pk == teaching.subject_id and teaching.group_id in m.group_pks]
        days = tuple(dict.fromkeys(m.on for m in own if m.on > today))[:DAYS]
        nearest = own[0].begins if own else None
        choices.append(Choice(teaching, nearest, days or _school_days(calendar, teaching, today), bool(days)))
    far = now + 2 * LOOKS_AHEAD
    return sorted(choices, key=lambda choice: choice.nearest or far)  # a stable sort: else by the classes' names


def _school_days(calendar: Any, teaching: Teaching, today: date) -> tuple[date, ...]:
    days = [today]
    for _rank in range(DAYS):
        days.append(calendar.next_school_day(days[-1], [teaching.establishment_id]))
    return tuple(days[1:])


def _drafts() -> Any:
    return Draft.objects.filter(membership=OuterRef("membership"), homework=None, progress=None)


def _usual() -> Any:
    """How long the teacher's last work was said to take."""
    given = Homework.objects.filter(author=OuterRef("membership"), subject=OuterRef("subject"))
    return given.filter(expected_minutes__isnull=False).order_by("-pk").values("expected_minutes")


def draft_of(choices: Iterable[Choice]) -> dict[str, Any]:
    """What was half typed; a teacher has one such draft, in one of their schools."""
    return next((dict(choice.teaching.draft) for choice in choices if choice.teaching.draft), {})


def lesson_on(*, group: int, subject: int, day: date) -> Lesson | None:
    """The group's first lesson of that subject on that day, as the row that homework hangs on."""
    courses = CourseGroup.objects.filter(group=group, course__subject=subject).values_list("course", flat=True)
    for meeting in meetings(courses=list(courses), first=day, last=day):
        if not meeting.takes_place or group not in meeting.group_pks:
            continue
        if meeting.lesson:
            return Lesson.objects.get(pk=meeting.lesson)  # type: ignore[no-any-return]
        if meeting.slot:
            return lesson_of(slot=Slot.objects.in_bulk([meeting.slot])[meeting.slot], on=meeting.slot_on or day)
    return None
