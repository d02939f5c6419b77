"""Pages that a student opens every evening, and a teacher every morning, in a school that gives homework as schools do.

Of one school of 1,200 students, a whole year is there; its pages are measured beside those of four weeks.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import groupby

from django.urls import reverse
from django.utils import timezone

from ent.bench.pages import BenchPage
from ent.tenancy.scope import tenant_scope
from establishments.directory import bench as directory
from establishments.people.models import GroupMembership, Membership, Role, Teaching
from establishments.territory.models import Establishment
from pedagogy.homework.models import Homework, Progress

A_CLASS = 30  # homework in four weeks, before and after today
DONE = 8  # of them by each student


def seed() -> None:
    """Homework for every class and group, some of it done."""
    directory.seed()
    today = timezone.localdate()
    for school in Establishment.objects.order_by("pk"):
        with tenant_scope([school]):
            if Homework.objects.filter(due_on__gt=today).exists():
                continue
            teachings = Teaching.objects.filter(membership__role=Role.TEACHER).order_by("group", "pk")
            for _group, taught in groupby(teachings, key=lambda t: t.group_id):
                Homework.objects.bulk_create(_given(list(taught), today))
            Progress.objects.bulk_create(_done(school))
    seed_year()


A_YEAR = 36  # weeks of lessons
YEAR_A_WEEK = 6  # homework for a class and a week
OF_A_YEAR = 1_200  # students, at least, of the school that has one


def seed_year() -> None:
    """What a class was given since September, and who has done and handed in what."""
    today, now = timezone.localdate(), timezone.now()
    school = school_of_a_year()
    with tenant_scope([school]):
        if Homework.objects.filter(title__startswith="Année ").exists():
            return
        teachings = Teaching.objects.filter(membership__role=Role.TEACHER).order_by("group", "pk")
        given = [
            Homework(
                establishment_id=teaching.establishment_id,
                group_id=teaching.group_id,
                subject_id=teaching.subject_id,
                author_id=teaching.membership_id,
                title=f"Année {rank}",
                instructions="Rédigez le calcul, pas seulement le résultat. " * 5,
                due_on=today - timedelta(days=14 + rank * 7 // YEAR_A_WEEK),
                expected_minutes=20,
                to_hand_in=rank % 6 == 0,
                published_at=now - timedelta(days=18 + rank * 7 // YEAR_A_WEEK),
            )
            for _group, taught in groupby(teachings, key=lambda t: t.group_id)
            for own in [list(taught)]
            for rank in range(A_YEAR * YEAR_A_WEEK)
            for teaching in [own[rank % len(own)]]
        ]
        Homework.objects.bulk_create(given, batch_size=2_000)
        students = defaultdict(list)
        for group, student in GroupMembership.objects.values_list("group", "membership"):
            students[group].append(student)
        Progress.objects.bulk_create(
            (
                Progress(
                    establishment=school,
                    homework_id=homework.pk,
                    student_id=student,
                    done_at=now,
                    handed_in_at=now if homework.to_hand_in else None,
                    returned_at=now if homework.to_hand_in and homework.due_on < today - timedelta(days=21) else None,
                )
                for homework in given
                for student in students[homework.group_id]
            ),
            batch_size=5_000,
        )


def school_of_a_year() -> Establishment:
    """The smallest of 1,200 students or more; the largest when none is."""
    sizes = []
    for school in Establishment.objects.order_by("pk"):
        with tenant_scope([school]):
            sizes.append((Membership.objects.students().count(), school.pk))
    pk = min((size for size in sizes if size[0] >= OF_A_YEAR), default=max(sizes))[1]
    return Establishment.objects.get(pk=pk)


def _given(teachings: list[Teaching], today: object) -> list[Homework]:
    return [
        Homework(
            establishment_id=teaching.establishment_id,
            group_id=teaching.group_id,
            subject_id=teaching.subject_id,
            author_id=teaching.membership_id,
            title=f"Exercices {rank} et {rank + 2} page {80 + rank}",
            instructions="Rédigez le calcul, pas seulement le résultat. " * 5,
            due_on=today + timedelta(days=rank - 12),
            expected_minutes=20,
            to_hand_in=rank % 3 == 0,
        )
        for rank in range(A_CLASS)
        for teaching in [teachings[rank % len(teachings)]]
    ]


def _done(school: Establishment) -> list[Progress]:
    now = timezone.now()
    followed: dict[int, list[int]] = {}
    for pk, group in Homework.objects.order_by("due_on", "pk").values_list("pk", "group"):
        followed.setdefault(group, []).append(pk)
    return [
        Progress(establishment=school, homework_id=homework, student_id=student, done_at=now)
        for group, student in GroupMembership.objects.filter(group__kind="class").values_list("group", "membership")
        for homework in followed.get(group, [])[:DONE]
    ]


def pages() -> list[BenchPage]:
    school = Establishment.objects.filter(kind=Establishment.Kind.COLLEGE).earliest("uai")
    with tenant_scope([school]):
        link = GroupMembership.objects.filter(group__kind="class").select_related("membership__user").earliest("pk")
        homework = Homework.objects.filter(group=link.group_id, due_on__gt=timezone.localdate()).earliest("pk")
    student = link.membership.user
    with tenant_scope([school_of_a_year()]):
        of_a_year = (
            GroupMembership.objects.filter(group__kind="class").select_related("membership__user").earliest("pk")
        )
        taught = Teaching.objects.filter(group=of_a_year.group_id).select_related("membership__user").earliest("pk")
    return [
        BenchPage("Accueil de l’élève", student, reverse("space-home", args=["eleve"])),
        BenchPage("Liste des devoirs", student, reverse("student-list")),
        BenchPage("Page d’un devoir", student, reverse("student-homework", args=[homework.pk])),
        BenchPage("Accueil de l’élève, une année", of_a_year.membership.user, reverse("space-home", args=["eleve"])),
        BenchPage("Accueil de l’enseignant, une année", taught.membership.user, reverse("space-home", args=["classe"])),
    ]
