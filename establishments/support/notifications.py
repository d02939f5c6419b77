"""What the person hears of a desk's act on their account: by e-mail when they have one, and at the next sign-in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.core.mail import send_mail
from django.dispatch import receiver
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from accounts.models import AuditEvent
from ent.portal.templatetags.portal import moment
from ent.tenancy.scope import person_scope
from establishments.people.models import Membership

SUBJECTS = {"reset": "Un nouveau mot de passe a été demandé pour votre compte"}
TOLD_FOR = timedelta(days=7)  # an act older than that is told no more


def send(*, membership: int, what: str) -> None:
    """To the address of the account, if it has one. It says who to ask, and holds no code."""
    row = Membership.objects.select_related("user", "establishment").filter(pk=membership).first()
    if row is None or not row.user.email:
        return
    text = render_to_string(f"establishments/support/mail_{what}.txt", {"membership": row, "person": row.user})
    send_mail(SUBJECTS[what], text, None, [row.user.email])


@receiver(user_logged_in, dispatch_uid="establishments.support.notice")
def say_at_sign_in(sender: object, request: HttpRequest, user: Any, **kwargs: object) -> None:
    """What a desk did since the person last came is said once: the trail shows them their own rows.

    Runs before Django writes this sign-in down (establishments stand before django.contrib.auth in the settings).
    """
    since = max(timezone.now() - TOLD_FOR, user.last_login or timezone.now() - TOLD_FOR)
    with person_scope(user), scopes_disabled():
        acts = AuditEvent.objects.filter(person=user, verb="credentials.reset", at__gt=since, data__purpose="reset")
        act = acts.first()
    if act:
        words = _(
            "Un code pour un nouveau mot de passe a été remis par %(who)s, %(when)s. Si ce n’était pas pour vous,"
            " dites-le à votre établissement."
        )
        messages.info(request, words % {"who": act.actor_name, "when": moment(act.at)}, fail_silently=True)
