"""Parts of pages drawn once for the same values.

Django's templates are slow where a page repeats itself: every row of every student's list, every menu. A part that
depends on nothing but one frozen value is drawn once in a process, and taken from memory for whoever needs the same.
It is never stale: other values are another key.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache

from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import SafeString

KEPT = 16_384  # parts, of a kilobyte or two each


def drawn(template: str, view: Hashable = None) -> SafeString:
    """The template with `view` as its only variable: no request, no user, no token, hence nobody's secret."""
    return _draw(template, view) if settings.DEBUG else _remembered(template, view)


def _draw(template: str, view: Hashable) -> SafeString:
    return get_template(template).render({"view": view})


_remembered = lru_cache(KEPT)(_draw)
