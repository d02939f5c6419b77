"""The sign-in page with a password of ours, the API's door beside it, and their one count of attempts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import get_hasher

from accounts.models import User
from tests.browser import Browser, text_of
from tests.cast import Cast

SignIn = Callable[[User], Browser]

PASSWORD = "garonne-pastel-brique"
ALLOWED = 5  # wrong attempts
PAGE, API = "/connexion/", "/api/v1/token/"


@pytest.fixture
def teacher(cast: Cast) -> User:
    cast.pastel.teacher.set_password(PASSWORD)
    cast.pastel.teacher.save(update_fields=["password"])
    return cast.pastel.teacher


def try_page(browser: Browser, username: str, password: str = "wrong", url: str = PAGE, **extra: Any) -> Any:
    return browser.post(url, {"login": username, "password": password}, **extra)


def try_api(browser: Browser, username: str, password: str = "wrong") -> Any:
    return browser.post(API, {"username": username, "password": password}, content_type="application/json")


def is_in(browser: Browser) -> bool:
    return browser.get("/compte/").status_code == 200


def test_right_password_leads_home_under_another_session_key(teacher: User, client: Browser) -> None:
    client.get(PAGE)
    before = client.cookies.get(settings.SESSION_COOKIE_NAME)

    answer = try_page(client, teacher.username, PASSWORD)

    assert answer["Location"] == "/"
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != (before and before.value)
    assert is_in(client)


@pytest.mark.parametrize("username", ["teacher.pastel", "nobody.at-all"])
def test_wrong_password_and_unknown_name_are_answered_in_the_same_words(
    teacher: User, client: Browser, username: str
) -> None:
    answer = try_page(client, username)

    assert "Identifiant ou mot de passe incorrect." in text_of(answer)
    assert f'value="{username}"' in answer.content.decode()
    assert not is_in(client)


def test_sign_in_goes_on_to_the_page_that_was_asked(teacher: User, client: Browser) -> None:
    asked = client.get("/classe/donner/")

    answer = try_page(client, teacher.username, PASSWORD, url=asked["Location"])

    assert answer["Location"] == "/classe/donner/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"])
def test_sign_in_never_goes_on_elsewhere(teacher: User, client: Browser, elsewhere: str) -> None:
    answer = client.post(PAGE, {"login": teacher.username, "password": PASSWORD, "next": elsewhere})

    assert answer["Location"] == "/"


def test_closed_account_is_answered_as_a_wrong_password(teacher: User, client: Browser) -> None:
    User.objects.filter(pk=teacher.pk).update(is_active=False)

    assert "Identifiant ou mot de passe incorrect." in text_of(try_page(client, teacher.username, PASSWORD))
    assert try_api(client, teacher.username, PASSWORD).status_code == 401


def test_get_of_the_sign_out_page_signs_nobody_out(teacher: User, client: Browser) -> None:
    try_page(client, teacher.username, PASSWORD)

    client.get("/deconnexion/")
    assert is_in(client)

    client.post("/deconnexion/")
    assert not is_in(client)


# --- Too many attempts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", [try_page, try_api], ids=["by the page", "by the API"])
def test_right_password_after_too_many_wrong_ones_is_refused_at_both_doors(
    teacher: User, client: Browser, door: Callable[..., Any]
) -> None:
    for _ in range(ALLOWED):
        door(client, teacher.username)

    assert "Trop d’essais." in text_of(try_page(client, teacher.username, PASSWORD))
    refused = try_api(client, teacher.username, PASSWORD)
    assert refused.status_code == 429
    assert "Trop d’essais." in refused.json()["detail"]
    assert not is_in(client)


@pytest.mark.parametrize("spoofed", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Host"])
def test_attempts_are_counted_whatever_the_client_says_of_itself(teacher: User, client: Browser, spoofed: str) -> None:
    for n in range(ALLOWED):
        value = ["localhost", "127.0.0.1", "[::1]"][n % 3] if spoofed == "Host" else f"203.0.113.{n}"
        try_page(client, teacher.username, headers={spoofed: value})

    assert "Trop d’essais." in text_of(try_page(client, teacher.username, PASSWORD))


def test_attempts_are_counted_by_name_whatever_its_case(teacher: User, client: Browser) -> None:
    for name in ("Teacher.Pastel", "TEACHER.PASTEL", "teacher.Pastel", "tEACHER.pASTEL", "teacher.pastel"):
        try_page(client, name)

    assert "Trop d’essais." in text_of(try_page(client, teacher.username, PASSWORD))


def test_somebody_else_of_the_same_school_still_signs_in(teacher: User, client: Browser, cast: Cast) -> None:
    for _ in range(ALLOWED):
        try_page(client, cast.pastel.student.username)

    assert try_page(client, teacher.username, PASSWORD)["Location"] == "/"


def test_right_passwords_are_not_counted(teacher: User, client: Browser) -> None:
    for _ in range(ALLOWED + 2):
        assert try_api(client, teacher.username, PASSWORD).status_code == 201


# --- Other doors ----------------------------------------------------------------------------------------------


def test_administration_has_no_sign_in_page_of_its_own(client: Browser, db: None) -> None:
    answer = client.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0].startswith(PAGE)


def test_password_posted_to_the_administration_signs_nobody_in(cast: Cast, client: Browser) -> None:
    cast.rectorate_admin.set_password(PASSWORD)
    cast.rectorate_admin.save(update_fields=["password"])

    client.post("/admin/login/", {"username": cast.rectorate_admin.username, "password": PASSWORD})

    assert not is_in(client)


def test_nobody_signs_up(client: Browser, db: None) -> None:
    for url in ("/inscription/", "/signup/", "/accounts/signup/", "/connexion/signup/"):
        assert client.get(url).status_code in {302, 404}
    assert not User.objects.exists()


def test_passwords_are_kept_by_argon2(teacher: User) -> None:
    assert teacher.password.startswith("argon2$argon2id$")
    assert get_hasher().algorithm == "argon2"
