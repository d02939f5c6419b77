"""A school's classes, seen by those who run it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.models import Group, GroupMembership, Membership, SchoolYear
from tests.browser import Browser, text_of
from tests.cast import Cast, make_person
from tests.crowd import STUDENTS, fill_school, join

SignIn = Callable[[User], Browser]
URL = "/etablissement/classes/"


@pytest.fixture
def head(cast: Cast, client_of: SignIn) -> Browser:
    return client_of(cast.pastel.head)


def test_classes_of_this_year_are_listed_with_their_numbers(cast: Cast, head: Browser) -> None:
    with tenant_scope([cast.pastel.establishment]):
        Group.objects.create(
            establishment=cast.pastel.establishment,
            school_year=SchoolYear.containing(date(2001, 10, 1)),
            name="6E DE L’AN PASSÉ",
        )

    page = text_of(head.get(URL))

    assert "5E B 2 élèves" in page
    assert "6E DE L’AN PASSÉ" not in page


def test_classes_come_from_the_youngest_to_the_oldest(cast: Cast, head: Browser) -> None:
    names = ["Tle G1", "6e B", "2de 10", "ULIS", "2de 9", "3e A", "6e A", "1re STMG"]
    with tenant_scope([cast.pastel.establishment]):
        for name in names:
            Group.objects.create(
                establishment=cast.pastel.establishment, school_year=cast.pastel.group.school_year, name=name
            )

    page = text_of(head.get(URL))

    ordered = ["6e A", "6e B", "5E B", "3e A", "2de 9", "2de 10", "1re STMG", "Tle G1", "ULIS"]
    assert sorted(ordered, key=page.index) == ordered


def test_home_says_how_many_classes_and_students_there_are(cast: Cast, head: Browser) -> None:
    home = head.get("/etablissement/")

    assert text_of(home, "h1") == "1 classe"
    assert "2 élèves cette année" in text_of(home)


@pytest.mark.parametrize(("query", "found"), [("5e", True), ("5E B", True), ("", True), ("6e", False), ("%", False)])
def test_search_narrows_the_classes_by_name(head: Browser, cast: Cast, query: str, found: bool) -> None:
    page = text_of(head.get(URL, {"q": query}))

    assert ("5E B 2 élèves" in page) is found
    assert ("Aucune classe ne répond" in page) is not found


@pytest.mark.parametrize("query", ["\0", "5E\0 B", "x" * 5000, "<script>", "' OR 1=1 --"])
def test_search_for_anything_at_all_answers(head: Browser, cast: Cast, query: str) -> None:
    assert head.get(URL, {"q": query}).status_code == 200


def test_class_shows_its_students_its_teachers_and_who_answers_for_it(cast: Cast, head: Browser) -> None:
    User.objects.filter(pk=cast.pastel.teacher.pk).update(civility="Mme")

    page = text_of(head.get(f"{URL}{cast.pastel.group.pk}/"))

    assert "professeur principal : Mme Pastel" in page
    assert "Pastel Classmate" in page
    assert "Mme Pastel Mathématiques" in page


def test_class_with_more_students_than_a_page_goes_on_on_the_next(cast: Cast, head: Browser) -> None:
    students = fill_school(cast.pastel) + fill_more(cast)
    url = f"{URL}{cast.pastel.group.pk}/"

    first, second = text_of(head.get(url)), text_of(head.get(f"{url}?page=2"))

    assert "Suivants" in first
    assert sum(f"{s.user.last_name} {s.user.first_name}" in first + second for s in students) == 2 * STUDENTS


def fill_more(cast: Cast) -> list[Membership]:
    with tenant_scope([cast.pastel.establishment]):
        students = [join(cast.pastel, make_person("Ève", f"Suite{n}"), "student") for n in range(STUDENTS)]
        for student in students:
            GroupMembership.objects.create(
                establishment=cast.pastel.establishment, group=cast.pastel.group, membership=student
            )
    return students


def test_member_of_staff_of_two_schools_sees_the_classes_of_both(cast: Cast, client_of: SignIn) -> None:
    with tenant_scope([cast.brique.establishment]):
        join(cast.brique, cast.pastel.staff, "staff")

    page = text_of(client_of(cast.pastel.staff).get(URL))

    assert "2 élèves · Collège du Pastel" in page
    assert "2 élèves · Lycée de la Brique" in page
