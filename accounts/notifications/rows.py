from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from accounts.notifications.kinds import kind_named
from accounts.notifications.models import Notification


class Row(NamedTuple):
    pk: int
    icon: str
    title: str
    detail: str
    shown_at: datetime
    is_unread: bool


def row_of(notification: Notification) -> Row:
    """As the list and the home pages show it."""
    icon = kind_named(notification.kind).icon
    unread = notification.read_at is None
    return Row(notification.pk, icon, notification.title, notification.detail, notification.shown_at, unread)
