"""The link that is mailed to whoever forgot their password: signed, for two hours, good once."""

from __future__ import annotations

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db.models import F, Q
from django.utils.http import base36_to_int, int_to_base36

from accounts.identity.models import User


class AddressTokens(PasswordResetTokenGenerator):
    """Signs over the address itself: another one, or this one confirmed, voids the link."""

    key_salt = "accounts.credentials.address"

    def _make_hash_value(self, user: User, timestamp: int) -> str:  # type: ignore[override]
        return f"{user.pk}{timestamp}{user.email}\0{user.verified_email}"


class RecoveryTokens(PasswordResetTokenGenerator):
    """Signs over the password's hash, the last sign-in and the address: any change of them voids the link."""

    key_salt = "accounts.credentials.recovery"


tokens, address_tokens = RecoveryTokens(), AddressTokens()


def recoverable() -> Q:
    """Whoever has come in before, and confirmed their address, which may have been mistyped.

    A first visit goes by a slip, whose identity check a mailbox is no match for.
    """
    has_password = ~Q(password__startswith=UNUSABLE_PASSWORD_PREFIX) & ~Q(password="")
    has_address = ~Q(email="") & Q(verified_email=F("email"))
    return Q(is_active=True) & has_address & (Q(activated_at__isnull=False) | has_password)


def secret_for(user: User) -> str:
    return f"{int_to_base36(user.pk)}-{tokens.make_token(user)}"


def address_secret_for(user: User) -> str:
    return f"{int_to_base36(user.pk)}-{address_tokens.make_token(user)}"


def owner_of_address(secret: str) -> User | None:
    """Whose address the link was mailed to, if it is theirs still; their row is held."""
    pk, token = _parts(secret)
    users = User.objects.select_for_update(no_key=True).exclude(email="")
    found = users.filter(is_active=True, pk=pk).first()
    return found if found and address_tokens.check_token(found, token) else None


def _parts(secret: str) -> tuple[int, str]:
    number, _dash, token = secret.strip().partition("-")
    try:
        return min(base36_to_int(number), 2**62), token
    except ValueError:
        return 0, token


def person_of(secret: str, *, lock: bool = False) -> User | None:
    """Who a link's secret was made for, if it is still good; the account's row is held when asked."""
    pk, token = _parts(secret)
    users = User.objects.select_for_update(no_key=True) if lock else User.objects.all()
    # A stranger's token is computed too, so that time does not tell which accounts there are.
    found = users.filter(recoverable(), pk=pk).first()
    is_good = tokens.check_token(found or User(pk=0), token)
    return found if found and is_good else None
