"""What features declare in their `portal.py`: menu entries, sections of home pages, routes of the API.

A space is one face of the portal: a student's, a family's, a class's. It is the first segment of the path, so that
a teacher who is also a parent may have one in each tab.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern
from django.utils.functional import Promise

from ent.portal.requests import PortalRequest

Text = str | Promise
EVERYWHERE = ""  # as the space of an entry or a section: it is in all of them


@dataclass(frozen=True)
class Space:
    slug: str
    label: Text
    roles: frozenset[str]
    order: int


@dataclass(frozen=True)
class Entry:
    """A line of the menu; `in_bar` entries are also in the phone's bar, which has room for four beside “Plus”.

    `shown` says whether somebody of the space has the right to it; it costs no query.
    """

    label: Text
    icon: str  # a name of lucide's
    url_name: str
    space: str
    order: int
    in_bar: bool = True
    shown: Callable[[PortalRequest], bool] | None = None


@dataclass(frozen=True)
class Section:
    """A part of a home page. The first one with a headline gives the page its title: the answer to “what now?”."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    view: Hashable = None  # instead of a context: the section is drawn from this value alone, see ent.portal.drawing
    headline: str = ""
    caption: str = ""
    aside: bool = False


MakeSection = Callable[[PortalRequest], Section | None]

_spaces: dict[str, Space] = {}
_entries: list[Entry] = []
_sections: list[tuple[str, int, MakeSection]] = []
_viewsets: list[tuple[str, Any, str]] = []
_api_paths: list[URLPattern] = []


def space(new: Space) -> None:
    _spaces[new.slug] = new


def entry(new: Entry) -> None:
    _entries.append(new)


def section(*, space: str, order: int) -> Callable[[MakeSection], MakeSection]:
    """Declare a function that makes a section of that space's home, or None when it has nothing to say."""

    def declare(make: MakeSection) -> MakeSection:
        _sections.append((space, order, make))
        return make

    return declare


def api(prefix: str, viewset: Any, basename: str) -> None:
    _viewsets.append((prefix, viewset, basename))


def api_path(pattern: URLPattern) -> None:
    _api_paths.append(pattern)


def spaces_for(roles: frozenset[str]) -> list[Space]:
    """The spaces of somebody who has these roles somewhere, the one they work in first."""
    return sorted((s for s in _spaces.values() if not s.roles.isdisjoint(roles)), key=lambda s: s.order)


def space_named(slug: str) -> Space | None:
    return _spaces.get(slug)


def entries_of(slug: str) -> list[Entry]:
    return sorted((e for e in _entries if e.space in {slug, EVERYWHERE}), key=lambda e: e.order)


def sections_of(slug: str) -> list[MakeSection]:
    return [make for space, _, make in sorted(_sections, key=lambda s: s[1]) if space in {slug, EVERYWHERE}]


def viewsets() -> list[tuple[str, Any, str]]:
    return sorted(_viewsets, key=lambda v: v[0])


def api_paths() -> list[URLPattern]:
    return list(_api_paths)
