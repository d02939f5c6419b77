"""What is kept encrypted for a while: the database's files and backups then hold no code in clear."""

from __future__ import annotations

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def seal(content: bytes) -> bytes:
    return _box().encrypt(content)


def unseal(sealed: bytes) -> bytes:
    """Raises InvalidToken when it was changed, or sealed with another key."""
    return _box().decrypt(sealed)


def _box() -> MultiFernet:
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(urlsafe_b64encode(_derived(secret))) for secret in secrets])


def _derived(secret: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"establishments.slips").derive(secret.encode())
