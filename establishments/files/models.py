from __future__ import annotations

import uuid
from pathlib import PurePosixPath

from django.db import models
from django.utils.translation import gettext_lazy as _

from ent.tenancy.constraints import TenantIsolation
from ent.tenancy.models import TenantModel


def storage_path(attached: AttachedFile | StoredFile, filename: str) -> str:
    """Never the name that was sent: the school, the table, and a random key."""
    return str(PurePosixPath(str(attached.establishment_id), attached._meta.model_name or "", str(attached.key)))


class StoredFile(TenantModel):
    """A content that a school keeps, once, however many rows have it: the same sheet in thirty courses takes the room
    of one. Rows of `AttachedFile` have its path; it goes with the last of them.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    digest = models.CharField(_("empreinte"), max_length=64)  # SHA-256, in hexadecimal
    size = models.PositiveBigIntegerField(_("taille"), help_text=_("En octets."))
    file = models.FileField(_("fichier"), upload_to=storage_path, max_length=200)
    created_at = models.DateTimeField(_("déposé le"), auto_now_add=True)

    class Meta:
        verbose_name = _("contenu conservé")
        verbose_name_plural = _("contenus conservés")
        constraints = [
            TenantIsolation(),
            models.UniqueConstraint(fields=["establishment", "digest"], name="establishments_stored_file_once"),
        ]

    def __str__(self) -> str:
        return self.digest


class AttachedFile(TenantModel):
    """A file that belongs to a row. Each feature has its own table of them, hence its own right to download.

    Inherit, add the `TenantForeignKey` of the owner and its `SameEstablishment`.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # random: collisions tell nothing
    file = models.FileField(_("fichier"), upload_to=storage_path, max_length=200)
    name = models.CharField(_("nom"), max_length=150)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("taille"), help_text=_("En octets."))
    created_at = models.DateTimeField(_("déposé le"), auto_now_add=True)

    class Meta(TenantModel.Meta):
        abstract = True
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
