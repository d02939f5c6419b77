"""What is done with the timetable. Each function checks the right of `by`, and is atomic."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date, time, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.notifications.actions import notify
from ent.portal.rights import require
from ent.portal.templatetags.portal import clock
from ent.portal.templatetags.portal import day as day_name
from ent.portal.versions import take_version
from establishments.people.models import GroupMembership, Guardianship, Membership, Role
from establishments.territory.models import Establishment, SchoolYear
from pedagogy.courses.models import Course, CourseGroup
from pedagogy.homework.actions import follow_lesson
from pedagogy.timetable.agenda import Meeting, lessons_of, meetings_of_teachers, teachers_of
from pedagogy.timetable.calendar import calendar_for, monday_of
from pedagogy.timetable.models import AgendaFeed, Lesson, LetteredWeek, Room, Slot
from pedagogy.timetable.notifications import CHANGED

if TYPE_CHECKING:
    from accounts.models import User

ARRANGE = "pedagogy.timetable.arrange"
LONGEST_ABSENCE = timedelta(days=366)
WEEK = timedelta(days=7)
OF_SLOT = ("course", "weekday", "starts_at", "ends_at", "letter", "room", "teacher", "group")


# --- The private feed -----------------------------------------------------------------------------------------


@transaction.atomic
def give_feed(*, by: User) -> str:
    """A new secret for the person's own feed; the one before opens nothing any more. It is told this once."""
    token = secrets.token_urlsafe(32)
    values = {"digest": digest(token), "created_at": timezone.now()}
    AgendaFeed.objects.update_or_create(user=by, defaults=values)
    return token


@transaction.atomic
def take_feed_back(*, by: User) -> None:
    AgendaFeed.objects.filter(user=by).delete()


def digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


# --- Rooms and weeks ------------------------------------------------------------------------------------------


@transaction.atomic
def add_room(*, establishment: Establishment, name: str, by: User) -> Room:
    require(by, ARRANGE, establishment)
    room = Room(establishment=establishment, name=name.strip())
    room.full_clean(exclude=["establishment"])
    if Room.objects.filter(establishment=establishment, name__iexact=room.name).exists():
        raise ValidationError({"name": _("Il y a déjà une salle de ce nom.")})
    room.save()
    return room


@transaction.atomic
def letter_weeks(*, establishment: Establishment, monday: date, letter: str, skips_holidays: bool, by: User) -> int:
    """Alternate the letters from that Monday to the end of its school year; how many weeks have one.

    Without lessons a week has no letter where holidays are passed over; else its letter is that of its turn.
    """
    require(by, ARRANGE, establishment)
    if monday.weekday() != 0:
        raise ValidationError({"monday": _("Choisissez un lundi.")})
    calendar, last = calendar_for([establishment.pk]), SchoolYear.containing(monday).ends_on
    weeks, day = [], monday
    while day <= last:
        has_lessons = any(calendar.teaches(day + timedelta(days=rank), [establishment.pk]) for rank in range(5))
        if has_lessons:
            weeks.append(LetteredWeek(establishment=establishment, monday=day, letter=letter))
        if has_lessons or not skips_holidays:
            letter = "B" if letter == "A" else "A"
        day += WEEK
    LetteredWeek.objects.filter(establishment=establishment, monday__gte=monday, monday__lte=last).delete()
    LetteredWeek.objects.bulk_create(weeks)
    return len(weeks)


@transaction.atomic
def letter_week(*, establishment: Establishment, monday: date, letter: str, by: User) -> None:
    """Of one week; with no letter, none."""
    require(by, ARRANGE, establishment)
    if not letter:
        LetteredWeek.objects.filter(establishment=establishment, monday=monday).delete()
        return
    LetteredWeek.objects.update_or_create(
        establishment=establishment, monday=monday_of(monday), defaults={"letter": letter}
    )


# --- Slots ----------------------------------------------------------------------------------------------------


@transaction.atomic
def add_slot(*, course: Course, by: User, **values: Any) -> Slot:
    require(by, ARRANGE, course)
    slot = Slot(establishment_id=course.establishment_id, course=course, **values)
    _check(slot)
    slot.save()
    return slot


@transaction.atomic
def edit_slot(*, slot: Slot, version: int, from_on: date, by: User, **values: Any) -> Slot:
    """From that day on: what took place before stays as it was. Lessons that something hangs on follow the slot."""
    require(by, ARRANGE, slot)
    take_version(slot, version)
    if from_on <= slot.first_on:
        before = slot.weekday
        for name, value in values.items():
            setattr(slot, name, value)
        _check(slot)
        slot.save(update_fields=[*values])
        _let_follow(slot, slot, slot.weekday - before, from_on)
        return slot
    if from_on > slot.last_on:
        raise ValidationError({"from_on": _("Ce créneau est terminé à cette date.")})
    new = Slot(establishment_id=slot.establishment_id, **{name: getattr(slot, name) for name in OF_SLOT})
    new.first_on, new.last_on, new.source = from_on, slot.last_on, slot.source
    for name, value in values.items():
        if name != "first_on":
            setattr(new, name, value)
    _check(new)
    new.save()
    slot.last_on = from_on - timedelta(days=1)
    slot.save(update_fields=["last_on"])
    _let_follow(slot, new, new.weekday - slot.weekday, from_on)
    return new


@transaction.atomic
def end_slot(*, slot: Slot, last_on: date, by: User) -> None:
    """Its last lesson is on that day, or before; what is kept of later ones is called off, and not lost."""
    require(by, ARRANGE, slot)
    close_slots(slots=[slot], last_on=last_on)


def close_slots(*, slots: Iterable[Slot], last_on: date) -> None:
    """Without asking for a right: for the actions that have."""
    for slot in slots:
        later = Lesson.objects.filter(slot=slot, slot_on__gt=last_on)
        later.update(
            state=Lesson.State.CANCELLED,
            is_changed=True,
            changed_at=timezone.now(),
            reason=_("Ce cours n’a plus lieu."),
        )
        if last_on < slot.first_on:
            slot.delete()
        elif last_on < slot.last_on:
            slot.last_on = last_on
            slot.save(update_fields=["last_on"])


def _check(slot: Slot) -> None:
    slot.full_clean(exclude=["establishment"], validate_unique=False)
    groups = CourseGroup.objects.filter(course=slot.course_id)
    if slot.group_id and not groups.filter(group=slot.group_id).exists():
        raise ValidationError({"group": _("Ce groupe ne suit pas ce cours.")})
    if slot.teacher_id and slot.teacher and slot.teacher.role != Role.TEACHER:
        raise ValidationError({"teacher": _("Choisissez un enseignant.")})


def _let_follow(old: Slot, new: Slot, days: int, from_on: date) -> None:
    for lesson in Lesson.objects.filter(slot=old, slot_on__gte=from_on):
        lesson.slot, lesson.slot_on = new, lesson.slot_on + timedelta(days=days)
        fields = ["slot", "slot_on"]
        if not lesson.is_changed:
            lesson.on = lesson.slot_on
            for name in ("starts_at", "ends_at", "room", "teacher", "group"):
                setattr(lesson, name, getattr(new, name))
            fields += ["on", "starts_at", "ends_at", "room", "teacher", "group"]
        lesson.save(update_fields=fields)
        follow_lesson(lesson=lesson)


# --- One lesson -----------------------------------------------------------------------------------------------


@transaction.atomic
def change_lesson(
    *,
    lesson: Lesson,
    version: int,
    by: User,
    state: str,
    on: date,
    starts_at: time,
    ends_at: time,
    room: Room | None,
    teacher: Membership | None,
    reason: str,
) -> Lesson:
    """Call it off, move it, give it another room or a substitute; or let it be as its slot says."""
    require(by, ARRANGE, lesson)
    take_version(lesson, version)
    if on != lesson.on:
        _refuse_free(on, lesson.establishment_id)
    lesson.state, lesson.on, lesson.starts_at, lesson.ends_at = state, on, starts_at, ends_at
    lesson.room, lesson.teacher, lesson.reason = room, teacher, reason.strip()
    return _changed(lesson)


@transaction.atomic
def restore_lesson(*, lesson: Lesson, version: int, by: User) -> Lesson:
    """As its slot says."""
    require(by, ARRANGE, lesson)
    take_version(lesson, version)
    slot = lesson.slot
    if slot is None or lesson.slot_on is None:
        raise ValidationError(_("Ce cours a été ajouté : il n’y a rien à rétablir. Vous pouvez l’annuler."))
    lesson.state, lesson.on, lesson.starts_at, lesson.ends_at = (
        Lesson.State.ON,
        lesson.slot_on,
        slot.starts_at,
        slot.ends_at,
    )
    lesson.room, lesson.teacher, lesson.reason = slot.room, slot.teacher, ""
    return _changed(lesson)


@transaction.atomic
def add_lesson(
    *,
    course: Course,
    on: date,
    starts_at: time,
    ends_at: time,
    by: User,
    room: Room | None = None,
    teacher: Membership | None = None,
    reason: str = "",
) -> Lesson:
    """Once, beside the weekly ones."""
    require(by, ARRANGE, course)
    _refuse_free(on, course.establishment_id)
    lesson = Lesson(
        establishment_id=course.establishment_id, course=course, on=on, starts_at=starts_at, ends_at=ends_at, room=room,
        teacher=teacher, reason=reason.strip(),
    )  # fmt: skip
    return _changed(lesson)


@transaction.atomic
def stand_in(
    *, teacher: Membership, first: date, last: date, reason: str, by: User, substitute: Membership | None = None
) -> int:
    """A teacher is away: all their lessons of these days are called off, or given to a substitute; how many are.

    What they teach with somebody else is still taught by the other.
    """
    require(by, ARRANGE, teacher)
    if last < first:
        raise ValidationError({"last": _("Le dernier jour vient après le premier.")})
    if last - first > LONGEST_ABSENCE:
        raise ValidationError({"last": _("Une absence ne dépasse pas un an.")})
    concerned = lessons_left_by(teacher, first, last)
    lessons = lessons_of(concerned)
    for lesson in lessons:
        lesson.reason = reason.strip()
        if substitute:
            lesson.teacher = substitute
        else:
            lesson.state = Lesson.State.CANCELLED
        _mark(lesson)
        lesson.version += 1
    Lesson.objects.bulk_update(lessons, ["reason", "teacher", "state", "is_changed", "changed_at", "version"])
    if concerned:
        _tell_of_absence(concerned, teacher, substitute)
    return len(concerned)


def lessons_left_by(teacher: Membership, first: date, last: date) -> list[Meeting]:
    """Those that nobody gives while that teacher is away."""
    found = meetings_of_teachers([teacher.pk], first, last)
    return [meeting for meeting in found if meeting.takes_place and set(meeting.teacher_pks) == {teacher.pk}]


def _refuse_free(on: date, school: int) -> None:
    if free := calendar_for([school]).break_on(on, school):
        raise ValidationError({"on": _("Pas de cours ce jour-là (%(why)s).") % {"why": free.label}})


def _changed(lesson: Lesson) -> Lesson:
    _mark(lesson)
    lesson.full_clean(exclude=["establishment"], validate_unique=False)
    lesson.save()
    follow_lesson(lesson=lesson)
    _tell_of_change(lesson)
    return lesson


def _mark(lesson: Lesson) -> None:
    """Is it otherwise than its slot says, and since when?"""
    slot = lesson.slot
    lesson.is_changed = slot is None or (
        (lesson.state, lesson.on, lesson.starts_at, lesson.ends_at, lesson.room_id, lesson.teacher_id)
        != (Lesson.State.ON, lesson.slot_on, slot.starts_at, slot.ends_at, slot.room_id, slot.teacher_id)
    )
    lesson.changed_at = timezone.now()


# --- Telling --------------------------------------------------------------------------------------------------


def _tell_of_change(lesson: Lesson) -> None:
    course = Course.objects.select_related("subject").get(pk=lesson.course_id)
    what = _("%(course)s, %(day)s à %(hour)s") % {
        "course": course, "day": day_name(lesson.slot_on or lesson.on, "full"),
        "hour": clock(lesson.slot.starts_at if lesson.slot else lesson.starts_at),
    }  # fmt: skip
    groups = (
        {lesson.group_id}
        if lesson.group_id
        else set(CourseGroup.objects.filter(course=course).values_list("group", flat=True))
    )
    _tell(
        groups=groups, teachers=_teachers(course, lesson.teacher_id), school=lesson.establishment_id,
        key=f"lesson-{lesson.pk}", title=_("%(what)s : %(change)s") % {"what": what, "change": _words(lesson)},
        detail=lesson.reason, on=min(lesson.on, lesson.slot_on or lesson.on),
    )  # fmt: skip


def _words(lesson: Lesson) -> str:
    if lesson.state == Lesson.State.CANCELLED:
        return _("annulé")
    if not lesson.is_changed:
        return _("maintenu comme prévu")
    if lesson.slot is None:
        return _("cours ajouté")
    said = []
    if (lesson.on, lesson.starts_at) != (lesson.slot_on, lesson.slot.starts_at):
        said.append(
            _("déplacé au %(day)s à %(hour)s") % {"day": day_name(lesson.on, "full"), "hour": clock(lesson.starts_at)}
        )
    if lesson.room_id != lesson.slot.room_id:
        said.append(_("salle %(room)s") % {"room": lesson.room} if lesson.room else _("sans salle"))
    if lesson.teacher_id != lesson.slot.teacher_id and lesson.teacher:
        said.append(_("remplacé par %(name)s") % {"name": lesson.teacher.user.formal_name})
    return ", ".join(said) or _("horaire modifié")


def _tell_of_absence(concerned: list[Meeting], teacher: Membership, substitute: Membership | None) -> None:
    number = len(concerned)
    if substitute:
        title = ngettext(
            "%(name)s : %(count)d cours assuré par %(other)s",
            "%(name)s : %(count)d cours assurés par %(other)s",
            number,
        )
    else:
        title = ngettext("%(name)s : %(count)d cours annulé", "%(name)s : %(count)d cours annulés", number)
    first, last = concerned[0].on, concerned[-1].on
    days = day_name(first, "full") if first == last else _("du %(first)s au %(last)s") % {
        "first": day_name(first, "full"), "last": day_name(last, "full"),
    }  # fmt: skip
    other = substitute.user.formal_name if substitute else ""
    _tell(
        groups={pk for meeting in concerned for pk in meeting.group_pks},
        teachers={teacher.user_id} | ({substitute.user_id} if substitute else set()),
        school=teacher.establishment_id, key=f"absence-{teacher.pk}-{first}",
        title=title % {"name": teacher.user.formal_name, "count": number, "other": other}, detail=days, on=first,
    )  # fmt: skip


def _teachers(course: Course, substitute: int | None) -> set[int]:
    pks = {*teachers_of(course.pk), *([substitute] if substitute else [])}
    return set(Membership.objects.filter(pk__in=pks).values_list("user", flat=True))


def _tell(*, groups: set[int], teachers: set[int], school: int, key: str, title: str, detail: str, on: date) -> None:
    """Students, their guardians, the teachers. What is for today or tomorrow does not wait for the pause to end."""
    today = timezone.localdate()
    if on < today:
        return
    told: dict[str, Any] = {
        "kind": CHANGED, "establishment_id": school, "title": title, "detail": detail,
        "pauses": on > today + timedelta(days=1),
    }  # fmt: skip
    students = GroupMembership.objects.filter(group__in=groups, membership__missing_since=None)
    pks = list(students.values_list("membership", flat=True))
    current = Membership.objects.current().values("pk")
    guardians = Guardianship.objects.filter(student__in=pks, is_legal=True, guardian__in=current)
    users = set(students.values_list("membership__user", flat=True))
    day = f"?jour={on.isoformat()}"
    notify(people=users, key=key, path=reverse("student-agenda") + day, **told)
    of_family = set(guardians.values_list("guardian__user", flat=True)) - users
    notify(people=of_family, key=key, path=reverse("space-home", args=["famille"]), **told)
    notify(people=teachers - users - of_family, key=key, path=reverse("teacher-agenda") + day, **told)
