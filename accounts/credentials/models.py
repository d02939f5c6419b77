from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MOST_FAILURES = 5  # of the identity check that goes with a code
LASTS = {"activation": timedelta(days=60), "reset": timedelta(days=3)}


class OneTimeCode(models.Model):
    """A code of 50 bits that lets a person choose a password, once, within its time. Only its digest is kept."""

    class Purpose(models.TextChoices):
        ACTIVATION = "activation", _("activation")
        RESET = "reset", _("nouveau mot de passe")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="codes", verbose_name=_("personne")
    )
    purpose = models.CharField(_("objet"), max_length=12, choices=Purpose)
    digest = models.CharField(_("empreinte"), max_length=64, unique=True)
    # The school that it was issued for: what is audited lands there. No constraint: this floor knows no school.
    establishment = models.PositiveBigIntegerField(_("établissement"), db_column="issued_for")
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("remis par")
    )
    issued_at = models.DateTimeField(_("remis le"), auto_now_add=True)
    expires_at = models.DateTimeField(_("valable jusqu’au"))
    used_at = models.DateTimeField(_("utilisé le"), null=True, blank=True)
    failures = models.PositiveSmallIntegerField(_("échecs"), default=0)

    class Meta:
        verbose_name = _("code à usage unique")
        verbose_name_plural = _("codes à usage unique")
        indexes = [models.Index(fields=["user", "purpose"], name="accounts_code_by_user")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} · {self.user_id}"

    @property
    def is_usable(self) -> bool:
        """Neither used, nor too old, nor burnt by wrong answers."""
        return self.used_at is None and self.expires_at > timezone.now() and self.failures < MOST_FAILURES
