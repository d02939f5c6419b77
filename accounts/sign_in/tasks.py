from celery import shared_task
from django.core.management import call_command


@shared_task
def forget_expired_sessions() -> None:
    """Every night: the table of sessions holds only those that can still be used."""
    call_command("clearsessions")
