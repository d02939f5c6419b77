"""The editor of texts that are laid out, in a browser under our policy."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.end_to_end.conftest import DESK, PHONE, Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_teacher_writes_a_page_with_the_editor_and_the_student_reads_its_formula(cast: Cast, visit: Visit) -> None:
    teacher = visit(cast.pastel.teacher, size=DESK)
    teacher.open(f"/classe/cours/{cast.pastel.course.pk}/ajouter/?genre=page")
    page = teacher.page
    page.get_by_label("Titre", exact=True).first.fill("Aires")
    editor = page.get_by_role("textbox", name="Texte")
    editor.click()
    page.get_by_role("button", name="Gras").click()
    page.keyboard.type("L’aire")
    page.get_by_role("button", name="Gras").click()
    page.keyboard.type(" du carré : ")
    page.get_by_role("button", name="Formule").click()
    page.get_by_label("Formule, en LaTeX").fill("c^2")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Enregistrer la page").click()
    page.get_by_role("link", name="Aires Page").wait_for()
    assert teacher.errors == []
    assert teacher.outside == []

    student = visit(cast.pastel.student, size=PHONE)
    student.open(f"/eleve/cours/{cast.pastel.course.pk}/")
    student.page.get_by_role("link", name="Aires").click()
    lesson = student.page.locator("article.prose")
    assert "L’aire" in lesson.locator("strong").inner_text()
    assert lesson.locator("math msup").count() == 1
    assert student.errors == []
