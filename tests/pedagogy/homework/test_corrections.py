"""A teacher corrects copies; students and families read what is handed back to them, and nothing before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Notification, User
from ent.tenancy.scope import tenant_scope
from establishments.models import Teaching
from pedagogy.models import Draft, Homework, Progress
from tests.browser import Browser, text_of
from tests.cast import Cast, School
from tests.pedagogy.homework.rows import make_homework

SignIn = Callable[[User], Browser]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def teacher(cast: Cast, client_of: SignIn) -> Browser:
    return client_of(cast.pastel.teacher)


@pytest.fixture
def url(cast: Cast) -> str:
    return f"/classe/copies/{cast.pastel.progress.pk}/"


def progress_of(school: School) -> Progress:
    with tenant_scope([school.establishment]):
        return Progress.objects.get(pk=school.progress.pk)


def marked(school: School, marking: str, scale: int = 20) -> None:
    with tenant_scope([school.establishment]):
        Homework.objects.filter(pk=school.homework.pk).update(marking=marking, scale=scale)


def another_copy(school: School) -> Progress:
    with tenant_scope([school.establishment]):
        return Progress.objects.create(
            establishment=school.establishment, homework=school.homework, student=school.memberships["classmate"],
            handed_in_at=timezone.now(), text="La mienne",
        )  # fmt: skip


def sent(school: School, **typed: Any) -> dict[str, Any]:
    return {"version": progress_of(school).version, "comment": "Bon raisonnement.", **typed}


def pages_of_the_family(cast: Cast, client_of: SignIn) -> list[str]:
    school, pk = cast.pastel, cast.pastel.homework.pk
    child = school.memberships["student"].pk
    return [
        text_of(client_of(school.student).get(f"/eleve/devoirs/{pk}/")),
        text_of(client_of(school.guardian).get(f"/famille/enfants/{child}/devoirs/{pk}/")),
    ]


def test_correction_is_read_by_student_and_guardian_once_handed_back_and_not_before(
    cast: Cast, teacher: Browser, client_of: SignIn, url: str
) -> None:
    marked(cast.pastel, "mark")
    file = f"/fichiers/corrections/{cast.pastel.correction_file.key}/"
    api = f"/api/v1/progress/{cast.pastel.progress.pk}/"

    teacher.post(url, sent(cast.pastel, mark="14,25"))

    for page in pages_of_the_family(cast, client_of):
        assert "Bon raisonnement." not in page
        assert "14,25" not in page
    for who in (cast.pastel.student, cast.pastel.guardian):
        assert client_of(who).get(file).status_code == 403
        hidden = client_of(who).get(api).json()
        assert (hidden["comment"], hidden["mark"], hidden["correction_files"]) == ("", None, [])

    teacher.post(url, sent(cast.pastel, mark="14,25", hand_back="1"))

    for page in pages_of_the_family(cast, client_of):
        assert "Bon raisonnement." in page
        assert "14,25 sur 20" in page.replace("\xa0", " ")
    for who in (cast.pastel.student, cast.pastel.guardian):
        assert client_of(who).get(file).status_code == 200
        assert client_of(who).get(api).json()["mark"] == 14.25
    assert client_of(cast.pastel.classmate).get(file).status_code == 403


def test_guardian_touches_nothing_of_a_correction(cast: Cast, client_of: SignIn, url: str) -> None:
    guardian = client_of(cast.pastel.guardian)

    assert guardian.post(url, sent(cast.pastel)).status_code == 403
    answer = guardian.put(
        f"/api/v1/progress/{cast.pastel.progress.pk}/correction/", {}, content_type="application/json"
    )
    assert answer.status_code == 403
    assert progress_of(cast.pastel).corrected_at is None


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("14,3", "au quart de point"),
        ("21", "La note va de 0 à 20."),
        ("-1", "La note va de 0 à 20."),
        ("quatorze", "Une note est un nombre"),
        ("1e9999", "Une note est un nombre"),
    ],
)
def test_mark_that_is_none_is_refused_and_the_comment_stays(
    cast: Cast, teacher: Browser, url: str, typed: str, message: str
) -> None:
    marked(cast.pastel, "mark")

    page = text_of(teacher.post(url, sent(cast.pastel, mark=typed)))

    assert message in page
    assert "Bon raisonnement." in page
    assert progress_of(cast.pastel).corrected_at is None


@pytest.mark.parametrize(("typed", "quarters"), [("14.5", 58), ("14,25", 57), ("0", 0), ("", None)])
def test_mark_is_kept_in_quarters(cast: Cast, teacher: Browser, url: str, typed: str, quarters: int | None) -> None:
    marked(cast.pastel, "mark")

    teacher.post(url, sent(cast.pastel, mark=typed))

    assert progress_of(cast.pastel).mark == quarters


def test_level_is_read_in_the_words_of_the_report(cast: Cast, teacher: Browser, client_of: SignIn, url: str) -> None:
    marked(cast.pastel, "level")

    teacher.post(url, sent(cast.pastel, level="4", hand_back="1"))

    assert all("très bonne maîtrise" in page for page in pages_of_the_family(cast, client_of))


def test_annotated_copy_goes_back_with_the_correction(
    cast: Cast, teacher: Browser, client_of: SignIn, url: str
) -> None:
    files = [SimpleUploadedFile("copie annotée.png", PNG)]

    teacher.post(url, sent(cast.pastel, files=files, remove_files=[cast.pastel.correction_file.pk], hand_back="1"))

    page = pages_of_the_family(cast, client_of)[0]
    assert "copie annotée.png" in page
    assert "annotee.png" not in page


def test_next_copy_follows_and_the_last_leads_to_the_list(cast: Cast, teacher: Browser, url: str) -> None:
    other = another_copy(cast.pastel)
    first = teacher.get(f"/classe/devoirs/{cast.pastel.homework.pk}/corriger/")["Location"]
    pks = [cast.pastel.progress.pk, other.pk]
    begun, left = pks if str(pks[0]) in first else pks[::-1]

    second = teacher.post(first, {"version": 1, "comment": "Lu."})["Location"]

    assert second == f"/classe/copies/{left}/?voir=a-corriger"
    assert teacher.post(second, {"version": 1})["Location"] == f"/classe/devoirs/{cast.pastel.homework.pk}/"
    assert begun != left


@pytest.mark.parametrize(
    ("seen", "there"),
    [("a-corriger", {"Classmate"}), ("corrigees", {"Student"}), ("non-rendu", set()), ("", {"Classmate", "Student"})],
)
def test_list_keeps_the_copies_that_are_asked_for(
    cast: Cast, teacher: Browser, url: str, seen: str, there: set[str]
) -> None:
    another_copy(cast.pastel)
    teacher.post(url, sent(cast.pastel))

    page = text_of(teacher.get(f"/classe/devoirs/{cast.pastel.homework.pk}/?voir={seen}"), "main")

    assert {name for name in ("Classmate", "Student") if name in page} == there


def test_all_corrected_copies_are_handed_back_at_once_and_told(cast: Cast, teacher: Browser, url: str) -> None:
    another_copy(cast.pastel)
    teacher.post(url, sent(cast.pastel))

    answer = teacher.post(f"/classe/devoirs/{cast.pastel.homework.pk}/remettre/", follow=True)

    assert "1 copie remise." in text_of(answer)
    with tenant_scope([cast.pastel.establishment]):
        assert [p.returned_at is None for p in Progress.objects.order_by("pk")] == [False, True]
        told = Notification.objects.get(kind="pedagogy.homework.returned")
    assert told.user == cast.pastel.student
    assert "14" not in told.title + told.detail


def test_copy_handed_back_is_not_changed_by_the_student(
    cast: Cast, teacher: Browser, client_of: SignIn, url: str
) -> None:
    teacher.post(url, sent(cast.pastel, hand_back="1"))

    page = client_of(cast.pastel.student).post(f"/eleve/devoirs/{cast.pastel.homework.pk}/", {"text": "Autre"})

    assert "Ta copie est corrigée" in text_of(page)
    assert progress_of(cast.pastel).text == "Réponse de pastel"


def test_two_teachers_on_the_same_copy_see_each_other(
    cast: Cast, teacher: Browser, client_of: SignIn, url: str
) -> None:
    with tenant_scope([cast.pastel.establishment]):
        Teaching.objects.create(
            establishment=cast.pastel.establishment, group=cast.pastel.group, subject=cast.pastel.subject,
            membership=cast.pastel.memberships["colleague"],
        )  # fmt: skip
    typed = sent(cast.pastel, comment="De la première.")
    teacher.post(url, typed)

    page = text_of(client_of(cast.pastel.colleague).post(url, typed | {"comment": "Du second."}))

    assert "Quelqu’un d’autre a enregistré entre-temps." in page
    assert "De la première." in page
    assert "Du second." in page
    assert progress_of(cast.pastel).comment == "De la première."


def test_teacher_removed_while_correcting_is_told_and_gets_back_what_they_typed(
    cast: Cast, client_of: SignIn, url: str
) -> None:
    school = cast.pastel
    with tenant_scope([school.establishment]):
        teaching = Teaching.objects.create(
            establishment=school.establishment, group=school.group, subject=school.subject,
            membership=school.memberships["colleague"],
        )  # fmt: skip
    colleague = client_of(school.colleague)
    assert colleague.get(url).status_code == 200
    with tenant_scope([school.establishment]):
        teaching.delete()

    answer = colleague.post(url, sent(school, comment="Une heure de travail."))

    assert answer.status_code == 403
    assert "La correction n’est pas enregistrée." in text_of(answer)
    assert "Une heure de travail." in text_of(answer)
    assert "Student" not in text_of(answer, "main")
    assert progress_of(school).corrected_at is None


def test_correction_half_typed_is_there_again(cast: Cast, teacher: Browser, url: str) -> None:
    answer = teacher.post(f"{url}brouillon/", {"comment": "Le début est"})

    assert "Brouillon gardé à" in answer.content.decode()
    page = teacher.get(url)
    assert page.context["form"]["comment"].value() == "Le début est"
    assert "Brouillon retrouvé." in text_of(page)
    teacher.post(url, sent(cast.pastel))
    with tenant_scope([cast.pastel.establishment]):
        assert not Draft.objects.filter(progress=cast.pastel.progress).exists()


def test_answer_half_typed_is_there_again_for_its_student_only(cast: Cast, client_of: SignIn) -> None:
    url = f"/eleve/devoirs/{cast.pastel.homework.pk}/"
    client_of(cast.pastel.classmate).post(f"{url}brouillon/", {"text": "Je commence par"})

    assert "Je commence par" in text_of(client_of(cast.pastel.classmate).get(url))
    assert "Je commence par" not in text_of(client_of(cast.pastel.student).get(url))


def test_draft_longer_than_any_answer_is_not_kept_and_says_so(cast: Cast, client_of: SignIn) -> None:
    url = f"/eleve/devoirs/{cast.pastel.homework.pk}/brouillon/"

    answer = client_of(cast.pastel.student).post(url, {"text": "é" * 80_000})

    assert "Trop long pour être gardé" in answer.content.decode()


def test_reminder_goes_to_those_who_did_not_hand_in_once_a_day(cast: Cast, teacher: Browser) -> None:
    url = f"/classe/devoirs/{cast.pastel.homework.pk}/rappeler/"

    first, second = (text_of(teacher.post(url, follow=True)) for _ in range(2))

    assert "Rappel envoyé à 1 élève." in first
    assert "Un rappel est déjà parti aujourd’hui." in second
    with tenant_scope([cast.pastel.establishment]):
        assert Notification.objects.get(kind="pedagogy.homework.reminder").user == cast.pastel.classmate


def test_reminder_for_work_that_is_not_handed_in_here_is_refused(cast: Cast, teacher: Browser) -> None:
    homework = make_homework(cast.pastel)

    assert "Rien n’est à rendre ici" in text_of(teacher.post(f"/classe/devoirs/{homework.pk}/rappeler/", follow=True))


def test_copy_of_a_school_is_not_corrected_from_its_neighbour(cast: Cast, client_of: SignIn, url: str) -> None:
    assert client_of(cast.brique.teacher).post(url, {"version": 1, "comment": "?"}).status_code == 404
    assert progress_of(cast.pastel).corrected_at is None
