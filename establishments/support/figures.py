"""What a desk counts: cases waiting, how long one takes, resets in each school."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import AuditEvent
from establishments.support.models import Case
from establishments.territory.models import Establishment

OVER = timedelta(days=30)


class Median(Aggregate):
    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()
    allow_distinct = False


@dataclass(frozen=True)
class Figures:
    open: int
    closed: int
    median: timedelta | None
    oldest: Any


def figures_of(schools: Collection[int]) -> Figures:
    """Over the last 30 days for what is over, now for what is open."""
    took = ExpressionWrapper(F("closed_at") - F("opened_at"), output_field=DurationField())
    lately = Q(state=Case.State.CLOSED, closed_at__gte=timezone.now() - OVER)
    row = Case.objects.filter(establishment__in=schools).aggregate(
        open=Count("pk", filter=~Q(state=Case.State.CLOSED)),
        closed=Count("pk", filter=lately),
        median=Median(took, filter=lately),
    )
    oldest = Case.objects.pending().filter(establishment__in=schools).for_lists().order_by("opened_at", "pk").first()
    return Figures(row["open"], row["closed"], row["median"], oldest)


def schools_with_figures(schools: Collection[int]) -> Any:
    """Each school with `pending` cases and `resets` of the last 30 days, those with most resets first."""
    since = timezone.now() - OVER
    resets = _counted(AuditEvent.objects.filter(verb="credentials.reset", at__gte=since))
    pending = _counted(Case.objects.pending())
    rows = Establishment.objects.filter(pk__in=schools).annotate(resets=resets, pending=pending)
    return rows.order_by("-resets", "-pending", "city", "name", "pk")


def _counted(rows: Any) -> Any:
    here = rows.filter(establishment=OuterRef("pk")).order_by().values("establishment")
    return Coalesce(Subquery(here.annotate(number=Count("pk")).values("number")), 0)
