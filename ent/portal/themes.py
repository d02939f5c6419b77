"""Light, dark, or as the device: a cookie that the server reads, so that no page flashes."""

from __future__ import annotations

from ent.portal.requests import PortalRequest

COOKIE = "ent_theme"
THEMES = ("system", "light", "dark")
A_YEAR = 365 * 24 * 3600  # seconds


def theme_of(request: PortalRequest) -> str:
    theme = request.COOKIES.get(COOKIE, "")
    return theme if theme in THEMES else "system"
