from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from redis.exceptions import RedisError

from ent.portal.outage import redis_is_away
from ent.portal.requests import PortalRequest


class PortalMiddleware:
    """Signed-in pages are nobody else's: no cache keeps them, not even the browser's after signing out."""

    def __init__(self, get_response: Callable[[PortalRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PortalRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response

    def process_exception(self, request: PortalRequest, exception: Exception) -> HttpResponse | None:
        """For who has not signed in; the tenancy's middleware does it for the others."""
        return redis_is_away(request) if isinstance(exception, RedisError) else None
