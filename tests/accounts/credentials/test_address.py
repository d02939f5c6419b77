"""An address serves recovery once its owner has followed the link that was mailed to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.credentials import tasks
from accounts.models import AuditEvent, User
from ent.tenancy.scope import tenant_scope
from tests.browser import Browser, text_of
from tests.cast import Cast

PASSWORD = "quatre-mots-au-hasard"
PAGE = "/compte/coordonnees/confirmer/"
SignIn = Callable[[User], Browser]


@pytest.fixture
def guardian(cast: Cast) -> User:
    guardian = cast.pastel.guardian
    guardian.set_password(PASSWORD)
    guardian.activated_at = timezone.now()
    guardian.save(update_fields=["password", "activated_at"])
    return guardian


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The links given to Celery."""
    messages: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.send_address_link, "delay", lambda **what: messages.append(what))
    return messages


def give(browser: Browser, email: str) -> Any:
    return browser.post("/compte/coordonnees/", {"email": email, "current": PASSWORD}, follow=True)


def link_to(user: User) -> str:
    mail.outbox.clear()
    tasks.send_address_link(user=user.pk)
    (message,) = mail.outbox
    found = re.search(r"/compte/coordonnees/confirmer/#(\S+)", message.body)
    assert found
    return found[1]


def recovers(user: User) -> bool:
    mail.outbox.clear()
    tasks.send_recovery_link(username=user.username)
    return bool(mail.outbox)


def test_address_serves_once_its_link_was_followed(
    cast: Cast,
    guardian: User,
    client_of: SignIn,
    client: Browser,
    asked: list[dict[str, Any]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    browser = client_of(guardian)
    with django_capture_on_commit_callbacks(execute=True):
        page = text_of(give(browser, "parent@exemple.fr"))
    assert asked == [{"user": guardian.pk}]
    assert "ouvrez-le pour la confirmer" in page
    assert "Adresse à confirmer" in page
    assert not recovers(guardian)

    answer = client.post(PAGE, {"code": link_to(guardian)}, follow=True)  # on another device, signed in nowhere

    assert "Adresse confirmée" in text_of(answer)
    assert recovers(guardian)
    assert "Adresse à confirmer" not in text_of(browser.get("/compte/"))
    with tenant_scope([cast.pastel.establishment]):
        assert AuditEvent.objects.filter(verb="credentials.email_verified", person=guardian).count() == 1


def test_link_serves_once_for_two_hours_and_for_that_address_only(
    guardian: User, client_of: SignIn, client: Browser
) -> None:
    browser = client_of(guardian)
    give(browser, "parent@exemple.fr")
    first = link_to(guardian)
    give(browser, "autre@exemple.fr")
    assert "n’est pas valable" in text_of(client.post(PAGE, {"code": first}))
    second = link_to(guardian)
    with time_machine.travel(timezone.localtime() + timedelta(hours=2, minutes=1)):
        assert "n’est pas valable" in text_of(client.post(PAGE, {"code": second}))
    third = link_to(guardian)
    assert client.post(PAGE, {"code": third}).status_code == 302
    assert "n’est pas valable" in text_of(client.post(PAGE, {"code": third}))


def test_confirmed_address_that_is_changed_serves_no_more(guardian: User, client_of: SignIn, client: Browser) -> None:
    browser = client_of(guardian)
    give(browser, "parent@exemple.fr")
    client.post(PAGE, {"code": link_to(guardian)})

    give(browser, "autre@exemple.fr")

    assert not recovers(guardian)


def test_address_of_the_directory_must_be_confirmed_too(guardian: User) -> None:
    User.objects.filter(pk=guardian.pk).update(email="annuaire@exemple.fr")

    assert not recovers(guardian)


def test_link_is_sent_again_some_times_an_hour(guardian: User, client_of: SignIn, asked: list[dict[str, Any]]) -> None:
    User.objects.filter(pk=guardian.pk).update(email="annuaire@exemple.fr")
    browser = client_of(guardian)
    assert "Recevoir le lien" in text_of(browser.get("/compte/"))

    pages = [text_of(browser.post("/compte/coordonnees/lien/", follow=True)) for _ in range(6)]

    assert "Un lien vient de partir" in pages[0]
    assert "déjà partis" in pages[-1]
    assert asked == [{"user": guardian.pk}] * 5


@pytest.mark.parametrize("code", ["x", "1-2-3", "zzzzzzzzzzzzzzzzzzzz-1", "é"])
def test_link_that_is_none_is_refused(cast: Cast, client: Browser, code: str) -> None:
    assert "n’est pas valable" in text_of(client.post(PAGE, {"code": code}))
