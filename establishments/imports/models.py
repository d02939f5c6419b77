from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from establishments.directory.models import ImportRun


def parcel_path(parcel: Parcel, filename: str) -> str:
    """Never the name that was sent; its ending says what it is."""
    return f"directory/{parcel.key}{'.zip' if filename.endswith('.zip') else '.tgz'}"


class Parcel(models.Model):
    """The archive of an import that was asked for in the administration. It goes when it has been read.

    What it says is of many schools: only a task reads it, through the gate of the directory.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.OneToOneField(ImportRun, on_delete=models.CASCADE, related_name="parcel")
    file = models.FileField(_("archive"), upload_to=parcel_path, max_length=200)
    sent_at = models.DateTimeField(_("envoyée"), default=timezone.now)

    class Meta:
        verbose_name = _("archive d’un annuaire")
        verbose_name_plural = _("archives d’annuaires")

    def __str__(self) -> str:
        return str(self.run)
