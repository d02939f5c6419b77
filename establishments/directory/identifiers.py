"""Sets of identifiers that stay small however large the feed."""

from __future__ import annotations

PAGE = 1 << 12


class IdentifierSet:
    """A set of the feed's identifiers, or of primary keys.

    Nearly all are numbers close to one another: a bit each in pages of 512 bytes, where a set of strings
    would take a hundred bytes each. The few others are held as they are.
    """

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}
        self._others: set[str] = set()

    def add(self, identifier: str | int) -> None:
        number = _as_number(identifier)
        if number is None:
            self._others.add(str(identifier))
            return
        page = self._pages.setdefault(number // PAGE, bytearray(PAGE // 8))
        page[number % PAGE // 8] |= 1 << number % 8

    def __contains__(self, identifier: str | int) -> bool:
        number = _as_number(identifier)
        if number is None:
            return str(identifier) in self._others
        page = self._pages.get(number // PAGE)
        return page is not None and bool(page[number % PAGE // 8] >> number % 8 & 1)


def _as_number(identifier: str | int) -> int | None:
    if isinstance(identifier, int):
        return identifier
    # “007” is not “7”, and “٧” is a digit to Python.
    plain = identifier.isascii() and identifier.isdigit() and len(identifier) < 16
    return int(identifier) if plain and (identifier[0] != "0" or identifier == "0") else None
