"""The `portal` of every template: who is here, in which space, what the menu holds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ent.portal import registry
from ent.portal.requests import PortalRequest
from ent.portal.spaces import current_space, spaces_of
from ent.portal.templatetags.portal import hue, initials
from ent.portal.themes import theme_of
from ent.tenancy.scope import reach_of


@dataclass(frozen=True)
class Line:
    label: str | Promise
    icon: str
    url: str
    current: bool
    in_bar: bool = True
    count: int = 0
    count_label: str = ""


@dataclass(frozen=True)
class Choice:
    label: str | Promise
    url: str
    current: bool


@dataclass(frozen=True)
class Person:
    name: str
    initials: str
    hue: str
    caption: str


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
        lines = [Line(_("Accueil"), "house", home, self.is_home)]
        for entry in registry.entries_of(self.space.slug):
            url = reverse(entry.url_name)
            current = self.request.path.startswith(url)
            lines.append(Line(entry.label, entry.icon, url, current, entry.in_bar))
        return lines

    @cached_property
    def spaces(self) -> list[Choice]:
        if not self.signed_in:
            return []
        return [
            Choice(space.label, reverse("space-home", args=[space.slug]), space == self.space)
            for space in spaces_of(self.request)
        ]

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
            return str(_("%(count)d établissements") % {"count": len(places)})
        return places[0] if places else str(self.space.label)


def portal(request: PortalRequest) -> dict[str, Any]:
    return {"portal": Portal(request)}
