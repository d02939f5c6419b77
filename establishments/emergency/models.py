from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ent.tenancy.constraints import TenantIsolation
from ent.tenancy.models import TenantModel
from establishments.people.models import Role


class EmergencyReset(TenantModel):
    """The passwords of a profile of a school are taken from it, because they may be in others' hands.

    It goes forward by steps of some hundred people, each in a transaction of its own; `after` says how far it is.
    One that was asked for several schools at once is several rows with the same `batch`.
    """

    batch = models.UUIDField(_("demande"), default=uuid.uuid4, editable=False)
    role = models.CharField(_("profil"), max_length=12, choices=Role)
    reason = models.CharField(_("motif"), max_length=300)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("demandé par")
    )
    requested_at = models.DateTimeField(_("demandé le"), auto_now_add=True)
    total = models.PositiveIntegerField(_("à faire"), default=0)
    done = models.PositiveIntegerField(_("faits"), default=0)
    left_out = models.PositiveIntegerField(_("laissés de côté"), default=0)
    after = models.PositiveBigIntegerField(_("dernier fait"), default=0)
    moved_at = models.DateTimeField(_("dernier pas"), auto_now_add=True)
    finished_at = models.DateTimeField(_("fini le"), null=True, blank=True)

    class Meta:
        verbose_name = _("remise à zéro des mots de passe")
        verbose_name_plural = _("remises à zéro des mots de passe")
        ordering = ["-pk"]
        constraints = [
            TenantIsolation(),
            # Asked twice, it is done once.
            models.UniqueConstraint(
                fields=["establishment", "role"],
                condition=Q(finished_at__isnull=True),
                name="establishments_emergency_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.done}/{self.total}"
