"""Homework by the API: given, revised, withdrawn, done and handed in, with the actions of the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import User
from establishments.models import Subject
from tests.cast import Cast
from tests.pedagogy.homework.rows import in_days, make_homework, progress_of, titles

Script = Callable[[User], APIClient]
URL = "/api/v1/homework/"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def teacher(cast: Cast, script_of: Script) -> APIClient:
    return script_of(cast.pastel.teacher)


@pytest.fixture
def student(cast: Cast, script_of: Script) -> APIClient:
    return script_of(cast.pastel.classmate)


def body(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "group": cast.pastel.group.pk,
        "subject": cast.pastel.subject.code,
        "title": "Exercices 12 et 14",
        "due_on": in_days(2),
        **changes,
    }


def test_homework_given_is_answered_whole_and_read_by_a_student(
    cast: Cast, teacher: APIClient, student: APIClient
) -> None:
    answer = teacher.post(URL, body(cast, expected_minutes=20))

    assert answer.status_code == 201
    given = answer.json()
    assert given["subject"] == "Mathématiques"
    assert given["teacher"] == "Teacher Pastel"
    assert given["due_on"] == str(in_days(2))
    assert student.get(f"{URL}{given['id']}/").json() == given


def test_fields_that_are_not_offered_change_nothing(cast: Cast, teacher: APIClient) -> None:
    forged = {"establishment": cast.brique.establishment.pk, "author": cast.brique.memberships["teacher"].pk, "id": 1}

    given = teacher.post(URL, body(cast, **forged)).json()

    assert given["establishment"] == cast.pastel.establishment.pk
    assert titles(cast.brique) == {"Exercices de brique"}


def test_homework_in_a_subject_that_one_does_not_teach_is_refused(cast: Cast, teacher: APIClient) -> None:
    greek = Subject.objects.create(code="020800", name="Grec ancien")

    answer = teacher.post(URL, body(cast, subject=greek.code))

    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {"subject"}


@pytest.mark.parametrize("day", ["2001-01-01", "0001-01-01", "9999-12-31"])
def test_homework_for_an_impossible_day_is_refused_as_by_the_page(cast: Cast, teacher: APIClient, day: str) -> None:
    answer = teacher.post(URL, body(cast, due_on=day))

    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {"due_on"}


def test_homework_revised_and_withdrawn(cast: Cast, teacher: APIClient) -> None:
    homework = make_homework(cast.pastel)
    url = f"{URL}{homework.pk}/"

    revised = teacher.put(url, {"title": "Lire le chapitre 5", "due_on": in_days(3)})

    assert revised.json()["title"] == "Lire le chapitre 5"
    assert teacher.get(url).json()["due_on"] == str(in_days(3))
    assert teacher.delete(url).status_code == 204
    assert teacher.get(url).status_code == 404


def test_homework_withdrawn_keeps_what_was_handed_in(cast: Cast, teacher: APIClient) -> None:
    answer = teacher.delete(f"{URL}{cast.pastel.homework.pk}/")

    assert answer.status_code == 204
    assert teacher.get(f"{URL}{cast.pastel.homework.pk}/").json()["withdrawn_at"]
    assert progress_of(cast.pastel.homework, cast.pastel.memberships["student"]) == cast.pastel.progress


def test_homework_marked_done_twice_and_then_to_do_again(cast: Cast, student: APIClient) -> None:
    url = f"{URL}{cast.pastel.homework.pk}/done/"

    first, second, third = (student.put(url, {"done": done}).json() for done in (True, True, False))

    assert first["done_at"] == second["done_at"] is not None
    assert third["done_at"] is None
    assert first["id"] == third["id"]


def test_work_handed_in_with_a_picture_is_read_by_the_teacher(
    cast: Cast, student: APIClient, teacher: APIClient
) -> None:
    picture = SimpleUploadedFile("ma copie.png", PNG)

    answer = student.post(
        f"{URL}{cast.pastel.homework.pk}/hand-in/", {"text": "Voilà", "files": [picture]}, format="multipart"
    )

    copy = teacher.get(f"/api/v1/progress/{answer.json()['id']}/").json()
    assert copy["text"] == "Voilà"
    assert [file["name"] for file in copy["files"]] == ["ma copie.png"]
    assert teacher.get(copy["files"][0]["url"]).getvalue() == PNG


def test_file_handed_in_that_lies_is_refused_with_its_field(cast: Cast, student: APIClient) -> None:
    page = SimpleUploadedFile("copie.pdf", b"<script>alert(1)</script>")

    answer = student.post(f"{URL}{cast.pastel.homework.pk}/hand-in/", {"files": [page]}, format="multipart")

    assert answer.status_code == 400
    assert "n’est pas lisible comme fichier .pdf" in str(answer.json()["errors"]["files"])


def test_guardian_reads_the_copy_and_writes_nothing(cast: Cast, script_of: Script) -> None:
    guardian, pk = script_of(cast.pastel.guardian), cast.pastel.homework.pk

    assert guardian.get(f"/api/v1/progress/{cast.pastel.progress.pk}/").json()["text"] == "Réponse de pastel"
    assert guardian.put(f"{URL}{pk}/done/", {"done": True}).status_code == 403
    assert guardian.post(f"{URL}{pk}/hand-in/", {"text": "Moi"}, format="multipart").status_code == 403
    assert guardian.put(f"{URL}{pk}/", body(cast)).status_code == 403
    assert guardian.delete(f"{URL}{pk}/").status_code == 403
    assert guardian.post(URL, body(cast)).status_code == 403
