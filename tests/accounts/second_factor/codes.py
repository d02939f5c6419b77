"""The application on a person's phone."""

from __future__ import annotations

import time
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value

PERIOD = 30  # seconds


def add_application(user: Any) -> str:
    """Give the person an application; returns its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def add_recovery_codes(user: Any) -> list[str]:
    return RecoveryCodes.activate(user).generate_codes()


def code_of(secret: str, *, ahead: int = 0) -> str:
    """What the application shows, so many periods from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD + ahead))


def wrong_code(secret: str) -> str:
    right = {code_of(secret, ahead=ahead) for ahead in range(-2, 3)}
    return next(code for code in ("111111", "222222", "333333", "444444", "555555", "666666") if code not in right)
