"""The one way to ask for a right before a read or a write."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404


def require(user: Any, right: str, subject: Any) -> None:
    """Raise PermissionDenied (403) unless the person has that right on the subject."""
    if not user.has_perm(right, subject):
        raise PermissionDenied


def open_or_refuse(rows: Any, user: Any, right: str, **lookup: Any) -> Any:
    """One row by its lookup: 404 when no row of the scope answers, 403 when the right is missing.

    Another school's row is outside the scope, so that it cannot be told from one that never was.
    """
    found: Model = get_object_or_404(rows if isinstance(rows, QuerySet) else rows.all(), **lookup)
    require(user, right, found)
    return found
