"""One REDIS_URL for all: `redis://host:6379` between machines, `unix:///path/redis.sock` on one."""

from urllib.parse import parse_qsl, urlencode


def broker_url(url: str) -> str:
    """The same server as Celery writes it: a socket's database is called a virtual host there."""
    address, _, query = url.partition("?")
    if not address.startswith("unix://"):
        return url
    options = dict(parse_qsl(query))
    options["virtual_host"] = options.pop("db", "0")
    return f"redis+socket://{address.removeprefix('unix://')}?{urlencode(options)}"


def cache_url(url: str, db: int = 1) -> str:
    """The same server with the cache's own database, so that clearing the cache spares the queues."""
    address, _, query = url.partition("?")
    # redis-py prefers `?db=` to a number in the path, on both kinds of address.
    return f"{address}?{urlencode(dict(parse_qsl(query)) | {'db': str(db)})}"
