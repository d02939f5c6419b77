"""Which lessons there are: what the weekly slots make of some days, and what has been changed in it.

Every page of the timetable, the lesson log and the homework asks here. An answer costs three queries, however many
courses and days it is about: the slots with the lessons, who is in the courses, and the holidays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import BigIntegerField, BooleanField, CharField, DateField, F, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from ent.tenancy.kept import KeptQuery
from establishments.people.models import GroupMembership, Role
from establishments.people.reach import reach_of
from pedagogy.courses.models import CourseGroup, CourseTeacher
from pedagogy.timetable.calendar import Calendar, calendar_for, days, monday_of
from pedagogy.timetable.models import Lesson, LetteredWeek, Slot

if TYPE_CHECKING:
    from accounts.models import User

ON, CANCELLED = Lesson.State.ON.value, Lesson.State.CANCELLED.value
MOVED_AWAY = "moved"  # what is left at the place of a lesson that was moved, where traces are asked for

# How far `next_meetings` looks: past the summer there is another timetable.
AHEAD = timedelta(days=70)


class Meeting(NamedTuple):
    """A lesson, as it takes place. Times are those of the wall clock in Europe/Paris."""

    slot: int | None
    lesson: int | None  # when something is kept of it
    course: int
    establishment: int
    on: date
    starts_at: time
    ends_at: time
    room: str
    subject: str
    groups: tuple[str, ...]
    teachers: tuple[str, ...]
    state: str
    is_changed: bool
    reason: str
    subject_pk: int
    name: str  # of the course, when it has one of its own; else its subject
    slot_on: date | None  # the day of the slot; None for a lesson that was added
    room_pk: int | None
    group_pks: tuple[int, ...]
    teacher_pks: tuple[int, ...]
    changes: tuple[str, ...] = ()  # of "added", "moved", "room", "teacher"
    was_room: str = ""
    was_teachers: tuple[str, ...] = ()
    was_starts_at: time | None = None
    goes_to: tuple[date, time] | None = None  # of a trace
    letter: str = ""  # of its week
    slot_teacher: int | None = None  # written on the slot or the lesson itself, where not all of the course's are there
    slot_group: int | None = None

    @property
    def is_cancelled(self) -> bool:
        return self.state == CANCELLED

    @property
    def is_trace(self) -> bool:
        return self.state == MOVED_AWAY

    @property
    def takes_place(self) -> bool:
        return self.state == ON

    @property
    def room_words(self) -> str:
        """“salle 12”, and “CDI”, “Gymnase” as they are."""
        return _("salle %(name)s") % {"name": self.room} if self.room[:1].isdigit() else self.room

    @property
    def begins(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.on, self.starts_at))

    @property
    def ends(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.on, self.ends_at))

    @property
    def key(self) -> tuple[date, time, time, str, int]:
        return (self.on, self.starts_at, self.ends_at, self.subject, self.course)


# --- Who asks -------------------------------------------------------------------------------------------------


def meetings(
    *, courses: Iterable[int], first: date, last: date, calendar: Calendar | None = None, traces: bool = False
) -> list[Meeting]:
    """The lessons of these courses from the first day to the last one, both included, in order."""
    asked: Any = courses if isinstance(courses, QuerySet) else [*courses]
    rows = _between(Slot.objects.filter(course__in=asked), Lesson.objects.filter(course__in=asked), first, last)
    return _expanded(rows, first, last, calendar, traces)


def meetings_for_student(
    students: Sequence[int], first: date, last: date, *, calendar: Calendar | None = None, traces: bool = False
) -> list[Meeting]:
    """Of one student, by their memberships' keys, one a school; or of several, whose lessons are then not told apart
    but by `group_pks`."""
    return _expanded(_of_students(students=[*students], first=first, last=last), first, last, calendar, traces)


def meetings_by_student(
    students: Sequence[int], first: date, last: date, *, calendar: Calendar | None = None, traces: bool = False
) -> dict[int, list[Meeting]]:
    """Of several students, each with their own, in as many queries as for one."""
    members: dict[int, set[int]] = {}
    rows = _of_students(students=[*students], first=first, last=last)
    found = _expanded(rows, first, last, calendar, traces, students=students, members=members)
    return {pk: [m for m in found if not members.get(pk, set()).isdisjoint(m.group_pks)] for pk in students}


def meetings_for_teacher(
    user: User, first: date, last: date, *, calendar: Calendar | None = None, traces: bool = False
) -> list[Meeting]:
    """The person's own courses, and the lessons given in somebody else's place."""
    return meetings_of_teachers(reach_of(user).memberships(Role.TEACHER), first, last, calendar=calendar, traces=traces)


def meetings_of_teachers(
    teachers: Sequence[int], first: date, last: date, *, calendar: Calendar | None = None, traces: bool = False
) -> list[Meeting]:
    """As `meetings_for_teacher`, by memberships' keys."""
    own = frozenset(teachers)

    def concerns(row: Row) -> bool:
        if row.teacher_pk in own or row.was_teacher_pk in own:
            return True
        # Of a course of theirs that is nobody's in particular, or that somebody takes in their place.
        return row.was_teacher_pk is None and (row.teacher_pk is None or row.slot_on is not None)

    rows = _of_teachers(teachers=[*teachers], first=first, last=last)
    return _expanded(rows, first, last, calendar, traces, concerns)


def meetings_for_group(
    group: int, first: date, last: date, *, calendar: Calendar | None = None, traces: bool = False
) -> list[Meeting]:
    """Of a class: with those of the groups that some of its students are in."""
    return _expanded(_of_group(group=group, first=first, last=last), first, last, calendar, traces)


def meetings_for_room(
    room: int, first: date, last: date, *, calendar: Calendar | None = None, traces: bool = False
) -> list[Meeting]:
    rows = _of_room(room=room, first=first, last=last)
    return _expanded(rows, first, last, calendar, traces, lambda row: row.room_pk == room)


def next_meetings(course: int, after: date | datetime, count: int = 1) -> list[Meeting]:
    """The next lessons of a course that take place, after that day, or that moment."""
    day = timezone.localdate(after) if isinstance(after, datetime) else after + timedelta(days=1)
    coming = [meeting for meeting in meetings(courses=[course], first=day, last=day + AHEAD) if meeting.takes_place]
    if isinstance(after, datetime):
        coming = [meeting for meeting in coming if meeting.begins > after]
    return coming[:count]


def lesson_of(*, slot: Slot, on: date) -> Lesson:
    """The row of the slot's lesson of that day, made when there is none; unchanged, it takes place as the slot says."""
    if on.weekday() != slot.weekday or not slot.first_on <= on <= slot.last_on:
        raise ValidationError(_("Il n’y a pas de cours ce jour-là à cette heure."))
    lesson, _made = Lesson.objects.get_or_create(
        establishment_id=slot.establishment_id,
        slot=slot,
        slot_on=on,
        defaults={
            "course_id": slot.course_id,
            "group_id": slot.group_id,
            "on": on,
            "starts_at": slot.starts_at,
            "ends_at": slot.ends_at,
            "room_id": slot.room_id,
            "teacher_id": slot.teacher_id,
        },
    )
    return lesson  # type: ignore[no-any-return]


def lessons_of(found: Iterable[Meeting]) -> list[Lesson]:
    """The rows of several lessons at once, with their slots; those that there are not are made."""
    found = list(found)
    Lesson.objects.bulk_create(
        (
            Lesson(
                establishment_id=m.establishment, slot_id=m.slot, slot_on=m.slot_on, course_id=m.course, on=m.on,
                starts_at=m.starts_at, ends_at=m.ends_at, room_id=m.room_pk, teacher_id=m.slot_teacher,
                group_id=m.slot_group,
            )
            for m in found
            if m.lesson is None
        ),
        ignore_conflicts=True,
    )  # fmt: skip
    made = Q(slot__in={m.slot for m in found if m.lesson is None}, slot_on__in={m.on for m in found})
    rows = Lesson.objects.filter(made | Q(pk__in={m.lesson for m in found if m.lesson})).select_related("slot")
    wanted = {(m.slot, m.slot_on) for m in found if m.lesson is None}
    known = {m.lesson for m in found}
    return [row for row in rows if row.pk in known or (row.slot_id, row.slot_on) in wanted]


def teachers_of(course: int) -> list[int]:
    """Who teaches it today, as memberships' keys."""
    today = timezone.localdate()
    return [pk for pk, _name in _frame([course], today, today).teachers.get(course, [])]


def school_days(establishments: Collection[int], first: date, last: date) -> list[date]:
    """The days on which one of these schools teaches."""
    calendar = calendar_for(establishments)
    return [day for day in days(first, last) if calendar.teaches(day, establishments)]


def next_school_day(today: date, establishment: int) -> date:
    """Past the week-end, the public holidays, and the holidays of the school's zone."""
    return calendar_for([establishment]).next_school_day(today)


# --- The rows -------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """A slot, or a lesson, which has what its slot says in the columns that begin by was."""

    is_slot: bool
    slot: int | None
    lesson: int | None
    course: int
    establishment: int
    name: str
    subject_pk: int
    subject: str
    weekday: int
    letter: str
    first_on: date  # of a lesson: its day
    last_on: date
    slot_on: date | None
    starts_at: time
    ends_at: time
    room_pk: int | None
    room: str | None
    teacher_pk: int | None
    teacher_civility: str | None
    teacher_first_name: str | None
    teacher_last_name: str | None
    group_pk: int | None
    group: str | None
    state: str
    is_changed: bool
    reason: str
    was_room_pk: int | None
    was_room: str | None
    was_starts_at: time | None
    was_ends_at: time | None
    was_teacher_pk: int | None


def _none(field: Any) -> Any:
    return Cast(Value(None), field)


TEACHER = ("teacher", "teacher__user__civility", "teacher__user__first_name", "teacher__user__last_name")
BEGINNING = ("course", "establishment", "course__name", "course__subject", "course__subject__name")
OF_SLOT = (
    Value(True), "pk", _none(BigIntegerField()), *BEGINNING, "weekday", "letter", "first_on", "last_on",
    _none(DateField()), "starts_at", "ends_at", "room", "room__name", *TEACHER, "group", "group__name",
    Value(ON, CharField()), Value(False, BooleanField()), Value("", CharField()), "room", "room__name", "starts_at",
    "ends_at", "teacher",
)  # fmt: skip
OF_LESSON = (
    Value(False), "slot", "pk", *BEGINNING, Value(0, IntegerField()), Value("", CharField()), "on", "on",
    "slot_on", "starts_at", "ends_at", "room", "room__name", *TEACHER, "group", "group__name",
    "state", "is_changed", "reason", "slot__room", "slot__room__name", "slot__starts_at",
    "slot__ends_at", "slot__teacher",
)  # fmt: skip


def _between(slots: Any, lessons: Any, first: date, last: date) -> Any:
    slots = slots.filter(first_on__lte=last, last_on__gte=first).order_by()
    # A lesson that was moved into these days, and one that was moved out of them.
    lessons = lessons.filter(Q(on__gte=first, on__lte=last) | Q(slot_on__gte=first, slot_on__lte=last)).order_by()
    return slots.values_list(*OF_SLOT).union(lessons.values_list(*OF_LESSON), all=True)


def _students(*, students: Any, first: date, last: date) -> Any:
    groups = GroupMembership.objects.filter(membership__in=students).values("group")
    return _followed(groups, first, last)


def _group(*, group: Any, first: date, last: date) -> Any:
    there = GroupMembership.objects.filter(group=group, membership__missing_since=None).values("membership")
    theirs = GroupMembership.objects.filter(membership__in=there).values("group")
    of_group = Q(group=group) | Q(group__in=theirs)
    courses = CourseGroup.objects.filter(of_group).values("course")
    concerned = Q(course__in=courses) & (Q(group=None) | of_group)
    return _between(Slot.objects.filter(concerned), Lesson.objects.filter(concerned), first, last)


def _followed(groups: Any, first: date, last: date) -> Any:
    courses = CourseGroup.objects.filter(group__in=groups).values("course")
    concerned = Q(course__in=courses) & (Q(group=None) | Q(group__in=groups))
    return _between(Slot.objects.filter(concerned), Lesson.objects.filter(concerned), first, last)


def _teachers(*, teachers: Any, first: date, last: date) -> Any:
    directory = CourseGroup.objects.filter(
        group__teachings__membership__in=teachers, group__teachings__subject=F("course__subject")
    )
    by_hand = CourseTeacher.objects.filter(membership__in=teachers)
    own = Q(course__in=directory.values("course")) | Q(course__in=by_hand.values("course"))
    slots = Slot.objects.filter(own & Q(teacher=None) | Q(teacher__in=teachers))
    lessons = Lesson.objects.filter(own | Q(teacher__in=teachers) | Q(slot__teacher__in=teachers))
    return _between(slots, lessons, first, last)


def _room(*, room: Any, first: date, last: date) -> Any:
    lessons = Lesson.objects.filter(Q(room=room) | Q(slot__room=room))
    return _between(Slot.objects.filter(room=room), lessons, first, last)


_of_students, _of_group, _of_teachers, _of_room = (
    KeptQuery(_students), KeptQuery(_group), KeptQuery(_teachers), KeptQuery(_room)
)  # fmt: skip


# --- Who is in the courses, and which week is which ------------------------------------------------------------


class Frame(NamedTuple):
    groups: dict[int, list[tuple[int, str]]]  # by course
    members: dict[int, set[int]]  # groups by student, of those asked for
    teachers: dict[int, list[tuple[int, str]]]
    letters: dict[tuple[int, date], str]  # by school and Monday


def _framed(*, courses: Any, students: Any, first: date, last: date) -> Any:
    """Groups and teachers of courses, groups of students, and the weeks with a letter."""
    no_text, no_day = Value("", CharField()), _none(DateField())
    groups = CourseGroup.objects.filter(course__in=courses).values_list(
        Value("group", CharField()), "course", "group", no_text, no_text, "group__name", no_day
    )
    names = ("user__civility", "user__first_name", "user__last_name")
    still = Q(group__teachings__membership__ends_on=None) | Q(group__teachings__membership__ends_on__gte=first)
    directory = CourseGroup.objects.filter(
        still, course__in=courses, group__teachings__subject=F("course__subject")
    ).values_list(
        Value("teacher", CharField()), "course", "group__teachings__membership",
        *(f"group__teachings__membership__{name}" for name in names), no_day,
    )  # fmt: skip
    still = Q(membership__ends_on=None) | Q(membership__ends_on__gte=first)
    by_hand = CourseTeacher.objects.filter(still, course__in=courses).values_list(
        Value("teacher", CharField()), "course", "membership", *(f"membership__{name}" for name in names), no_day
    )
    weeks = LetteredWeek.objects.filter(monday__gte=first, monday__lte=last).order_by()
    lettered = weeks.values_list(
        Value("week", CharField()), "establishment", _none(BigIntegerField()), no_text, no_text, "letter", "monday"
    )
    members = GroupMembership.objects.filter(membership__in=students).order_by()
    theirs = members.values_list(
        Value("student", CharField()), "membership", "group", no_text, no_text, no_text, no_day
    )
    return groups.order_by().union(directory.order_by(), by_hand.order_by(), lettered, theirs)


_frame_rows = KeptQuery(_framed)
MOST_KEPT = 64


def _frame(courses: Collection[int], first: date, last: date, students: Sequence[int] = ()) -> Frame:
    asked = {"students": [*students], "first": monday_of(first), "last": last}
    if len(courses) > MOST_KEPT:
        rows = _framed(courses=sorted(courses), **asked)
    else:
        # As many keys as the next power of two, the last one repeated: few shapes, so few statements are kept.
        keys = sorted(courses)
        rows = _frame_rows(courses=keys + keys[-1:] * ((1 << (len(keys) - 1).bit_length()) - len(keys)), **asked)
    groups: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    teachers: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    members: defaultdict[int, set[int]] = defaultdict(set)
    letters: dict[tuple[int, date], str] = {}
    for kind, of, pk, civility, first_name, name, monday in rows:
        if kind == "week":
            letters[of, monday] = name
        elif kind == "student":
            members[of].add(pk)
        elif kind == "group":
            groups[of].append((pk, name))
        else:
            teachers[of].append((pk, _formal(civility, first_name, name)))
    for found in (*groups.values(), *teachers.values()):
        found.sort(key=lambda pair: (pair[1], pair[0]))
    return Frame(groups, members, teachers, letters)


def _formal(civility: str | None, first_name: str | None, last_name: str | None) -> str:
    """As `User.formal_name`."""
    return f"{civility or first_name or ''} {last_name or ''}".strip()


# --- The days -------------------------------------------------------------------------------------------------


def _expanded(
    found: Iterable[Any],
    first: date,
    last: date,
    calendar: Calendar | None,
    traces: bool,
    concerns: Callable[[Row], bool] = lambda row: True,
    *,
    students: Sequence[int] = (),
    members: dict[int, set[int]] | None = None,
) -> list[Meeting]:
    rows = [Row._make(values) for values in found]
    if not rows:
        return []
    schools = {row.establishment for row in rows}
    if calendar is None or not schools <= set(calendar.breaks):
        calendar = calendar_for(schools)
    frame = _frame({row.course for row in rows}, first, last, students)
    if members is not None:
        members.update(frame.members)
    told = {(row.slot, row.slot_on) for row in rows if not row.is_slot}
    result = []
    for row in rows:
        if not concerns(row):
            continue
        if row.is_slot:
            result += [
                _meeting(row, day, frame)
                for day in _days_of(row, first, last, frame, calendar)
                if (row.slot, day) not in told
            ]
            continue
        if first <= row.first_on <= last:
            result.append(_meeting(row, row.first_on, frame))
        if traces and (trace := _trace(row, frame)) and first <= trace.on <= last:
            result.append(trace)
    return sorted(result, key=lambda meeting: meeting.key)


def _days_of(slot: Row, first: date, last: date, frame: Frame, calendar: Calendar) -> Iterator[date]:
    first, last = max(first, slot.first_on), min(last, slot.last_on)
    day = first + timedelta(days=(slot.weekday - first.weekday()) % 7)
    while day <= last:
        lettered = not slot.letter or frame.letters.get((slot.establishment, monday_of(day))) == slot.letter
        if lettered and not calendar.is_free(day, slot.establishment):
            yield day
        day += timedelta(days=7)


def _meeting(row: Row, day: date, frame: Frame) -> Meeting:
    groups = [(row.group_pk, row.group or "")] if row.group_pk else frame.groups.get(row.course, [])
    known = frame.teachers.get(row.course, [])
    if row.teacher_pk:
        name = _formal(row.teacher_civility, row.teacher_first_name, row.teacher_last_name)
        teachers = [(row.teacher_pk, name)]
    else:
        teachers = known
    changes = _changes(row) if row.is_changed else ()
    return Meeting(
        slot=row.slot,
        lesson=row.lesson,
        course=row.course,
        establishment=row.establishment,
        on=day,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        room=row.room or "",
        subject=row.subject,
        groups=tuple(name for _pk, name in groups),
        teachers=tuple(name for _pk, name in teachers),
        state=row.state,
        is_changed=row.is_changed,
        reason=row.reason,
        subject_pk=row.subject_pk,
        name=row.name or row.subject,
        slot_on=day if row.is_slot else row.slot_on,
        room_pk=row.room_pk,
        group_pks=tuple(pk for pk, _name in groups if pk),
        teacher_pks=tuple(pk for pk, _name in teachers),
        changes=changes,
        was_room=(row.was_room or "") if "room" in changes else "",
        was_teachers=_those_before(row, known) if "teacher" in changes else (),
        was_starts_at=row.was_starts_at if "moved" in changes else None,
        letter=frame.letters.get((row.establishment, monday_of(day)), ""),
        slot_teacher=row.teacher_pk,
        slot_group=row.group_pk,
    )


def _changes(row: Row) -> tuple[str, ...]:
    if row.slot_on is None:
        return ("added",)
    if row.was_starts_at is None:  # its slot is there no more
        return ()
    moved = (row.first_on, row.starts_at, row.ends_at) != (row.slot_on, row.was_starts_at, row.was_ends_at)
    differences = {
        "moved": moved,
        "room": row.room_pk != row.was_room_pk,
        "teacher": row.teacher_pk != row.was_teacher_pk,
    }
    return tuple(name for name, differs in differences.items() if differs)


def _those_before(row: Row, known: list[tuple[int, str]]) -> tuple[str, ...]:
    before = [name for pk, name in known if pk == row.was_teacher_pk] if row.was_teacher_pk else []
    return tuple(before or [name for pk, name in known if pk != row.teacher_pk])


def _trace(row: Row, frame: Frame) -> Meeting | None:
    """What is left where a lesson was, so that nobody wonders why it is gone."""
    if row.state == CANCELLED or row.slot_on is None or not row.is_changed or "moved" not in _changes(row):
        return None
    if row.first_on == row.slot_on and row.was_starts_at == row.starts_at:  # longer or shorter
        return None
    there = _meeting(row, row.slot_on, frame)
    return there._replace(
        starts_at=row.was_starts_at,
        ends_at=row.was_ends_at,
        room=row.was_room or "",
        state=MOVED_AWAY,
        changes=(),
        goes_to=(row.first_on, row.starts_at),
    )
