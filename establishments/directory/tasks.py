from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from ent.tenancy.scope import tenant_scope
from establishments.directory.actions import end_grace
from establishments.territory.models import Establishment


@shared_task
def end_all_grace() -> int:
    """Each night, and as often as one likes."""
    day = timezone.localdate()
    removed = 0
    for pk in Establishment.objects.values_list("pk", flat=True):
        with tenant_scope([pk]):
            removed += end_grace(establishment_id=pk, day=day)
    return removed
