"""Each address, as the two libraries read it."""

from __future__ import annotations

import pytest
import redis
from kombu import Connection

from ent.redis_urls import broker_url, cache_url


@pytest.mark.parametrize(
    ("url", "broker", "cache"),
    [
        ("redis://host:6379/0", "redis://host:6379/0", "redis://host:6379/0?db=1"),
        ("redis://host:6379", "redis://host:6379", "redis://host:6379?db=1"),
        (
            "unix:///run/redis.sock",
            "redis+socket:///run/redis.sock?virtual_host=0",
            "unix:///run/redis.sock?db=1",
        ),
        (
            "unix:///a%20b/r.sock?db=3",
            "redis+socket:///a%20b/r.sock?virtual_host=3",
            "unix:///a%20b/r.sock?db=1",
        ),
        (
            "rediss://host/2?ssl_cert_reqs=required",
            "rediss://host/2?ssl_cert_reqs=required",
            "rediss://host/2?ssl_cert_reqs=required&db=1",
        ),
    ],
)
def test_redis_urls(url: str, broker: str, cache: str) -> None:
    assert (broker_url(url), cache_url(url)) == (broker, cache)
    assert redis.ConnectionPool.from_url(cache_url(url, db=5)).connection_kwargs["db"] == 5
    assert Connection(broker_url(url)).transport_cls in {"redis", "rediss"}
