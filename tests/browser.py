"""A test client that reads each page as strictly as a browser under our Content-Security-Policy would."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.http.response import HttpResponseBase
from django.test import Client
from lxml import html


class Browser(Client):
    """Fails the test that meets a page with something our policy forbids, or a form that could not be sent."""

    def request(self, **request: Any) -> HttpResponseBase:
        response = super().request(**request)
        if response.streaming:  # read at once: a file that nobody reads would stay open
            response.streaming_content = [response.getvalue()]
        if response.get("Content-Type", "").startswith("text/html") and response.content:
            faults = list(faults_of(response.content.decode()))
            assert not faults, f"{request['REQUEST_METHOD']} {request['PATH_INFO']}: {faults}"
        return response

    def force_login(self, user: Any, backend: str | None = None) -> None:
        """As by the sign-in page: with a password, just now."""
        super().force_login(user, backend or "accounts.sessions.backend.SessionBackend")
        self.prove(user)

    def prove(self, user: Any, *, method: str = "password", ago: float = 0) -> None:
        """Make this the only proof of the session, so many seconds ago."""
        session = self.session
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": method, "at": time.time() - ago}]
        session[f"{AUTHENTICATION_METHODS_SESSION_KEY}_user"] = str(user.pk)
        session.save()


def faults_of(page: str) -> Iterator[str]:
    for element in html.fromstring(page).iter(html.etree.Element):
        if element.tag != "code" and re.search("{[{%]", element.text or ""):
            yield f"a template tag in <{element.tag}>: it was not rendered"
        handlers = [name for name in element.attrib if name.startswith(("on", "hx-on"))]
        if handlers or "style" in element.attrib:
            yield f"<{element.tag}> with {handlers or 'style'}: the policy ignores it"
        if element.tag == "style" or (element.tag == "script" and not _is_allowed(element)):
            yield f"an inline <{element.tag}>: the policy ignores it"
        if _is_post(element) and not element.xpath(".//input[@name='csrfmiddlewaretoken']"):
            yield f"a form to {element.get('action', 'itself')} without a CSRF token: it is refused"


def _is_post(element: Any) -> bool:
    return element.tag == "form" and element.get("method", "").lower() == "post"


def _is_allowed(script: Any) -> bool:
    return "src" in script.attrib or script.get("type") == "application/json"


def text_of(answer: Any, tag: str = "body") -> str:
    """What a person reads on the page, or in its only `h1`; spaces of all kinds made plain."""
    (element,) = html.document_fromstring(answer.content.decode()).iter(tag)
    return " ".join(" ".join(element.itertext()).split())


def element_of(answer: Any, css_id: str) -> str:
    """The HTML of one element; its CSRF token is another at each answer, and is left out."""
    (element,) = html.fromstring(answer.content.decode()).xpath(f"//*[@id='{css_id}']")
    for token in element.xpath(".//input[@name='csrfmiddlewaretoken']"):
        token.set("value", "")
    return str(html.tostring(element, encoding="unicode", with_tail=False))
