from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.notifications.api import NotificationViewSet
from accounts.notifications.models import Notification
from accounts.notifications.rows import row_of
from ent.portal import registry
from ent.portal.registry import EVERYWHERE, Entry, Section
from ent.portal.requests import PortalRequest

AT_MOST = 5  # on a home page, then “Toutes les nouveautés”

registry.entry(Entry(_("Nouveautés"), "bell", "notifications", EVERYWHERE, 90, in_bar=False))
registry.api("notifications", NotificationViewSet, "notification")


@registry.section(space=EVERYWHERE, order=90)
def news(request: PortalRequest) -> Section | None:
    """What has changed and was not seen yet; nothing when there is nothing."""
    rows = [row_of(row) for row in Notification.objects.of(request.user).unread()[:AT_MOST]]
    return Section("accounts/notifications/section.html", {"news": rows}, aside=True) if rows else None
