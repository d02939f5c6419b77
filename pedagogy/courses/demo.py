"""Resources of the demonstration's courses: what a teacher has put in them by November."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.identity.models import plain
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.files.actions import examine
from establishments.people.demo import account_holders
from establishments.people.models import Membership, Role
from establishments.territory.models import Establishment
from pedagogy.courses import actions
from pedagogy.courses.models import Course, Resource

# By a word of the subject's name: chapter, page's title and text, link's title and address.
IDEAS: dict[str, list[tuple[str, str, str, str, str]]] = {
    "mathematiques": [
        (
            "Théorème de Thalès",
            "Ce qu’il faut retenir",
            (
                "<h2>L’énoncé</h2><p>Si A, M, B et A, N, C sont alignés et que (MN) est parallèle à (BC), alors :</p>"
                "<p>\\[\\frac{AM}{AB} = \\frac{AN}{AC} = \\frac{MN}{BC}\\]</p>"
                "<h2>Un exemple</h2><p>Avec AM = 3, AB = 5 et AC = 8 : \\(AN = \\frac{3 \\times 8}{5} = 4{,}8\\).</p>"
                "<blockquote><p>Toujours vérifier d’abord le parallélisme.</p></blockquote>"
            ),
            "S’entraîner : la figure dynamique",
            "https://www.geogebra.org/geometry",
        ),
        (
            "Racines carrées",
            "La racine d’un produit",
            (
                "<p>Pour \\(a\\) et \\(b\\) positifs, \\(\\sqrt{ab} = \\sqrt{a} \\times \\sqrt{b}\\).</p>"
                "<ul><li>\\(\\sqrt{12} = 2\\sqrt{3}\\)</li><li>\\(\\sqrt{50} = 5\\sqrt{2}\\)</li></ul>"
            ),
            "Exercices en ligne",
            "https://www.mathix.org/",
        ),
    ],
    "physique": [
        (
            "Vitesse et mouvement",
            "La formule et ses unités",
            (
                "<p>La vitesse moyenne est \\(v = \\frac{d}{t}\\), en m/s si la distance est en mètres.</p>"
                "<table><thead><tr><th>Mobile</th><th>Vitesse</th></tr></thead><tbody><tr><td>Marcheur</td>"
                "<td>1,4 m/s</td>"
                "</tr><tr><td>TGV</td><td>89 m/s</td></tr></tbody></table>"
            ),
            "Animation : le train et le quai",
            "https://phet.colorado.edu/fr/",
        )
    ],
    "francais": [
        (
            "Le Roman de Renart",
            "Les ruses du chapitre 4",
            (
                "<p>Trois ruses à retrouver dans le texte, avec la ligne où elle commence.</p>"
                "<ol><li>Faire le mort</li><li>Flatter</li><li>Promettre</li></ol>"
            ),
            "Le manuscrit, en images",
            "https://gallica.bnf.fr/",
        )
    ],
    "": [
        (
            "Pour commencer",
            "Comment travailler dans cette matière",
            "<p>Le cahier au propre, la leçon relue le soir même, et une question à poser le lendemain.</p>",
            "Le dictionnaire",
            "https://www.larousse.fr/",
        )
    ],
}
SHEET = "Fiche de révision\n\n1. Relire la leçon.\n2. Refaire l’exercice corrigé.\n3. Écrire ce qui résiste.\n"


def load() -> None:
    """Fill the courses of those who have an account and of those who teach them, when they are empty."""
    holders = list(account_holders())
    today = timezone.localdate()
    with tenant_scope(Establishment.objects.values_list("pk", flat=True)):
        students = Membership.objects.filter(role=Role.STUDENT, user__in=holders)
        children = Membership.objects.filter(guardianships__guardian__user__in=holders)
        followed = Course.objects.followed_by((students | children).distinct().values("pk"))
        taught = [pk for holder in holders for pk in _taught_by(holder)]
        courses = Course.objects.filter(pk__in=[*followed.values_list("pk", flat=True), *taught]).of_year(today)
        empty = list(courses.filter(resources=None).for_pages().order_by("pk"))
        teachers = {m.pk: m for m in _teachers_of(empty)}
    for course in empty:
        for row in course.teacher_rows[:1]:
            _fill(course, teachers[row["pk"]])


def _taught_by(holder: Any) -> list[int]:
    teachers = Membership.objects.filter(user=holder, role=Role.TEACHER)
    return list(Course.objects.filter(groups__group__teachings__membership__in=teachers).values_list("pk", flat=True))


def _teachers_of(courses: list[Any]) -> Any:
    pks = {row["pk"] for course in courses for row in course.teacher_rows}
    return Membership.objects.filter(pk__in=pks).select_related("user")


def _fill(course: Any, teacher: Membership) -> None:
    user, chance = teacher.user, random.Random(f"{course.pk}")  # noqa: S311 — a demonstration, not a secret
    key = next(word for word in IDEAS if word in plain(course.subject.name))
    with person_scope(user):
        course = Course.objects.select_related("school_year").get(pk=course.pk)
        for chapter, title, body, link, url in IDEAS[key]:
            folder = actions.add_folder(course=course, by=user, name=chapter)
            own = {"course": course, "by": user, "folder": folder}
            actions.add_resource(**own, kind=Resource.Kind.PAGE, title=title, body=body)
            actions.add_resource(**own, kind=Resource.Kind.LINK, title=link, url=url)
            actions.add_resource(
                **own,
                kind=Resource.Kind.FILE,
                title="Fiche de révision",
                file=examine(SimpleUploadedFile("fiche-de-revision.txt", SHEET.encode())),
            )
        if chance.random() < 0.5:
            later = timezone.localdate() + timedelta(days=9)
            actions.add_folder(course=course, by=user, name="Corrigés", opens_on=later)
        Course.objects.filter(pk=course.pk).update(is_shared=chance.random() < 0.3)
