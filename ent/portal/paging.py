"""Pages of a list without counting it: one row more than is shown tells whether another page follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404

from ent.portal.requests import PortalRequest

DIGITS = 5  # of a page's number, at most


class BeyondLastPageError(Http404):
    """A page that there is not, of a list that has others; `last_url` leads to the last of these."""

    def __init__(self, number: int, last_url: str) -> None:
        self.number, self.last_url = number, last_url
        super().__init__(f"page {number}")


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    number: int
    previous_url: str
    next_url: str

    @property
    def has_previous(self) -> bool:
        return bool(self.previous_url)

    @property
    def has_next(self) -> bool:
        return bool(self.next_url)


def page_of(rows: Any, request: PortalRequest, *, size: int) -> Page:
    """The page that `?page=` asks for; the first one when it asks for nonsense."""
    asked = request.GET.get("page", "1")
    number = max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) <= DIGITS else 1
    first = (number - 1) * size
    found = list(rows[first : first + size + 1])
    if not found and number > 1:
        raise BeyondLastPageError(number, _url(request, _last(rows, number, size)))
    return Page(
        rows=found[:size],
        number=number,
        previous_url=_url(request, number - 1) if number > 1 else "",
        next_url=_url(request, number + 1) if len(found) > size else "",
    )


def _last(rows: Any, beyond: int, size: int) -> int:
    """The last page that has rows, found by halves: some lists cannot be counted."""
    last = 1
    while beyond - last > 1:
        middle = (last + beyond) // 2
        if list(rows[(middle - 1) * size : (middle - 1) * size + 1]):
            last = middle
        else:
            beyond = middle
    return last


def _url(request: PortalRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"
