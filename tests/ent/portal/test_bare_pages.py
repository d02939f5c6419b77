"""Pages that must come out when little else works: errors have no context, and 500 no request."""

from __future__ import annotations

import re

import pytest
from django.template.loader import get_template

ERRORS = ["403.html", "403_csrf.html", "404.html", "500.html", "503.html"]


@pytest.mark.parametrize("name", ERRORS)
def test_error_page_without_context_says_what_to_do(name: str) -> None:
    page = get_template(name).render()

    assert page.count("<h1>") == 1
    assert '<html lang="fr"' in page
    assert 'class="button primary"' in page
    assert "{{" not in page


@pytest.mark.parametrize("name", [*ERRORS, "account/logout.html"])
def test_bare_page_obeys_the_content_security_policy(name: str) -> None:
    page = get_template(name).render({"redirect_field": ""})

    assert not re.search(r"<[^>]+\s(style|on\w+)=", page)
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    assert "<style" not in page
