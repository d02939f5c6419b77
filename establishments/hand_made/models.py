from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ent.tenancy.constraints import SameEstablishment, TenantIsolation
from ent.tenancy.managers import tenant_manager
from ent.tenancy.models import TenantForeignKey, TenantModel
from establishments.hand_made.querysets import HandMadeQuerySet
from establishments.people.models import Membership


class HandMade(TenantModel):
    """A membership that the school made itself, until a day: a substitute, an assistant whom no feed knows yet.

    The feed changes and ends only the people to whom it gave an identifier: these have none. The end is the
    membership's own; when the feed has come to know the person, it answers for them, and there is no end any more.
    """

    membership = TenantForeignKey(
        Membership, on_delete=models.CASCADE, related_name="hand_made", verbose_name=_("appartenance")
    )
    reason = models.CharField(_("motif"), max_length=200)
    made_at = models.DateTimeField(_("créé le"), auto_now_add=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("créé par")
    )

    objects = tenant_manager(HandMadeQuerySet)

    class Meta:
        verbose_name = _("compte créé à la main")
        verbose_name_plural = _("comptes créés à la main")
        constraints = [
            TenantIsolation(),
            SameEstablishment("membership"),
            models.UniqueConstraint(fields=["establishment", "membership"], name="establishments_hand_made_once"),
        ]

    def __str__(self) -> str:
        return str(self.membership)

    @property
    def is_of_feed(self) -> bool:
        return self.membership.ends_on is None
