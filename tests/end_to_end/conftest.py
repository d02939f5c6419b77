"""A real Chromium on a real server. Sign-in is by cookie, but for the journeys that begin at the sign-in page."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import chromium
from tests.browser import Browser as Visiting
from tests.cast import Cast, make_cast

# Playwright runs a loop in the thread of the tests, which Django would refuse to use its ORM beside.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
QUIET = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@dataclass
class Visitor:
    """A page of the browser, and what went wrong on it."""

    page: Page
    base: str
    errors: list[str]
    outside: list[str]

    def note_request(self, url: str) -> None:
        if not url.startswith((self.base, "data:")):
            self.outside.append(url)

    def open(self, path: str) -> None:
        response = self.page.goto(self.base + path)
        assert response is not None
        assert response.ok, f"{path} answered {response.status}"


@pytest.fixture(scope="session")
def chromium_browser() -> Iterator[Browser]:
    path = chromium.find() or chromium.find_playwrights()
    assert path, "no Chromium: run `make test`, which installs one"
    # Chromium's own sandbox does not work as root.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *sandbox])
        yield browser
        browser.close()


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(chromium_browser: Browser, live_server: Any) -> Iterator[Visit]:
    """`visit(user, size=PHONE, theme="dark")` opens a browser for that person; without a user, for a stranger."""
    contexts: list[BrowserContext] = []

    def start(user: Any = None, *, size: dict[str, int] = DESK, theme: str = "light", **options: Any) -> Visitor:
        context = chromium_browser.new_context(
            viewport=size, color_scheme=theme, locale="fr-FR", has_touch=size is PHONE, **options
        )
        contexts.append(context)
        if user is not None:
            context.add_cookies([session_cookie(user, live_server.url)])
        visitor = Visitor(context.new_page(), live_server.url, [], [])
        visitor.page.on("console", lambda said: visitor.errors.append(said.text) if said.type == "error" else None)
        visitor.page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        visitor.page.on(
            "request",
            lambda asked: (
                None if asked.url.startswith((live_server.url, "data:")) else visitor.outside.append(asked.url)
            ),
        )
        return visitor

    yield start
    for context in contexts:
        context.close()


def session_cookie(user: Any, url: str) -> Any:
    client = Visiting()
    client.force_login(user)
    (name, morsel), *_ = client.cookies.items()
    return {"name": name, "value": morsel.value, "url": url}
