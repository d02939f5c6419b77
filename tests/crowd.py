"""A school as full as a real one: what is cheap for one row must be cheap for a class."""

from __future__ import annotations

from datetime import time, timedelta

from django.utils import timezone

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.models import Group, GroupMembership, Guardianship, Membership, Teaching
from pedagogy.models import (
    Correction,
    Course,
    CourseGroup,
    CourseTeacher,
    Folder,
    Homework,
    HomeworkFile,
    Lesson,
    LessonEntry,
    LessonFile,
    Progress,
    Resource,
    ResourceFile,
)
from tests.cast import Cast, School

STUDENTS, HOMEWORK, CLASSES = 30, 25, 8
COURSES, FOLDERS, RESOURCES = 30, 10, 40
LESSONS = 60  # days with two of them


def fill(cast: Cast) -> None:
    """Full classes and a month of homework in both schools; the guardian has three children, one of them in the other
    school, where the teacher teaches too."""
    pastel, brique = cast.pastel, cast.brique
    students = {school.establishment.pk: fill_school(school) for school in (pastel, brique)}
    with tenant_scope([pastel.establishment, brique.establishment]):
        guard(pastel, pastel.guardian, students[pastel.establishment.pk][0])
        guard(brique, pastel.guardian, brique.memberships["student"])
        teacher = join(brique, pastel.teacher, "teacher")
        Teaching.objects.create(
            establishment=brique.establishment, group=brique.group, membership=teacher, subject=brique.subject
        )


def join(school: School, user: User, role: str) -> Membership:
    """Make somebody something in that school too."""
    membership, _ = Membership.objects.get_or_create(establishment=school.establishment, user=user, role=role)
    return membership


def guard(school: School, user: User, student: Membership, **fields: object) -> Guardianship:
    guardian = join(school, user, "guardian")
    return Guardianship.objects.create(establishment=school.establishment, student=student, guardian=guardian, **fields)


def fill_school(school: School) -> list[Membership]:
    own, teacher = {"establishment": school.establishment}, school.memberships["teacher"]
    today, now = timezone.localdate(), timezone.now()
    with tenant_scope([school.establishment]):
        users = User.objects.bulk_create(
            User(username=f"{n}.{school.establishment.uai}", first_name="Élève", last_name=f"Numéro {n}")
            for n in range(STUDENTS)
        )
        students = Membership.objects.bulk_create(Membership(**own, user=user, role="student") for user in users)
        GroupMembership.objects.bulk_create(
            GroupMembership(**own, group=school.group, membership=student) for student in students
        )
        groups = Group.objects.bulk_create(
            Group(**own, school_year=school.group.school_year, name=f"6E {n}") for n in range(CLASSES)
        )
        Teaching.objects.bulk_create(
            Teaching(**own, group=group, membership=teacher, subject=school.subject) for group in groups
        )
        homework = Homework.objects.bulk_create(
            Homework(
                **own,
                group=school.group,
                subject=school.subject,
                author=teacher,
                title=f"Devoir {n}",
                due_on=today + timedelta(days=n - 5),  # some are late
            )
            for n in range(HOMEWORK)
        )
        HomeworkFile.objects.bulk_create(
            HomeworkFile(**own, homework=row, file="a", name="énoncé.pdf", content_type="application/pdf", size=9)
            for row in [*homework, *[school.homework] * 3]
        )
        Progress.objects.bulk_create(
            [
                *(Progress(**own, homework=school.homework, student=s, handed_in_at=now, text="Oui") for s in students),
                *(Progress(**own, homework=row, student=school.memberships["student"]) for row in homework[::2]),
            ]
        )
        fill_courses(school)
        fill_log(school)
    return list(students)


def fill_courses(school: School) -> None:
    """As many courses as a teacher and a class ever have, each with a year of resources."""
    own = {"establishment": school.establishment}
    courses = Course.objects.bulk_create(
        Course(**own, school_year=school.group.school_year, subject=school.subject, name=f"Cours {n}")
        for n in range(COURSES)
    )
    CourseGroup.objects.bulk_create(CourseGroup(**own, course=course, group=school.group) for course in courses)
    teacher = school.memberships["teacher"]
    CourseTeacher.objects.bulk_create(CourseTeacher(**own, course=course, membership=teacher) for course in courses)
    full = [school.course, *courses[:3]]
    Folder.objects.bulk_create(
        Folder(**own, course=course, name=f"Chapitre {n}") for course in full for n in range(FOLDERS)
    )
    resources = Resource.objects.bulk_create(
        Resource(**own, course=course, kind="file", title=f"Fiche {n}") for course in full for n in range(RESOURCES)
    )
    ResourceFile.objects.bulk_create(
        ResourceFile(**own, resource=row, file="a", name="fiche.pdf", content_type="application/pdf", size=9)
        for row in resources
    )


def fill_log(school: School) -> None:
    """Two months of lessons, each with its entry, a document and a correction; and as many that have none yet."""
    own = {"establishment": school.establishment, "course": school.course}
    teacher, now = school.memberships["teacher"], timezone.now()
    lessons = Lesson.objects.bulk_create(
        Lesson(**own, on=timezone.localdate() - timedelta(days=day), starts_at=time(hour), ends_at=time(hour, 55))
        for day in range(1, LESSONS)
        for hour in (8, 14)
    )
    entries = LessonEntry.objects.bulk_create(
        LessonEntry(**own, lesson=lesson, author=teacher, title=f"Séance {lesson.on}") for lesson in lessons[::2]
    )
    school_only = {"establishment": school.establishment}
    LessonFile.objects.bulk_create(
        LessonFile(**school_only, entry=entry, file="a", name="a.pdf", content_type="application/pdf", size=9)
        for entry in entries
    )
    LessonEntry.objects.filter(pk__in=[entry.pk for entry in entries]).update(visible_at=now)
    Correction.objects.bulk_create(
        Correction(**school_only, entry=entry, author=teacher, text="À lire autrement.") for entry in entries
    )
