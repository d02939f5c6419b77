"""Contents that no row has, or has any more, are taken away: of a request that failed after they were written, of rows
that were deleted with what they belonged to.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePosixPath

from celery import shared_task
from django.core.files.storage import default_storage
from django.utils import timezone

from ent.tenancy.scope import current_scope
from ent.tenancy.tasks import TenantTask
from establishments.files.actions import release, tables
from establishments.files.models import StoredFile
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
        held = {name for model in tables() for name in model.objects.values_list("file", flat=True)}
        stored = StoredFile.objects.filter(establishment=establishment, created_at__lt=timezone.now() - GRACE)
        release(set(stored.values_list("file", flat=True)) - held)
        kept = held | set(StoredFile.objects.values_list("file", flat=True))
        for model in (StoredFile, *tables()):
            _sweep_folder(str(PurePosixPath(str(establishment), model._meta.model_name or "")), kept)


def _sweep_folder(folder: str, kept: set[str]) -> None:
    if not default_storage.exists(folder):
        return
    for name in default_storage.listdir(folder)[1]:
        path = f"{folder}/{name}"
        if path not in kept and default_storage.get_modified_time(path) < timezone.now() - GRACE:
            default_storage.delete(path)
