"""What is mailed about passwords. Nothing in it names anybody: a mailbox is often a whole family's."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.credentials.recovery import address_secret_for, recoverable, secret_for
from accounts.identity.models import User


@shared_task
def tell_password_set(*, user: int) -> None:
    person = User.objects.filter(pk=user).exclude(email="").first()
    if person:
        _send(person.email, _("Mot de passe changé"), "password_set", at=timezone.now())


@shared_task
def tell_address_changed(*, address: str) -> None:
    _send(address, _("Adresse changée"), "address_changed")


@shared_task
def send_recovery_link(*, username: str) -> None:
    """To the account's address when it has one. The secret stands after the #, which no log sees.

    The page that asked looks nothing up: its answer takes the same time whether there is such an account or not.
    """
    person = User.objects.filter(recoverable(), username__in=[username, username.lower()]).first()
    if person:
        page = settings.ENT_ORIGIN + reverse("recover-link")
        _send(person.email, _("Choisir un nouveau mot de passe"), "recovery", page=page, secret=secret_for(person))


@shared_task
def send_address_link(*, user: int) -> None:
    """To an address that is not confirmed yet."""
    person = User.objects.filter(pk=user, is_active=True).exclude(email="").first()
    if person and not person.is_email_verified:
        page = settings.ENT_ORIGIN + reverse("confirm-address")
        subject, secret = _("Confirmer une adresse"), address_secret_for(person)
        _send(person.email, subject, "confirm_address", page=page, secret=secret)


def _send(address: str, subject: str, template: str, **context: object) -> None:
    context["product"] = settings.ENT_PRODUCT_NAME
    body = render_to_string(f"accounts/credentials/mail/{template}.txt", context)
    send_mail(f"{settings.ENT_PRODUCT_NAME} : {subject}", body, None, [address])
