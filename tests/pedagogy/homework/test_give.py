"""A teacher gives homework."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.models import Subject
from pedagogy.homework import actions
from tests.browser import Browser, text_of
from tests.cast import Cast, School
from tests.pedagogy.homework.rows import in_days, make_class, teaching_of, titles

SignIn = Callable[[User], Browser]
URL = "/classe/donner/"
PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture
def teacher(cast: Cast, client_of: SignIn) -> Browser:
    return client_of(cast.pastel.teacher)


def filled(school: School, **changes: Any) -> dict[str, Any]:
    return {"teaching": teaching_of(school).pk, "title": "Exercices 12 et 14", "due_on": in_days(2), **changes}


def test_homework_given_to_a_class_is_read_by_its_students(cast: Cast, teacher: Browser, client_of: SignIn) -> None:
    answer = teacher.post(URL, filled(cast.pastel, expected_minutes="20"), follow=True)

    assert "Donné à la classe 5E B." in text_of(answer)
    page = text_of(client_of(cast.pastel.classmate).get("/eleve/devoirs/"))
    assert "Exercices 12 et 14" in page
    assert "20 min" in page


def test_document_given_with_homework_is_downloaded_by_a_student(
    cast: Cast, teacher: Browser, client_of: SignIn
) -> None:
    document = SimpleUploadedFile("fiche de cours.pdf", PDF)
    teacher.post(URL, filled(cast.pastel, files=[document]))
    with tenant_scope([cast.pastel.establishment]):
        file = cast.pastel.group.homework.get(title="Exercices 12 et 14").files.get()

    answer = client_of(cast.pastel.student).get(f"/fichiers/devoirs/{file.key}/")

    assert answer.getvalue() == PDF
    assert 'filename="fiche de cours.pdf"' in answer["Content-Disposition"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"title": ""}, "Dites ce que les élèves doivent faire."),
        ({"teaching": ""}, "Choisissez la classe."),
        ({"due_on": ""}, "Choisissez le jour."),
        ({"expected_minutes": "601"}, "La durée prévue va de 1 minute à 10 heures."),
    ],
)
def test_homework_with_something_missing_is_refused_and_keeps_what_was_typed(
    cast: Cast, teacher: Browser, wrong: dict[str, str], message: str
) -> None:
    answer = teacher.post(URL, filled(cast.pastel, instructions="Au propre, sans calculatrice.", **wrong))

    page = text_of(answer)
    assert "Un point à corriger" in page
    assert message in page
    assert "Au propre, sans calculatrice." in page
    assert titles(cast.pastel) == {"Exercices de pastel"}


@pytest.mark.parametrize(
    ("days", "message"),
    [(-1, "Ce jour est passé."), (400, "Ce jour est à plus d’un an.")],
    ids=["yesterday", "in more than a year"],
)
def test_homework_for_an_impossible_day_is_refused(cast: Cast, teacher: Browser, days: int, message: str) -> None:
    answer = teacher.post(URL, filled(cast.pastel, due_on=in_days(days)))

    assert message in text_of(answer)
    assert titles(cast.pastel) == {"Exercices de pastel"}


def test_homework_for_today_is_accepted(cast: Cast, teacher: Browser) -> None:
    teacher.post(URL, filled(cast.pastel, due_on=in_days(0)))

    assert "Exercices 12 et 14" in titles(cast.pastel)


def test_homework_given_with_the_forged_class_of_the_other_school_is_refused(cast: Cast, teacher: Browser) -> None:
    answer = teacher.post(URL, filled(cast.brique))

    assert "Sélectionnez un choix valide" in text_of(answer)
    assert titles(cast.brique) == {"Exercices de brique"}


def test_homework_given_with_the_forged_class_of_a_colleague_is_refused(cast: Cast, client_of: SignIn) -> None:
    make_class(cast.pastel, "6E A", cast.pastel.memberships["colleague"])

    answer = client_of(cast.pastel.colleague).post(URL, filled(cast.pastel))

    assert "Sélectionnez un choix valide" in text_of(answer)
    assert titles(cast.pastel) == {"Exercices de pastel"}


def test_homework_in_a_subject_that_one_does_not_teach_is_refused(cast: Cast) -> None:
    greek = Subject.objects.create(code="020800", name="Grec ancien")

    with person_scope(cast.pastel.teacher), pytest.raises(ValidationError) as refusal:
        actions.give(group=cast.pastel.group, subject=greek, by=cast.pastel.teacher, title="Lire", due_on=in_days(1))

    assert refusal.value.message_dict.keys() == {"subject"}


def test_more_documents_than_allowed_are_refused_and_keep_what_was_typed(cast: Cast, teacher: Browser) -> None:
    documents = [SimpleUploadedFile(f"{n}.pdf", PDF) for n in range(11)]

    page = text_of(teacher.post(URL, filled(cast.pastel, files=documents, instructions="Lire les fiches.")))

    assert "10 fichiers au plus à la fois" in page
    assert "Lire les fiches." in page
    assert titles(cast.pastel) == {"Exercices de pastel"}


def test_form_opened_from_a_class_has_it_chosen(cast: Cast, teacher: Browser) -> None:
    form = teacher.get(f"{URL}?groupe={cast.pastel.group.pk}").context["form"]

    assert form["teaching"].value() == teaching_of(cast.pastel).pk


@pytest.mark.parametrize("nonsense", ["0", "abc", "%00", "9" * 40])
def test_form_opened_from_a_class_that_is_none_has_the_nearest_one_chosen(
    cast: Cast, teacher: Browser, nonsense: str
) -> None:
    answer = teacher.get(f"{URL}?groupe={nonsense}")

    assert answer.status_code == 200
    assert answer.context["form"]["teaching"].value() == teaching_of(cast.pastel).pk


def test_form_of_a_teacher_without_a_class_says_where_classes_come_from(cast: Cast, client_of: SignIn) -> None:
    page = text_of(client_of(cast.pastel.colleague).get(URL))

    assert "Aucune classe cette année." in page
