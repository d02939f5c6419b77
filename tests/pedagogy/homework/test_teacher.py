"""A teacher follows a class; the head, the school."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.models import Membership, Teaching
from tests.browser import Browser, text_of
from tests.cast import Cast
from tests.crowd import guard, join
from tests.pedagogy.homework.rows import in_days, make_class, make_homework, titles

SignIn = Callable[[User], Browser]


@pytest.fixture
def teacher(cast: Cast, client_of: SignIn) -> Browser:
    return client_of(cast.pastel.teacher)


@pytest.fixture
def teaching_there_too(cast: Cast) -> Membership:
    """The Pastel's teacher teaches the Brique's class too."""
    with tenant_scope([cast.brique.establishment]):
        membership = join(cast.brique, cast.pastel.teacher, "teacher")
        Teaching.objects.create(
            establishment=cast.brique.establishment,
            group=cast.brique.group,
            membership=membership,
            subject=cast.brique.subject,
        )
    return membership


# --- The teacher ----------------------------------------------------------------------------------------------


def test_home_has_the_classes_and_what_is_coming(cast: Cast, teacher: Browser) -> None:
    home = text_of(teacher.get("/classe/"))

    assert "1 classe" in home
    assert "5E B Mathématiques" in home
    assert "Exercices de pastel" in home
    assert "1 sur 2 rendus" in home


def test_class_has_its_students_and_its_homework(cast: Cast, teacher: Browser) -> None:
    page = text_of(teacher.get(f"/classe/groupes/{cast.pastel.group.pk}/"))

    assert "2 élèves" in page
    assert "Pastel Student" in page
    assert "Exercices de pastel" in page


def test_class_shows_past_homework_apart(cast: Cast, teacher: Browser) -> None:
    make_homework(cast.pastel, "Déjà fait", due_on=in_days(-1))
    url = f"/classe/groupes/{cast.pastel.group.pk}/"

    assert "Déjà fait" not in text_of(teacher.get(url))
    assert "Déjà fait" in text_of(teacher.get(f"{url}?passe=1"))


def test_homework_shows_who_has_handed_in_and_leads_to_the_copy(cast: Cast, teacher: Browser) -> None:
    page = teacher.get(f"/classe/devoirs/{cast.pastel.homework.pk}/")
    copy = teacher.get(f"/classe/copies/{cast.pastel.progress.pk}/")

    assert "Rendus 1 sur 2" in text_of(page)
    assert f"/classe/copies/{cast.pastel.progress.pk}/" in page.content.decode()
    assert "Pastel Classmate à faire" in text_of(page)
    assert "Réponse de pastel" in text_of(copy)
    assert "copie.png" in text_of(copy)


def test_teacher_of_two_schools_works_in_both(
    cast: Cast, teaching_there_too: Membership, teacher: Browser, client_of: SignIn
) -> None:
    home = text_of(teacher.get("/classe/"))
    with tenant_scope([cast.brique.establishment]):
        teaching = Teaching.objects.get(membership=teaching_there_too)
    teacher.post("/classe/donner/", {"teaching": teaching.pk, "title": "Au lycée", "due_on": in_days(1)})

    assert "Mathématiques · Collège du Pastel" in home
    assert "Mathématiques · Lycée de la Brique" in home
    assert titles(cast.pastel) == {"Exercices de pastel"}
    assert "Au lycée" in text_of(client_of(cast.brique.student).get("/eleve/devoirs/"))


def test_teacher_who_has_left_a_school_sees_and_does_nothing_there_any_more(
    cast: Cast, teaching_there_too: Membership, teacher: Browser
) -> None:
    """Even while still of that school as a parent."""
    with tenant_scope([cast.brique.establishment]):
        guard(cast.brique, cast.pastel.teacher, cast.brique.memberships["classmate"])
        Membership.objects.filter(pk=teaching_there_too.pk).update(ends_on=in_days(-1))
        teaching = Teaching.objects.get(membership=teaching_there_too)

    refused = teacher.post("/classe/donner/", {"teaching": teaching.pk, "title": "Au lycée", "due_on": in_days(1)})

    assert "Sélectionnez un choix valide" in text_of(refused)
    assert "Lycée de la Brique" not in text_of(teacher.get("/classe/"))
    assert teacher.get(f"/classe/devoirs/{cast.brique.homework.pk}/").status_code == 403
    assert teacher.get(f"/fichiers/copies/{cast.brique.progress_file.key}/").status_code == 403
    copies = {row["id"] for row in teacher.get("/api/v1/progress/").json()["results"]}
    assert cast.brique.progress.pk not in copies


def test_teacher_of_another_subject_of_the_class_reads_and_revises_its_homework(cast: Cast, client_of: SignIn) -> None:
    """A class's teachers share its homework book, as on paper."""
    with tenant_scope([cast.pastel.establishment]):
        Teaching.objects.create(
            establishment=cast.pastel.establishment,
            group=cast.pastel.group,
            membership=cast.pastel.memberships["colleague"],
            subject=cast.pastel.subject,
        )

    colleague = client_of(cast.pastel.colleague)

    assert colleague.get(f"/classe/devoirs/{cast.pastel.homework.pk}/modifier/").status_code == 200


# --- The head -------------------------------------------------------------------------------------------------


def test_head_sees_the_homework_of_all_classes_by_day(cast: Cast, client_of: SignIn) -> None:
    group = make_class(cast.pastel, "6E A", cast.pastel.memberships["colleague"])
    make_homework(cast.pastel, "Des sixièmes", group=group, due_on=in_days(2))
    make_homework(cast.pastel, "D’avant", due_on=in_days(0) - timedelta(days=1))

    page = text_of(client_of(cast.pastel.head).get("/etablissement/devoirs/"))

    assert page.index("Exercices de pastel") < page.index("Des sixièmes")
    assert "6E A · Mathématiques · Teacher Pastel" in page
    assert "D’avant" not in page
    assert "Exercices de brique" not in page


def test_head_goes_from_a_class_to_its_homework(cast: Cast, client_of: SignIn) -> None:
    group = make_class(cast.pastel, "6E A", cast.pastel.memberships["colleague"])
    make_homework(cast.pastel, "Des sixièmes", group=group, due_on=in_days(2))
    browser = client_of(cast.pastel.head)
    there = f"/etablissement/devoirs/?classe={group.pk}"
    assert f'href="{there}"' in browser.get(f"/etablissement/classes/{group.pk}/").content.decode()

    page = text_of(browser.get(there))

    assert text_of(browser.get(there), "h1") == "Devoirs de 6E A"
    assert "Des sixièmes" in page
    assert "Exercices de pastel" not in page
    for wrong in (cast.brique.group.pk, 0, "x", "²"):
        assert browser.get(f"/etablissement/devoirs/?classe={wrong}").status_code == 404


@pytest.mark.parametrize("who", ["staff", "local_admin"])
def test_whoever_reads_no_homework_is_shown_no_door_to_it(cast: Cast, client_of: SignIn, who: str) -> None:
    browser = client_of(cast.pastel.person(who))

    page = browser.get(f"/etablissement/classes/{cast.pastel.group.pk}/")
    assert "/etablissement/devoirs/" not in page.content.decode()
    assert browser.get("/etablissement/devoirs/").status_code == 403


def test_head_reads_a_copy_by_api(cast: Cast, client_of: SignIn) -> None:
    answer = client_of(cast.pastel.head).get(f"/api/v1/progress/{cast.pastel.progress.pk}/")

    assert answer.json()["text"] == "Réponse de pastel"
