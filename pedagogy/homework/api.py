from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from ent.portal.api import PortalViewSet
from establishments.files.fields import UploadField
from establishments.people.models import Group, Subject
from establishments.territory.api import SchoolFilter
from pedagogy.homework import actions
from pedagogy.homework.models import LONGEST, Homework, HomeworkFile, Progress


class FileSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="key")
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    url = serializers.SerializerMethodField()

    def get_url(self, file: Any) -> str:
        route = "api-homework-file" if isinstance(file, HomeworkFile) else "api-progress-file"
        return str(reverse(route, args=[file.key], request=self.context.get("request")))


class ProgressSerializer(serializers.ModelSerializer):
    files = FileSerializer(many=True, read_only=True)

    class Meta:
        model = Progress
        fields = ["id", "homework", "student", "done_at", "handed_in_at", "text", "files"]
        read_only_fields = fields


class HomeworkSerializer(serializers.ModelSerializer):
    """Read: with the files, and the progress that the reader may see. Write: see GiveSerializer."""

    subject = serializers.CharField(source="subject.name", read_only=True)
    teacher = serializers.CharField(read_only=True)
    files = FileSerializer(many=True, read_only=True)

    class Meta:
        model = Homework
        fields = [
            "id",
            "establishment",
            "group",
            "subject",
            "teacher",
            "title",
            "instructions",
            "due_on",
            "expected_minutes",
            "to_hand_in",
            "published_at",
            "files",
        ]
        read_only_fields = fields


class ReviseSerializer(serializers.Serializer):
    title = serializers.CharField(max_length=120)
    instructions = serializers.CharField(max_length=10_000, allow_blank=True, default="")
    due_on = serializers.DateField()
    expected_minutes = serializers.IntegerField(min_value=1, max_value=LONGEST, allow_null=True, default=None)
    to_hand_in = serializers.BooleanField(default=False)


class GiveSerializer(ReviseSerializer):
    group = serializers.PrimaryKeyRelatedField(queryset=Group.objects)
    subject = serializers.SlugRelatedField(slug_field="code", queryset=Subject.objects.all())


class DoneSerializer(serializers.Serializer):
    done = serializers.BooleanField()


class HandInSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=50_000, allow_blank=True, trim_whitespace=False, default="")
    files = serializers.ListField(child=UploadField(), default=list)


class HomeworkFilter(SchoolFilter):
    # A number here too, and for the same reason.
    group = django_filters.NumberFilter("group")
    due_from = django_filters.DateFilter("due_on", "gte")
    due_to = django_filters.DateFilter("due_on", "lte")

    class Meta:
        model = Homework
        fields = ["to_hand_in"]


class ProgressFilter(django_filters.FilterSet):
    homework = django_filters.NumberFilter("homework")
    student = django_filters.NumberFilter("student")


class HomeworkViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    PortalViewSet,
):
    """Homework: a student's own, a guardian's children's, a teacher's groups', a head's school's."""

    serializer_class = HomeworkSerializer
    queryset = Homework.objects.none()
    filterset_class = HomeworkFilter
    rights = {
        "retrieve": "pedagogy.homework.view",
        # What is over is refused by the actions, in words.
        "update": "pedagogy.homework.teach",
        "destroy": "pedagogy.homework.teach",
        "done": "pedagogy.homework.study",
        "hand_in": "pedagogy.homework.study",
    }

    def get_queryset(self) -> Any:
        homework = Homework.objects.for_lists().prefetch_related("files")
        return homework.visible_to(self.request.user) if self.action == "list" else homework

    @extend_schema(request=GiveSerializer, responses={201: HomeworkSerializer})
    def create(self, request: Request) -> Response:
        """Give homework to a class or group that one teaches."""
        given = GiveSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        homework = actions.give(by=request.user, **given.validated_data)
        return Response(self.get_serializer(homework).data, status=201)

    @extend_schema(request=ReviseSerializer, responses=HomeworkSerializer)
    def update(self, request: Request, pk: int) -> Response:
        homework = self.get_object()
        revised = ReviseSerializer(data=request.data)
        revised.is_valid(raise_exception=True)
        actions.revise(homework=homework, by=request.user, **revised.validated_data)
        return Response(self.get_serializer(homework).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        actions.withdraw(homework=self.get_object(), by=request.user)
        return Response(status=204)

    @extend_schema(request=DoneSerializer, responses=ProgressSerializer)
    @action(detail=True, methods=["put"])
    def done(self, request: Request, pk: int) -> Response:
        """Mark one's own homework done, or to do again."""
        homework = self.get_object()
        asked = DoneSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        progress = actions.set_done(homework=homework, by=request.user, **asked.validated_data)
        return Response(ProgressSerializer(progress, context=self.get_serializer_context()).data)

    @extend_schema(request={"multipart/form-data": HandInSerializer}, responses=ProgressSerializer)
    @action(detail=True, methods=["post"], url_path="hand-in")
    def hand_in(self, request: Request, pk: int) -> Response:
        """Hand in a text and files; again replaces the text and adds the files."""
        homework = self.get_object()
        handed = HandInSerializer(data=request.data)
        handed.is_valid(raise_exception=True)
        progress = actions.hand_in(homework=homework, by=request.user, **handed.validated_data)
        return Response(ProgressSerializer(progress, context=self.get_serializer_context()).data)


class ProgressViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    """Who has done and handed in what: one's own, one's children's, one's students'."""

    serializer_class = ProgressSerializer
    queryset = Progress.objects.none()
    filterset_class = ProgressFilter
    rights = {"retrieve": "pedagogy.progress.view"}

    def get_queryset(self) -> Any:
        progress = Progress.objects.select_related("homework").prefetch_related("files")
        return progress.visible_to(self.request.user) if self.action == "list" else progress
