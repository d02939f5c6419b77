from __future__ import annotations

from celery import shared_task


@shared_task
def take(*, run: int) -> None:
    """Read the archive of an import."""
    from establishments.imports import actions

    actions.take(run_id=run)


@shared_task
def sweep() -> None:
    """Every five minutes: one statement over the runs under way."""
    from establishments.imports import actions

    actions.sweep()
