"""A timetable for every class and teacher of the demonstration: no conflict, a lunch break, Wednesdays free after noon.

Some half hours alternate by week, and this week a lesson is called off, one has another room, one a substitute.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta
from itertools import product
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.identity.models import plain
from ent.tenancy.scope import tenant_scope
from establishments.people.demo import account_holders
from establishments.people.models import GroupMembership, Role, Teaching
from establishments.territory.models import Establishment
from pedagogy.courses.models import Course, CourseGroup
from pedagogy.timetable.agenda import Meeting, lesson_of, meetings_for_student
from pedagogy.timetable.calendar import calendar_for, monday_of
from pedagogy.timetable.models import Lesson, LetteredWeek, Room, Slot

PERIODS = [
    (time(8), time(8, 55)), (time(9), time(9, 55)), (time(10, 10), time(11, 5)), (time(11, 10), time(12, 5)),
    (time(13, 30), time(14, 25)), (time(14, 30), time(15, 25)), (time(15, 40), time(16, 35)),
]  # fmt: skip
MORNING, WEDNESDAY = 4, 2
MOST = 5  # lessons of a course in a week
# Hours a week, by a word of the subject's name; a half is an hour every other week.
HOURS = {
    "mathematiques": 3.5, "francais": 4.0, "histoire": 3.0, "anglais": 3.0, "sportive": 3.0, "physique": 1.5,
    "vie": 1.5, "technologie": 1.5, "musicale": 1.0, "plastiques": 1.0, "civique": 0.5,
}  # fmt: skip
OUTSIDE = ["Gymnase", "Stade", "Plateau sportif", "Piscine", "Dojo", "Gymnase 2", "Salle de danse", "Mur d’escalade"]
ROOMS = {"sportive": "Gymnase", "physique": "Labo 1", "vie": "Labo 2", "technologie": "Techno", "musicale": "Musique"}
ORDINARY = [str(number) for number in (*range(1, 13), *range(101, 125), *range(201, 225))]


def load() -> None:
    today = timezone.localdate()
    for school in Establishment.objects.order_by("pk"):
        with tenant_scope([school]):
            if not Slot.objects.filter(last_on__gte=today).exists():
                Slot.objects.bulk_create(_timetable(school, today))
                _letter_the_weeks(school, today)
    for user in account_holders():
        with tenant_scope(Establishment.objects.values_list("pk", flat=True)):
            students = list(user.memberships.filter(role=Role.STUDENT).values_list("pk", flat=True))
            if students:
                _change_some(students, today)


class Board:
    """What is taken: by whom or what, on which day, in which period of which week."""

    def __init__(self) -> None:
        self.taken: set[tuple[Any, int, int, str]] = set()
        self.lessons: Counter[tuple[Any, int]] = Counter()

    def is_free(self, who: Iterable[Any], day: int, period: int, letters: str) -> bool:
        return not any((one, day, period, letter) in self.taken for one in who for letter in letters)

    def load(self, who: Iterable[Any], day: int) -> int:
        """How many lessons these have on that day, whoever has most."""
        return max(self.lessons[one, day] for one in who)

    def take(self, who: Iterable[Any], day: int, period: int, letters: str) -> None:
        self.taken.update((one, day, period, letter) for one in who for letter in letters)
        self.lessons.update((one, day) for one in who)


def _timetable(school: Establishment, today: date) -> list[Slot]:
    chance, board = random.Random(school.uai), Board()  # noqa: S311 — a demonstration, not a secret
    rooms = _rooms(school)
    together = _groups_with_common_students()
    first_on, last_on = _year(school, today)
    slots: dict[int, list[Slot]] = defaultdict(list)
    for (course, groups, teachers), letters in _lessons(today, chance):
        subject = plain(course.subject.name)
        who = {("teacher", pk) for pk in teachers} | {("group", other) for pk in groups for other in together[pk]}
        place = _place(board, who, letters, slots[course.pk], chance)
        if place is None:
            continue
        special = next((room for word, room in ROOMS.items() if word in subject), None)
        usual = ORDINARY[(teachers or groups)[0] % len(ORDINARY)]
        rooms_for = OUTSIDE if special == OUTSIDE[0] else [special or usual, *ORDINARY]
        name = next((n for n in rooms_for if board.is_free([n], *place, letters)), usual)
        board.take({*who, name}, *place, letters)
        starts_at, ends_at = PERIODS[place[1]]
        slots[course.pk].append(
            Slot(
                establishment=school, course=course, weekday=place[0], starts_at=starts_at, ends_at=ends_at,
                letter="" if len(letters) > 1 else letters, room=rooms[name], first_on=first_on, last_on=last_on,
            )
        )  # fmt: skip
    return [slot for of_course in slots.values() for slot in of_course]


def _lessons(today: date, chance: random.Random) -> Iterator[tuple[tuple[Course, list[int], list[int]], str]]:
    """What is to be placed: first all of the classes that somebody will look at, then an hour of each course in turn,
    for teachers of the demonstration have more classes than hours."""
    holders = [user.pk for user in account_holders()]
    looked_at = set(
        GroupMembership.objects.filter(
            Q(membership__user__in=holders) | Q(membership__guardianships__guardian__user__in=holders)
        ).values_list("group", flat=True)
    )
    courses = [(found, [*_weekly(plain(found[0].subject.name), chance)]) for found in _courses(today)]
    first = [(found, weekly) for found, weekly in courses if not looked_at.isdisjoint(found[1])]
    yield from ((found, letters) for found, weekly in first for letters in weekly)
    rest = [(found, weekly) for found, weekly in courses if looked_at.isdisjoint(found[1])]
    for turn in range(MOST):
        yield from ((found, weekly[turn]) for found, weekly in rest if turn < len(weekly))


def _weekly(subject: str, chance: random.Random) -> Iterator[str]:
    """The weeks of each lesson: “AB” for every week."""
    hours = next((hours for word, hours in HOURS.items() if word in subject), 2.0)
    yield from ["AB"] * int(hours)
    if hours % 1:
        yield chance.choice("AB")


def _place(board: Board, who: set[Any], letters: str, before: list[Slot], chance: random.Random) -> Any:
    """A free day and period: a day without that course, the least full one, early rather than late."""
    places = [
        (day, period)
        for day, period in product(range(5), range(len(PERIODS)))
        if (day != WEDNESDAY or period < MORNING) and board.is_free(who, day, period, letters)
    ]
    chance.shuffle(places)
    had = {slot.weekday for slot in before}

    def preference(place: tuple[int, int]) -> Any:
        day, period = place
        room_for = MORNING if day == WEDNESDAY else len(PERIODS)
        return day in had, round(3 * board.load(who, day) / room_for), period

    return min(places, key=preference, default=None)


def _courses(today: date) -> list[tuple[Course, list[int], list[int]]]:
    """Those of this year with their groups and teachers, the hardest to place first."""
    groups, teachers = defaultdict(list), defaultdict(list)
    for course, group in CourseGroup.objects.values_list("course", "group"):
        groups[course].append(group)
    taught = defaultdict(list)
    for group, subject, teacher in Teaching.objects.values_list("group", "subject", "membership"):
        taught[group, subject].append(teacher)
    courses = list(Course.objects.of_year(today).select_related("subject"))
    load: dict[int, int] = defaultdict(int)
    for course in courses:
        teachers[course.pk] = sorted({t for group in groups[course.pk] for t in taught[group, course.subject_id]})
        for teacher in teachers[course.pk]:
            load[teacher] += 1
    courses.sort(key=lambda c: (-len(groups[c.pk]), -max([0, *(load[t] for t in teachers[c.pk])]), c.pk))
    return [(course, groups[course.pk], teachers[course.pk]) for course in courses if groups[course.pk]]


def _groups_with_common_students() -> dict[int, set[int]]:
    """By group: it, and those in which one of its students is."""
    of_student = defaultdict(set)
    for group, student in GroupMembership.objects.values_list("group", "membership"):
        of_student[student].add(group)
    together: dict[int, set[int]] = defaultdict(set)
    for groups in of_student.values():
        for group in groups:
            together[group] |= groups
    return together


def _rooms(school: Establishment) -> dict[str, Room]:
    names = [*ORDINARY, *sorted({*ROOMS.values(), *OUTSIDE})]
    Room.objects.bulk_create((Room(establishment=school, name=name) for name in names), ignore_conflicts=True)
    return {room.name: room for room in Room.objects.filter(establishment=school)}


def _year(school: Establishment, today: date) -> tuple[date, date]:
    """From the first day of lessons to the last one, as the holidays have it."""
    first = date(today.year if today.month >= 8 else today.year - 1, 9, 1)
    return first, date(first.year + 1, 7, 2)


def _letter_the_weeks(school: Establishment, today: date) -> None:
    first, last = _year(school, today)
    calendar, monday, letter = calendar_for([school.pk]), monday_of(first), "A"
    weeks = []
    while monday <= last:
        if any(calendar.teaches(monday + timedelta(days=rank), [school.pk]) for rank in range(5)):
            weeks.append(LetteredWeek(establishment=school, monday=monday, letter=letter))
            letter = "B" if letter == "A" else "A"
        monday += timedelta(days=7)
    LetteredWeek.objects.bulk_create(weeks, ignore_conflicts=True)


def _change_some(students: list[int], today: date) -> None:
    """In the days that come, once a week: a lesson called off, another room, a substitute, one that is moved."""
    last = today + timedelta(days=6)
    coming = [m for m in meetings_for_student(students, today + timedelta(days=1), last) if m.slot]
    if len(coming) < 8 or any(meeting.changes or meeting.is_cancelled for meeting in coming):
        return
    days = sorted({meeting.on for meeting in coming})
    cancelled = [m for m in coming if m.on == days[0]][-1]
    _write(cancelled, state=Lesson.State.CANCELLED, reason=f"{cancelled.teachers[0]}, en formation"[:200])
    roomed = next(m for m in coming if m != cancelled)
    room = Room.objects.filter(establishment=roomed.establishment, name="Labo 2").first()
    _write(roomed, room=room, reason="Vidéoprojecteur en panne")
    replaced = next(m for m in coming if m.on == days[-1])
    taken = Teaching.objects.filter(group__in=replaced.group_pks).exclude(membership__in=replaced.teacher_pks)
    if other := taken.order_by("pk").first():
        _write(replaced, teacher_id=other.membership_id, reason="Stage")


def _write(meeting: Meeting, **values: Any) -> None:
    lesson = lesson_of(slot=Slot.objects.get(pk=meeting.slot), on=meeting.on)
    for name, value in (values | {"is_changed": True, "changed_at": timezone.now()}).items():
        setattr(lesson, name, value)
    lesson.save()
