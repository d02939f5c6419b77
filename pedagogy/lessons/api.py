from __future__ import annotations

from datetime import datetime
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from ent.portal.api import PortalViewSet
from establishments.files.fields import UploadField
from establishments.territory.api import SchoolFilter
from pedagogy.lessons import actions
from pedagogy.lessons.models import LONGEST, LONGEST_CORRECTION, LONGEST_NOTE, LessonEntry, PrivateNote, State
from pedagogy.lessons.shown import formal_name
from pedagogy.timetable.models import Lesson, Slot


class LessonFileSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="key")
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    url = serializers.SerializerMethodField()

    def get_url(self, file: dict[str, Any]) -> str:
        return str(reverse("api-lesson-file", args=[file["key"]], request=self.context.get("request")))


class CorrectionSerializer(serializers.Serializer):
    text = serializers.CharField()
    at = serializers.DateTimeField()
    teacher = serializers.SerializerMethodField()
    files = LessonFileSerializer(many=True)

    def get_teacher(self, correction: dict[str, Any]) -> str:
        return formal_name(correction)


class EntrySerializer(serializers.ModelSerializer):
    """What the log says of a lesson; `visible_at` is null for a draft, and `version` is sent back to change it."""

    subject = serializers.CharField(source="course.subject.name", read_only=True)
    teacher = serializers.CharField(read_only=True)
    on = serializers.DateField(source="lesson.on", read_only=True)
    starts_at = serializers.TimeField(source="lesson.starts_at", read_only=True)
    ends_at = serializers.TimeField(source="lesson.ends_at", read_only=True)
    state = serializers.ChoiceField(choices=State.choices, read_only=True)
    files = LessonFileSerializer(source="file_rows", many=True, read_only=True)
    corrections = CorrectionSerializer(source="correction_rows", many=True, read_only=True)

    class Meta:
        model = LessonEntry
        fields = [
            "id",
            "establishment",
            "lesson",
            "course",
            "subject",
            "on",
            "starts_at",
            "ends_at",
            "title",
            "content",
            "teacher",
            "state",
            "visible_at",
            "written_at",
            "version",
            "files",
            "corrections",
        ]
        read_only_fields = fields


class WriteSerializer(serializers.Serializer):
    """Without `visible_at` it is visible from the lesson's end on; a `draft` is not visible at all."""

    title = serializers.CharField(max_length=120)
    content = serializers.CharField(max_length=LONGEST, allow_blank=True, trim_whitespace=False, default="")
    visible_at = serializers.DateTimeField(allow_null=True, default=None)
    draft = serializers.BooleanField(default=False)
    files = serializers.ListField(child=UploadField(), default=list)

    def values(self, lesson: Lesson) -> dict[str, Any]:
        """What the action takes."""
        given = {name: self.validated_data[name] for name in ("title", "content", "files")}
        ends = timezone.make_aware(datetime.combine(lesson.on, lesson.ends_at))
        given["visible_at"] = None if self.validated_data["draft"] else self.validated_data["visible_at"] or ends
        return given


class CreateSerializer(WriteSerializer):
    """Of a lesson that is kept as a row, or of a slot on a day."""

    lesson = serializers.PrimaryKeyRelatedField(queryset=Lesson.objects, default=None)
    slot = serializers.PrimaryKeyRelatedField(queryset=Slot.objects, default=None)
    on = serializers.DateField(default=None)

    def there(self) -> Lesson:
        data = self.validated_data
        if data["lesson"]:
            return data["lesson"]  # type: ignore[no-any-return]
        if not data["slot"] or not data["on"]:
            raise ValidationError({"lesson": _("Dites quelle séance : « lesson », ou « slot » et « on ».")})
        return actions.lesson_on(slot=data["slot"], on=data["on"])


class RewriteSerializer(WriteSerializer):
    version = serializers.IntegerField(min_value=1)


class CorrectEntrySerializer(serializers.Serializer):
    text = serializers.CharField(max_length=LONGEST_CORRECTION)
    files = serializers.ListField(child=UploadField(), default=list)


class CopyEntrySerializer(serializers.Serializer):
    lesson = serializers.PrimaryKeyRelatedField(queryset=Lesson.objects)


class LessonNoteSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=LONGEST_NOTE, allow_blank=True)


class EntryFilter(SchoolFilter):
    course = django_filters.NumberFilter("course")
    group = django_filters.NumberFilter("course__groups__group")
    on_from = django_filters.DateFilter("lesson__on", "gte")
    on_to = django_filters.DateFilter("lesson__on", "lte")

    class Meta:
        model = LessonEntry
        fields: list[str] = []


class EntryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    """The lesson log: of one's lessons, of one's children's, of those that one teaches, of a head's school.

    Once it is visible an entry is neither changed nor deleted: a correction is added to it.
    """

    serializer_class = EntrySerializer
    queryset = LessonEntry.objects.none()
    filterset_class = EntryFilter
    rights = {
        "retrieve": "pedagogy.entry.read",
        # What is visible already, or over, is refused by the actions, in words.
        "update": "pedagogy.lesson.write",
        "destroy": "pedagogy.lesson.write",
        "corrections": "pedagogy.lesson.write",
        "copy": "pedagogy.entry.read",
        "note": "pedagogy.lesson.write",
    }

    def get_queryset(self) -> Any:
        entries = LessonEntry.objects.for_pages().select_related("lesson__course__school_year").newest_first()
        return entries.visible_to(self.request.user) if self.action == "list" else entries

    @extend_schema(request=CreateSerializer, responses={201: EntrySerializer})
    def create(self, request: Request) -> Response:
        """Write what was done in a lesson that one teaches."""
        asked = CreateSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        lesson = asked.there()
        entry = actions.write(lesson=lesson, by=request.user, version=0, **asked.values(lesson))
        return Response(self._data(entry), status=201)

    @extend_schema(request=RewriteSerializer, responses=EntrySerializer)
    def update(self, request: Request, pk: int) -> Response:
        """Write anew what nobody has seen yet; files are added."""
        entry = self.get_object()
        asked = RewriteSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        version = asked.validated_data["version"]
        entry = actions.write(lesson=entry.lesson, by=request.user, version=version, **asked.values(entry.lesson))
        return Response(self._data(entry))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Throw away what nobody has seen yet."""
        actions.discard(entry=self.get_object(), by=request.user)
        return Response(status=204)

    @extend_schema(request={"multipart/form-data": CorrectEntrySerializer}, responses={201: EntrySerializer})
    @action(detail=True, methods=["post"])
    def corrections(self, request: Request, pk: int) -> Response:
        """Add a correction to what is visible; it stays for good."""
        entry = self.get_object()
        asked = CorrectEntrySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        actions.correct(entry=entry, by=request.user, **asked.validated_data)
        return Response(self._data(entry), status=201)

    @extend_schema(request=CopyEntrySerializer, responses={201: EntrySerializer})
    @action(detail=True, methods=["post"])
    def copy(self, request: Request, pk: int) -> Response:
        """The same content and documents, as a draft of another lesson that one teaches."""
        entry = self.get_object()
        asked = CopyEntrySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        copied = actions.copy(entry=entry, to=asked.validated_data["lesson"], by=request.user)
        return Response(self._data(copied), status=201)

    @extend_schema(methods=["GET"], responses=LessonNoteSerializer)
    @extend_schema(methods=["PUT"], request=LessonNoteSerializer, responses=LessonNoteSerializer)
    @action(detail=True, methods=["get", "put"])
    def note(self, request: Request, pk: int) -> Response:
        """One's own note about the lesson, which nobody else reads; an empty one is none."""
        lesson = self.get_object().lesson
        if request.method == "PUT":
            asked = LessonNoteSerializer(data=request.data)
            asked.is_valid(raise_exception=True)
            actions.note(lesson=lesson, by=request.user, **asked.validated_data)
        own = PrivateNote.objects.filter(lesson=lesson, teacher__user=request.user).first()
        return Response({"text": own.text if own else ""})

    def _data(self, entry: LessonEntry) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=entry.pk)).data
