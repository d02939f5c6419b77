from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.sign_in.reauthentication import authenticated_recently
from ent.portal.api import PortalViewSet
from establishments.directory.models import SchoolRun
from establishments.directory.permissions import ABOVE, AT_SCHOOL
from establishments.imports import actions
from establishments.imports.querysets import changes_in
from establishments.imports.words import told
from establishments.people.reach import reach_of
from establishments.territory.api import SchoolFilter


class DirectoryRunSerializer(serializers.ModelSerializer):
    """What one import changed in one school, or would change."""

    origin = serializers.CharField(source="run.origin", read_only=True)
    day = serializers.DateField(source="run.day", read_only=True)
    is_dry = serializers.BooleanField(source="run.is_dry", read_only=True)

    class Meta:
        model = SchoolRun
        fields = [
            "id", "establishment", "origin", "day", "is_dry", "state", "people", "arrived", "changed", "left",
            "decided_at", "applied_at", "asked", "refusal",
        ]  # fmt: skip
        read_only_fields = fields


class LineSerializer(serializers.Serializer):
    label = serializers.CharField()
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)


class ChangeSerializer(serializers.Serializer):
    """One person's."""

    id = serializers.IntegerField(source="change.pk")
    name = serializers.CharField(source="change.name")
    kind = serializers.ChoiceField(choices=["arrivee", "modification", "depart"])
    file = serializers.CharField(source="change.file")
    lines = LineSerializer(many=True)


class WhySerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class DirectoryRunFilter(SchoolFilter):
    class Meta:
        model = SchoolRun
        fields = ["state"]


class DirectoryRunViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    """The imports of the directory, school by school, for those who run or help the school; the academy decides."""

    serializer_class = DirectoryRunSerializer
    queryset = SchoolRun.objects.none()
    filterset_class = DirectoryRunFilter
    rights = {
        "retrieve": "establishments.imports.view",
        "changes": "establishments.imports.view",
        "accept": "establishments.directory.decide",
        "reject": "establishments.directory.decide",
        "undo": "establishments.directory.decide",
    }

    def get_queryset(self) -> Any:
        rows = SchoolRun.objects.select_related("run").defer("counts", "run__report", "run__delivered")
        if self.action != "list":
            return rows
        return rows.filter(establishment__in=reach_of(self.request.user).where(*AT_SCHOOL, *ABOVE))

    @extend_schema(responses=ChangeSerializer(many=True), filters=False)
    @action(detail=True)
    def changes(self, request: Request, pk: int) -> Response:
        """Person by person, before and after."""
        page = self.paginate_queryset(changes_in(self.get_object()))
        return self.get_paginated_response(ChangeSerializer(told(page or []), many=True).data)

    @extend_schema(request=None, responses=DirectoryRunSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: int) -> Response:
        """Apply what waits."""
        row = self._decided_on()
        actions.accept(school_run=row, by=request.user)
        return self._as_it_is(pk)

    @extend_schema(request=WhySerializer, responses=DirectoryRunSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: int) -> Response:
        """Leave the school as it is; the next import asks again."""
        row = self._decided_on()
        actions.reject(school_run=row, by=request.user, reason=self._why(request))
        return self._as_it_is(pk)

    @extend_schema(request=WhySerializer, responses=DirectoryRunSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: int) -> Response:
        """Bring those whom it changed back to what they were, within the grace."""
        row = self._decided_on()
        actions.undo(school_run=row, by=request.user, reason=self._why(request))
        return self._as_it_is(pk)

    def _decided_on(self) -> SchoolRun:
        row: SchoolRun = self.get_object()
        if not authenticated_recently(self.request._request):
            raise PermissionDenied(_("Confirmez d’abord votre identité, ou demandez un nouveau jeton."))
        return row

    def _why(self, request: Request) -> str:
        asked = WhySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        reason: str = asked.validated_data["reason"]
        return reason

    def _as_it_is(self, pk: int) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data)
