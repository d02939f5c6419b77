"""A device in words, from what the browser says it is: enough to know one's own, no more."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

# The first that matches: most browsers claim to be several others.
BROWSERS = [
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|Chromium/|CriOS/"),
    ("Safari", r"Safari/"),
]


def device_of(user_agent: str) -> str:
    """“Firefox sur un ordinateur”."""
    browser = next((name for name, pattern in BROWSERS if re.search(pattern, user_agent)), "")
    if not browser:
        return _("Navigateur inconnu")
    return _("%(browser)s sur %(device)s") % {"browser": browser, "device": _kind(user_agent)}


def _kind(user_agent: str) -> str:
    if re.search(r"iPad|Tablet|Android(?!.*Mobile)", user_agent):
        return _("une tablette")
    if re.search(r"Mobile|iPhone|Android", user_agent):
        return _("un téléphone")
    return _("un ordinateur")
