from __future__ import annotations

from decimal import Decimal
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
from establishments.people.models import Group, Role, Subject
from establishments.people.reach import reach_of
from establishments.territory.api import SchoolFilter
from pedagogy.homework import actions
from pedagogy.homework.marks import quarters_of
from pedagogy.homework.models import (
    LONGEST,
    MOST,
    CorrectionFile,
    HandIn,
    Homework,
    HomeworkFile,
    LatePolicy,
    Level,
    Marking,
    Progress,
    ProgressFile,
)

ROUTES = {
    HomeworkFile: "api-homework-file",
    ProgressFile: "api-progress-file",
    CorrectionFile: "api-correction-file",
}


class FileSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="key")
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    url = serializers.SerializerMethodField()

    def get_url(self, file: Any) -> str:
        return str(reverse(ROUTES[type(file)], args=[file.key], request=self.context.get("request")))


class ProgressSerializer(serializers.ModelSerializer):
    """The correction is empty until it is handed back, but for those who correct."""

    files = FileSerializer(many=True, read_only=True)
    correction_files = FileSerializer(many=True, read_only=True)
    mark = serializers.DecimalField(
        max_digits=5, decimal_places=2, source="points", allow_null=True, read_only=True, coerce_to_string=False
    )

    class Meta:
        model = Progress
        fields = [
            "id",
            "homework",
            "student",
            "is_named",
            "due_on",
            "done_at",
            "handed_in_at",
            "text",
            "files",
            "comment",
            "mark",
            "level",
            "correction_files",
            "corrected_at",
            "returned_at",
            "version",
        ]
        read_only_fields = fields

    def to_representation(self, instance: Progress) -> dict[str, Any]:
        shown = super().to_representation(instance)
        reach = reach_of(self.context["request"].user)
        # Whoever sees this row and works in the school teaches its class, gave the homework, or heads the school.
        corrects = reach.has(instance.establishment_id, {Role.TEACHER, Role.HEAD})
        own = instance.student_id in reach.memberships(Role.STUDENT)
        if instance.returned_at is None and (own or not corrects):
            shown |= {"comment": "", "mark": None, "level": None, "correction_files": [], "corrected_at": None}
        return shown


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
            "hand_in_kind",
            "late_policy",
            "late_until",
            "marking",
            "scale",
            "for_some",
            "published_at",
            "revised_at",
            "withdrawn_at",
            "version",
            "files",
        ]
        read_only_fields = fields


class ExtraTimeSerializer(serializers.Serializer):
    student = serializers.IntegerField()
    due_on = serializers.DateField()


class ReviseSerializer(serializers.Serializer):
    title = serializers.CharField(max_length=120)
    instructions = serializers.CharField(max_length=10_000, allow_blank=True, default="")
    due_on = serializers.DateField()
    expected_minutes = serializers.IntegerField(min_value=1, max_value=LONGEST, allow_null=True, default=None)
    to_hand_in = serializers.BooleanField(default=False)
    hand_in_kind = serializers.ChoiceField(HandIn.choices, required=False)
    late_policy = serializers.ChoiceField(LatePolicy.choices, required=False)
    late_until = serializers.DateField(required=False, allow_null=True)
    marking = serializers.ChoiceField(Marking.choices, required=False)
    scale = serializers.IntegerField(min_value=1, max_value=MOST, required=False)
    published_at = serializers.DateTimeField(required=False, help_text="To come: planned, seen by its author only.")
    students = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="Memberships; empty for the whole group."
    )
    extra_time = ExtraTimeSerializer(many=True, required=False)

    def to_action(self) -> dict[str, Any]:
        said = dict(self.validated_data)
        if "extra_time" in said:
            said["own_days"] = {row["student"]: row["due_on"] for row in said.pop("extra_time")}
        return said


class GiveSerializer(ReviseSerializer):
    group = serializers.PrimaryKeyRelatedField(queryset=Group.objects)
    subject = serializers.SlugRelatedField(slug_field="code", queryset=Subject.objects.all())


class DoneSerializer(serializers.Serializer):
    done = serializers.BooleanField()


class CorrectSerializer(serializers.Serializer):
    comment = serializers.CharField(max_length=10_000, allow_blank=True, trim_whitespace=False, default="")
    mark = serializers.DecimalField(
        max_digits=5, decimal_places=2, allow_null=True, default=None, help_text="In quarters of a point: 14.25."
    )
    level = serializers.ChoiceField(Level.choices, allow_null=True, default=None)
    files = serializers.ListField(child=UploadField(), default=list)
    hand_back = serializers.BooleanField(default=False)
    version = serializers.IntegerField(required=False, help_text="That it was read at: 409 if it is another one now.")

    def validate_mark(self, mark: Decimal | None) -> int | None:
        return quarters_of(mark)


class HandedBackSerializer(serializers.Serializer):
    handed_back = serializers.IntegerField()


class RemindedSerializer(serializers.Serializer):
    reminded = serializers.IntegerField()


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
        "hand_back": "pedagogy.homework.assess",
        "remind": "pedagogy.homework.teach",
    }

    def get_queryset(self) -> Any:
        homework = Homework.objects.for_lists().prefetch_related("files")
        return homework.visible_to(self.request.user) if self.action == "list" else homework

    @extend_schema(request=GiveSerializer, responses={201: HomeworkSerializer})
    def create(self, request: Request) -> Response:
        """Give homework to a class or group that one teaches."""
        given = GiveSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        homework = actions.give(by=request.user, **given.to_action())
        return Response(self.get_serializer(homework).data, status=201)

    @extend_schema(request=ReviseSerializer, responses=HomeworkSerializer)
    def update(self, request: Request, pk: int) -> Response:
        homework = self.get_object()
        revised = ReviseSerializer(data=request.data)
        revised.is_valid(raise_exception=True)
        said = revised.to_action()
        if "own_days" in said and "students" not in said:
            said["students"] = homework.named_students()
        actions.revise(homework=homework, by=request.user, **said)
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

    @extend_schema(request=None, responses=HandedBackSerializer)
    @action(detail=True, methods=["post"], url_path="hand-back")
    def hand_back(self, request: Request, pk: int) -> Response:
        """Hand back all the copies that are corrected."""
        number = actions.hand_back_all(homework=self.get_object(), by=request.user)
        return Response({"handed_back": number})

    @extend_schema(request=None, responses=RemindedSerializer)
    @action(detail=True, methods=["post"])
    def remind(self, request: Request, pk: int) -> Response:
        """Remind those who have not handed in, at most once a day."""
        return Response({"reminded": len(actions.remind(homework=self.get_object(), by=request.user))})


class ProgressViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    """Who has done and handed in what: one's own, one's children's, one's students'."""

    serializer_class = ProgressSerializer
    queryset = Progress.objects.none()
    filterset_class = ProgressFilter
    rights = {"retrieve": "pedagogy.progress.view", "correction": "pedagogy.progress.correct"}

    def get_queryset(self) -> Any:
        progress = Progress.objects.select_related("homework").prefetch_related("files", "correction_files")
        return progress.visible_to(self.request.user) if self.action == "list" else progress

    @extend_schema(request={"multipart/form-data": CorrectSerializer}, responses=ProgressSerializer)
    @action(detail=True, methods=["put"])
    def correction(self, request: Request, pk: int) -> Response:
        """Correct a copy: a comment, a mark or a level, files; with `hand_back`, the student has it at once."""
        progress = self.get_object()
        said = CorrectSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        actions.correct(progress=progress, by=request.user, **said.validated_data)
        return Response(self.get_serializer(self.get_queryset().get(pk=progress.pk)).data)
