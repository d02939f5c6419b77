"""Back in by a link in an e-mail; the page says the same to whoever asks, about whatever username."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.credentials import recovery, tasks
from accounts.models import AuditEvent, User
from ent.tenancy.scope import tenant_scope
from tests.browser import Browser, text_of
from tests.cast import Cast

PASSWORD = "quatre-mots-au-hasard"
SignIn = Callable[[User], Browser]


@pytest.fixture
def guardian(cast: Cast) -> User:
    guardian = cast.pastel.guardian
    guardian.set_password("ancienne-phrase-longue")
    guardian.email = guardian.verified_email = "parent@exemple.fr"
    guardian.activated_at = timezone.now()
    guardian.save(update_fields=["password", "email", "verified_email", "activated_at"])
    return guardian


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was given to Celery."""
    messages: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.send_recovery_link, "delay", lambda **what: messages.append(what))
    return messages


def secret_of(user: User) -> str:
    """As the mail brings it."""
    mail.outbox.clear()
    tasks.send_recovery_link(username=user.username)
    (message,) = mail.outbox
    found = re.search(r"/mot-de-passe-oublie/lien/#(\S+)", message.body)
    assert found
    return found[1]


def test_page_says_the_same_of_every_username_and_asks_the_database_nothing(
    cast: Cast, client: Browser, guardian: User, asked: list[dict[str, Any]]
) -> None:
    pages = []
    for username in (guardian.username, cast.pastel.teacher.username, "nobody.at.all"):
        with CaptureQueriesContext(connection) as captured:
            pages.append(text_of(client.post("/mot-de-passe-oublie/", {"username": username})))
        assert len(captured) == 0
    assert len(set(pages)) == 1
    assert len(asked) == 3


@pytest.mark.parametrize("who", ["no address", "never came", "closed", "unknown"])
def test_no_mail_leaves_for_whom_a_link_is_not_enough(guardian: User, who: str) -> None:
    if who == "no address":
        guardian.email = ""
    elif who == "never came":
        guardian.activated_at = None
        guardian.set_unusable_password()
    elif who == "closed":
        guardian.is_active = False
    guardian.save()

    tasks.send_recovery_link(username="x" if who == "unknown" else guardian.username)

    assert mail.outbox == []


def test_mail_holds_no_secret_but_the_link_and_names_nobody(guardian: User, cast: Cast) -> None:
    secret = secret_of(guardian)
    (message,) = mail.outbox

    rest = (message.subject + message.body).replace(secret, "")

    for word in (guardian.username, guardian.first_name, guardian.last_name, cast.pastel.establishment.name):
        assert word not in rest
    assert len(re.findall(r"https?://\S+", rest)) == 1
    assert "?" not in re.findall(r"https?://\S+", message.body)[0]


def test_link_lets_its_holder_choose_a_password_and_ends_other_sessions(
    guardian: User, cast: Cast, client: Browser, client_of: SignIn
) -> None:
    elsewhere = client_of(guardian)
    secret = secret_of(guardian)

    assert client.post("/mot-de-passe-oublie/lien/", {"code": secret})["Location"] == "/mot-de-passe-oublie/nouveau/"
    assert guardian.username in client.get("/mot-de-passe-oublie/nouveau/").content.decode()
    assert client.post("/mot-de-passe-oublie/nouveau/", {"password": PASSWORD})["Location"] == "/"

    assert client.session["_auth_user_id"] == str(guardian.pk)
    assert elsewhere.get("/compte/")["Location"].startswith("/connexion/")
    with tenant_scope([cast.pastel.establishment]):
        assert AuditEvent.objects.filter(verb="credentials.password_set", person=guardian).exists()


def test_link_serves_once(guardian: User, client: Browser) -> None:
    secret = secret_of(guardian)
    client.post("/mot-de-passe-oublie/lien/", {"code": secret})
    client.post("/mot-de-passe-oublie/nouveau/", {"password": PASSWORD})

    page = Browser().post("/mot-de-passe-oublie/lien/", {"code": secret})

    assert "Ce lien n’est pas valable" in text_of(page)


def test_link_used_in_two_browsers_serves_the_first(guardian: User) -> None:
    secret, first, second = secret_of(guardian), Browser(), Browser()
    for browser in (first, second):
        browser.post("/mot-de-passe-oublie/lien/", {"code": secret})
    first.post("/mot-de-passe-oublie/nouveau/", {"password": PASSWORD})

    page = second.post("/mot-de-passe-oublie/nouveau/", {"password": "une-autre-phrase-longue"}, follow=True)

    assert "Ce lien n’est pas valable" in text_of(page)
    assert User.objects.get(pk=guardian.pk).check_password(PASSWORD)


def test_link_lasts_two_hours(guardian: User) -> None:
    secret = secret_of(guardian)

    with time_machine.travel(timezone.localtime() + timedelta(minutes=119)):
        assert recovery.person_of(secret) == guardian
    with time_machine.travel(timezone.localtime() + timedelta(minutes=121)):
        assert recovery.person_of(secret) is None


@pytest.mark.parametrize("field", ["email", "password", "is_active"])
def test_link_dies_with_what_it_was_signed_over(guardian: User, field: str) -> None:
    secret = secret_of(guardian)
    setattr(guardian, field, {"email": "autre@exemple.fr", "password": "!", "is_active": False}[field])
    guardian.save(update_fields=[field])

    assert recovery.person_of(secret) is None


@pytest.mark.parametrize("secret", ["", "-", "zz", "1-", "99999999999999-abc", "é-é", "1-c8x-0000", "0" * 120])
def test_nonsense_is_refused_as_an_old_link_is(client: Browser, guardian: User, secret: str) -> None:
    assert recovery.person_of(secret) is None

    page = client.post("/mot-de-passe-oublie/lien/", {"code": secret or "x"})

    assert "Ce lien n’est pas valable" in text_of(page)


def test_link_of_one_is_no_link_of_another(guardian: User, cast: Cast) -> None:
    teacher = cast.pastel.teacher
    teacher.set_password(PASSWORD)
    teacher.email = teacher.verified_email = "prof@exemple.fr"
    teacher.save(update_fields=["password", "email", "verified_email"])
    number, token = secret_of(teacher).split("-", 1)[0], secret_of(guardian).split("-", 1)[1]

    assert recovery.person_of(f"{number}-{token}") is None


def test_mailbox_is_not_flooded(client: Browser, guardian: User, asked: list[dict[str, Any]]) -> None:
    for _ in range(6):
        page = client.post("/mot-de-passe-oublie/", {"username": guardian.username})

    assert len(asked) == 5
    assert "Trop d’essais" in text_of(page)
