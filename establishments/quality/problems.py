"""The problems that are looked for: which rows have them, what to do, and who can."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import CharField, Count, Exists, OuterRef, Value
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ent.portal.templatetags.portal import day
from establishments.hand_made.models import HandMade
from establishments.people.models import (
    FormTeacher,
    Group,
    GroupMembership,
    Guardianship,
    Membership,
    Role,
    Teaching,
)
from establishments.territory.models import Establishment, uai_is_valid

SOON = timedelta(days=14)

SIECLE = gettext_lazy("Le secrétariat de l’établissement, dans SIECLE")
STS = gettext_lazy("La direction de l’établissement, dans STS-Web")
HUB = gettext_lazy("Le pôle d’appui, ou les administrateurs de l’établissement, ici")
RECTORATE = gettext_lazy("Le rectorat")
SCHOOL = gettext_lazy("La direction ou les administrateurs de l’établissement, ici")

Text = str | Promise


class Line(NamedTuple):
    """One row that has a problem."""

    name: str
    detail: str
    membership: int | None = None  # whose file can be opened
    group: int | None = None


@dataclass(frozen=True)
class Problem:
    slug: str
    title: Text
    what_to_do: Text
    who: Text
    rows: Callable[[Collection[int]], Any]  # of these schools, with `establishment` and what a line shows
    line: Callable[[Any], Line]
    is_error: bool = True  # else somebody should know it, and nothing is wrong


# --- Which rows -----------------------------------------------------------------------------------------------


def _students(schools: Collection[int]) -> Any:
    return Membership.objects.current().students().filter(establishment__in=schools).with_class().by_name()


def _classes(schools: Collection[int]) -> Any:
    return Group.objects.filter(establishment__in=schools).of_year().classes().order_by("name", "pk")


def _in_a_class() -> Any:
    classes = Group.objects.of_year().classes().values("pk")
    return GroupMembership.objects.filter(membership=OuterRef("pk"), group__in=classes)


def without_guardian(schools: Collection[int]) -> Any:
    held = Guardianship.objects.filter(
        student=OuterRef("pk"), is_legal=True, guardian__in=Membership.objects.current().values("pk")
    )
    return _students(schools).filter(~Exists(held))


def without_class(schools: Collection[int]) -> Any:
    return _students(schools).filter(~Exists(_in_a_class()))


def in_two_classes(schools: Collection[int]) -> Any:
    classes = Group.objects.of_year().classes().values("pk")
    links = GroupMembership.objects.filter(group__in=classes, establishment__in=schools)
    several = links.order_by().values("membership").annotate(held=Count("pk")).filter(held__gt=1).values("membership")
    return _students(schools).filter(pk__in=several)


def without_birth_date(schools: Collection[int]) -> Any:
    return _students(schools).filter(user__birth_date=None)


def twice_the_same_guardian(schools: Collection[int]) -> Any:
    """Two accounts of one name, both the guardian of one student."""
    other = Guardianship.objects.filter(
        student=OuterRef("student"), guardian__user__sort_name=OuterRef("guardian__user__sort_name")
    ).exclude(guardian__user=OuterRef("guardian__user"))
    current = Membership.objects.current().values("pk")
    rows = Guardianship.objects.filter(Exists(other), establishment__in=schools, guardian__in=current)
    return rows.select_related("guardian__user", "student__user").order_by("student", "pk")


def empty_classes(schools: Collection[int]) -> Any:
    there = GroupMembership.objects.filter(group=OuterRef("pk"), membership__missing_since=None)
    return _classes(schools).filter(~Exists(there))


def classes_without_teacher(schools: Collection[int]) -> Any:
    return _classes(schools).filter(~Exists(Teaching.objects.filter(group=OuterRef("pk"))))


def classes_without_form_teacher(schools: Collection[int]) -> Any:
    return _classes(schools).filter(~Exists(FormTeacher.objects.filter(group=OuterRef("pk"))))


def _namesakes(**also: Any) -> Any:
    return (
        Membership.objects.current()
        .filter(establishment=OuterRef("establishment"), user__sort_name=OuterRef("user__sort_name"), **also)
        .exclude(user=OuterRef("user"))
    )


def likely_duplicates(schools: Collection[int]) -> Any:
    people = Membership.objects.current().filter(establishment__in=schools, user__birth_date__isnull=False)
    same = Exists(_namesakes(user__birth_date=OuterRef("user__birth_date")))
    return people.filter(same).select_related("user").order_by("user__sort_name", "pk")


def homonyms(schools: Collection[int]) -> Any:
    """Students of one name whom only their birth dates tell apart."""
    others = _namesakes(role=Role.STUDENT, user__birth_date__isnull=False)
    others = others.exclude(user__birth_date=OuterRef("user__birth_date"))
    return _students(schools).filter(Exists(others), user__birth_date__isnull=False)


def in_grace(schools: Collection[int]) -> Any:
    people = Membership.objects.filter(establishment__in=schools, missing_since__isnull=False)
    return people.select_related("user").order_by("missing_since", "user__sort_name", "pk")


def hand_made_that_end(schools: Collection[int]) -> Any:
    today = timezone.localdate()
    rows = HandMade.objects.filter(
        establishment__in=schools, membership__ends_on__gte=today, membership__ends_on__lte=today + SOON
    )
    return rows.select_related("membership__user").order_by("membership__ends_on", "pk")


# --- What a line says -----------------------------------------------------------------------------------------


def _person(membership: Any) -> str:
    return f"{membership.user.last_name} {membership.user.first_name}"


def _student_line(student: Any) -> Line:
    return Line(_person(student), student.class_name or _("sans classe"), student.pk)


def _born_line(membership: Any) -> Line:
    born = membership.user.birth_date.strftime("%d/%m/%Y")
    return Line(_person(membership), f"{membership.get_role_display()} · {born}", membership.pk)


def _homonym_line(student: Any) -> Line:
    return Line(_person(student), f"{student.class_name or '–'} · {student.user.birth_date:%d/%m/%Y}", student.pk)


def _guardian_line(link: Any) -> Line:
    child = _("responsable de %(student)s") % {"student": link.student.user}
    return Line(_person(link.guardian), f"{child} · {link.guardian.user.username}", link.guardian_id)


def _class_line(group: Any) -> Line:
    return Line(group.name, group.label, group=group.pk)


def removed_on(membership: Any) -> Any:
    """When the links of somebody whom the feed no longer gives are removed."""
    return membership.missing_since + timedelta(days=settings.ENT_FEED_GRACE_DAYS)


def _grace_line(membership: Any) -> Line:
    dates = {"since": day(membership.missing_since, "full"), "until": day(removed_on(membership), "full")}
    said = _("absent de l’annuaire depuis le %(since)s ; ses liens sont retirés le %(until)s") % dates
    return Line(_person(membership), f"{membership.get_role_display()} · {said}", membership.pk)


def _end_line(made: Any) -> Line:
    said = _("jusqu’au %(day)s") % {"day": day(made.membership.ends_on, "full")}
    return Line(_person(made.membership), f"{made.membership.get_role_display()} · {said}", made.membership_id)


# --- All of them ----------------------------------------------------------------------------------------------

PROBLEMS = [
    Problem(
        "sans-responsable",
        gettext_lazy("Élèves sans responsable légal"),
        gettext_lazy("Rattachez un responsable légal à l’élève. L’import suivant ouvre son compte."),
        SIECLE,
        without_guardian,
        _student_line,
    ),
    Problem(
        "sans-classe",
        gettext_lazy("Élèves sans classe"),
        gettext_lazy("Affectez l’élève à une division. D’ici là, il ne reçoit aucun devoir."),
        SIECLE,
        without_class,
        _student_line,
    ),
    Problem(
        "deux-classes",
        gettext_lazy("Élèves dans deux classes"),
        gettext_lazy("Gardez une seule division pour l’élève : il voit les devoirs des deux."),
        SIECLE,
        in_two_classes,
        _student_line,
    ),
    Problem(
        "sans-naissance",
        gettext_lazy("Élèves sans date de naissance"),
        gettext_lazy("Complétez-la : sans elle, ni fiche d’activation ni nouveau mot de passe."),
        SIECLE,
        without_birth_date,
        _student_line,
    ),
    Problem(
        "liens-en-double",
        gettext_lazy("Responsables en double auprès d’un élève"),
        gettext_lazy("Réunissez les deux fiches du responsable dans SIECLE, puis les deux comptes ici."),
        gettext_lazy("Le secrétariat de l’établissement, puis le pôle d’appui"),
        twice_the_same_guardian,
        _guardian_line,
    ),
    Problem(
        "doublons",
        gettext_lazy("Personnes sans doute en double"),
        gettext_lazy("Vérifiez que c’est une seule personne, puis réunissez les deux comptes : rien n’est perdu."),
        HUB,
        likely_duplicates,
        _born_line,
    ),
    Problem(
        "classes-vides",
        gettext_lazy("Classes sans élève"),
        gettext_lazy("Affectez-y des élèves, ou supprimez la division si elle n’existe plus."),
        SIECLE,
        empty_classes,
        _class_line,
    ),
    Problem(
        "classes-sans-enseignant",
        gettext_lazy("Classes sans enseignant"),
        gettext_lazy("Saisissez les services des enseignants, puis remontez-les à l’académie."),
        STS,
        classes_without_teacher,
        _class_line,
    ),
    Problem(
        "classes-sans-principal",
        gettext_lazy("Classes sans professeur principal"),
        gettext_lazy("Désignez-le : c’est lui qui dépanne les comptes de sa classe."),
        STS,
        classes_without_form_teacher,
        _class_line,
    ),
    Problem(
        "delai",
        gettext_lazy("Comptes disparus de l’annuaire, dans leur délai"),
        gettext_lazy("Si la personne est toujours là, rétablissez-la dans SIECLE ou STS avant la date : tout revient."),
        gettext_lazy("Le secrétariat de l’établissement, dans SIECLE ou STS-Web"),
        in_grace,
        _grace_line,
        is_error=False,
    ),
    Problem(
        "a-la-main",
        gettext_lazy("Comptes créés à la main qui se terminent bientôt"),
        gettext_lazy("Prolongez le compte si la personne reste, ou laissez-le se fermer."),
        SCHOOL,
        hand_made_that_end,
        _end_line,
        is_error=False,
    ),
    Problem(
        "homonymes",
        gettext_lazy("Élèves de même nom"),
        gettext_lazy("Rien à corriger : dépannez-les en vérifiant la date de naissance."),
        gettext_lazy("Tous ceux qui dépannent"),
        homonyms,
        _homonym_line,
        is_error=False,
    ),
]
BY_SLUG = {problem.slug: problem for problem in PROBLEMS}
ERRORS = frozenset(problem.slug for problem in PROBLEMS if problem.is_error)


def counted(schools: Collection[int]) -> dict[int, dict[str, int]]:
    """How many rows have each problem, school by school: one statement for one school as for a region."""
    parts = [
        problem.rows(schools)
        .order_by()
        .select_related(None)
        .values("establishment")
        .annotate(problem=Value(problem.slug, CharField()), found=Count("pk"))
        .values_list("establishment", "problem", "found")
        for problem in PROBLEMS
    ]
    found: dict[int, dict[str, int]] = {}
    for school, slug, count in parts[0].union(*parts[1:], all=True):
        found.setdefault(school, {})[slug] = count
    return found


def errors_in(counts: dict[str, int]) -> int:
    return sum(count for slug, count in counts.items() if slug in ERRORS)


def has_false_letter(school: Establishment) -> bool:
    return not uai_is_valid(school.uai)
