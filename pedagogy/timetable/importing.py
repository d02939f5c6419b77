"""What a file would change in the timetable, and how it is changed: all of it, or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ent.portal.rights import require
from establishments.people.models import Group, Membership, Role, Teaching
from establishments.tables.reading import key_of
from establishments.territory.models import Establishment, SchoolYear
from pedagogy.courses.models import Course, CourseGroup, CourseTeacher
from pedagogy.timetable.actions import ARRANGE, close_slots
from pedagogy.timetable.calendar import calendar_for, monday_of
from pedagogy.timetable.models import LetteredWeek, Room, Slot, TimetableImport
from pedagogy.timetable.reading import MOST_BYTES, Read, Row, read_icalendar, read_table

if TYPE_CHECKING:
    from accounts.models import User

COMPARED = ("course_id", "weekday", "starts_at", "ends_at", "letter", "group_id", "teacher_id", "last_on")
MOST_TOLD = 500  # mistakes that a report lists


@dataclass
class Plan:
    new: list[tuple[Slot, str]] = field(default_factory=list)  # with the name of the room
    changed: list[tuple[Slot, Slot, str]] = field(default_factory=list)  # what is there, what it becomes
    unchanged: int = 0
    gone: list[Slot] = field(default_factory=list)
    rooms: set[str] = field(default_factory=set)
    errors: list[tuple[int, str]] = field(default_factory=list)

    @property
    def report(self) -> dict[str, Any]:
        return {
            "new": len(self.new), "changed": len(self.changed), "unchanged": self.unchanged, "gone": len(self.gone),
            "rooms": sorted(self.rooms), "errors": sorted(self.errors)[:MOST_TOLD], "refused": len(self.errors),
        }  # fmt: skip

    @property
    def changes_something(self) -> bool:
        return bool(self.new or self.changed or self.gone)


@transaction.atomic
def read_file(
    *, establishment: Establishment, name: str, content: bytes, by: User, group: Group | None = None
) -> TimetableImport:
    """Read it, and say what it would change; nothing is changed yet."""
    require(by, ARRANGE, establishment)
    if len(content) > MOST_BYTES:
        raise ValidationError(_("Ce fichier est trop gros pour un emploi du temps."))
    year = SchoolYear.containing(timezone.localdate())
    is_calendar = content.lstrip(b"\xef\xbb\xbf \r\n")[:15].upper() == b"BEGIN:VCALENDAR"
    if is_calendar:
        if group is None:
            raise ValidationError({"group": _("Dites de quelle classe est ce calendrier.")})
        letters = dict(LetteredWeek.objects.filter(establishment=establishment).values_list("monday", "letter"))
        weeks = _school_weeks(establishment, year)
        read = read_icalendar(content, year.starts_on, year.ends_on, letters, weeks, group.name)
    else:
        read = read_table(content, year.starts_on, year.ends_on)
    if not read.rows and not read.errors:
        raise ValidationError(_("Ce fichier n’a aucun cours de cette année scolaire."))
    kind = TimetableImport.Kind.ICALENDAR if is_calendar else TimetableImport.Kind.CSV
    plan = planned(establishment, read.rows, year)
    return TimetableImport.objects.create(  # type: ignore[no-any-return]
        establishment=establishment, name=name[:120], kind=kind, rows=read.rows, report=_report(plan, read),
        created_by=by,
    )  # fmt: skip


def _report(plan: Plan, read: Read) -> dict[str, Any]:
    plan.errors += read.errors
    return plan.report | {"notes": read.notes}


@transaction.atomic
def apply(*, timetable_import: TimetableImport, by: User) -> dict[str, Any]:
    """What the rows say, as the school is now. Applied already, it does nothing."""
    require(by, ARRANGE, timetable_import)
    locked = TimetableImport.objects.select_for_update(of=("self",)).get(pk=timetable_import.pk)
    if locked.applied_at:
        return dict(locked.report)
    school = Establishment.objects.get(pk=locked.establishment_id)
    today = timezone.localdate()
    plan = planned(school, locked.rows, SchoolYear.containing(today))
    known = Room.objects.filter(establishment=school)
    Room.objects.bulk_create(Room(establishment=school, name=name) for name in sorted(plan.rooms))
    rooms = {key_of(room.name): room for room in known.all()}
    new = []
    for slot, room in plan.new:
        slot.room = rooms.get(key_of(room)) if room else None
        new.append(slot)
    ended = []
    for there, wanted, room in plan.changed:
        wanted.room = rooms.get(key_of(room)) if room else None
        if there.first_on < today:  # its past stays
            wanted.first_on = today
            ended.append(there)
            new.append(wanted)
        else:
            wanted.pk, wanted.version = there.pk, there.version + 1
            wanted.save(force_update=True)
    Slot.objects.bulk_create(new)
    close_slots(slots=[*plan.gone, *ended], last_on=today - timedelta(days=1))
    errors = {key: locked.report.get(key) for key in ("errors", "refused", "notes")}
    locked.report, locked.applied_at = plan.report | errors, timezone.now()
    locked.save(update_fields=["report", "applied_at"])
    return dict(locked.report)


def planned(school: Establishment, rows: Iterable[Row], year: SchoolYear) -> Plan:
    """Only slots that an import made are changed or ended, and only of the classes that the file names."""
    plan, today = Plan(), timezone.localdate()
    names = _Names(school, year, today)
    rooms = {key_of(name) for name in Room.objects.filter(establishment=school).values_list("name", flat=True)}
    there: dict[str, list[Slot]] = defaultdict(list)
    imported = Slot.objects.filter(establishment=school, last_on__gte=names.year.starts_on).exclude(source="")
    for slot in imported.select_related("room").order_by("first_on"):
        there[slot.source].append(slot)
    touched: set[int] = set()
    kept: set[int] = set()
    seen: set[str] = set()
    for row in rows:
        try:
            wanted = names.slot(row)
        except ValueError as error:
            plan.errors.append((row["line"], str(error)))
            continue
        touched.add(wanted.course_id)
        if wanted.source in seen:
            plan.errors.append((row["line"], _("Ce cours est deux fois dans le fichier.")))
            continue
        seen.add(wanted.source)
        if row["room"] and key_of(row["room"]) not in rooms:
            plan.rooms.add(row["room"])
        before = there.get(wanted.source, [])
        kept.update(slot.pk for slot in before)
        current = before[-1] if before else None
        if current is None:
            plan.new.append((wanted, row["room"]))
        elif wanted.last_on < today or _same(current, wanted, row["room"], today):
            plan.unchanged += 1
        else:
            plan.changed.append((current, wanted, row["room"]))
    # Of two ways of writing a room's name, the first one is made.
    plan.rooms = {name for key, name in {key_of(name): name for name in sorted(plan.rooms, reverse=True)}.items()}
    gone = imported.filter(last_on__gte=today, course__in=touched).exclude(pk__in=kept)
    plan.gone = list(gone)
    return plan


def _same(there: Slot, wanted: Slot, room: str, today: date) -> bool:
    if any(getattr(there, name) != getattr(wanted, name) for name in COMPARED):
        return False
    if key_of(there.room.name if there.room else "") != key_of(room):
        return False
    # What was changed in the middle of the year begins then, whatever the file says of its beginning.
    return there.first_on == wanted.first_on or max(there.first_on, wanted.first_on) <= today


class _Names:
    """What the school calls its courses, groups and teachers."""

    def __init__(self, school: Establishment, year: SchoolYear, today: date) -> None:
        self.school, self.year = school, year
        courses = Course.objects.filter(establishment=school).of_year(today).select_related("subject")
        self.courses = {course.pk: course for course in courses}
        groups = Group.objects.filter(establishment=school, school_year=self.year)
        self.groups = {key_of(name): pk for pk, name in groups.values_list("pk", "name")}
        self.of_course: dict[int, set[int]] = defaultdict(set)
        for course, group in CourseGroup.objects.filter(course__in=self.courses).values_list("course", "group"):
            self.of_course[course].add(group)
        self.subjects: dict[str, set[int]] = defaultdict(set)
        for course in self.courses.values():
            for name in (course.subject.name, course.subject.code, course.name):
                if name:
                    self.subjects[key_of(name)].add(course.pk)
        self.teachers: dict[str, set[int]] = defaultdict(set)
        for member in Membership.objects.filter(establishment=school, role=Role.TEACHER).current().by_name():
            first, last = key_of(member.user.first_name), key_of(member.user.last_name)
            for name in (last, f"{last} {first}", f"{first} {last}", key_of(member.user.formal_name)):
                self.teachers[name].add(member.pk)
        self.teaching: dict[int, set[int]] = defaultdict(set)
        taught = defaultdict(set)
        for group, subject, member in Teaching.objects.filter(establishment=school).values_list(
            "group", "subject", "membership"
        ):
            taught[group, subject].add(member)
        for pk, course in self.courses.items():
            for group in self.of_course[pk]:
                self.teaching[pk] |= taught[group, course.subject_id]
        for pk, member in CourseTeacher.objects.filter(course__in=self.courses).values_list("course", "membership"):
            self.teaching[pk].add(member)

    def slot(self, row: Row) -> Slot:
        """Raises `ValueError`, in words, for what the school does not know."""
        groups = {self._group(name) for name in row["groups"]}
        if not groups:
            raise ValueError(_("Sans classe ni groupe."))
        course = self._course(row["subject"], groups)
        own = self.of_course[course]
        group = next(iter(groups)) if len(groups) == 1 and len(own) > 1 else None
        source = row["key"] or "-".join(
            str(part) for part in (
                course, row["weekday"], row["starts_at"], row["letter"], group or "",
                row["first_on"] if row["first_on"] > self.year.starts_on.isoformat() else "",
            )
        )  # fmt: skip
        return Slot(
            establishment=self.school, course_id=course, weekday=row["weekday"],
            starts_at=time.fromisoformat(row["starts_at"]), ends_at=time.fromisoformat(row["ends_at"]),
            letter=row["letter"], group_id=group, teacher_id=self._teacher(row["teacher"], course),
            first_on=date.fromisoformat(row["first_on"]), last_on=date.fromisoformat(row["last_on"]),
            source=f"import:{source}"[:120],
        )  # fmt: skip

    def _group(self, name: str) -> int:
        if key_of(name) not in self.groups:
            raise ValueError(_("Classe ou groupe « %(name)s » inconnu cette année.") % {"name": name})
        return self.groups[key_of(name)]

    def _course(self, subject: str, groups: set[int]) -> int:
        found = self.subjects.get(key_of(subject)) or self._said_in(subject)
        if not found:
            raise ValueError(_("Matière « %(name)s » inconnue : personne ne l’enseigne ici.") % {"name": subject})
        followed = [pk for pk in sorted(found) if groups & self.of_course[pk]]
        if not followed:
            raise ValueError(_("Cette classe n’a pas de cours de « %(name)s ».") % {"name": subject})
        return max(followed, key=lambda pk: (len(groups & self.of_course[pk]), -pk))

    def _said_in(self, text: str) -> set[int]:
        """Calendars say more than the subject: “Mathématiques - 5e B - M. Roux”. The longest name that is there."""
        words = f" {key_of(text)} "
        named = [name for name in self.subjects if f" {name} " in words]
        return self.subjects[max(named, key=len)] if named else set()

    def _teacher(self, name: str, course: int) -> int | None:
        """None for the teachers of the course; a name that fits nobody is told."""
        if not name:
            return None
        found = self.teachers.get(key_of(name), set())
        if not found:
            raise ValueError(_("Enseignant « %(name)s » inconnu dans l’établissement.") % {"name": name})
        own = self.teaching[course]
        if own == found or (len(own) == 1 and own <= found):
            return None
        among = found & own or found
        if len(among) > 1:
            raise ValueError(_("Plusieurs enseignants s’appellent « %(name)s ».") % {"name": name})
        return next(iter(among))


def _school_weeks(school: Establishment, year: SchoolYear) -> list[date]:
    calendar, monday, weeks = calendar_for([school.pk]), monday_of(year.starts_on), []
    while monday <= year.ends_on:
        if any(calendar.teaches(monday + timedelta(days=rank), [school.pk]) for rank in range(5)):
            weeks.append(monday)
        monday += timedelta(days=7)
    return weeks
