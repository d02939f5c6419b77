from __future__ import annotations

from celery import shared_task

from ent.tenancy.scope import tenant_scope
from ent.tenancy.tasks import TenantTask
from establishments.territory.models import Establishment


@shared_task(base=TenantTask)
def advance(*, batch: int, done: int) -> None:
    """One step of a batch."""
    from establishments.slips import actions

    actions.advance(batch_id=batch, done=done)


@shared_task
def sweep_all() -> None:
    """Every ten minutes: two statements over a table that holds a few rows a school."""
    from establishments.slips import actions

    with tenant_scope(Establishment.objects.values_list("pk", flat=True)):
        actions.sweep()
