from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from ent.portal.registry import Space


class PortalRequest(HttpRequest):
    """A request as the middleware leaves it to a view; only a type, never made by us."""

    user: Any  # the signed-in User: this floor knows no model of it
    htmx: HtmxDetails
    auth_token: Any
    space: Space
    is_home: bool
