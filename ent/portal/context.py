"""The `portal` of every template: who is here, in which space, what the menu holds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from ent.portal import registry
from ent.portal.requests import PortalRequest
from ent.portal.spaces import current_space, spaces_of
from ent.portal.templatetags.portal import hue, initials
from ent.portal.themes import theme_of
from ent.tenancy.scope import reach_of


@dataclass(frozen=True)
class Line:
    label: str
    icon: str
    url: str
    current: bool
    in_bar: bool = True
    count: int = 0
    count_label: str = ""


@dataclass(frozen=True)
class Choice:
    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class Person:
    name: str
    initials: str
    hue: str
    caption: str


@dataclass(frozen=True)
class Menu:
    lines: tuple[Line, ...]
    my_account_url: str
    help_url: str


@dataclass(frozen=True)
class Foot:
    """What stands below the menu: the account, the theme, the way out."""

    person: Person | None
    spaces: tuple[Choice, ...]
    theme: str
    my_account_url: str
    help_url: str
    theme_url: str
    logout_url: str


class Portal:
    """Everything is lazy: a page that shows no menu pays for none."""

    product = settings.ENT_PRODUCT_NAME

    def __init__(self, request: PortalRequest) -> None:
        self.request = request

    @property
    def theme(self) -> str:
        return theme_of(self.request)

    @cached_property
    def signed_in(self) -> bool:
        user = getattr(self.request, "user", None)
        return bool(user and user.is_authenticated)

    @cached_property
    def space(self) -> registry.Space | None:
        return current_space(self.request) if self.signed_in else None

    @cached_property
    def is_home(self) -> bool:
        return getattr(self.request, "is_home", False)

    @cached_property
    def entries(self) -> list[Line]:
        if self.space is None:
            return []
        home = reverse("space-home", args=[self.space.slug])
        lines = [Line(gettext("Accueil"), "house", home, self.is_home)]
        for entry in registry.entries_of(self.space.slug):
            if entry.shown and not entry.shown(self.request):
                continue
            url = reverse(entry.url_name)
            current = self.request.path.startswith(url)
            lines.append(Line(str(entry.label), entry.icon, url, current, entry.in_bar))
        return lines

    @cached_property
    def spaces(self) -> list[Choice]:
        if not self.signed_in:
            return []
        return [
            Choice(str(space.label), reverse("space-home", args=[space.slug]), space == self.space)
            for space in spaces_of(self.request)
        ]

    @property
    def menu(self) -> Menu:
        return Menu(tuple(self.entries), url_or_nothing("my_account"), url_or_nothing("help"))

    @property
    def foot(self) -> Foot:
        return Foot(
            self.person if self.signed_in else None,
            tuple(self.spaces),
            self.theme,
            *(url_or_nothing(name) for name in ("my_account", "help", "theme", "account_logout")),
        )

    @cached_property
    def person(self) -> Person:
        name = str(self.request.user)
        return Person(name, initials(name), hue(self.request.user.pk), self._caption())

    def _caption(self) -> str:
        """In two words what the person is in this space, and where: “Élève, Collège du Pastel”."""
        if self.space is None:
            return ""
        seats = [seat for seat in reach_of(self.request.user).seats if seat.role in self.space.roles]
        places = list(dict.fromkeys(seat.establishment_name for seat in seats))
        if len(places) > 1:
            return gettext("%(count)d établissements") % {"count": len(places)}
        return places[0] if places else str(self.space.label)


@lru_cache
def url_or_nothing(name: str) -> str:
    """The address of that page, when there is such a page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def portal(request: PortalRequest) -> dict[str, Any]:
    return {"portal": Portal(request)}
