"""What the holder of a code must know besides it. Whose child is whose is known above this floor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

CHILD_BIRTH_DATE, BIRTH_DATE, LAST_NAME = "child_birth_date", "birth_date", "last_name"


class Proof(Protocol):
    """A question of one of the kinds above, and what answers it."""

    @property
    def kind(self) -> str: ...

    def holds(self, answer: str) -> bool:
        """Is that it? A date is given as 2013-03-24."""


def proof_of(user_id: int, establishment_id: int) -> Proof | None:
    """What proves to be that person in that school; None for who may not come in there, or cannot prove it."""
    resolver: Callable[[int, int], Proof | None] = import_string(settings.ENT_PROOF)
    return resolver(user_id, establishment_id)
