from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from establishments.territory import actions


@shared_task
def open_schools() -> None:
    """Every hour, and so soon after midnight: a school opens on its day though nobody is there to say so."""
    actions.open_those_due(day=timezone.localdate())
