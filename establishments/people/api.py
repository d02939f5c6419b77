from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ent.portal.api import PortalViewSet
from establishments.people.models import Group
from establishments.people.reach import Seat, reach_of
from establishments.territory.api import SchoolFilter


class SeatSerializer(serializers.Serializer):
    membership = serializers.IntegerField()
    role = serializers.CharField()
    establishment = serializers.IntegerField()
    establishment_name = serializers.CharField()


class MeSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.CharField()
    memberships = SeatSerializer(many=True)


class MeView(APIView):
    """Who the session or the token speaks for, and what they are where."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        user = request.user
        seats: tuple[Seat, ...] = reach_of(user).seats
        me = {"id": user.pk, "username": user.username, "name": str(user), "memberships": seats}
        return Response(MeSerializer(me).data)


class GroupSerializer(serializers.ModelSerializer):
    school_year = serializers.CharField(source="school_year.name", read_only=True)

    class Meta:
        model = Group
        fields = ["id", "establishment", "kind", "name", "label", "school_year"]


class GroupFilter(SchoolFilter):
    class Meta:
        model = Group
        fields = ["kind"]


class GroupViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    """Classes and teaching groups: one's own, one's children's, or the school's for those who work there."""

    serializer_class = GroupSerializer
    queryset = Group.objects.none()
    filterset_class = GroupFilter
    rights = {"retrieve": "establishments.group.open"}

    def get_queryset(self) -> Any:
        groups = Group.objects.select_related("school_year")
        return groups.visible_to(self.request.user) if self.action == "list" else groups
