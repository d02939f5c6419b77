from __future__ import annotations

from collections.abc import Collection

from celery import shared_task
from django.apps import apps
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.notifications.kinds import kind_named
from accounts.notifications.models import Notification
from ent.tenancy.scope import tenant_scope


@shared_task
def mail_waiting(*, establishments: Collection[int]) -> int:
    """Mail what has been shown and not mailed. Each letter is a transaction: one that fails waits for the next sweep,
    and those before it are not sent again."""
    sent = 0
    while _mail_one(establishments):
        sent += 1
    return sent


@shared_task
def sweep_all() -> None:
    """Every five minutes: what a pause held back, and what a broker or a mail server lost."""
    schools = apps.get_model("establishments", "Establishment").objects.values_list("pk", flat=True)
    with tenant_scope(schools):
        waiting = list(Notification.objects.to_mail().order_by().values_list("establishment", flat=True).distinct())
    for establishment in waiting:
        mail_waiting.delay(establishments=[establishment])


def _mail_one(establishments: Collection[int]) -> bool:
    with tenant_scope(establishments):
        waiting = Notification.objects.to_mail().select_for_update(of=("self",), skip_locked=True)
        row = waiting.select_related("user").order_by("pk").first()
        if row is None:
            return False
        row.mailed_at = timezone.now()
        row.save(update_fields=["mailed_at"])
        if row.read_at is None and row.user.is_active and row.user.is_email_verified:
            _send(row)
        return True


def _send(row: Notification) -> None:
    label = kind_named(row.kind).label
    context = {"label": label, "product": settings.ENT_PRODUCT_NAME}
    context["page"] = settings.ENT_ORIGIN + reverse("notifications")
    text = render_to_string("accounts/notifications/mail.txt", context)
    send_mail(f"{settings.ENT_PRODUCT_NAME} : {label}", text, None, [row.user.email])
