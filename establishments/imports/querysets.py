"""What is read of the runs of schools: with the school and the run beside them, in one statement."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q

from establishments.directory.models import Change, SchoolRun
from establishments.imports.words import ARRIVED, CHANGED, LEFT

OF_KIND = {
    ARRIVED: Q(before__isnull=True),
    LEFT: Q(after__isnull=True),
    CHANGED: Q(before__isnull=False, after__isnull=False),
}


def runs_of(schools: Collection[int]) -> Any:
    """The latest first."""
    return (
        SchoolRun.objects.filter(establishment__in=schools)
        .select_related("run", "establishment", "decided_by")
        .defer("counts", "run__report", "run__delivered")
        .order_by("-pk")
    )


def waiting_in(schools: Collection[int]) -> Any:
    """Those that somebody must decide on, where most people would leave first."""
    return runs_of(schools).waiting().order_by("-left", "-pk")


def changes_in(school_run: SchoolRun, kind: str = "") -> Any:
    """Those who would leave first: they are what one looks for before one accepts."""
    changes = Change.objects.filter(school_run=school_run)
    if kind in OF_KIND:
        changes = changes.filter(OF_KIND[kind])
    return changes.order_by("name", "pk")
