from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.notifications.querysets import NotificationQuerySet
from ent.tenancy.constraints import TenantIsolation
from ent.tenancy.managers import tenant_manager
from ent.tenancy.models import TenantModel


class Notification(TenantModel):
    """Something that one person is told, and where it is seen; written in the transaction of what it tells."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("personne")
    )
    kind = models.CharField(_("genre"), max_length=60)  # the name of a Kind
    key = models.CharField(_("objet"), max_length=80)  # what it is about: told again, it takes the place of the first
    title = models.CharField(_("titre"), max_length=200)
    detail = models.CharField(_("détail"), max_length=300, blank=True)
    path = models.CharField(_("page"), max_length=200)
    created_at = models.DateTimeField(_("écrite le"), default=timezone.now)
    shown_at = models.DateTimeField(_("montrée le"), default=timezone.now)  # later than written, in a pause
    read_at = models.DateTimeField(_("lue le"), null=True, blank=True)
    is_to_mail = models.BooleanField(_("à envoyer"), default=False)
    mailed_at = models.DateTimeField(_("envoyée le"), null=True, blank=True)

    objects = tenant_manager(NotificationQuerySet)

    class Meta:
        verbose_name = _("nouveauté")
        verbose_name_plural = _("nouveautés")
        ordering = ["-shown_at", "-pk"]
        constraints = [
            TenantIsolation(own_rows="user"),
            models.UniqueConstraint(fields=["establishment", "user", "kind", "key"], name="accounts_notification_once"),
        ]
        indexes = [
            models.Index(fields=["user", "-shown_at"], name="accounts_notification_list"),
            models.Index(fields=["user"], name="accounts_notification_unread", condition=Q(read_at__isnull=True)),
            models.Index(
                fields=["establishment", "shown_at"],
                name="accounts_notification_to_mail",
                condition=Q(is_to_mail=True, mailed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.title
