"""The two desks: a hub's and a school's. The same pages, over the schools that each answers for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.translation import gettext as _

from ent.portal.requests import PortalRequest
from ent.portal.spaces import enter_space
from establishments.people.reach import HUB_AGENT, reach_of
from establishments.support.models import Case
from establishments.support.permissions import HUB_DESK, SCHOOL_DESK

PAGES = [
    "accounts", "account", "account-code", "account-unlock", "account-block", "account-close", "account-case",
    "account-second-factor", "account-merge", "provenance", "duplicates", "cases", "case", "cases-figures",
    "cases-figures-csv",
]  # fmt: skip


@dataclass(frozen=True)
class Desk:
    space: str
    roles: frozenset[str]

    def schools_of(self, user: Any) -> list[int]:
        return sorted(reach_of(user).where(*self.roles))

    def level_of(self, user: Any) -> str:
        """Where the cases that this person deals with first are."""
        held = reach_of(user).all_roles
        if self is SCHOOL:
            return Case.Level.SCHOOL
        return Case.Level.HUB if HUB_AGENT in held else Case.Level.ACADEMY

    @cached_property
    def urls(self) -> dict[str, str]:
        """The names of its pages' URLs, by what a template calls them."""
        return {page.replace("-", "_"): f"{self.space}-{page}" for page in PAGES}

    def __hash__(self) -> int:
        return hash(self.space)


HUB = Desk("territoire", HUB_DESK)
SCHOOL = Desk("etablissement", SCHOOL_DESK)

View = Callable[..., HttpResponse]


def at_desk(view: View) -> View:
    """A view of a desk: 403 for whoever has none in that space.

    With an object named in the URL it is that object's own right which answers: 404 before 403.
    """

    @wraps(view)
    def enter(request: PortalRequest, desk: Desk, *args: Any, **kwargs: Any) -> HttpResponse:
        enter_space(request, desk.space)
        if not kwargs and not desk.schools_of(request.user):
            raise PermissionDenied(_("Cette page n’est pas pour ce rôle."))
        return view(request, desk, *args, **kwargs)

    return enter


def has_desk(desk: Desk) -> Callable[[PortalRequest], bool]:
    """For the menu."""
    return lambda request: bool(desk.schools_of(request.user))
