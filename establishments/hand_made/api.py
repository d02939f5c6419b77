from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.sign_in.reauthentication import require_recent_proof
from ent.portal.api import PortalViewSet
from establishments.hand_made import actions
from establishments.hand_made.models import HandMade
from establishments.people.models import Group, Role, Subject
from establishments.people.reach import reach_of
from establishments.support.permissions import SCHOOL_DESK
from establishments.territory.models import Establishment


class HandMadeSerializer(serializers.ModelSerializer):
    username = serializers.CharField(source="membership.user.username")
    name = serializers.CharField(source="membership.user.get_full_name")
    role = serializers.ChoiceField(source="membership.role", choices=Role.choices)
    ends_on = serializers.DateField(source="membership.ends_on")

    class Meta:
        model = HandMade
        fields = ["id", "establishment", "membership", "username", "name", "role", "ends_on", "reason", "made_at"]
        read_only_fields = fields


class MakeSerializer(serializers.Serializer):
    establishment = serializers.PrimaryKeyRelatedField(source="school", queryset=Establishment.objects.none())
    civility = serializers.ChoiceField(choices=["", "Mme", "M."], required=False)
    first_name = serializers.CharField(max_length=150)
    last_name = serializers.CharField(max_length=150)
    birth_date = serializers.DateField(required=False)
    role = serializers.ChoiceField(choices=[str(role) for role in actions.ROLES])
    ends_on = serializers.DateField()
    reason = serializers.CharField(max_length=200)
    groups = serializers.PrimaryKeyRelatedField(many=True, required=False, queryset=Group.objects.none())
    subject = serializers.SlugRelatedField("code", queryset=Subject.objects.all(), required=False)
    is_another = serializers.BooleanField(required=False)

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        # The description of the API is made without anybody.
        if "request" in self.context and not getattr(self.context["view"], "swagger_fake_view", False):
            mine = reach_of(self.context["request"].user).where(*SCHOOL_DESK)
            fields["establishment"].queryset = Establishment.objects.filter(pk__in=mine)
            fields["groups"].child_relation.queryset = Group.objects.filter(establishment__in=mine).of_year()
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if any(group.establishment_id != attrs["school"].pk for group in attrs.get("groups", ())):
            raise serializers.ValidationError({"groups": "Ces classes sont d’un autre établissement."})
        return attrs


class ProlongSerializer(serializers.Serializer):
    ends_on = serializers.DateField(required=False)


class HandMadeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    """Accounts that the school made itself, for its head and its local administrators."""

    serializer_class = HandMadeSerializer
    queryset = HandMade.objects.none()
    filterset_fields = ["establishment"]
    rights = dict.fromkeys(["retrieve", "prolong", "end"], "establishments.hand_made.manage")

    def get_queryset(self) -> Any:
        rows = HandMade.objects.select_related("membership__user")
        if self.action != "list":
            return rows
        return rows.filter(establishment__in=reach_of(self.request.user).where(*SCHOOL_DESK))

    @extend_schema(request=MakeSerializer, responses={201: HandMadeSerializer})
    def create(self, request: Request) -> Response:
        if not reach_of(request.user).where(*SCHOOL_DESK):
            self.permission_denied(request)
        require_recent_proof(request._request)
        sent = MakeSerializer(data=request.data, context=self.get_serializer_context())
        sent.is_valid(raise_exception=True)
        row = actions.make(by=request.user, **sent.validated_data)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ProlongSerializer, responses=HandMadeSerializer)
    @action(detail=True, methods=["post"])
    def prolong(self, request: Request, pk: int) -> Response:
        row = self.get_object()
        sent = ProlongSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        actions.prolong(row=row, by=request.user, **sent.validated_data)
        return Response(self.get_serializer(row).data)

    @extend_schema(request=None, responses=HandMadeSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: int) -> Response:
        row = self.get_object()
        actions.end(row=row, by=request.user)
        return Response(self.get_serializer(row).data)
