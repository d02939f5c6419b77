from __future__ import annotations

from celery import shared_task

from ent.tenancy.scope import tenant_scope
from ent.tenancy.tasks import TenantTask
from establishments.territory.models import Establishment


@shared_task(base=TenantTask)
def advance_reset(*, reset: int, after: int) -> None:
    """One step of a request."""
    from establishments.emergency import actions

    actions.advance(reset_id=reset, after=after)


@shared_task
def sweep_resets() -> None:
    """Every five minutes: one statement over the few rows that are not finished."""
    from establishments.emergency import actions

    with tenant_scope(Establishment.objects.values_list("pk", flat=True)):
        actions.go_on_where_stalled()
