from __future__ import annotations

from celery import shared_task


@shared_task
def take(*, run: int) -> None:
    """Read the archive of an import."""
    from establishments.imports import actions

    actions.take(run_id=run)


@shared_task
def decide() -> None:
    """Do what somebody has decided on many schools."""
    from establishments.imports import actions

    actions.decide_asked()


@shared_task
def sweep() -> None:
    """Every five minutes: a few statements over what is under way."""
    from establishments.imports import actions

    actions.sweep()
    actions.sweep_asked()
