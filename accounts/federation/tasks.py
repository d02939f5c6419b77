from celery import shared_task

from accounts.federation import actions


@shared_task
def refresh_metadata() -> None:
    """Every night: a certificate that a provider has added is known before it is used."""
    actions.refresh_all()
