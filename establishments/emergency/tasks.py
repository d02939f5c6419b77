from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.models import User
from ent.tenancy.scope import tenant_scope
from ent.tenancy.tasks import TenantTask
from establishments.territory.models import Establishment


@shared_task(base=TenantTask)
def advance_reset(*, reset: int, after: int) -> None:
    """One step of a request."""
    from establishments.emergency import actions

    actions.advance(reset_id=reset, after=after)


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def tell_reset(*, user: int, school: int) -> None:
    """Write to somebody whose password was taken. It names nobody: a mailbox is often a whole family's."""
    person = User.objects.filter(pk=user).exclude(email="").first()
    if person:
        context = {"product": settings.ENT_PRODUCT_NAME, "school": Establishment.objects.get(pk=school)}
        text = render_to_string("establishments/emergency/mail_reset.txt", context)
        subject = f"{settings.ENT_PRODUCT_NAME} : {_('votre mot de passe ne marche plus')}"
        send_mail(subject, text, None, [person.email])


@shared_task
def sweep_resets() -> None:
    """Every five minutes: one statement over the few rows that are not finished."""
    from establishments.emergency import actions

    with tenant_scope(Establishment.objects.values_list("pk", flat=True)):
        actions.go_on_where_stalled()
