"""What the floors above do when a school's directory has changed, in the same transaction: nobody sees it half done."""

from __future__ import annotations

from collections.abc import Callable

Reaction = Callable[[int], None]
_reactions: list[Reaction] = []


def reaction(react: Reaction) -> Reaction:
    """Declare a function of an establishment's key, called in its scope. It may be called again: it repeats no harm."""
    _reactions.append(react)
    return react


def react_to_change(establishment: int) -> None:
    for react in _reactions:
        react(establishment)
