"""What holds for every answer of the portal, whatever the page: its headers, its cookies, and that GET changes nothing.

What a page may not contain (inline scripts, handlers and styles) is looked at by `tests/browser.py`, in all tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import connection
from django.http import HttpResponse
from zeal import zeal_ignore

from accounts.models import BrowserSession, User
from ent.tenancy.scope import tenant_scope
from tests.browser import Browser
from tests.cast import ROLES, Cast, School
from tests.routes import all_routes

PEOPLE = [*ROLES, "hub_agent", "rectorate_admin"]

SignIn = Callable[[User], Browser]

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "manifest-src 'self'",
}
POLICY_OF_FILES = {"default-src 'none'", "frame-ancestors 'none'", "sandbox"}


@pytest.fixture
def person(cast: Cast, who: str) -> User:
    cast.rectorate_admin.user_permissions.set(Permission.objects.all())
    user: User = getattr(cast.pastel, who, None) or getattr(cast, who)
    return user


def answers(browser: Browser, school: School, *, with_admin: bool = False) -> Iterator[tuple[str, HttpResponse]]:
    """What all routes answer to GET, and two that are none."""
    for route in all_routes():
        if (route.is_of_a_school or not route.arguments) and (with_admin or not route.is_admin):
            with zeal_ignore():  # the administration asks row by row what would be deleted with a row
                yield route.pattern, browser.get(route.url_in(school))
    for url in ("/nowhere/at/all/", "/api/v1/homework/999999999/"):
        yield url, browser.get(url)


def faults_of(answer: HttpResponse, *, signed_in: bool) -> list[str]:
    policy = set(answer.get("Content-Security-Policy", "").split("; "))
    held = {
        "Content-Security-Policy": policy == (POLICY_OF_FILES if answer.streaming else POLICY),
        "X-Content-Type-Options": answer.get("X-Content-Type-Options") == "nosniff",
        "Referrer-Policy": answer.get("Referrer-Policy") == "same-origin",
        "X-Frame-Options": answer.get("X-Frame-Options") == "DENY",
        "Cache-Control": not signed_in or "no-store" in answer.get("Cache-Control", ""),
        "Content-Type": "Content-Type" in answer,
        "CORS": "Access-Control-Allow-Origin" not in answer,
        **{
            name: cookie["httponly"] and cookie["samesite"] == "Lax"
            for name, cookie in answer.cookies.items()
            if cookie["max-age"] != 0  # it is being taken away
        },
    }
    return [name for name, holds in held.items() if not holds]


@pytest.mark.parametrize("who", PEOPLE)
def test_get_of_every_page_changes_no_row_and_is_kept_by_no_cache_and_framed_by_nobody(
    cast: Cast, client_of: SignIn, person: User
) -> None:
    browser, wrong, seen = client_of(person), {}, set()
    before = contents(cast)
    for url, answer in answers(browser, cast.pastel, with_admin=person.is_staff):
        seen.add(answer.status_code)
        if faults := faults_of(answer, signed_in=True):
            wrong[url] = faults
    assert wrong == {}
    assert {200, 302, 403, 404, 405} <= seen
    assert contents(cast) == before


def test_answer_to_nobody_has_the_same_headers(cast: Cast, client: Browser) -> None:
    wrong, seen = {}, set()
    for url, answer in answers(client, cast.pastel, with_admin=True):
        seen.add(answer.status_code)
        if faults := faults_of(answer, signed_in=False):
            wrong[url] = faults
    assert wrong == {}
    assert {200, 302, 401} <= seen


def test_cookies_set_by_a_post_are_out_of_reach_of_scripts_and_other_sites(cast: Cast, client: Browser) -> None:
    cast.pastel.student.set_password("garonne-pastel-brique")
    cast.pastel.student.save(update_fields=["password"])

    client.post("/connexion/", {"login": cast.pastel.student.username, "password": "garonne-pastel-brique"})
    client.post("/theme/", {"theme": "dark"})

    assert {"ent_session", "ent_csrf", "ent_theme"} <= client.cookies.keys()
    assert all(cookie["httponly"] and cookie["samesite"] == "Lax" for cookie in client.cookies.values())


def test_static_file_has_the_same_headers(settings: Any, client: Browser) -> None:
    settings.WHITENOISE_USE_FINDERS = True

    answer = client.get("/static/ent/mark.svg")

    assert answer.status_code == 200
    assert answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def contents(cast: Cast) -> dict[str, str]:
    """A digest of each table's rows."""
    digests = {}
    with tenant_scope([cast.pastel.establishment, cast.brique.establishment]), connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if model is BrowserSession:
                continue  # a session holds what is under way, such as the secret of a code that is being set up
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {table} t")  # noqa: S608
            digests[table] = cursor.fetchone()[0]
    return digests
