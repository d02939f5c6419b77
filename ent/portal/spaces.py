"""Which space a page belongs to, and who may enter it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.translation import gettext as _

from ent.portal import registry
from ent.portal.requests import PortalRequest
from ent.tenancy.scope import reach_of

View = Callable[..., HttpResponse]


def spaces_of(request: PortalRequest) -> list[registry.Space]:
    return registry.spaces_for(reach_of(request.user).all_roles)


def in_space(slug: str) -> Callable[[View], View]:
    """A view of that space: 403 for whoever has no role there."""

    def decorate(view: View) -> View:
        @wraps(view)
        def enter(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            enter_space(request, slug)
            return view(request, *args, **kwargs)

        return enter

    return decorate


def enter_space(request: PortalRequest, slug: str) -> registry.Space:
    for space in spaces_of(request):
        if space.slug == slug:
            request.space = space
            return space
    raise PermissionDenied(_("Cette page n’est pas pour ce rôle."))


def current_space(request: PortalRequest) -> registry.Space | None:
    """The space entered, else the first of the person's; None for somebody who is nothing anywhere."""
    entered: registry.Space | None = getattr(request, "space", None)
    if entered:
        return entered
    spaces = spaces_of(request)
    return spaces[0] if spaces else None
