"""How a one-time code is made, written, read back, and looked up without being kept."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.utils.crypto import salted_hmac

# Crockford's base 32: 5 bits a character, without the letters that paper confuses (I, L, O) nor U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10  # 50 bits
GROUP = 4
_MISREAD = str.maketrans("OIL", "011")


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def grouped(code: str) -> str:
    """As it is printed and said: K7QF-3MXD-9T."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def normalised(typed: str) -> str:
    """As it was made, whatever spaces, hyphens, case and look-alike letters it was typed with."""
    return "".join(c for c in typed.upper() if c.isalnum()).translate(_MISREAD)


def digest(code: str, secret: str | None = None) -> str:
    """HMAC-SHA256: who reads the table learns no code, and cannot try them out without the key."""
    return salted_hmac("accounts.credentials.codes", code, secret=secret, algorithm="sha256").hexdigest()


def digests(code: str) -> list[str]:
    """With the key, and with those that it replaced: slips outlive a change of key."""
    return [digest(code, secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
