from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ent.tenancy.constraints import SameEstablishment, TenantIsolation
from ent.tenancy.managers import tenant_manager
from ent.tenancy.models import TenantForeignKey
from establishments.files.models import AttachedFile
from establishments.people.models import Membership
from establishments.photos.querysets import PortraitQuerySet


class Portrait(AttachedFile):
    """A student's photo, as the school's own people see it. Drawn again small: nothing else of the file is kept."""

    membership = TenantForeignKey(
        Membership, on_delete=models.CASCADE, related_name="portraits", verbose_name=_("élève")
    )

    objects = tenant_manager(PortraitQuerySet)

    class Meta:
        verbose_name = _("photo d’élève")
        verbose_name_plural = _("photos d’élèves")
        constraints = [
            TenantIsolation(),
            SameEstablishment("membership"),
            models.UniqueConstraint(fields=["establishment", "membership"], name="establishments_portrait_once"),
        ]
