"""Finding somebody among the people of some schools: by name, login, class, school."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Lower, Replace
from django.utils import timezone

from accounts.identity.models import plain
from accounts.identity.words import begin_with, words_of
from establishments.people.models import Group, GroupMembership, Guardianship, Membership, Role
from establishments.territory.models import Establishment

NAMES = ("user__sort_name", "user__username")  # the columns of the index accounts_user_by_words
# Words of a school's name that say nothing of which one it is.
SAME_EVERYWHERE = frozenset(
    {"college", "lycee", "general", "technologique", "polyvalent", "professionnel", "agricole", "prive", "des", "les"}
)
SHORTEST = 3  # letters, of a word that a school is looked up by


@dataclass(frozen=True)
class Asked:
    """What the search form holds."""

    query: str = ""
    role: str = ""
    school: int | None = None
    never: bool = False

    @property
    def words(self) -> list[str]:
        return words_of(plain(self.query))

    def __bool__(self) -> bool:
        return bool(self.words or self.role or self.school or self.never)


def people_of(schools: Collection[int], asked: Asked) -> Any:
    """The people of these schools whom the filters keep, with what a row of results shows.

    Somebody is there once for a school, by one of their memberships; `held_roles` has all that they are there.
    """
    people = Membership.objects.current().filter(establishment__in=_narrowed(schools, asked.school))
    people = people.filter(role=asked.role) if asked.role in Role.values else _once(people)
    if asked.never:
        people = people.filter(user__last_login__isnull=True, user__activated_at__isnull=True)
    held = Membership.objects.current().filter(user=OuterRef("user"), establishment=OuterRef("establishment"))
    people = people.annotate(held_roles=ArraySubquery(held.order_by("pk").values("role")))
    return with_places(people).by_name().select_related("establishment")


def _once(people: Any) -> Any:
    """Each person once a school: as a student where they are one, who are looked up by class; else as they came."""
    others = Membership.objects.current().filter(user=OuterRef("user"), establishment=OuterRef("establishment"))
    is_student = Q(role=Role.STUDENT)
    return people.filter(is_student | ~Exists(others.filter(is_student | Q(pk__lt=OuterRef("pk")))))


def _narrowed(schools: Collection[int], school: int | None) -> list[int]:
    return [pk for pk in schools if school in (None, pk)]


def with_places(people: Any) -> Any:
    """Annotate with the names of the person's classes of this year, and of the children that a guardian has there."""
    classes = GroupMembership.objects.filter(membership=OuterRef("pk"), group__kind=Group.Kind.CLASS)
    classes = classes.filter(group__school_year__ends_on__gte=timezone.localdate())  # the years before are kept
    children = Guardianship.objects.filter(guardian=OuterRef("pk"))
    return people.annotate(
        class_names=ArraySubquery(classes.order_by("group__name").values("group__name")),
        children_names=ArraySubquery(children.order_by("pk").values("student__user__first_name")),
    )


def named(people: Any, words: Sequence[str]) -> Any:
    """Those whose name or login has words that begin so, whatever their order.

    PostgreSQL goes by the index of words, or by the schools' rows when there are few; then it looks at the words of
    thousands of names, and the cheaper condition spares it most of them (430 ms become 130 on 24,000 people).
    """
    for word in words:
        people = people.filter(_may_be(word))
    return people.filter(begin_with(words, *NAMES))


def _may_be(word: str) -> Q:
    """True of all whom `begin_with` finds, and cheap."""
    return Q(user__sort_name__regex=rf"(^| ){re.escape(word)}") | Q(user__username__icontains=word)


def named_or_placed(people: Any, words: Sequence[str], schools: Sequence[Establishment]) -> Any:
    """Each word begins one of the name's, or is of the class or the school: “martin 5eb pastel”."""
    rest, classes = _classes_in(words, [school.pk for school in schools])
    if classes:
        students = GroupMembership.objects.filter(establishment__in=[school.pk for school in schools])
        people = people.filter(pk__in=students.filter(group__in=classes).values("membership"))
    for word in rest:
        places = [school.pk for school in schools if _is_called(school, word)]
        people = people.filter(_may_be(word) & Q(begin_with([word], *NAMES)) | Q(establishment__in=places))
    return people


def _classes_in(words: Sequence[str], schools: Sequence[int]) -> tuple[list[str], list[int]]:
    """The words that are not of a class, and the classes' pk. “5e b” and “5eb” are the same class."""
    runs = {
        spelling: (first, last)
        for first in range(len(words))
        for last in range(first + 1, min(first + 3, len(words)) + 1)
        for spelling in _spellings("".join(words[first:last]))
    }
    if not runs:
        return list(words), []
    compact = Replace(Replace(Lower(F("name")), Value(" "), Value("")), Value("è"), Value("e"))
    found = Group.objects.filter(establishment__in=schools).of_year().classes().alias(compact=compact)
    rows = list(found.filter(compact__in=list(runs)).values_list("pk", "name"))
    if not rows:
        return list(words), []
    longest = max((plain(name).replace(" ", "") for _pk, name in rows), key=len)
    first, last = runs[longest]
    return [*words[:first], *words[last:]], [pk for pk, name in rows if plain(name).replace(" ", "") == longest]


_YEAR = re.compile(r"([1-6])(?:eme|ere|nde|re|de|e)?([a-z].*|\d*)")
_ENDINGS = {"1": "re", "2": "de"}


def _spellings(run: str) -> set[str]:
    """How the class that was typed may be named: “6a”, “6eme a” and “6ea” are the same, so are “2nde 4” and “2de4”."""
    found = {run} if any(map(str.isdigit, run)) else set()
    if match := _YEAR.fullmatch(run):
        year, rest = match.groups()
        found.add(f"{year}{_ENDINGS.get(year, 'e')}{rest}")
    return found


def _is_called(school: Establishment, word: str) -> bool:
    if word == school.uai.lower():
        return True
    if len(word) < SHORTEST or word in SAME_EVERYWHERE:
        return False
    return any(part.startswith(word) for part in re.findall(r"\w+", plain(f"{school.name} {school.city}")))
