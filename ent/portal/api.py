"""What every view of the API stands on."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from ent.portal import registry
from ent.portal.rights import require


class PortalViewSet(GenericViewSet):
    """Lists what the person may see; opens one object if their right allows it.

    Another school's object is outside the scope, hence 404. A missing right in one's own school is 403.
    """

    lookup_value_converter = "int"
    #: The right that each action on one object needs.
    rights: ClassVar[dict[str, str]] = {}

    def get_object(self) -> Any:
        found = super().get_object()
        require(self.request.user, self.rights[self.action], found)
        return found


class RootView(APIView):
    """Where to begin: the lists that there are, and the description of the whole."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        lists = {prefix: f"{name}-list" for prefix, viewset, name in registry.viewsets() if hasattr(viewset, "list")}
        routes = {"schema": "schema", "me": "me", **lists}
        return Response({name: request.build_absolute_uri(reverse(route)) for name, route in routes.items()})


class FileView(APIView):
    """Gives a file out, as the page's view does; its refusals are problem details."""

    give: Any = None  # that view, named by the route

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # The file has the type that it has, whatever the client says it accepts.
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, key: UUID) -> HttpResponseBase:
        return self.give(request, key=key)
