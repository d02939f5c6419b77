"""Homework of the demonstration: given by its teachers, for the days that come, as they would."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import groupby

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.identity.models import plain
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.files.actions import examine
from establishments.people.demo import account_holders
from establishments.people.models import Membership, Role, Teaching
from establishments.territory.models import Establishment, SchoolYear
from pedagogy.homework import actions
from pedagogy.homework.models import Homework
from pedagogy.timetable.calendar import calendar_for

# What is given, by a word of the subject's name: title, instructions, minutes, to hand in.
IDEAS: dict[str, list[tuple[str, str, int, bool]]] = {
    "mathematiques": [
        ("Exercices 12 et 14 page 87", "Rédigez le calcul, pas seulement le résultat.", 20, False),
        ("Revoir le théorème de Thalès", "Fiche de cours et exercice corrigé numéro 3.", 30, False),
    ],
    "francais": [
        ("Lire le chapitre 4 du « Roman de Renart »", "Relevez trois ruses et dites ce que vous en pensez.", 30, False),
        ("Rédaction : une rencontre", "Une page, au passé simple. Vous pouvez rendre une photo.", 45, True),
    ],
    "histoire": [("Croquis du village médiéval", "Avec une légende. Prenez le croquis en photo.", 20, True)],
    "anglais": [("Vocabulaire de l’unité 3, page 42", "Savoir écrire et dire les vingt mots.", 15, False)],
    "espagnol": [("Préparer un exposé de deux minutes", "Sans lire : des notes, pas de phrases.", 20, False)],
    "allemand": [("Apprendre les verbes de la page 31", "Au présent et au prétérit.", 15, False)],
    "sportive": [("Apporter une tenue de pluie", "Course d’orientation au bord du Tarn.", 5, False)],
    "physique": [("Compte rendu de l’expérience", "Protocole, mesures, conclusion.", 30, True)],
    "vie": [("Contrôle : la respiration", "Revoir les schémas des pages 56 à 59.", 30, False)],
    "technologie": [("Finir le schéma du pont", "À la règle, avec les forces.", 20, False)],
    "musicale": [("Écouter « Le Carnaval des animaux »", "Notez trois instruments que vous entendez.", 15, False)],
    "plastiques": [("Apporter trois photos de façades", "Brique ou galet, pour le projet de la classe.", 10, False)],
    "agronomie": [("Relever la pluviométrie de la semaine", "Le pluviomètre est à l’entrée du verger.", 15, True)],
    "civique": [("Lire l’article sur le conseil municipal", "Qui décide de quoi ? Trois exemples.", 15, False)],
    "": [("Apprendre la leçon", "Elle est dans le cahier, avec les mots à retenir en rouge.", 15, False)],
}
DOCUMENT = "Les mots à connaître\n\nla haie, le champ, la grange, le moulin, le seigneur, la dîme, la corvée\n"


def load() -> None:
    """Give homework to the classes of those who have an account, when nothing is coming for them."""
    holders = list(account_holders())
    with tenant_scope(Establishment.objects.values_list("pk", flat=True)):
        students = Membership.objects.filter(role=Role.STUDENT, user__in=holders)
        children = Membership.objects.filter(guardianships__guardian__user__in=holders)
        groups = {
            group
            for membership in (students | children).distinct()
            for group in membership.groups.values_list("group", flat=True)
        }
        groups |= set(Teaching.objects.filter(membership__user__in=holders).values_list("group", flat=True))
        today = timezone.localdate()
        quiet = [pk for pk in sorted(groups) if not Homework.objects.filter(group=pk, due_on__gt=today).exists()]
        teachings = list(
            Teaching.objects.filter(group__in=quiet, group__school_year=SchoolYear.containing(today))
            .select_related("membership__user", "group", "subject")
            .order_by("pk")
        )
    for teaching in teachings:
        _give(teaching, today)
    # In each class, the first teacher has copies to correct; the second gives to some, the third plans.
    for _group, taught in groupby(sorted(teachings, key=lambda t: (t.group_id, t.pk)), key=lambda t: t.group_id):
        for teaching, scene in zip(taught, (_collect_and_correct, _give_to_some, _plan), strict=False):
            scene(teaching, today)
    for teacher in {teaching.membership.user for teaching in teachings if teaching.membership.user in holders}:
        with person_scope(teacher):
            actions.save_draft(by=teacher, content={"title": "Relire le cours et préparer deux questions"})


COPIES = [
    "Le village est au pied du château. L’église est au milieu, avec le four et le moulin du seigneur.",
    "J’ai fait le plan en trois parties, mais je n’ai pas fini la légende.",
    "La haie sépare les champs. Les paysans doivent la corvée trois jours par an.",
    "Je n’ai pas compris la deuxième question, j’ai essayé quand même.",
    "Voici mon travail. Le brouillon est dans le cahier.",
]
COMMENTS = [
    ("Travail soigné et complet. La conclusion peut aller plus loin.", 66),
    ("Bon début : il manque la légende, à reprendre pour la prochaine fois.", 50),
    ("Les idées sont là. Attention à l’orthographe des mots de la leçon.", 55),
]


def _collect_and_correct(teaching: Teaching, today: date) -> None:
    """Work of last week: most have handed in, some are corrected and handed back, some wait."""
    chance = random.Random(f"{teaching.pk} copies")  # noqa: S311 — a demonstration, not a secret
    teacher, now = teaching.membership.user, timezone.now()
    with person_scope(teacher):
        homework = actions.give(
            group=teaching.group,
            subject=teaching.subject,
            by=teacher,
            title="Bilan de la séquence",
            instructions="Une page, avec vos mots. Vous pouvez rendre une photo de votre feuille.",
            due_on=calendar_for([teaching.establishment_id]).next_school_day(today),
            expected_minutes=30,
            to_hand_in=True,
            marking="mark",
        )
        students = list(Membership.objects.open().in_group(teaching.group).by_name())
    holders = [student for student in students if student.user.has_usable_password()]
    for student in [*holders, *(s for s in students if s not in holders)][:9]:
        with person_scope(student.user):
            actions.hand_in(homework=homework, by=student.user, text=chance.choice(COPIES))
    with person_scope(teacher):
        days_ago = now - timedelta(days=6)
        Homework.objects.filter(pk=homework.pk).update(
            due_on=today - timedelta(days=4), published_at=now - timedelta(days=10)
        )
        homework.progress.update(handed_in_at=days_ago, done_at=days_ago)
        for rank, progress in enumerate(homework.progress.select_related("homework").order_by("pk")[:5]):
            comment, mark = chance.choice(COMMENTS)
            actions.correct(progress=progress, by=teacher, comment=comment, mark=mark - rank, hand_back=rank < 3)


def _give_to_some(teaching: Teaching, today: date) -> None:
    teacher = teaching.membership.user
    with person_scope(teacher):
        students = list(Membership.objects.in_group(teaching.group).by_name()[:3])
        due = calendar_for([teaching.establishment_id]).next_school_day(today + timedelta(days=3))
        actions.give(
            group=teaching.group,
            subject=teaching.subject,
            by=teacher,
            title="Fiche d’entraînement adaptée",
            instructions="Les trois premiers exercices, à votre rythme.",
            due_on=due,
            expected_minutes=15,
            students=[student.pk for student in students],
            own_days={student.pk: due + timedelta(days=5) for student in students[:1]},
        )


def _plan(teaching: Teaching, today: date) -> None:
    teacher = teaching.membership.user
    with person_scope(teacher):
        actions.give(
            group=teaching.group,
            subject=teaching.subject,
            by=teacher,
            title="Préparer le contrôle de la semaine prochaine",
            due_on=calendar_for([teaching.establishment_id]).next_school_day(today + timedelta(days=7)),
            expected_minutes=40,
            published_at=timezone.now() + timedelta(days=2),
        )


def _give(teaching: Teaching, today: date) -> None:
    chance = random.Random(f"{teaching.pk} {today}")  # noqa: S311 — a demonstration, not a secret
    calendar = calendar_for([teaching.establishment_id])
    due = calendar.next_school_day(today)
    for _ in range(chance.choice([0, 0, 0, 1, 1, 2, 3])):
        due = calendar.next_school_day(due)
    key = next(word for word in IDEAS if word in plain(teaching.subject.name))
    title, instructions, minutes, to_hand_in = chance.choice(IDEAS[key])
    document = SimpleUploadedFile("vocabulaire.txt", DOCUMENT.encode())
    with person_scope(teaching.membership.user):
        actions.give(
            group=teaching.group,
            subject=teaching.subject,
            by=teaching.membership.user,
            title=title,
            instructions=instructions,
            due_on=due,
            expected_minutes=minutes,
            to_hand_in=to_hand_in,
            files=[examine(document)] if key in {"histoire", "anglais"} else [],
        )
        Homework.objects.filter(group=teaching.group, title=title).update(
            published_at=timezone.now() - timedelta(hours=chance.randint(1, 30))
        )
