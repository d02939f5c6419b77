"""Telling people what concerns them. Called by other features' actions, in their transaction."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from accounts.notifications.kinds import Kind
from accounts.notifications.models import Notification
from accounts.notifications.pause import after_pause
from accounts.notifications.tasks import mail_waiting

if TYPE_CHECKING:
    from accounts.models import User

AT_ONCE = 2_000


def notify(
    *,
    kind: Kind,
    people: Collection[int],
    establishment_id: int,
    key: str,
    title: str,
    path: str,
    detail: str = "",
    pauses: bool = True,
) -> None:
    """Tell these people (users' pk).

    Told again about the same key, they see the last of it; the same words tell nothing.

    With `pauses` it is kept for the end of the pause: what is for families and students, unless it cannot wait.
    """
    told = Notification.objects.filter(
        establishment=establishment_id, user__in=people, kind=kind.name, key=key, title=title, detail=detail
    ).values_list("user", flat=True)
    now = timezone.now()
    shown_at = after_pause(now) if pauses else now
    rows = [
        Notification(
            establishment_id=establishment_id,
            user_id=user,
            kind=kind.name,
            key=key,
            title=title[:200],
            detail=detail[:300],
            path=path,
            created_at=now,
            shown_at=shown_at,
            is_to_mail=kind.is_mailed,
        )
        for user in sorted(set(people).difference(told))
    ]
    Notification.objects.bulk_create(
        rows,
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=["establishment", "user", "kind", "key"],
        update_fields=["title", "detail", "path", "created_at", "shown_at", "read_at", "is_to_mail", "mailed_at"],
    )
    if rows and kind.is_mailed and shown_at <= now:
        transaction.on_commit(partial(mail_waiting.delay, establishments=[establishment_id]), robust=True)


def take_back(*, kind: Kind, establishment_id: int, key: str) -> None:
    """What it told is so no longer."""
    Notification.objects.filter(establishment=establishment_id, kind=kind.name, key=key).delete()


def mark_read(*, notification: Notification, by: User) -> None:
    Notification.objects.of(by).filter(pk=notification.pk).unread().update(read_at=timezone.now())


def mark_all_read(*, by: User) -> None:
    Notification.objects.of(by).unread().update(read_at=timezone.now())
