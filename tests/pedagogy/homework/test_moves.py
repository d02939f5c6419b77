"""In the middle of a year, a feed gives a student to another school: their work stays theirs to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.directory.actions import end_grace, grace
from establishments.models import Group, Membership, Subject
from pedagogy.models import Homework, HomeworkFile, Progress, ProgressFile
from tests.browser import Browser, text_of
from tests.establishments.directory.feeds import FABRE, LA_ROQUE, WrittenExport, school, user
from tests.pedagogy.homework.rows import in_days

SignIn = Callable[[User], Browser]
TODAY = timezone.localdate()


@dataclass
class Move:
    """Zoé, of the Collège Fabre's 5e A, hands in one of two homeworks; then she is in the Lycée La Roque's 4e B."""

    export: WrittenExport
    handed_in: Homework
    unread: Homework
    copy: ProgressFile
    document: HomeworkFile

    def make(self) -> None:
        teaches = {"ENTPersonCategorieEnseignant": "O", "ENTAuxEnsClassesMatieres": f"{LA_ROQUE}$4e B$061300"}
        functions = f"{LA_ROQUE}$ENS$ENSEIGNEMENT$L1300$MATHEMATIQUES"
        self.export.student("1", links=["2$10$1$1$1$0"], structure=LA_ROQUE, ENTEleveClasses=f"{LA_ROQUE}$4e B")
        self.export.staff("9", name="Sirven", structure=LA_ROQUE, ENTPersonFonctions=functions, **teaches)
        self.export.imported(TODAY)

    def with_new_work(self) -> Progress:
        """At the new school, handed in."""
        place = school("0120937D")
        with tenant_scope([place]):
            group = Group.objects.get(name="4e B")
            given = Homework.objects.create(
                establishment=place, group=group, subject=Subject.objects.get(), title="Nouveau devoir",
                author=Membership.objects.get(user=user("9")), due_on=in_days(1), to_hand_in=True,
            )  # fmt: skip
            student = Membership.objects.get(user=user("1"))
            return Progress.objects.create(
                establishment=place, homework=given, student=student, handed_in_at=timezone.now(), text="Neuf"
            )


@pytest.fixture
def export(tmp_path: Path, db: None) -> WrittenExport:
    return WrittenExport(tmp_path / "export")


@pytest.fixture
def move(export: WrittenExport) -> Move:
    export.student("1", links=["2$10$1$1$1$0"])
    export.student("5", name="Vidal", links=["6$10$1$1$1$0"])
    export.guardian("2")
    export.guardian("6", name="Vidal")
    export.staff(
        "4",
        ENTPersonCategorieEnseignant="O",
        ENTPersonFonctions=f"{FABRE}$ENS$ENSEIGNEMENT$L1300$MATHEMATIQUES",
        ENTAuxEnsClassesMatieres=f"{FABRE}$5e A$061300",
    )
    export.imported(TODAY)
    fabre = school("0120101V")
    with tenant_scope([fabre]):
        usual: dict[str, Any] = {
            "establishment": fabre,
            "group": Group.objects.get(name="5e A"),
            "subject": Subject.objects.get(),
            "author": Membership.objects.get(user=user("4")),
            "due_on": in_days(1),
            "to_hand_in": True,
        }
        handed_in = Homework.objects.create(title="Rédaction", **usual)
        unread = Homework.objects.create(title="Jamais rendu", **usual)
        progress = Progress.objects.create(
            establishment=fabre, homework=handed_in, student=Membership.objects.get(user=user("1")),
            handed_in_at=timezone.now(), done_at=timezone.now(), text="Il était une fois",
        )  # fmt: skip
        copy = ProgressFile(establishment=fabre, progress=progress, name="copie.png", content_type="image/png", size=8)
        copy.file.save("copie.png", ContentFile(b"\x89PNG\r\n\x1a\n"), save=True)
        document = HomeworkFile(
            establishment=fabre, homework=handed_in, name="sujet.pdf", content_type="application/pdf", size=9
        )
        document.file.save("sujet.pdf", ContentFile(b"%PDF-1.4\n"), save=True)
    return Move(export, handed_in, unread, copy, document)


@pytest.mark.parametrize("is_long_ago", [False, True])
def test_student_who_changed_school_reads_what_they_handed_in_and_nothing_else_there(
    move: Move, client_of: SignIn, is_long_ago: bool
) -> None:
    move.make()
    if is_long_ago:  # the feed's links to the old school are gone
        with tenant_scope([school("0120101V")]):
            assert end_grace(establishment_id=school("0120101V").pk, day=TODAY + grace() + timedelta(days=1))
    browser = client_of(user("1"))

    past = text_of(browser.get("/eleve/devoirs/?passe=1"))
    page = text_of(browser.get(f"/eleve/devoirs/{move.handed_in.pk}/"))

    assert "Rédaction" in past
    assert "Collège Fabre" in past
    assert "Jamais rendu" not in past
    assert "Il était une fois" in page
    assert "Tu n’es plus dans cet établissement" in page
    assert "Compléter ma copie" not in page
    assert browser.get(f"/fichiers/copies/{move.copy.key}/").status_code == 200
    assert browser.get(f"/fichiers/devoirs/{move.document.key}/").status_code == 200
    assert browser.get(f"/eleve/devoirs/{move.unread.pk}/").status_code == 404


def test_nothing_is_changed_in_what_was_handed_in_at_the_old_school(move: Move, client_of: SignIn) -> None:
    move.make()
    browser = client_of(user("1"))

    assert browser.post(f"/eleve/devoirs/{move.handed_in.pk}/", {"text": "Encore"}).status_code == 403
    assert browser.post(f"/eleve/devoirs/{move.handed_in.pk}/fait/", {"done": "0"}).status_code == 404
    assert browser.post(f"/eleve/copies/{move.copy.key}/retirer/").status_code == 404
    assert "Il était une fois" in text_of(browser.get(f"/eleve/devoirs/{move.handed_in.pk}/"))


def child_of(guardian: str) -> int:
    with tenant_scope([school("0120937D")]):
        return Membership.objects.get(user=user(guardian), role="student").pk


def test_guardian_goes_on_reading_the_copies_of_the_old_school(move: Move, client_of: SignIn) -> None:
    move.make()
    browser, child = client_of(user("2")), child_of("1")

    past = text_of(browser.get(f"/famille/enfants/{child}/devoirs/?passe=1"))
    page = text_of(browser.get(f"/famille/enfants/{child}/devoirs/{move.handed_in.pk}/"))

    assert "Rédaction" in past
    assert "Collège Fabre" in past
    assert "Il était une fois" in page
    assert "Zoé n’est plus dans cet établissement" in page
    assert browser.get(f"/fichiers/copies/{move.copy.key}/").status_code == 200
    assert browser.get(f"/famille/enfants/{child}/devoirs/{move.unread.pk}/").status_code == 404


def test_guardian_with_another_child_still_there_reads_them_too(move: Move, client_of: SignIn) -> None:
    move.export.student("7", links=["2$10$1$1$1$0"], givenName="Léo")
    move.make()
    browser = client_of(user("2"))

    page = text_of(browser.get(f"/famille/enfants/{child_of('1')}/devoirs/{move.handed_in.pk}/"))

    assert "Il était une fois" in page
    assert browser.get(f"/fichiers/copies/{move.copy.key}/").status_code == 200


def test_guardian_who_has_no_parental_authority_any_more_reads_nothing(move: Move, client_of: SignIn) -> None:
    move.make()
    child = child_of("1")
    move.export.guardian("3", name="Delpech")
    move.export.student("1", links=["3$20$1$1$1$0"], structure=LA_ROQUE, ENTEleveClasses=f"{LA_ROQUE}$4e B")
    move.export.imported(TODAY)
    browser = client_of(user("2"))

    assert browser.get(f"/famille/enfants/{child}/devoirs/{move.handed_in.pk}/").status_code in {403, 404}
    assert browser.get(f"/fichiers/copies/{move.copy.key}/").status_code in {403, 404}


def test_other_families_of_both_schools_read_nothing_of_it(move: Move, client_of: SignIn) -> None:
    move.export.student("8", name="Roux", structure=LA_ROQUE, ENTEleveClasses=f"{LA_ROQUE}$4e B")
    move.make()

    assert client_of(user("8")).get(f"/eleve/devoirs/{move.handed_in.pk}/").status_code == 404
    assert client_of(user("8")).get(f"/fichiers/copies/{move.copy.key}/").status_code == 404
    assert client_of(user("5")).get(f"/fichiers/copies/{move.copy.key}/").status_code == 403
    assert client_of(user("6")).get(f"/fichiers/copies/{move.copy.key}/").status_code == 403


@pytest.mark.parametrize("is_long_ago", [False, True])
def test_old_teacher_keeps_the_copy_waits_for_no_more_and_sees_nothing_of_the_new_work(
    move: Move, client_of: SignIn, is_long_ago: bool
) -> None:
    move.make()
    if is_long_ago:
        with tenant_scope([school("0120101V")]):
            end_grace(establishment_id=school("0120101V").pk, day=TODAY + grace() + timedelta(days=1))
    new = move.with_new_work()
    browser = client_of(user("4"))

    kept = text_of(browser.get(f"/classe/devoirs/{move.handed_in.pk}/"))
    waited = text_of(browser.get(f"/classe/devoirs/{move.unread.pk}/"))

    assert "1 sur 2" in kept  # hers, and the one of the student who is still there to come
    assert "n’est plus dans la classe" in kept
    assert "Il était une fois" in text_of(browser.get(f"/classe/copies/{move.copy.progress_id}/"))
    assert "0 sur 1" in waited
    assert "Puech" not in waited
    assert browser.get(f"/classe/copies/{new.pk}/").status_code == 404
    assert browser.get(f"/classe/devoirs/{new.homework_id}/").status_code == 404


def test_new_teacher_reads_the_new_work_and_nothing_of_the_old_school(move: Move, client_of: SignIn) -> None:
    move.make()
    new = move.with_new_work()
    browser = client_of(user("9"))

    assert "Neuf" in text_of(browser.get(f"/classe/copies/{new.pk}/"))
    assert browser.get(f"/classe/copies/{move.copy.progress_id}/").status_code == 404
    assert browser.get(f"/classe/devoirs/{move.handed_in.pk}/").status_code == 404
    assert browser.get(f"/fichiers/copies/{move.copy.key}/").status_code == 404


def test_student_whom_the_feed_puts_into_another_class_keeps_their_copy(move: Move, client_of: SignIn) -> None:
    move.export.student("1", links=["2$10$1$1$1$0"], ENTEleveClasses=f"{FABRE}$5e B")
    move.export.imported(TODAY)
    browser = client_of(user("1"))

    assert "Rédaction" in text_of(browser.get("/eleve/devoirs/?passe=1"))
    assert "Il était une fois" in text_of(browser.get(f"/eleve/devoirs/{move.handed_in.pk}/"))
    teacher = client_of(user("4"))
    assert "n’est plus dans la classe" in text_of(teacher.get(f"/classe/devoirs/{move.handed_in.pk}/"))
    assert "0 sur 1" in text_of(teacher.get(f"/classe/devoirs/{move.unread.pk}/"))
