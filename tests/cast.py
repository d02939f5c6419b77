"""The fixed cast: the Collège du Pastel and the Lycée de la Brique, side by side, and an outsider.

Everybody of one school is the neighbour of everybody of the other: whatever they have, the neighbour gets 404.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.audit.actions import record
from accounts.models import Notification, User
from ent.tenancy.scope import tenant_scope
from establishments.files.actions import attach, examine
from establishments.models import (
    Authority,
    Block,
    Case,
    CaseNote,
    Change,
    EmergencyReset,
    Establishment,
    FormTeacher,
    Group,
    GroupMembership,
    Guardianship,
    HandMade,
    ImportRun,
    Mandate,
    Membership,
    Opening,
    Portrait,
    SchoolRun,
    SchoolYear,
    SlipBatch,
    Subject,
    SupportHub,
    Teaching,
)
from pedagogy.models import (
    Correction,
    CorrectionFile,
    Course,
    CourseGroup,
    CourseTeacher,
    DailyLoad,
    Draft,
    Folder,
    Homework,
    HomeworkFile,
    Lesson,
    LessonEntry,
    LessonFile,
    LetteredWeek,
    PrivateNote,
    Progress,
    ProgressFile,
    Resource,
    ResourceFile,
    Room,
    Slot,
    TimetableImport,
)

ROLES = ["student", "guardian", "teacher", "staff", "head", "local_admin"]


@dataclass
class School:
    """One school's people and things; `classmate` has no tie to the guardian, `colleague` does not teach there."""

    establishment: Establishment
    student: User
    guardian: User
    teacher: User
    staff: User
    head: User
    local_admin: User
    classmate: User
    colleague: User
    memberships: dict[str, Membership]
    guardianship: Guardianship
    group: Group
    project: Group  # made by hand, and empty
    subject: Subject
    course: Course
    folder: Folder
    resource: Resource  # a page of the folder
    resource_file: ResourceFile
    slot: Slot
    lesson: Lesson  # tomorrow, called off
    entry: LessonEntry  # of yesterday's lesson: published, and corrected
    lesson_file: LessonFile
    timetable_import: TimetableImport  # read, not applied
    homework: Homework
    homework_file: HomeworkFile
    progress: Progress
    progress_file: ProgressFile
    correction_file: CorrectionFile  # of the same copy, which is not handed back yet
    case: Case
    slips: SlipBatch
    opening: Opening
    block: Block
    hand_made: HandMade  # the colleague
    table_run: SchoolRun  # what a table of the school's own would change
    portrait: Portrait  # the student's
    notification: Notification  # the student's
    change: Change  # of the student, in a run of the directory that waits

    def person(self, role: str) -> User:
        user: User = getattr(self, role)
        return user


@dataclass
class Cast:
    pastel: School
    brique: School
    outsider: User
    hub_agent: User  # of the Pastel's hub
    authority_agent: User  # of the Pastel's département
    rectorate_admin: User  # of the academy: both schools


def make_person(first_name: str, last_name: str, **fields: Any) -> User:
    return User.objects.create(
        username=f"{first_name}.{last_name}".lower(), first_name=first_name, last_name=last_name, **fields
    )


def tomorrow() -> date:
    return timezone.localdate() + timedelta(days=1)


def make_cast() -> Cast:
    academy = Authority.objects.create(kind="academy", code="16", name="Académie de Toulouse")
    department = Authority.objects.create(kind="department", code="081", name="Tarn")
    hub = SupportHub.objects.create(name="Pôle d’Albi")
    pastel_school = Establishment.objects.create(
        uai="0810001S", name="Collège du Pastel", kind="college", city="Castres", department="081",
        academy=academy, local_authority=department, hub=hub, structure_key="1001", shows_photos=True,
    )  # fmt: skip
    brique_school = Establishment.objects.create(
        uai="0310002X", name="Lycée de la Brique", kind="lycee_agri", ministry="agriculture", city="Toulouse",
        department="031", academy=academy, structure_key="1002", shows_photos=True,
    )  # fmt: skip
    subject = Subject.objects.create(code="061300", name="Mathématiques")
    cast = Cast(
        pastel=make_school(pastel_school, subject, "pastel"),
        brique=make_school(brique_school, subject, "brique"),
        outsider=make_person("Outis", "Personne"),
        hub_agent=make_person("Hélène", "Pôle"),
        authority_agent=make_person("Denis", "Département"),
        rectorate_admin=make_person("Rachel", "Rectorat", is_staff=True),
    )
    Mandate.objects.create(user=cast.hub_agent, hub=hub)
    Mandate.objects.create(user=cast.authority_agent, authority=department)
    Mandate.objects.create(user=cast.rectorate_admin, authority=academy)
    return cast


def make_school(establishment: Establishment, subject: Subject, name: str) -> School:
    people = {role: make_person(role.title().replace("_", ""), name.title()) for role in ROLES}
    people["student"].birth_date = date(2013, 3, 24)
    people["student"].save(update_fields=["birth_date"])
    people["classmate"] = make_person("Classmate", name.title(), birth_date=date(2013, 9, 2))
    people["colleague"] = make_person("Colleague", name.title())
    role_of = {"classmate": "student", "colleague": "teacher"}
    with tenant_scope([establishment]):
        memberships = {
            key: Membership.objects.create(establishment=establishment, user=user, role=role_of.get(key, key))
            for key, user in people.items()
        }
        group = Group.objects.create(
            establishment=establishment, school_year=SchoolYear.containing(timezone.localdate()), name="5E B"
        )
        project = Group.objects.create(
            establishment=establishment, school_year=group.school_year, kind="project", name=f"Projet {name}"
        )
        for key in ("student", "classmate"):
            GroupMembership.objects.create(establishment=establishment, group=group, membership=memberships[key])
        Teaching.objects.create(
            establishment=establishment, group=group, membership=memberships["teacher"], subject=subject
        )
        FormTeacher.objects.create(establishment=establishment, group=group, membership=memberships["teacher"])
        guardianship = Guardianship.objects.create(
            establishment=establishment, student=memberships["student"], guardian=memberships["guardian"]
        )
        course, slot, lesson = make_course(establishment, group, subject, memberships, name)
        folder, resource, resource_file = make_resources(course, name)
        entry, lesson_file = make_entry(establishment, course, memberships["teacher"], name)
        timetable_import = TimetableImport.objects.create(
            establishment=establishment, name=f"{name}.csv", kind="csv", created_by=people["head"],
            report={"new": 1, "changed": 0, "unchanged": 0, "gone": 0, "rooms": [], "errors": [], "refused": 0},
        )  # fmt: skip
        homework = Homework.objects.create(
            establishment=establishment, group=group, subject=subject, author=memberships["teacher"],
            title=f"Exercices de {name}", due_on=tomorrow(), expected_minutes=20, to_hand_in=True,
            published_at=timezone.now() - timedelta(days=2),
        )  # fmt: skip
        homework_file = HomeworkFile(
            establishment=establishment, homework=homework, name="enonce.pdf", content_type="application/pdf", size=9
        )
        homework_file.file.save("enonce.pdf", ContentFile(b"%PDF-1.4\n"), save=True)
        progress = Progress.objects.create(
            establishment=establishment, homework=homework, student=memberships["student"],
            handed_in_at=timezone.now(), done_at=timezone.now(), text=f"Réponse de {name}",
        )  # fmt: skip
        progress_file = ProgressFile(
            establishment=establishment, progress=progress, name="copie.png", content_type="image/png", size=8
        )
        progress_file.file.save("copie.png", ContentFile(b"\x89PNG\r\n\x1a\n"), save=True)
        correction_file = CorrectionFile(
            establishment=establishment, progress=progress, name="annotee.png", content_type="image/png", size=8
        )
        correction_file.file.save("annotee.png", ContentFile(b"\x89PNG\r\n\x1a\n"), save=True)
        Draft.objects.create(
            establishment=establishment, membership=memberships["teacher"], content={"title": f"Brouillon de {name}"}
        )
        DailyLoad.objects.create(establishment=establishment, minutes=60)
        portrait = Portrait(
            establishment=establishment, membership=memberships["student"], name="photo.jpg",
            content_type="image/jpeg", size=4,
        )  # fmt: skip
        portrait.file.save("photo.jpg", ContentFile(b"\xff\xd8\xff\xd9"), save=True)
        Membership.objects.filter(pk=memberships["colleague"].pk).update(ends_on=tomorrow())
        hand_made = HandMade.objects.create(
            establishment=establishment, membership=memberships["colleague"], reason=f"Remplacement à {name}"
        )
        case, slips, opening, block = make_support(establishment, group, people, name)
        change = make_import(establishment, people, name)
        notification = Notification.objects.create(
            establishment=establishment, user=people["student"], kind="test", key="1", title=f"Cours annulé à {name}",
            path="/",
        )  # fmt: skip
        table_run = make_table(establishment, name)
    return School(
        establishment=establishment,
        case=case,
        slips=slips,
        opening=opening,
        block=block,
        change=change,
        notification=notification,
        memberships=memberships,
        guardianship=guardianship,
        group=group,
        project=project,
        hand_made=hand_made,
        portrait=portrait,
        table_run=table_run,
        subject=subject,
        course=course,
        folder=folder,
        resource=resource,
        resource_file=resource_file,
        slot=slot,
        lesson=lesson,
        entry=entry,
        lesson_file=lesson_file,
        timetable_import=timetable_import,
        homework=homework,
        homework_file=homework_file,
        progress=progress,
        progress_file=progress_file,
        correction_file=correction_file,
        **people,
    )


def make_course(
    establishment: Establishment, group: Group, subject: Subject, memberships: dict[str, Membership], name: str
) -> tuple[Course, Slot, Lesson]:
    """A course of the class, its lesson of each week, and the one of tomorrow, which is called off."""
    course = Course.objects.create(establishment=establishment, school_year=group.school_year, subject=subject)
    CourseGroup.objects.create(establishment=establishment, course=course, group=group)
    CourseTeacher.objects.create(establishment=establishment, course=course, membership=memberships["teacher"])
    room = Room.objects.create(establishment=establishment, name=f"Salle {name}")
    monday = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    LetteredWeek.objects.create(establishment=establishment, monday=monday, letter="A")
    slot = Slot.objects.create(
        establishment=establishment, course=course, weekday=tomorrow().weekday(), starts_at=time(10), ends_at=time(11),
        room=room, first_on=group.school_year.starts_on, last_on=group.school_year.ends_on,
    )  # fmt: skip
    lesson = Lesson.objects.create(
        establishment=establishment, course=course, slot=slot, slot_on=tomorrow(), on=tomorrow(), starts_at=time(10),
        ends_at=time(11), room=room, state=Lesson.State.CANCELLED, is_changed=True, reason=f"Sortie de {name}",
    )  # fmt: skip
    return course, slot, lesson


def make_resources(course: Course, name: str) -> tuple[Folder, Resource, ResourceFile]:
    """A folder with a page in it, and a file beside it."""
    own = {"establishment": course.establishment, "course": course}
    folder = Folder.objects.create(**own, name=f"Chapitre de {name}")
    page = Resource.objects.create(**own, folder=folder, kind="page", title=f"Leçon de {name}", body="<p>Thalès</p>")
    sheet = Resource.objects.create(**own, kind="file", title=f"Fiche de {name}")
    content = SimpleUploadedFile("fiche.pdf", b"%PDF-1.4\n1 0 obj\n")
    file = attach(ResourceFile, examined=examine(content), establishment_id=course.establishment_id, resource=sheet)
    return folder, page, file


def make_entry(
    establishment: Establishment, course: Course, teacher: Membership, name: str
) -> tuple[LessonEntry, LessonFile]:
    """What the log says of yesterday's lesson, added by hand: visible since then, with a correction and a note."""
    own = {"establishment": establishment}
    yesterday = timezone.localdate() - timedelta(days=1)
    lesson = Lesson.objects.create(**own, course=course, on=yesterday, starts_at=time(10), ends_at=time(11))
    entry = LessonEntry.objects.create(
        **own, lesson=lesson, course=course, author=teacher, title=f"Thalès à {name}", content="Activité 2."
    )
    file = LessonFile(**own, entry=entry, name="activite.pdf", content_type="application/pdf", size=9)
    file.file.save("activite.pdf", ContentFile(b"%PDF-1.4\n"), save=True)
    LessonEntry.objects.filter(pk=entry.pk).update(visible_at=timezone.now() - timedelta(hours=1))
    Correction.objects.create(**own, entry=entry, author=teacher, text=f"Lire page 112 à {name}.")
    PrivateNote.objects.create(**own, lesson=lesson, teacher=teacher, text=f"Note pour moi à {name}")
    entry.refresh_from_db()
    return entry, file


def make_import(establishment: Establishment, people: dict[str, User], name: str) -> Change:
    """What a night of the directory changed: the student's name, in a run that waits."""
    run = ImportRun.objects.create(origin=f"ENT_{name}", day=timezone.localdate(), state=ImportRun.State.DONE)
    school_run = SchoolRun.objects.create(
        establishment=establishment, run=run, realm="16", state=SchoolRun.State.TO_REVIEW, people=9, changed=1
    )
    return Change.objects.create(
        establishment=establishment, school_run=school_run, user=people["student"], key="1", name=f"Élève de {name}",
        before={"role": "student", "last_name": "Ancien"}, after={"role": "student", "last_name": "Nouveau"},
    )  # fmt: skip


def make_table(establishment: Establishment, name: str) -> SchoolRun:
    """A table of the school's own, that waits to be applied."""
    run = ImportRun.objects.create(origin=f"{name}.csv", day=timezone.localdate(), state=ImportRun.State.DONE)
    school_run: SchoolRun = SchoolRun.objects.create(
        establishment=establishment, run=run, realm=establishment.uai, state=SchoolRun.State.TO_REVIEW, arrived=1
    )
    Change.objects.create(
        establishment=establishment, school_run=school_run, key="T1", name=f"Arrivant de {name}",
        after={"role": "student", "last_name": "Arrivant", "groups": [["class", "5E B"]]},
    )  # fmt: skip
    return school_run


def make_support(
    establishment: Establishment, group: Group, people: dict[str, User], name: str
) -> tuple[Case, SlipBatch, Opening, Block]:
    """What the help desk of a school holds: a case and its note, slips, an opening, a block, an audited act."""
    case = Case.objects.create(
        establishment=establishment, kind="cannot_sign_in", person=people["student"], opened_by=people["teacher"],
        description=f"Mot de passe perdu à {name}",
    )  # fmt: skip
    CaseNote.objects.create(establishment=establishment, case=case, author=people["teacher"], text=f"Note de {name}")
    slips = SlipBatch.objects.create(establishment=establishment, group=group, requested_by=people["local_admin"])
    opening = Opening.objects.create(establishment=establishment, opens_on=timezone.localdate())
    block = Block.objects.create(establishment=establishment, role="staff", reason=f"Essai de {name}", batch=uuid4())
    EmergencyReset.objects.create(
        establishment=establishment, role="student", reason=f"Urgence à {name}", requested_by=people["head"],
        finished_at=timezone.now(),
    )  # fmt: skip
    record(verb="credentials.reset", by=people["head"], establishment_id=establishment.pk, person=people["student"])
    return case, slips, opening, block
