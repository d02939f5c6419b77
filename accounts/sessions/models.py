from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _


class BrowserSession(AbstractBaseSession):
    """Where Django keeps a browser's session, with whose it is: so that people can list theirs, and end them.

    `handle` names it on pages, where its key must never appear. No address is kept: a device and a day say enough.
    """

    handle = models.UUIDField(_("repère"), default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", verbose_name=_("personne")
    )
    device = models.CharField(_("appareil"), max_length=80, blank=True)
    since = models.DateTimeField(_("ouverte le"), null=True)
    seen = models.DateTimeField(_("vue le"), null=True)  # to within a twelfth of the time after which it ends

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
