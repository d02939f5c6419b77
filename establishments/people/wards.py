"""The children of a guardian: all of them, read once for a page, and the one that a page is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

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


def ward_or_refuse(guardian: User, student: int, **having: Any) -> Membership:
    """404 for a child of another school, or who has not that; 403 for somebody else's child in the same one."""
    wards = Guardianship.objects.held_by(guardian).filter(student=student)
    ward = wards.filter(**having).select_related("student__user", "student__establishment").first()
    if ward is None:
        get_object_or_404(Membership.objects.students(), pk=student)
        raise Http404 if wards.exists() else PermissionDenied
    found: Membership = ward.student
    return found
