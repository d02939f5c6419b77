from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.notifications import actions
from accounts.notifications.models import Notification
from ent.portal.api import PortalViewSet


class NotificationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Notification
        fields = ["id", "establishment", "kind", "title", "detail", "path", "shown_at", "read_at"]
        read_only_fields = fields


class NotificationViewSet(mixins.ListModelMixin, PortalViewSet):
    """What one was told, the latest first."""

    serializer_class = NotificationSerializer
    queryset = Notification.objects.none()

    def get_queryset(self) -> Any:
        return Notification.objects.of(self.request.user)

    @extend_schema(request=None, responses={204: None})
    @action(detail=False, methods=["post"], url_path="read")
    def read(self, request: Request) -> Response:
        """Mark all of it read."""
        actions.mark_all_read(by=request.user)
        return Response(status=204)
