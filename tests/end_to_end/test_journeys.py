"""One homework, from the teacher who gives it to the family that reads it, on a phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.cast import Cast
from tests.end_to_end.conftest import PHONE, Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "une-phrase-de-passe"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def sign_in(page: Page, base: str, username: str) -> None:
    page.goto(f"{base}/")
    expect(page).to_have_url(re.compile("/connexion/"))
    page.get_by_label("Identifiant").fill(username)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    expect(page).not_to_have_url(re.compile("/connexion/"))


def test_homework_goes_from_the_teacher_to_the_student_and_back(cast: Cast, visit: Visit, tmp_path: Path) -> None:
    school = cast.pastel
    for person in (school.teacher, school.student, school.guardian):
        person.set_password(PASSWORD)
        person.save(update_fields=["password"])
    document, copy = tmp_path / "plan.pdf", tmp_path / "copie.pdf"
    document.write_bytes(PDF)
    copy.write_bytes(PDF)

    teacher = visit(size=PHONE)
    sign_in(teacher.page, teacher.base, school.teacher.username)
    teacher.page.get_by_role("link", name="Donner du travail à la 5E B").click()
    teacher.page.get_by_label("Que doivent faire les élèves ?").fill("Dessiner le plan du village")
    teacher.page.get_by_text("Consigne, documents, options").click()
    teacher.page.get_by_label("Consigne").fill("Avec une échelle et une légende.")
    teacher.page.get_by_label("30 min").check()
    teacher.page.get_by_label("Les élèves rendent leur travail ici").check()
    teacher.page.get_by_label("Documents").set_input_files(document)
    teacher.page.get_by_role("button", name="Donner", exact=True).click()
    expect(teacher.page.get_by_role("status")).to_contain_text("Donné à la classe 5E B")
    expect(teacher.page.get_by_role("link", name="Dessiner le plan du village")).to_contain_text("0 sur 2")

    student = visit(size=PHONE)
    sign_in(student.page, student.base, school.student.username)
    student.page.get_by_role("link", name="Tous mes devoirs").click()  # it is for the next lesson, in a week
    row = student.page.get_by_role("listitem").filter(has_text="Dessiner le plan du village")
    tick = row.get_by_role("button")
    expect(tick).to_have_attribute("aria-pressed", "false")
    tick.click()
    expect(tick).to_have_attribute("aria-pressed", "true")
    expect(tick).to_contain_text("Fait")
    row.get_by_role("link", name="Dessiner le plan du village").first.click()
    expect(student.page.get_by_role("main")).to_contain_text("Avec une échelle et une légende.")
    with student.page.expect_download() as download:
        student.page.get_by_role("link", name="plan.pdf").click()
    assert download.value.suggested_filename == "plan.pdf"
    student.page.get_by_label("Ta réponse").fill("Voici mon plan.")
    student.page.get_by_label("Tes fichiers ou photos").set_input_files(copy)
    student.page.get_by_role("button", name="Rendre", exact=True).click()
    expect(student.page.locator("#messages")).to_contain_text("Rendu.")
    expect(student.page.get_by_role("link", name="copie.pdf")).to_be_visible()

    teacher.page.get_by_role("link", name="Dessiner le plan du village").click()
    expect(teacher.page.get_by_role("main")).to_contain_text("1 sur 2")
    teacher.page.get_by_role("link", name=re.compile("Pastel Student")).click()
    expect(teacher.page.get_by_role("main")).to_contain_text("Voici mon plan.")

    guardian = visit(size=PHONE)
    sign_in(guardian.page, guardian.base, school.guardian.username)
    guardian.page.get_by_role("link", name="Tous les devoirs").click()
    guardian.page.get_by_role("link", name="Dessiner le plan du village").click()
    expect(guardian.page.get_by_role("main")).to_contain_text("Voici mon plan.")
    expect(guardian.page.get_by_role("main").get_by_role("button")).to_have_count(0)
    for visitor in (teacher, student, guardian):
        assert visitor.errors == []
        assert visitor.outside == []


def test_without_javascript_a_tick_is_a_form_and_comes_back_to_its_page(cast: Cast, visit: Visit) -> None:
    visitor = visit(cast.pastel.classmate, size=PHONE, java_script_enabled=False)
    visitor.open("/")
    row = visitor.page.get_by_role("listitem").filter(has_text="Exercices de pastel")
    row.get_by_role("button").click()
    expect(visitor.page).to_have_url(f"{visitor.base}/")
    expect(row.get_by_role("button")).to_have_attribute("aria-pressed", "true")


def test_title_of_the_home_page_follows_each_tick(cast: Cast, visit: Visit) -> None:
    visitor = visit(cast.pastel.classmate, size=PHONE)
    visitor.open("/")
    title = visitor.page.get_by_role("heading", level=1)
    tick = visitor.page.get_by_role("listitem").filter(has_text="Exercices de pastel").get_by_role("button")
    expect(title).to_contain_text("il te reste 1 devoir")
    tick.click()
    expect(title).to_contain_text("il te reste 1 travail à rendre")
    expect(visitor.page.get_by_role("main")).not_to_contain_text("environ")
    tick.click()
    expect(title).to_contain_text("il te reste 1 devoir")
    assert visitor.errors == []


def test_by_keyboard_alone_a_student_reaches_the_content_and_ticks(cast: Cast, visit: Visit) -> None:
    visitor = visit(cast.pastel.classmate)
    visitor.open("/")
    page = visitor.page
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Aller au contenu")
    page.keyboard.press("Enter")
    tick = page.get_by_role("listitem").filter(has_text="Exercices de pastel").get_by_role("button")
    for _ in range(12):
        if tick.evaluate("tick => tick === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(tick).to_be_focused()
    page.keyboard.press("Space")
    expect(tick).to_have_attribute("aria-pressed", "true")
    expect(tick).to_be_focused()


def test_theme_chosen_stays_without_a_flash(cast: Cast, visit: Visit) -> None:
    visitor = visit(cast.pastel.student)
    visitor.open("/compte/")
    visitor.page.get_by_role("main").get_by_role("button", name="Sombre").click()
    expect(visitor.page.locator("html")).to_have_attribute("data-theme", "dark")
    visitor.open("/eleve/devoirs/")
    expect(visitor.page.locator("html")).to_have_attribute("data-theme", "dark")


def test_page_after_signing_out_is_gone_from_the_back_button(cast: Cast, visit: Visit) -> None:
    visitor = visit(cast.pastel.student)
    visitor.open("/compte/")
    visitor.page.get_by_role("main").get_by_role("button", name="Se déconnecter").click()
    expect(visitor.page).to_have_url(re.compile("/connexion/"))
    visitor.page.go_back()
    expect(visitor.page).to_have_url(re.compile("/connexion/"))
