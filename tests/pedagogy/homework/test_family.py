"""A family follows its children's homework, and only reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.models import GroupMembership, Guardianship, Membership
from pedagogy.models import Progress
from tests.browser import Browser, text_of
from tests.cast import Cast
from tests.crowd import guard
from tests.pedagogy.homework.rows import in_days, make_homework

SignIn = Callable[[User], Browser]


@pytest.fixture
def guardian(cast: Cast, client_of: SignIn) -> Browser:
    return client_of(cast.pastel.guardian)


@pytest.fixture
def with_child_in_the_other_school(cast: Cast) -> None:
    with tenant_scope([cast.brique.establishment]):
        guard(cast.brique, cast.pastel.guardian, cast.brique.memberships["classmate"])


def url_of(cast: Cast, key: str = "student") -> str:
    return f"/famille/enfants/{cast.pastel.memberships[key].pk}/devoirs/"


# --- Reading --------------------------------------------------------------------------------------------------


def test_home_says_what_each_child_has_left(cast: Cast, guardian: Browser) -> None:
    make_homework(cast.pastel, due_on=in_days(1))

    home = guardian.get("/famille/")

    assert "1 devoir à finir" in text_of(home, "h1")
    assert "Student 5E B · Collège du Pastel" in text_of(home)
    assert "Lire le chapitre 4" in text_of(home)


def test_childs_list_and_page_show_how_far_the_child_is(cast: Cast, guardian: Browser) -> None:
    page = text_of(guardian.get(url_of(cast)))
    copy = guardian.get(f"{url_of(cast)}{cast.pastel.homework.pk}/")

    assert "Devoirs de Student" in page
    assert "rendu" in page
    assert "Réponse de pastel" in text_of(copy)
    assert guardian.get(f"/fichiers/copies/{cast.pastel.progress_file.key}/").status_code == 200


@pytest.mark.parametrize("url", ["{list}", "{list}{homework}/"])
def test_childs_page_has_nothing_to_send(cast: Cast, guardian: Browser, url: str) -> None:
    page = guardian.get(url.format(list=url_of(cast), homework=cast.pastel.homework.pk)).content.decode()

    main = page[page.index("<main") : page.index("</main>")]
    assert "<form" not in main


def test_children_of_two_schools_are_on_one_page(
    cast: Cast, with_child_in_the_other_school: None, guardian: Browser
) -> None:
    home = text_of(guardian.get("/famille/"))

    assert "Student 5E B · Collège du Pastel" in home
    assert "Classmate 5E B · Lycée de la Brique" in home
    assert "Exercices de pastel" in home
    assert "Exercices de brique" in home


def test_twins_of_one_class_are_told_apart(cast: Cast, guardian: Browser) -> None:
    with tenant_scope([cast.pastel.establishment]):
        guard(cast.pastel, cast.pastel.guardian, cast.pastel.memberships["classmate"])

    home, other = guardian.get("/famille/"), guardian.get(url_of(cast, "classmate"))

    assert "1 devoir à finir" in text_of(home, "h1")  # the twin's: the student has handed it in
    assert "à faire" in text_of(other)
    assert "rendu" not in text_of(other)


def test_homework_of_another_class_is_not_the_childs(cast: Cast, guardian: Browser) -> None:
    with tenant_scope([cast.pastel.establishment]):
        Progress.objects.update(handed_in_at=None)  # what was handed in stays theirs
        GroupMembership.objects.filter(membership=cast.pastel.memberships["student"]).delete()

    assert guardian.get(f"{url_of(cast)}{cast.pastel.homework.pk}/").status_code == 404


# --- Losing sight at once -------------------------------------------------------------------------------------


def assert_sees_nothing(cast: Cast, browser: Browser) -> None:
    assert "Exercices de pastel" not in text_of(browser.get("/"))
    assert browser.get(url_of(cast)).status_code in {403, 404}
    assert browser.get(f"/fichiers/devoirs/{cast.pastel.homework_file.key}/").status_code in {403, 404}
    assert browser.get(f"/fichiers/copies/{cast.pastel.progress_file.key}/").status_code in {403, 404}
    assert browser.get(f"/api/v1/homework/{cast.pastel.homework.pk}/").status_code in {403, 404}
    for url in ("/api/v1/homework/", "/api/v1/progress/", "/api/v1/groups/"):
        assert browser.get(url, {"establishment": cast.pastel.establishment.pk}).json()["results"] == []


def test_guardian_who_is_not_a_legal_one_sees_nothing(cast: Cast, guardian: Browser) -> None:
    guardian.get(url_of(cast))

    with tenant_scope([cast.pastel.establishment]):
        Guardianship.objects.update(is_legal=False)

    assert_sees_nothing(cast, guardian)


@pytest.mark.parametrize("whose", ["guardian", "student"])
def test_guardian_sees_nothing_once_either_membership_has_ended(cast: Cast, guardian: Browser, whose: str) -> None:
    guardian.get(url_of(cast))

    with tenant_scope([cast.pastel.establishment]):
        Membership.objects.filter(pk=cast.pastel.memberships[whose].pk).update(ends_on=in_days(-1))

    assert_sees_nothing(cast, guardian)


def test_guardian_still_sees_on_the_last_day(cast: Cast, guardian: Browser) -> None:
    with tenant_scope([cast.pastel.establishment]):
        Membership.objects.update(ends_on=in_days(0))

    assert guardian.get(url_of(cast)).status_code == 200


def test_guardian_leaving_one_school_keeps_the_child_of_the_other(
    cast: Cast, with_child_in_the_other_school: None, guardian: Browser
) -> None:
    with tenant_scope([cast.pastel.establishment]):
        Membership.objects.filter(user=cast.pastel.guardian).update(ends_on=in_days(-1))

    home = text_of(guardian.get("/famille/"))

    assert "Exercices de brique" in home
    assert "Exercices de pastel" not in home


def test_other_parent_of_a_classmate_sees_nothing_of_the_child(cast: Cast, client_of: SignIn) -> None:
    with tenant_scope([cast.pastel.establishment]):
        guard(cast.pastel, cast.outsider, cast.pastel.memberships["classmate"])
    browser = client_of(cast.outsider)

    assert browser.get(url_of(cast, "classmate")).status_code == 200
    assert browser.get(url_of(cast)).status_code == 403
    assert browser.get(f"/fichiers/copies/{cast.pastel.progress_file.key}/").status_code == 403
    assert browser.get("/api/v1/progress/").json()["results"] == []
