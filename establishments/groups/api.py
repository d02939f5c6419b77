from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ent.portal.api import PortalViewSet
from ent.portal.rights import require
from establishments.groups import actions
from establishments.people.models import Group, Membership
from establishments.people.permissions import SCHOOL_LIFE
from establishments.people.reach import reach_of
from establishments.territory.models import Establishment


class HandMadeGroupSerializer(serializers.ModelSerializer):
    establishment = serializers.PrimaryKeyRelatedField(queryset=Establishment.objects.none())

    class Meta:
        model = Group
        fields = ["id", "establishment", "name", "label", "ends_on"]
        read_only_fields = ["ends_on"]

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        # The description of the API is made without anybody.
        if "request" in self.context and not getattr(self.context["view"], "swagger_fake_view", False):
            fields["establishment"].queryset = Establishment.objects.visible_to(self.context["request"].user)
        return fields


class PersonSerializer(serializers.Serializer):
    """The membership of somebody of the group's school."""

    membership = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class HandMadeGroupViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    """Groups that the school made itself, for those who manage them; make one, fill it, end it."""

    serializer_class = HandMadeGroupSerializer
    queryset = Group.objects.none()
    filterset_fields = ["establishment"]
    rights = dict.fromkeys(["retrieve", "add", "remove", "end"], "establishments.groups.manage")

    def get_queryset(self) -> Any:
        groups = Group.objects.hand_made()
        if self.action != "list":
            return groups
        return groups.of_year().filter(establishment__in=reach_of(self.request.user).where(*SCHOOL_LIFE))

    def create(self, request: Request) -> Response:
        if not reach_of(request.user).where(*SCHOOL_LIFE):
            self.permission_denied(request)
        sent = self.get_serializer(data=request.data)
        sent.is_valid(raise_exception=True)
        data = sent.validated_data
        require(request.user, "establishments.groups.make", data["establishment"])
        group = actions.create(
            school=data["establishment"], name=data["name"], label=data.get("label", ""), by=request.user
        )
        return Response(self.get_serializer(group).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=PersonSerializer, responses={204: None})
    @action(detail=True, methods=["post"])
    def add(self, request: Request, pk: int) -> Response:
        group = self.get_object()
        actions.add(group=group, membership=self._person(request, group), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=PersonSerializer, responses={204: None})
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: int) -> Response:
        group = self.get_object()
        actions.remove(group=group, membership=self._person(request, group), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: int) -> Response:
        actions.end(group=self.get_object(), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _person(self, request: Request, group: Group) -> Membership:
        sent = PersonSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        people = Membership.objects.select_related("user").filter(establishment=group.establishment_id)
        found: Membership | None = people.filter(pk=sent.validated_data["membership"]).first()
        if found is None:
            raise serializers.ValidationError({"membership": "Personne inconnue de cet établissement."})
        return found
