from __future__ import annotations

from celery import shared_task

from ent.tenancy.tasks import TenantTask


@shared_task(base=TenantTask, autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def tell(*, membership: int, what: str) -> None:
    """Write to the person what the desk has done with their account."""
    from establishments.support.notifications import send

    send(membership=membership, what=what)
