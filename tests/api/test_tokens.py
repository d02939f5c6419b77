"""Tokens: one is given for a password, speaks for its person alone, and is taken back.

Attempts with wrong passwords are counted with those of the sign-in page: see `tests/accounts/sign_in`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from establishments.models import Membership
from tests.browser import Browser
from tests.cast import Cast

PASSWORD = "garonne-pastel-brique"
TOKEN, ME = "/api/v1/token/", "/api/v1/me/"
Script = Callable[[User], APIClient]


@pytest.fixture
def teacher(cast: Cast) -> User:
    cast.pastel.teacher.set_password(PASSWORD)
    cast.pastel.teacher.save(update_fields=["password"])
    return cast.pastel.teacher


def with_token(client: Browser, token: str) -> dict[str, str]:
    return {"Authorization": f"Token {token}"}


def ask(client: Browser, username: str, password: str) -> object:
    return client.post(TOKEN, {"username": username, "password": password}, content_type="application/json")


def test_token_given_for_a_password_speaks_for_its_person(teacher: User, client: Browser, cast: Cast) -> None:
    token = ask(client, teacher.username, PASSWORD).json()["token"]

    me = client.get(ME, headers=with_token(client, token)).json()

    assert me["username"] == "teacher.pastel"
    assert [seat["establishment_name"] for seat in me["memberships"]] == ["Collège du Pastel"]
    assert [seat["role"] for seat in me["memberships"]] == ["teacher"]


def test_old_token_gives_no_code_to_anybody(cast: Cast, client: Browser) -> None:
    """A script's token is good for a year, the proof behind it for a quarter of an hour, as on the pages."""
    head = cast.pastel.head
    head.set_password(PASSWORD)
    head.save(update_fields=["password"])
    token = ask(client, head.username, PASSWORD).json()["token"]
    url = f"/api/v1/accounts/{cast.pastel.memberships['student'].pk}/reset/"
    sent = {"identity": ["birth_date", "class", "vouched"], "reason": "Oubli"}

    def reset() -> int:
        headers = with_token(client, token)
        return client.post(url, sent, content_type="application/json", headers=headers).status_code

    assert reset() == 201
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert client.get(ME, headers=with_token(client, token)).status_code == 200
        assert reset() == 403


def test_token_is_not_kept_as_it_was_given(teacher: User, client: Browser) -> None:
    token = ask(client, teacher.username, PASSWORD).json()["token"]

    (kept,) = AuthToken.objects.filter(user=teacher)
    assert token not in {kept.digest, kept.token_key}


@pytest.mark.parametrize(
    ("username", "password", "status"),
    [("teacher.pastel", "wrong", 401), ("nobody", PASSWORD, 401), ("", "", 400), ("a\0", "b", 400)],
)
def test_token_without_the_right_password_is_not_given(
    teacher: User, client: Browser, username: str, password: str, status: int
) -> None:
    assert ask(client, username, password).status_code == status
    assert not AuthToken.objects.exists()


def test_token_taken_back_opens_nothing_any_more_and_leaves_the_others(teacher: User, script_of: Script) -> None:
    one, other = script_of(teacher), script_of(teacher)

    assert one.delete(TOKEN).status_code == 204

    assert one.get(ME).status_code == 401
    assert other.get(ME).status_code == 200


def test_token_lasts_a_year(teacher: User, script_of: Script) -> None:
    script, now = script_of(teacher), timezone.now()

    with time_machine.travel(now + timedelta(days=364)):
        assert script.get(ME).status_code == 200
    with time_machine.travel(now + timedelta(days=366)):
        assert script.get(ME).status_code == 401


def test_twenty_first_token_takes_the_place_of_the_oldest(teacher: User, script_of: Script, client: Browser) -> None:
    oldest, second = [script_of(teacher) for _ in range(20)][:2]

    ask(client, teacher.username, PASSWORD)

    assert oldest.get(ME).status_code == 401
    assert second.get(ME).status_code == 200
    assert AuthToken.objects.filter(user=teacher).count() == 20


def test_token_of_a_closed_account_opens_nothing(teacher: User, script_of: Script) -> None:
    script = script_of(teacher)

    User.objects.filter(pk=teacher.pk).update(is_active=False)

    assert script.get(ME).status_code == 401


def test_token_loses_a_school_when_its_person_does(teacher: User, script_of: Script, cast: Cast) -> None:
    script = script_of(teacher)
    with tenant_scope([cast.pastel.establishment]):
        Membership.objects.filter(user=teacher).update(ends_on=timezone.localdate() - timedelta(days=1))

    assert script.get("/api/v1/homework/").json()["results"] == []
    assert script.get(f"/api/v1/homework/{cast.pastel.homework.pk}/").status_code == 404


@pytest.mark.parametrize(
    "header",
    [
        "Token wrong",
        "Token",
        "Token a b",
        "Token \xff",
        "Token \0",
        "Bearer wrong",
        "Basic dGVhY2hlcjp4",
        "",
        "Token" + "x" * 9000,
    ],
)
def test_wrong_token_never_falls_back_to_the_session(
    cast: Cast, client_of: Callable[[User], Browser], header: str
) -> None:
    browser = client_of(cast.pastel.teacher)

    answer = browser.get(ME, headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"


def test_token_beside_the_session_of_somebody_else_speaks_for_its_own_person(
    cast: Cast, client_of: Callable[[User], Browser]
) -> None:
    browser = client_of(cast.brique.teacher)
    _instance, token = AuthToken.objects.create(cast.pastel.student)

    me = browser.get(ME, headers=with_token(browser, token)).json()

    assert me["username"] == "student.pastel"


def test_token_opens_no_page(cast: Cast, script_of: Script) -> None:
    answer = script_of(cast.pastel.student).get("/eleve/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/connexion/")


# --- The session, for the portal's own scripts ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", "/api/v1/homework/"),
        ("PUT", "/api/v1/homework/{pk}/"),
        ("DELETE", "/api/v1/homework/{pk}/"),
        ("PUT", "/api/v1/homework/{pk}/done/"),
        ("POST", "/api/v1/homework/{pk}/hand-in/"),
        ("DELETE", "/api/v1/token/"),
        ("POST", "/api/v1/token/"),
    ],
)
def test_write_with_a_session_and_no_csrf_token_is_refused(cast: Cast, method: str, url: str) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(cast.pastel.teacher)

    answer = browser.generic(method, url.format(pk=cast.pastel.homework.pk), "{}", "application/json")

    assert answer.status_code == 403
    assert "CSRF" in answer.json()["detail"]


def test_write_with_a_token_needs_no_csrf_token(cast: Cast) -> None:
    browser = Browser(enforce_csrf_checks=True)
    _instance, token = AuthToken.objects.create(cast.pastel.student)
    url = f"/api/v1/homework/{cast.pastel.homework.pk}/done/"

    answer = browser.put(url, {"done": True}, "application/json", headers=with_token(browser, token))

    assert answer.status_code == 200
