"""One's own password and address; the password that must be chosen first; what ends, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from knox.models import AuthToken

from accounts.credentials import tasks
from accounts.credentials.actions import set_password
from accounts.models import AuditEvent, User
from ent.tenancy.scope import person_scope, tenant_scope
from tests.browser import Browser, text_of
from tests.cast import Cast

OLD, NEW = "ancienne-phrase-longue", "nouvelle-phrase-longue"
SignIn = Callable[[User], Browser]


@pytest.fixture
def student(cast: Cast) -> User:
    student = cast.pastel.student
    student.set_password(OLD)
    student.email = "famille@exemple.fr"
    student.save(update_fields=["password", "email"])
    return student


def change(browser: Browser, current: str = OLD, password: str = NEW) -> Any:
    return browser.post("/compte/mot-de-passe/", {"current": current, "password": password})


def test_password_changed_keeps_this_session_and_ends_the_others(
    student: User, client: Browser, client_of: SignIn
) -> None:
    here, elsewhere = client_of(student), client_of(student)
    _instance, token = AuthToken.objects.create(student)

    assert change(here)["Location"] == "/compte/"

    assert here.get("/eleve/devoirs/").status_code == 200
    assert elsewhere.get("/eleve/devoirs/")["Location"].startswith("/connexion/")
    assert client.get("/api/v1/me/", headers={"Authorization": f"Token {token}"}).status_code == 401
    assert User.objects.get(pk=student.pk).check_password(NEW)


def test_other_session_is_told_why_it_ended(student: User, client_of: SignIn) -> None:
    here, elsewhere = client_of(student), client_of(student)
    change(here)

    page = elsewhere.get("/eleve/devoirs/", follow=True)

    assert "le mot de passe du compte a changé" in text_of(page)


def test_stranger_is_told_nothing_of_ended_sessions(client: Browser, db: None) -> None:
    assert "session" not in text_of(client.get("/connexion/")).replace("Se connecter", "").split("Besoin")[0]


@pytest.mark.parametrize(
    ("current", "password", "said"),
    [
        ("pas-le-bon-du-tout", NEW, "Ce n’est pas votre mot de passe actuel."),
        (OLD, OLD, "C’est le même"),
        (OLD, "court", "trop court"),
        (OLD, "student.pastel1", "trop semblable"),
        (OLD, "123456789012", "chiffres"),
        (OLD, "", "Choisissez un mot de passe."),
        ("", NEW, "Écrivez votre mot de passe actuel."),
    ],
)
def test_password_that_is_refused_changes_nothing(
    student: User, client_of: SignIn, current: str, password: str, said: str
) -> None:
    page = change(client_of(student), current, password)

    assert said in text_of(page)
    assert User.objects.get(pk=student.pk).check_password(OLD)


def test_current_password_is_not_guessed_here(student: User, client_of: SignIn) -> None:
    browser = client_of(student)
    for _ in range(10):
        change(browser, "pas-le-bon-du-tout")

    page = change(browser)

    assert "Trop d’essais" in text_of(page)
    assert User.objects.get(pk=student.pk).check_password(OLD)


def test_password_set_is_audited_and_told_by_mail_without_a_name(
    student: User, cast: Cast, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.tell_password_set, "delay", lambda **what: asked.append(what))
    with django_capture_on_commit_callbacks(execute=True), person_scope(student):
        set_password(user=student, password=NEW, by=student)

    assert asked == [{"user": student.pk}]
    tasks.tell_password_set(user=student.pk)
    (message,) = mail.outbox
    assert message.to == ["famille@exemple.fr"]
    written = message.subject + message.body
    for secret in (NEW, OLD, student.username, student.first_name, student.last_name, "Collège"):
        assert secret not in written
    assert "{" not in written
    with tenant_scope([cast.pastel.establishment]):
        event = AuditEvent.objects.get(verb="credentials.password_set")
    assert (event.person_id, event.actor_id, event.data) == (student.pk, student.pk, {})


def test_whoever_has_no_address_is_mailed_nothing(cast: Cast) -> None:
    tasks.tell_password_set(user=cast.pastel.teacher.pk)

    assert mail.outbox == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_administration_has_no_password_page_of_its_own(cast: Cast, client_of: SignIn, method: str) -> None:
    admin = cast.rectorate_admin
    admin.set_password(OLD)
    admin.save(update_fields=["password"])
    sent = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}

    answer = getattr(client_of(admin), method)("/admin/password_change/", sent)

    assert answer["Location"].partition("?")[0] == "/compte/mot-de-passe/"
    assert User.objects.get(pk=admin.pk).check_password(OLD)


# --- Must choose another --------------------------------------------------------------------------------------


@pytest.fixture
def obliged(student: User) -> User:
    student.must_change_password = True
    student.save(update_fields=["must_change_password"])
    return student


@pytest.mark.parametrize("url", ["/", "/eleve/devoirs/", "/compte/", "/compte/coordonnees/", "/composants/"])
def test_whoever_must_choose_a_password_reaches_nothing_else(obliged: User, client_of: SignIn, url: str) -> None:
    browser = client_of(obliged)

    assert browser.get(url)["Location"] == "/compte/mot-de-passe/"
    assert browser.post(url)["Location"] == "/compte/mot-de-passe/"


def test_whoever_must_choose_a_password_may_choose_or_leave(obliged: User, client_of: SignIn) -> None:
    browser = client_of(obliged)
    page = text_of(browser.get("/compte/mot-de-passe/"))
    assert "Choisissez un nouveau mot de passe" in page

    assert change(browser)["Location"] == "/"

    assert browser.get("/eleve/devoirs/").status_code == 200
    assert client_of(obliged).post("/deconnexion/").status_code == 302


def test_token_of_whoever_must_choose_a_password_is_refused(obliged: User, client: Browser) -> None:
    _instance, token = AuthToken.objects.create(obliged)

    answer = client.get("/api/v1/me/", headers={"Authorization": f"Token {token}"})

    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


# --- Where one is reached -------------------------------------------------------------------------------------


def test_address_changes_with_the_password_and_the_old_one_is_told(student: User, client_of: SignIn) -> None:
    browser = client_of(student)
    contact = {"email": "neuve@exemple.fr", "phone": "+33 6 12 34 56 78", "current": OLD}

    assert browser.post("/compte/coordonnees/", contact)["Location"] == "/compte/"

    assert "neuve@exemple.fr" in text_of(browser.get("/compte/"))
    tasks.tell_address_changed(address="famille@exemple.fr")
    (message,) = mail.outbox
    assert message.to == ["famille@exemple.fr"]
    assert "neuve@" not in message.body


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ({"email": "neuve@exemple.fr", "current": "pas-le-bon-du-tout"}, "pas votre mot de passe actuel"),
        ({"email": "neuve@exemple.fr"}, "Écrivez votre mot de passe actuel."),
        ({"email": "sans arobase", "current": OLD}, "Écrivez l’adresse en entier"),
        ({"email": "a@b.fr\nBcc: c@d.fr", "current": OLD}, "Écrivez l’adresse en entier"),
        ({"email": "", "phone": "appelez-moi", "current": OLD}, "Écrivez un numéro"),
    ],
)
def test_address_that_is_refused_changes_nothing(
    student: User, client_of: SignIn, contact: dict[str, str], said: str
) -> None:
    page = client_of(student).post("/compte/coordonnees/", contact)

    assert said in text_of(page)
    assert User.objects.get(pk=student.pk).email == "famille@exemple.fr"


def test_whoever_has_no_password_must_have_just_signed_in(cast: Cast, client_of: SignIn) -> None:
    cast.pastel.teacher.set_unusable_password()
    cast.pastel.teacher.save(update_fields=["password"])
    browser = client_of(cast.pastel.teacher)
    session = browser.session
    session["account_authentication_methods"] = []
    session.save()

    page = browser.post("/compte/mot-de-passe/", {"password": NEW})

    assert "reconnectez-vous" in text_of(page)
    assert not User.objects.get(pk=cast.pastel.teacher.pk).has_usable_password()
