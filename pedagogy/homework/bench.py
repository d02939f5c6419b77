"""Three pages that a student opens every evening, in a school that gives homework as schools do."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby

from django.urls import reverse
from django.utils import timezone

from ent.bench.pages import BenchPage
from ent.tenancy.scope import tenant_scope
from establishments.people.models import GroupMembership, Role, Teaching
from establishments.territory.models import Establishment
from pedagogy.homework.models import Homework, Progress

A_CLASS = 30  # homework in four weeks, before and after today
DONE = 8  # of them by each student


def seed() -> None:
    """Homework for every class and group, some of it done."""
    today = timezone.localdate()
    for school in Establishment.objects.order_by("pk"):
        with tenant_scope([school]):
            if Homework.objects.filter(due_on__gt=today).exists():
                continue
            teachings = Teaching.objects.filter(membership__role=Role.TEACHER).order_by("group", "pk")
            for _group, taught in groupby(teachings, key=lambda t: t.group_id):
                Homework.objects.bulk_create(_given(list(taught), today))
            Progress.objects.bulk_create(_done(school))


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
    return [
        BenchPage("Accueil de l’élève", student, reverse("space-home", args=["eleve"])),
        BenchPage("Liste des devoirs", student, reverse("student-list")),
        BenchPage("Page d’un devoir", student, reverse("student-homework", args=[homework.pk])),
    ]
