from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ent.tenancy.constraints import AppendOnly, TenantIsolation
from ent.tenancy.models import TenantModel


class AuditEvent(TenantModel):
    """A sensitive act, kept as it happened: who, on whom, in which school, why. PostgreSQL refuses to change it.

    The persons are referenced without a constraint, and named: the trail outlives their accounts.
    """

    at = models.DateTimeField(_("quand"), auto_now_add=True)
    verb = models.CharField(_("acte"), max_length=60)  # stable and dotted: "credentials.reset"
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="+",
        verbose_name=_("auteur"),
    )
    actor_name = models.CharField(_("nom de l’auteur"), max_length=310)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="+",
        verbose_name=_("personne"),
    )
    person_name = models.CharField(_("nom de la personne"), max_length=310, blank=True)
    reason = models.CharField(_("motif"), max_length=300, blank=True)
    data = models.JSONField(_("détail"), default=dict, blank=True)

    class Meta:
        verbose_name = _("acte")
        verbose_name_plural = _("journal des actes")
        ordering = ["-pk"]
        constraints = [TenantIsolation(own_rows="person"), AppendOnly()]
        indexes = [
            models.Index(fields=["establishment", "-at"], name="accounts_audit_by_school"),
            models.Index(fields=["establishment", "person"], name="accounts_audit_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} · {self.person_name}"
