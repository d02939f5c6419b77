"""The log of the demonstration: two weeks of every course that has a timetable, one entry of each class corrected."""

from __future__ import annotations

import random
import unicodedata
from collections import defaultdict
from datetime import timedelta

from django.utils import timezone

from ent.tenancy.scope import tenant_scope
from establishments.people.models import Teaching
from establishments.territory.models import Establishment
from pedagogy.courses.models import Course, CourseGroup
from pedagogy.lessons.models import Correction, LessonEntry
from pedagogy.timetable import demo as timetable
from pedagogy.timetable.agenda import Meeting, meetings
from pedagogy.timetable.models import Lesson

# What was done, by a word of the subject's name, in the order of the lessons.
SEQUENCES: dict[str, list[tuple[str, str]]] = {
    "mathematiques": [
        ("Théorème de Thalès : activité 2 page 112", "Découverte sur papier quadrillé.\nConjecture de la classe."),
        ("Théorème de Thalès : énoncé et figure-clé", "Cours, partie 1.\nExercices 4 et 6 page 115, corrigés."),
        ("Calculer une longueur", "Exercices 12 et 14 page 117.\nOn rédige : « dans le triangle ABC… »."),
        ("Réciproque", "Cours, partie 2. Deux droites sont-elles parallèles ?"),
        ("Problèmes", "La hauteur d’un arbre de la cour, mesurée par groupes de trois."),
    ],
    "francais": [
        (
            "« Le Roman de Renart » : lecture du chapitre 3",
            "Lecture à voix haute.\nQui raconte ? Relevé dans le texte.",
        ),
        ("La ruse, un thème ancien", "Comparaison avec une fable de La Fontaine."),
        ("Le passé simple : premier et deuxième groupes", "Cours, puis exercices 3 et 5 page 204."),
        ("Atelier d’écriture", "Une rencontre, une ruse, une chute.\nBrouillon relu par le voisin."),
    ],
    "histoire": [
        ("Le village au Moyen Âge", "Étude d’un plan de terroir.\nVocabulaire : la haie, le champ, la grange."),
        ("Seigneurs et paysans", "Lecture d’un censier : que doit un paysan ?"),
        ("Croquis du village médiéval", "Au brouillon, avec une légende en trois parties."),
    ],
    "anglais": [
        ("Unit 3: at the market", "Écoute, puis jeu de rôle par deux."),
        ("How much, how many", "Leçon page 42, exercices 1 à 3."),
        ("Oral : présenter son marché", "Passage de six élèves. Les autres lundi."),
    ],
    "vie": [
        ("La respiration : que deviennent les gaz ?", "Expérience : eau de chaux, avant et après l’effort."),
        ("Des poumons au sang", "Schéma page 57, à connaître."),
    ],
    "sportive": [("Course d’orientation", "Lecture de carte, puis parcours par deux au bord du Tarn.")],
    "physique": [
        ("Mesurer une masse volumique", "Manipulation par binômes.\nTableau de mesures dans le cahier."),
        ("Exploiter des mesures", "Graphique sur papier millimétré."),
    ],
    "": [
        ("Correction du travail", "Ce qui a posé problème, repris au tableau."),
        ("Leçon et exercices", "Leçon notée dans le cahier.\nDeux exercices d’application."),
    ],
}
DAYS = timedelta(days=15)


def load() -> None:
    timetable.load()  # it stands on the lessons of the timetable, and does nothing a second time
    for school in Establishment.objects.order_by("pk"):
        with tenant_scope([school]):
            if not LessonEntry.objects.exists():
                _fill(school.pk)


def _fill(school: int) -> None:
    today, now = timezone.localdate(), timezone.now()
    courses = list(Course.objects.of_year(today).filter(establishment=school).select_related("subject"))
    plans = {course.pk: _plan(course.subject.name) for course in courses}
    done: defaultdict[int, list[Meeting]] = defaultdict(list)
    for meeting in meetings(courses=plans, first=today - DAYS, last=today):
        # The last of today's is still to be written, as on any evening.
        if meeting.takes_place and meeting.teacher_pks and meeting.ends < now and meeting.on < today:
            done[meeting.course].append(meeting)
    entries = []
    for course, there in done.items():
        chance = random.Random(course)  # noqa: S311 — a demonstration, not a secret
        plan, start = plans[course], chance.randrange(len(plans[course]))
        for rank, meeting in enumerate(there):
            title, content = plan[(start + rank) % len(plan)]
            entries.append(_entry(school, meeting, title, content))
    LessonEntry.objects.bulk_create(entries)
    _correct(school)


def _entry(school: int, meeting: Meeting, title: str, content: str) -> LessonEntry:
    lesson = meeting.lesson
    if lesson is None:
        lesson = Lesson.objects.create(
            establishment_id=school, course_id=meeting.course, slot_id=meeting.slot, slot_on=meeting.on, on=meeting.on,
            starts_at=meeting.starts_at, ends_at=meeting.ends_at, room_id=meeting.room_pk,
        ).pk  # fmt: skip
    return LessonEntry(
        establishment_id=school, lesson_id=lesson, course_id=meeting.course, author_id=meeting.teacher_pks[0],
        title=title, content=content, visible_at=meeting.ends, written_at=meeting.ends,
    )  # fmt: skip


def _correct(school: int) -> None:
    """One entry of each class, in the course that the first of its teachers gives."""
    taught = Teaching.objects.filter(establishment=school, group__kind="class").order_by("group", "pk")
    for group, subject in taught.distinct("group").values_list("group", "subject"):
        course = CourseGroup.objects.filter(group=group, course__subject=subject).values_list("course").first()
        entry = LessonEntry.objects.filter(course=course[0]).newest_first().first() if course else None
        if entry:
            Correction.objects.create(
                establishment_id=school, entry=entry, author_id=entry.author_id,
                text="Les exercices sont ceux de la page 118, et non 117.",
                at=entry.written_at + timedelta(hours=3),
            )  # fmt: skip


def _plan(subject: str) -> list[tuple[str, str]]:
    plain = "".join(c for c in unicodedata.normalize("NFD", subject.lower()) if not unicodedata.combining(c))
    return SEQUENCES[next(word for word in SEQUENCES if word in plain)]
