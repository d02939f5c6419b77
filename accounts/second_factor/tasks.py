from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.identity.models import User


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def tell_second_factor_removed(*, user: int) -> None:
    """To the address of the account, if it has one; it names nobody."""
    person = User.objects.filter(pk=user).exclude(email="").first()
    if person:
        subject = f"{settings.ENT_PRODUCT_NAME} : {_('Second facteur retiré')}"
        text = render_to_string("accounts/second_factor/removed.txt", {"product": settings.ENT_PRODUCT_NAME})
        send_mail(subject, text, None, [person.email])
