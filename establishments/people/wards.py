"""The children of a guardian, read once for all that a page says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from establishments.people.models import Guardianship, Membership

if TYPE_CHECKING:
    from accounts.models import User


def children_of(user: User) -> list[Membership]:
    """The eldest first, with their names and their schools."""
    known: list[Membership] | None = getattr(user, "_children", None)
    if known is None:
        wards = Guardianship.objects.held_by(user).select_related("student__user", "student__establishment")
        known = sorted(
            {ward.student for ward in wards}, key=lambda s: (s.user.birth_date is None, s.user.birth_date, s.pk)
        )
        user._children = known  # type: ignore[attr-defined]
    return known
