"""Guessing is slowed at every door, without shutting a school out behind its one address."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from tests.accounts.second_factor.codes import add_application, code_of
from tests.browser import Browser, text_of
from tests.cast import Cast, make_person

PASSWORD = "une-phrase-de-passe"
TOO_MANY = "Trop d’essais"


@pytest.fixture(autouse=True)
def cheap_hashes(settings: Any, request: Any) -> None:
    if "timing" not in request.node.name:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def student(cast: Cast, cheap_hashes: None) -> User:
    cast.pastel.student.set_password(PASSWORD)
    cast.pastel.student.save(update_fields=["password"])
    return cast.pastel.student


def attempt(login: str, password: str = "faux", **options: Any) -> Any:
    return Browser().post("/connexion/", {"login": login, "password": password}, **options)


def test_sixth_failure_in_five_minutes_shuts_the_account_even_to_the_right_password(student: User) -> None:
    for _ in range(5):
        assert TOO_MANY not in text_of(attempt(student.username))

    assert TOO_MANY in text_of(attempt(student.username, PASSWORD))


def test_school_behind_one_address_goes_on_while_one_account_is_attacked(cast: Cast, student: User) -> None:
    for _ in range(10):
        attempt(student.username)
    people = [make_person("Camille", f"Numéro{number}") for number in range(40)]
    for person in people:
        person.set_password(PASSWORD)
        person.save(update_fields=["password"])

    assert {attempt(person.username, PASSWORD).status_code for person in people} == {302}


@pytest.mark.parametrize("proxies", [0, 1])
def test_two_hundred_tries_with_changing_addresses_hosts_and_spellings_stay_shut(
    student: User, settings: Any, proxies: int
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    spellings = [
        student.username,
        student.username.upper(),
        f" {student.username} ",
        student.username.replace("s", "ſ"),
    ]
    opened = 0
    for number in range(200):
        address = f"198.51.{number % 250}.{number // 2}"
        answer = attempt(
            spellings[number % len(spellings)],
            headers={
                "X-Forwarded-For": address if proxies else f"{address}, 203.0.113.9",
                "Host": f"localhost:{8000 + number}",
            },
        )
        opened += TOO_MANY not in text_of(answer)

    assert opened == 5
    assert TOO_MANY in text_of(attempt(student.username, PASSWORD))


def test_address_written_by_the_sender_is_not_the_one_that_is_counted(cast: Cast, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "5/5m/key,10/m/ip"}

    answers = [
        attempt(f"personne-{number}", headers={"X-Forwarded-For": f"10.0.0.{number}, 203.0.113.9"})
        for number in range(12)
    ]

    assert [TOO_MANY in text_of(answer) for answer in answers] == [False] * 10 + [True] * 2
    assert TOO_MANY not in text_of(attempt("personne", headers={"X-Forwarded-For": "10.0.0.1, 203.0.113.10"}))


def test_without_a_proxy_the_header_is_not_believed(cast: Cast, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "5/5m/key,10/m/ip"}

    answers = [attempt(f"personne-{n}", headers={"X-Forwarded-For": f"10.0.0.{n}"}) for n in range(12)]

    assert TOO_MANY in text_of(answers[-1])


# --- The door of tokens ----------------------------------------------------------------------------------------


def ask_for_token(username: str, password: str = "faux", **said: str) -> Any:
    body = {"username": username, "password": password, **said}
    return Browser().post("/api/v1/token/", body, content_type="application/json")


def test_failures_at_the_door_of_tokens_shut_the_page_too(student: User) -> None:
    statuses = [ask_for_token(student.username).status_code for _ in range(6)]

    assert statuses == [401] * 5 + [429]
    assert TOO_MANY in text_of(attempt(student.username, PASSWORD))


def test_token_needs_the_second_factor_of_who_has_one(student: User) -> None:
    secret = add_application(student)

    assert ask_for_token(student.username, PASSWORD).status_code == 401
    assert ask_for_token(student.username, PASSWORD, code="000000x").status_code == 401
    assert ask_for_token(student.username, PASSWORD, code=code_of(secret)).status_code == 201


# --- Proving it again ------------------------------------------------------------------------------------------


def test_wrong_passwords_of_a_proof_are_counted(student: User, client_of: Callable[[User], Browser]) -> None:
    browser = client_of(student)
    for _ in range(5):
        assert browser.post("/compte/confirmer/", {"password": "faux"}).status_code == 200

    assert TOO_MANY in text_of(browser.post("/compte/confirmer/", {"password": PASSWORD}))


def test_proof_leads_back_to_the_page_and_never_elsewhere(student: User, client_of: Callable[[User], Browser]) -> None:
    browser = client_of(student)
    sent = {"password": PASSWORD, "next": "/compte/securite/application/"}
    assert browser.post("/compte/confirmer/", sent)["Location"] == "/compte/securite/application/"

    for elsewhere in ("https://example.org/", "//example.org/", "javascript:alert(1)"):
        answer = browser.post("/compte/confirmer/", {"password": PASSWORD, "next": elsewhere})
        assert answer["Location"] == "/", elsewhere


# --- What an answer tells --------------------------------------------------------------------------------------


def test_closed_account_unknown_account_and_wrong_password_answer_alike(student: User, cast: Cast) -> None:
    cast.pastel.teacher.set_password(PASSWORD)
    cast.pastel.teacher.is_active = False
    cast.pastel.teacher.save(update_fields=["password", "is_active"])

    answers = [
        attempt(login, password)
        for login, password in [
            (cast.pastel.teacher.username, PASSWORD),
            ("personne", PASSWORD),
            (student.username, "faux"),
        ]
    ]

    assert {answer.status_code for answer in answers} == {200}
    texts = {text_of(answer) for answer in answers}
    assert len(texts) == 1


def test_timing_of_an_unknown_account_is_that_of_a_wrong_password(cast: Cast) -> None:
    known, without = cast.pastel.student, cast.pastel.classmate
    known.set_password(PASSWORD)
    without.set_unusable_password()
    for user in (known, without):
        user.save(update_fields=["password"])
    from allauth.account.adapter import get_adapter
    from django.test import RequestFactory

    delays: dict[str, list[float]] = {known.username: [], without.username: [], "personne": []}
    for _ in range(15):
        for username, measured in delays.items():
            request = RequestFactory().post("/connexion/")
            adapter = get_adapter()
            adapter.pre_authenticate = lambda *args, **kwargs: None  # attempts are not what is measured
            start = time.perf_counter()
            assert adapter.authenticate(request, username=username, password="faux") is None
            measured.append(time.perf_counter() - start)

    medians = {username: statistics.median(measured) for username, measured in delays.items()}
    assert max(medians.values()) < 1.4 * min(medians.values()), medians
