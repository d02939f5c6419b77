"""Where an account is open: listed, ended, and for how long it lasts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone
from knox.models import AuthToken

from accounts.models import BrowserSession, User
from accounts.sessions.actions import end_everywhere
from accounts.sessions.devices import device_of
from ent.redis_urls import cache_url
from tests.browser import Browser, text_of
from tests.cast import Cast

PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
)
DESK = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
SignIn = Callable[[User], Browser]


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (PHONE, "Chrome sur un téléphone"),
        (DESK, "Firefox sur un ordinateur"),
        ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) Version/17.0 Safari/604.1", "Safari sur une tablette"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge sur un ordinateur"),
        ("", "Navigateur inconnu"),
        ("<script>alert(1)</script>", "Navigateur inconnu"),
    ],
)
def test_device_is_said_in_words(user_agent: str, words: str) -> None:
    assert device_of(user_agent) == words


def sign_in(user: User, user_agent: str) -> Browser:
    user.set_password("une-phrase-de-passe")
    user.save(update_fields=["password"])
    browser = Browser(headers={"User-Agent": user_agent})
    browser.post("/connexion/", {"login": user.username, "password": "une-phrase-de-passe"})
    return browser


def test_sessions_are_listed_and_this_one_is_marked(cast: Cast, client_of: SignIn) -> None:
    teacher = cast.pastel.teacher
    sign_in(cast.pastel.student, PHONE)
    browser = sign_in(teacher, PHONE)

    page = text_of(browser.get("/compte/securite/"))

    assert page.count("Chrome sur un téléphone") == 1
    assert "celle-ci" in page


def test_key_of_a_session_is_on_no_page(cast: Cast, client_of: SignIn) -> None:
    browser = client_of(cast.pastel.teacher)

    assert browser.session.session_key not in browser.get("/compte/securite/").content.decode()


def test_other_session_is_ended_at_once(cast: Cast, client_of: SignIn) -> None:
    teacher = cast.pastel.teacher
    lost, browser = client_of(teacher), client_of(teacher)
    assert lost.get("/").status_code == 200  # it is in the cache
    handle = BrowserSession.objects.get(session_key=lost.session.session_key).handle

    browser.post("/compte/securite/sessions/fermer/", {"session": handle})

    assert lost.get("/")["Location"].startswith("/connexion/")
    assert browser.get("/").status_code == 200


def test_all_others_are_ended_and_this_one_stays(cast: Cast, client_of: SignIn) -> None:
    teacher = cast.pastel.teacher
    others, browser = [client_of(teacher) for _ in range(3)], client_of(teacher)

    browser.post("/compte/securite/sessions/fermer/")

    assert {other.get("/").status_code for other in others} == {302}
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("name", ["x", "../", "00000000-0000-0000-0000-000000000000"])
def test_session_that_never_was_is_over(cast: Cast, client_of: SignIn, name: str) -> None:
    answer = client_of(cast.pastel.teacher).post("/compte/securite/sessions/fermer/", {"session": name}, follow=True)

    assert "déjà fermée" in text_of(answer)


def test_session_of_somebody_else_is_not_ended(cast: Cast, client_of: SignIn) -> None:
    theirs = client_of(cast.pastel.head)
    handle = BrowserSession.objects.get(session_key=theirs.session.session_key).handle

    client_of(cast.pastel.teacher).post("/compte/securite/sessions/fermer/", {"session": handle})

    assert theirs.get("/").status_code == 200


def test_ending_everywhere_takes_tokens_too(cast: Cast, client_of: SignIn) -> None:
    student = cast.pastel.student
    browser, (_instance, token) = client_of(student), AuthToken.objects.create(student)

    end_everywhere(users=[student])

    assert browser.get("/").status_code == 302
    assert Browser().get("/api/v1/me/", headers={"Authorization": f"Token {token}"}).status_code == 401


def test_closed_account_is_out_at_once(cast: Cast, client_of: SignIn) -> None:
    browser = client_of(cast.pastel.teacher)
    _instance, token = AuthToken.objects.create(cast.pastel.teacher)
    User.objects.filter(pk=cast.pastel.teacher.pk).update(is_active=False)

    assert browser.get("/").status_code == 302
    assert Browser().get("/api/v1/me/", headers={"Authorization": f"Token {token}"}).status_code == 401


@pytest.mark.parametrize(
    ("who", "minutes"),
    [("student", 720), ("teacher", 720), ("head", 30), ("hub_agent", 30), ("rectorate_admin", 30)],
)
def test_session_lasts_while_used_and_ends_when_not(cast: Cast, client_of: SignIn, who: str, minutes: int) -> None:
    user = getattr(cast.pastel, who, None) or getattr(cast, who)
    start, step = timezone.now(), timedelta(minutes=minutes)
    with time_machine.travel(start, tick=False) as clock:
        browser = client_of(user)
        for used in (0.9, 1.7, 2.4):  # each within the time since the one before
            clock.move_to(start + step * used)
            assert browser.get("/").status_code == 200, used
        clock.move_to(start + step * 3.5)
        # Redis has its own clock: only PostgreSQL's row can tell here.
        row = BrowserSession.objects.get(session_key=browser.session.session_key)
    assert row.expire_date == start + step * 2.4 + step


def test_page_within_the_grain_writes_nothing(cast: Cast, client_of: SignIn) -> None:
    browser = client_of(cast.pastel.head)
    before = BrowserSession.objects.get(session_key=browser.session.session_key).expire_date
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        browser.get("/")

    assert BrowserSession.objects.get(session_key=browser.session.session_key).expire_date == before


# --- Without Redis ---------------------------------------------------------------------------------------------


@pytest.fixture
def without_redis(settings: Any) -> Callable[[], None]:
    def take_away() -> None:
        settings.CACHES = {
            "default": {**settings.CACHES["default"], "LOCATION": cache_url("redis://127.0.0.1:1", db=1)}
        }

    return take_away


def test_without_redis_those_who_are_in_go_on(cast: Cast, client_of: SignIn, without_redis: Callable[[], None]) -> None:
    browser = client_of(cast.pastel.student)
    without_redis()

    assert browser.get("/").status_code == 200
    assert browser.get("/eleve/devoirs/").status_code == 200
    assert browser.get("/sante/").json() == {"postgresql": True, "redis": False}


def test_without_redis_nobody_signs_in_and_a_page_says_so(
    cast: Cast, client: Browser, without_redis: Callable[[], None]
) -> None:
    cast.pastel.student.set_password("une-phrase-de-passe")
    cast.pastel.student.save(update_fields=["password"])
    without_redis()

    page = client.get("/connexion/")
    answer = client.post("/connexion/", {"login": cast.pastel.student.username, "password": "une-phrase-de-passe"})

    assert page.status_code == 200
    assert answer.status_code == 503
    assert "Réessayez dans quelques minutes" in text_of(answer)
    assert answer["Retry-After"]
    token = client.post("/api/v1/token/", {"username": "x", "password": "y"}, content_type="application/json")
    assert (token.status_code, token["Content-Type"]) == (503, "application/problem+json")


def test_without_redis_signing_out_works_and_ending_anothers_waits(
    cast: Cast, client_of: SignIn, without_redis: Callable[[], None]
) -> None:
    other, browser = client_of(cast.pastel.teacher), client_of(cast.pastel.teacher)
    handle = BrowserSession.objects.get(session_key=other.session.session_key).handle
    without_redis()

    assert browser.post("/compte/securite/sessions/fermer/", {"session": handle}).status_code == 503
    assert BrowserSession.objects.filter(handle=handle).exists()
    assert browser.post("/deconnexion/").status_code == 302
    assert browser.get("/").status_code == 302


def test_engine_is_ours() -> None:
    assert settings.SESSION_ENGINE == "accounts.sessions.store"
