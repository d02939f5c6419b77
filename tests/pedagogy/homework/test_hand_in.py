"""A student hands work in, completes it, and takes a file back; the teacher reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from pedagogy.models import Homework, ProgressFile
from tests.browser import Browser, text_of
from tests.cast import Cast
from tests.pedagogy.homework.rows import in_days, make_homework, progress_of

SignIn = Callable[[User], Browser]
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def student(cast: Cast, client_of: SignIn) -> Browser:
    return client_of(cast.pastel.student)


@pytest.fixture
def essay(cast: Cast) -> Homework:
    """To hand in; nobody has yet."""
    return make_homework(cast.pastel, "Rédaction", to_hand_in=True)


def picture(name: str = "ma copie.png", of: str = "") -> SimpleUploadedFile:
    """Each name is a picture of its own, unless it is said `of` which."""
    return SimpleUploadedFile(name, PNG + (of or name).encode())


def hand_in(browser: Browser, homework: Homework, **form: Any) -> Any:
    return browser.post(f"/eleve/devoirs/{homework.pk}/", form, follow=True)


def names_of_files(cast: Cast, homework: Homework) -> list[str]:
    with tenant_scope([cast.pastel.establishment]):
        return list(ProgressFile.objects.filter(progress__homework=homework).values_list("name", flat=True))


def test_text_and_picture_handed_in_are_read_by_the_teacher(
    cast: Cast, student: Browser, essay: Homework, client_of: SignIn
) -> None:
    answer = hand_in(student, essay, text="Il était une fois", files=[picture()])

    assert "Rendu. Teacher Pastel pourra le lire." in text_of(answer)
    teacher = client_of(cast.pastel.teacher)
    progress = progress_of(essay, cast.pastel.memberships["student"])
    assert "1 sur 2" in text_of(teacher.get(f"/classe/devoirs/{essay.pk}/"))
    copy = text_of(teacher.get(f"/classe/copies/{progress.pk}/"))
    assert "Il était une fois" in copy
    assert "ma copie.png" in copy


def test_picture_handed_in_alone_is_enough(cast: Cast, student: Browser, essay: Homework) -> None:
    hand_in(student, essay, files=[picture()])

    assert progress_of(essay, cast.pastel.memberships["student"]).handed_in_at


def test_last_file_taken_back_leaves_nothing_handed_in(cast: Cast, student: Browser, essay: Homework) -> None:
    hand_in(student, essay, files=[picture("1.png"), picture("2.png")])
    member = cast.pastel.memberships["student"]
    with tenant_scope([cast.pastel.establishment]):
        first, second = ProgressFile.objects.filter(progress__homework=essay).values_list("key", flat=True)

    student.post(f"/eleve/copies/{first}/retirer/")
    assert progress_of(essay, member).handed_in_at

    student.post(f"/eleve/copies/{second}/retirer/")

    assert progress_of(essay, member).handed_in_at is None
    assert "Rendre mon travail" in text_of(student.get(f"/eleve/devoirs/{essay.pk}/"))


def test_last_file_taken_back_leaves_the_text_handed_in(cast: Cast, student: Browser, essay: Homework) -> None:
    hand_in(student, essay, text="Il était une fois", files=[picture()])
    with tenant_scope([cast.pastel.establishment]):
        key = ProgressFile.objects.get(progress__homework=essay).key

    student.post(f"/eleve/copies/{key}/retirer/")

    assert progress_of(essay, cast.pastel.memberships["student"]).handed_in_at


def test_work_handed_in_counts_as_done(cast: Cast, student: Browser, essay: Homework) -> None:
    hand_in(student, essay, text="Il était une fois")

    assert progress_of(essay, cast.pastel.memberships["student"]).done_at


@pytest.mark.parametrize("text", ["", "   \n"])
def test_nothing_handed_in_is_refused_with_what_to_do(cast: Cast, student: Browser, essay: Homework, text: str) -> None:
    answer = hand_in(student, essay, text=text, csrfmiddlewaretoken="a form is never quite empty")

    assert "Rien à rendre : écris ta réponse" in text_of(answer)
    assert progress_of(essay, cast.pastel.memberships["student"]) is None


def test_too_many_files_are_refused_and_keep_what_was_typed(cast: Cast, student: Browser, essay: Homework) -> None:
    answer = hand_in(student, essay, text="Il était une fois", files=[picture(f"{n}.png") for n in range(11)])

    assert "10 fichiers au plus à la fois" in text_of(answer)
    assert "Il était une fois" in text_of(answer)
    assert progress_of(essay, cast.pastel.memberships["student"]) is None


def test_file_that_is_not_what_its_name_says_is_refused_and_keeps_what_was_typed(
    cast: Cast, student: Browser, essay: Homework
) -> None:
    page = SimpleUploadedFile("copie.pdf", b"<html><script>alert(1)</script>")

    answer = hand_in(student, essay, text="Il était une fois", files=[page])

    assert "« copie.pdf » n’est pas lisible comme fichier .pdf" in text_of(answer)
    assert "Il était une fois" in text_of(answer)
    assert names_of_files(cast, essay) == []


def test_work_handed_in_again_replaces_the_text_and_adds_the_files(
    cast: Cast, student: Browser, essay: Homework
) -> None:
    hand_in(student, essay, text="Brouillon", files=[picture("1.png")])

    answer = hand_in(student, essay, text="Au propre", files=[picture("2.png")])

    assert "Brouillon" not in text_of(answer)
    assert "Au propre" in text_of(answer)
    assert names_of_files(cast, essay) == ["1.png", "2.png"]


def test_same_file_sent_again_is_kept_once_under_whatever_name(cast: Cast, student: Browser, essay: Homework) -> None:
    hand_in(student, essay, text="Il était une fois", files=[picture("1.png")])
    hand_in(student, essay, text="Il était une fois", files=[picture("1.png")])

    answer = hand_in(student, essay, files=[picture("photo.png", of="1.png"), picture("2.png"), picture("2.png")])

    assert "Rendu." in text_of(answer)
    assert names_of_files(cast, essay) == ["1.png", "2.png"]


def test_same_size_is_not_the_same_file(cast: Cast, student: Browser, essay: Homework) -> None:
    hand_in(student, essay, files=[picture("1.png")])
    hand_in(student, essay, files=[picture("1.png", of="2.png")])

    assert names_of_files(cast, essay) == ["1.png", "1.png"]


def test_full_copy_sent_again_is_no_error(cast: Cast, student: Browser, essay: Homework) -> None:
    files = [f"{n}.png" for n in range(10)]
    for _time in range(2):
        answer = hand_in(student, essay, files=[picture(name) for name in files])

    assert "Rendu." in text_of(answer)
    assert names_of_files(cast, essay) == files


def test_files_added_beyond_the_limit_of_the_copy_are_refused(cast: Cast, student: Browser, essay: Homework) -> None:
    hand_in(student, essay, files=[picture(f"{n}.png") for n in range(9)])

    answer = hand_in(student, essay, files=[picture("a.png"), picture("b.png")])

    assert "10 fichiers au plus : retires-en avant d’en ajouter." in text_of(answer)
    assert len(names_of_files(cast, essay)) == 9


def test_work_that_is_late_is_said_so_and_still_accepted(cast: Cast, student: Browser) -> None:
    late = make_homework(cast.pastel, due_on=in_days(-2), to_hand_in=True)
    assert "C’est en retard : tu peux quand même rendre." in text_of(student.get(f"/eleve/devoirs/{late.pk}/"))

    hand_in(student, late, text="Pardon")

    assert progress_of(late, cast.pastel.memberships["student"]).text == "Pardon"


def test_work_that_is_not_to_hand_in_has_no_form_and_is_refused(cast: Cast, student: Browser) -> None:
    reading = make_homework(cast.pastel)
    assert "Rendre mon travail" not in text_of(student.get(f"/eleve/devoirs/{reading.pk}/"))

    hand_in(student, reading, text="Je rends quand même")

    assert progress_of(reading, cast.pastel.memberships["student"]) is None


def test_own_file_taken_back_is_gone_from_the_copy(cast: Cast, student: Browser) -> None:
    answer = student.post(f"/eleve/copies/{cast.pastel.progress_file.key}/retirer/", follow=True)

    assert "Fichier retiré." in text_of(answer)
    assert names_of_files(cast, cast.pastel.homework) == []


def test_classmates_file_is_neither_read_nor_taken_back(cast: Cast, client_of: SignIn) -> None:
    key, classmate = cast.pastel.progress_file.key, client_of(cast.pastel.classmate)

    assert classmate.get(f"/fichiers/copies/{key}/").status_code == 403
    assert classmate.post(f"/eleve/copies/{key}/retirer/").status_code == 403
    assert names_of_files(cast, cast.pastel.homework) == ["copie.png"]
