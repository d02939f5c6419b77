"""Opens the signed-in person's scope around the view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string
from redis.exceptions import RedisError

from ent.portal.outage import redis_is_away
from ent.tenancy.scope import person_scope

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class TenantScopeMiddleware:
    """Last in MIDDLEWARE: the view runs, and its lazy response is rendered, inside one scoped transaction.

    It stands in `process_view` and not around `get_response`, where an exception has already become a response
    and nothing would be rolled back. A GET is read-only for PostgreSQL too, unless `writes_on_get` says otherwise.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if not request.user.is_authenticated:
            return None
        read_only = request.method in SAFE_METHODS and not getattr(view, "writes_on_get", False)
        try:
            with person_scope(request.user, read_only=read_only):
                response = stopped(request) or view(request, *args, **kwargs)
                if hasattr(response, "render") and callable(response.render):
                    response = response.render()
        except RedisError:  # what the view wrote is undone
            return redis_is_away(request)  # type: ignore[arg-type]
        return response


def stopped(request: HttpRequest) -> HttpResponseBase | None:
    """What one of `settings.ENT_GATES` answers instead of the page; upper floors decide who goes on."""
    for path in settings.ENT_GATES:
        gate: Callable[[HttpRequest], HttpResponseBase | None] = import_string(path)
        if response := gate(request):
            return response
    return None


def writes_on_get(view: View) -> View:
    """Mark a view whose GET must write; say why beside it."""
    view.writes_on_get = True  # type: ignore[attr-defined]
    return view
