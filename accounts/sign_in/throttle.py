"""The failed attempts to sign in with one login: what the desk sees of them, and how it forgets them."""

from __future__ import annotations

from datetime import UTC, datetime

from allauth.core.internal.ratelimit import Rate, get_cache_key, get_rates
from django.core.cache import cache
from django.http import HttpRequest


def login_key(username: str) -> str:
    """What attempts are counted by: the login alone, whatever the host that it was tried on.

    Upper case first: PostgreSQL takes `ı` and `ſ` for I and S when it looks a name up, and each spelling of a name
    would have tries of its own.
    """
    return f"login:{username.strip().upper().casefold()}"


def locked_since(username: str) -> datetime | None:
    """When the attempt was made that closed the door for this login; None when it is open."""
    for rate in _rates():
        now = datetime.now(UTC).timestamp()
        attempts = [at for at in cache.get(_cache_key(rate, username), []) if at > now - rate.duration]
        if len(attempts) >= rate.amount:
            return datetime.fromtimestamp(max(attempts), UTC)
    return None


def most_attempts() -> int:
    return min((rate.amount for rate in _rates()), default=0)


def forget_attempts(username: str) -> None:
    cache.delete_many([_cache_key(rate, username) for rate in _rates()])


def _rates() -> list[Rate]:
    return [rate for rate in get_rates(app="allauth.account", action="login_failed") if rate.per == "key"]


def _cache_key(rate: Rate, username: str) -> str:
    return get_cache_key(
        HttpRequest(), app="allauth.account", action="login_failed", rate=rate, key=login_key(username)
    )
