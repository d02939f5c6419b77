"""What follows from a school's opening dates and blocks, for one person of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from establishments.doors.levels import level_of
from establishments.doors.models import Block, Opening
from establishments.people.models import Group, Role

# Whom dates and blocks without a profile are about.
FAMILIES = frozenset({Role.STUDENT, Role.GUARDIAN})
# Who opens and closes the doors never finds them closed.
NEVER_CLOSED = frozenset({Role.HEAD, Role.LOCAL_ADMIN})
PROFILES = [role for role in Role if role not in NEVER_CLOSED]


@dataclass(frozen=True)
class Door:
    """When it opens (None: it is open), and whether it is blocked."""

    opens_on: date | None = None
    is_blocked: bool = False


@dataclass
class Rules:
    openings: dict[tuple[object, str], date] = field(default_factory=dict)
    blocks: set[tuple[object, str]] = field(default_factory=set)

    @classmethod
    def of(cls, openings: Iterable[Opening], blocks: Iterable[Block]) -> Rules:
        return cls(
            {(opening.group_id or opening.level or None, opening.role): opening.opens_on for opening in openings},
            {(block.group_id, block.role) for block in blocks},
        )

    def door(self, role: str, classes: Collection[Group]) -> Door:
        """For students, their class; for guardians, their children's: they come in with the first of them."""
        if role in NEVER_CLOSED:
            return Door()
        places: list[tuple[object, ...]] = [(group.pk, level_of(group), None) for group in classes] or [(None,)]
        dates = [self._opening(role, place) for place in places]
        return Door(
            None if None in dates else min(date for date in dates if date),
            all(self._blocks(role, place) for place in places),
        )

    def _opening(self, role: str, place: tuple[object, ...]) -> date | None:
        """The most precise wins: the class, then its level, then the school; a profile's own date before all's."""
        for scope in place:
            for profile in self._profiles(role):
                if found := self.openings.get((scope or None, profile)):
                    return found
        return None

    def _blocks(self, role: str, place: tuple[object, ...]) -> bool:
        return any(
            (scope, profile) in self.blocks
            for scope in (place[0], None)
            for profile in self._profiles(role)
            if scope or profile
        )

    def _profiles(self, role: str) -> list[str]:
        return [role, ""] if role in FAMILIES else [role]
