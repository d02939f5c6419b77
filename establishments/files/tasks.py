"""Files whose row was never committed, because the request failed after they were written, are taken away."""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePosixPath

from celery import shared_task
from django.apps import apps
from django.core.files.storage import default_storage
from django.utils import timezone

from ent.tenancy.scope import current_scope
from ent.tenancy.tasks import TenantTask
from establishments.files.models import AttachedFile
from establishments.territory.models import Establishment

GRACE = timedelta(days=1)  # a request still under way is not an orphan


@shared_task
def sweep_all() -> None:
    """Every night: one short task for each school."""
    for pk in Establishment.objects.order_by("pk").values_list("pk", flat=True):
        sweep.delay(establishments=[pk])


@shared_task(base=TenantTask)
def sweep() -> None:
    """In the schools of the scope and no other: where the rows are not seen, every file would look like an orphan."""
    for establishment in current_scope() or ():
        for model in apps.get_models():
            if issubclass(model, AttachedFile):
                _sweep_table(model, str(PurePosixPath(str(establishment), model._meta.model_name or "")))


def _sweep_table(model: type[AttachedFile], folder: str) -> None:
    if not default_storage.exists(folder):
        return
    kept = set(model.objects.values_list("file", flat=True))
    for name in default_storage.listdir(folder)[1]:
        path = f"{folder}/{name}"
        if path not in kept and default_storage.get_modified_time(path) < timezone.now() - GRACE:
            default_storage.delete(path)
