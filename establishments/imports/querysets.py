"""What is read of the runs of schools: with the school and the run beside them, in one statement."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Q
from django.utils import timezone

from establishments.directory.models import Change, SchoolRun
from establishments.imports.words import ARRIVED, CHANGED, LEFT

TOLD_FOR = timedelta(hours=12)  # that a decision on many schools is done

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


def decisions_under_way() -> Any:
    """What was decided on many schools at once, and how far it is; the latest first."""
    recent = SchoolRun.objects.filter(asked_at__isnull=False)
    recent = recent.filter(Q(asked_at__gt=timezone.now() - TOLD_FOR) | ~Q(asked=""))
    done, refused = Q(asked=""), ~Q(refusal="")
    return (
        recent.order_by("-asked_at")
        .values("asked_at", "asked_by__first_name", "asked_by__last_name")
        .annotate(
            what=Max("asked"),
            total=Count("pk"),
            done=Count("pk", filter=done),
            refused=Count("pk", filter=refused),
        )
    )
