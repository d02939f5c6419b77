from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ent.tenancy.constraints import SameEstablishment, TenantIsolation
from ent.tenancy.models import TenantForeignKey, TenantModel
from establishments.people.models import Group, Role


class Opening(TenantModel):
    """The day on which accounts open at the start of a year: of a class, of a level, or of the whole school.

    The most precise wins. What follows from it is written on the memberships (`opens_on`), which every page reads.
    """

    group = TenantForeignKey(
        Group, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("classe")
    )
    level = models.CharField(_("niveau"), max_length=20, blank=True)
    role = models.CharField(_("profil"), max_length=12, choices=Role, blank=True)
    opens_on = models.DateField(_("ouvre le"))

    class Meta:
        verbose_name = _("date d’ouverture")
        verbose_name_plural = _("dates d’ouverture")
        constraints = [
            TenantIsolation(),
            SameEstablishment("group"),
            models.UniqueConstraint(
                fields=["establishment", "group", "level", "role"],
                name="establishments_opening_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(group__isnull=True) | models.Q(level=""), name="establishments_opening_of_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group or self.level or self.establishment} · {self.opens_on}"


class Block(TenantModel):
    """A class or a profile that may not come in for now."""

    group = TenantForeignKey(
        Group, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("classe")
    )
    role = models.CharField(_("profil"), max_length=12, choices=Role, blank=True)
    # What was decided for several schools at once is lifted at once; see establishments.emergency.
    batch = models.UUIDField(_("demande"), null=True, blank=True, editable=False)
    reason = models.CharField(_("motif"), max_length=300)
    since = models.DateTimeField(_("depuis"), auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("décidé par")
    )

    class Meta:
        verbose_name = _("blocage")
        verbose_name_plural = _("blocages")
        constraints = [
            TenantIsolation(),
            SameEstablishment("group"),
            models.UniqueConstraint(
                fields=["establishment", "group", "role"], name="establishments_block_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group or ''} {self.get_role_display()}".strip()
