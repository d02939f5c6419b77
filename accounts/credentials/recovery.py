"""The link that is mailed to whoever forgot their password: signed, for two hours, good once."""

from __future__ import annotations

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db.models import Q
from django.utils.http import base36_to_int, int_to_base36

from accounts.identity.models import User


class RecoveryTokens(PasswordResetTokenGenerator):
    """Signs over the password's hash, the last sign-in and the address: any change of them voids the link."""

    key_salt = "accounts.credentials.recovery"


tokens = RecoveryTokens()


def recoverable() -> Q:
    """Whoever has come in before: a first visit goes by a slip, whose identity check a mailbox is no match for."""
    has_password = ~Q(password__startswith=UNUSABLE_PASSWORD_PREFIX) & ~Q(password="")
    return Q(is_active=True) & ~Q(email="") & (Q(activated_at__isnull=False) | has_password)


def secret_for(user: User) -> str:
    return f"{int_to_base36(user.pk)}-{tokens.make_token(user)}"


def person_of(secret: str, *, lock: bool = False) -> User | None:
    """Who a link's secret was made for, if it is still good; the account's row is held when asked."""
    number, _dash, token = secret.strip().partition("-")
    try:
        pk = base36_to_int(number)
    except ValueError:
        pk = 0
    users = User.objects.select_for_update(no_key=True) if lock else User.objects.all()
    # A stranger's token is computed too, so that time does not tell which accounts there are.
    found = users.filter(recoverable(), pk=min(pk, 2**62)).first()
    is_good = tokens.check_token(found or User(pk=0), token)
    return found if found and is_good else None
