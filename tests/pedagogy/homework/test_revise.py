"""A teacher changes what was given, or takes it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from pedagogy.models import Homework, HomeworkFile, Progress
from tests.browser import Browser, text_of
from tests.cast import Cast, School
from tests.pedagogy.homework.rows import in_days, make_homework, titles

SignIn = Callable[[User], Browser]


@pytest.fixture
def teacher(cast: Cast, client_of: SignIn) -> Browser:
    return client_of(cast.pastel.teacher)


def revise(browser: Browser, homework: Homework, **changes: Any) -> Any:
    form = {
        "title": homework.title,
        "due_on": homework.due_on,
        "to_hand_in": "on",
        "version": homework.version,
        **changes,
    }
    return browser.post(f"/classe/devoirs/{homework.pk}/modifier/", form, follow=True)


def names_of_files(school: School) -> list[str]:
    with tenant_scope([school.establishment]):
        return list(HomeworkFile.objects.filter(homework=school.homework).values_list("name", flat=True))


def test_homework_revised_is_read_so_by_students_and_keeps_what_they_handed_in(
    cast: Cast, teacher: Browser, client_of: SignIn
) -> None:
    answer = revise(teacher, cast.pastel.homework, title="Exercices 15 et 16")

    assert "Devoir modifié." in text_of(answer)
    page = text_of(client_of(cast.pastel.student).get(f"/eleve/devoirs/{cast.pastel.homework.pk}/"))
    assert "Exercices 15 et 16" in page
    assert "Réponse de pastel" in page


def test_homework_that_is_past_keeps_its_day_when_something_else_is_revised(cast: Cast, teacher: Browser) -> None:
    past = make_homework(cast.pastel, due_on=in_days(-3))

    answer = revise(teacher, past, title="Lire le chapitre 5")

    assert "Devoir modifié." in text_of(answer)
    assert "Lire le chapitre 5" in titles(cast.pastel)


def test_homework_moved_to_a_past_day_is_refused_and_keeps_what_was_typed(cast: Cast, teacher: Browser) -> None:
    answer = revise(teacher, cast.pastel.homework, due_on=in_days(-1), title="Exercices 15 et 16")

    assert "Ce jour est passé." in text_of(answer)
    assert 'value="Exercices 15 et 16"' in answer.content.decode()
    assert titles(cast.pastel) == {"Exercices de pastel"}


def test_document_replaced_when_revising_is_the_only_one_left(cast: Cast, teacher: Browser) -> None:
    better = SimpleUploadedFile("énoncé corrigé.pdf", b"%PDF-1.4\n%%EOF\n")

    revise(teacher, cast.pastel.homework, remove_files=[cast.pastel.homework_file.pk], files=[better])

    assert names_of_files(cast.pastel) == ["énoncé corrigé.pdf"]


def test_document_of_the_other_school_cannot_be_removed_by_forging_its_id(cast: Cast, client_of: SignIn) -> None:
    forged = {"remove_files": [cast.pastel.homework_file.pk]}

    revise(client_of(cast.brique.teacher), cast.brique.homework, **forged)

    assert names_of_files(cast.pastel) == ["enonce.pdf"]


def test_homework_withdrawn_is_gone_for_students(cast: Cast, teacher: Browser, client_of: SignIn) -> None:
    homework = make_homework(cast.pastel)

    answer = teacher.post(f"/classe/devoirs/{homework.pk}/retirer/", follow=True)

    assert "Devoir retiré." in text_of(answer)
    assert "Lire le chapitre 4" not in text_of(client_of(cast.pastel.student).get("/eleve/devoirs/"))


def test_homework_withdrawn_stays_with_those_who_handed_in_and_says_so(
    cast: Cast, teacher: Browser, client_of: SignIn
) -> None:
    url = f"/eleve/devoirs/{cast.pastel.homework.pk}/"

    teacher.post(f"/classe/devoirs/{cast.pastel.homework.pk}/retirer/", follow=True)

    page = text_of(client_of(cast.pastel.student).get(url))
    assert "Ce devoir a été retiré." in page
    assert "Réponse de pastel" in page
    assert client_of(cast.pastel.classmate).get(url).status_code == 403
    assert "Exercices de pastel" not in text_of(client_of(cast.pastel.classmate).get("/eleve/devoirs/"))
    assert "retiré" in text_of(client_of(cast.pastel.student).get("/eleve/devoirs/?passe=1"))


def test_page_before_withdrawing_says_how_many_have_done_it(cast: Cast, teacher: Browser) -> None:
    homework = make_homework(cast.pastel)
    with tenant_scope([cast.pastel.establishment]):
        for key in ("student", "classmate"):
            Progress.objects.create(
                establishment=cast.pastel.establishment,
                homework=homework,
                student=cast.pastel.memberships[key],
                done_at=homework.published_at,
            )

    page = text_of(teacher.get(f"/classe/devoirs/{homework.pk}/retirer/"))

    assert "2 élèves l’ont déjà marqué comme fait." in page


def test_page_before_withdrawing_says_what_becomes_of_the_copies(cast: Cast, teacher: Browser) -> None:
    page = teacher.get(f"/classe/devoirs/{cast.pastel.homework.pk}/retirer/")

    assert "1 élève a rendu son travail : sa copie lui reste, avec la mention « retiré »." in text_of(page)
