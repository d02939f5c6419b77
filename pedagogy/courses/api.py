from __future__ import annotations

from typing import Any

import django_filters
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from ent.portal.api import PortalViewSet
from ent.portal.prose import LONGEST
from establishments.files.fields import UploadField
from establishments.people.models import Group, Membership
from establishments.territory.api import SchoolFilter
from pedagogy.courses import actions
from pedagogy.courses.copying import PARTS, copy_course
from pedagogy.courses.models import Course, Folder, Resource


class CourseGroupSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    kind = serializers.CharField()


class CourseTeacherSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="pk", help_text="Of the membership.")
    name = serializers.SerializerMethodField()

    def get_name(self, row: Any) -> str:
        return f"{row['first_name']} {row['last_name']}"


class CourseSerializer(serializers.ModelSerializer):
    subject = serializers.CharField(source="subject.code", read_only=True)
    subject_name = serializers.CharField(source="subject.name", read_only=True)
    school_year = serializers.CharField(source="school_year.name", read_only=True)
    groups = CourseGroupSerializer(source="group_rows", many=True, read_only=True)
    teachers = CourseTeacherSerializer(source="teacher_rows", many=True, read_only=True)

    class Meta:
        model = Course
        fields = [
            "id", "establishment", "school_year", "subject", "subject_name", "name", "groups", "teachers", "is_shared",
            "version",
        ]  # fmt: skip
        read_only_fields = fields


class EditCourseSerializer(serializers.Serializer):
    version = serializers.IntegerField(min_value=1, help_text="The one that was read: 409 when it is not the last.")
    name = serializers.CharField(max_length=120, allow_blank=True)
    is_shared = serializers.BooleanField()
    groups = serializers.PrimaryKeyRelatedField(queryset=Group.objects, many=True)
    teachers = serializers.PrimaryKeyRelatedField(
        queryset=Membership.objects, many=True, help_text="Memberships of those who teach beside the directory's."
    )


class CopySerializer(serializers.Serializer):
    target = serializers.PrimaryKeyRelatedField(queryset=Course.objects)
    parts = serializers.MultipleChoiceField(choices=[], default=["resources"])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parts"].choices = list(PARTS)


class CopiedSerializer(serializers.Serializer):
    copied = serializers.IntegerField()


class FolderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Folder
        fields = ["id", "establishment", "course", "parent", "name", "position", "opens_on", "version"]
        read_only_fields = fields


class NewFolderSerializer(serializers.Serializer):
    course = serializers.PrimaryKeyRelatedField(queryset=Course.objects)
    name = serializers.CharField(max_length=120)
    parent = serializers.PrimaryKeyRelatedField(queryset=Folder.objects, allow_null=True, default=None)
    opens_on = serializers.DateField(allow_null=True, default=None)


class EditFolderSerializer(NewFolderSerializer):
    course = None
    version = serializers.IntegerField(min_value=1)


class ResourceFileSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    size = serializers.IntegerField()
    url = serializers.URLField()


class ResourceSerializer(serializers.ModelSerializer):
    file = serializers.SerializerMethodField()

    class Meta:
        model = Resource
        fields = [
            "id", "establishment", "course", "folder", "kind", "title", "url", "body", "file", "position", "opens_on",
            "changed_at", "version",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ResourceFileSerializer(allow_null=True))
    def get_file(self, resource: Resource) -> Any:
        for file in resource.files.all():
            url = reverse("api-resource-file", args=[file.key], request=self.context.get("request"))
            return {"id": file.key, "name": file.name, "size": file.size, "url": url}
        return None


class WriteResourceSerializer(serializers.Serializer):
    title = serializers.CharField(max_length=160)
    folder = serializers.PrimaryKeyRelatedField(queryset=Folder.objects, allow_null=True, default=None)
    opens_on = serializers.DateField(allow_null=True, default=None)
    url = serializers.CharField(max_length=1000, allow_blank=True, default="", help_text="Of a link.")
    body = serializers.CharField(
        max_length=LONGEST, allow_blank=True, trim_whitespace=False, default="", help_text="Of a page: HTML."
    )
    file = UploadField(required=False, default=None, help_text="Of a file, in a multipart request.")


class NewResourceSerializer(WriteResourceSerializer):
    course = serializers.PrimaryKeyRelatedField(queryset=Course.objects)
    kind = serializers.ChoiceField(choices=Resource.Kind.choices)


class EditResourceSerializer(WriteResourceSerializer):
    version = serializers.IntegerField(min_value=1)


class MoveSerializer(serializers.Serializer):
    up = serializers.BooleanField()


class CourseFilter(SchoolFilter):
    group = django_filters.NumberFilter("groups__group")

    class Meta:
        model = Course
        fields = ["is_shared"]


class OfCourseFilter(SchoolFilter):
    course = django_filters.NumberFilter("course")

    class Meta:
        model = Folder
        fields: list[str] = []


class ResourceFilter(OfCourseFilter):
    folder = django_filters.NumberFilter("folder")

    class Meta:
        model = Resource
        fields = ["kind"]


class CourseViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    """A student's own, a guardian's children's, a teacher's own and those that are shared, a head's school's."""

    serializer_class = CourseSerializer
    queryset = Course.objects.none()
    filterset_class = CourseFilter
    rights = {
        "retrieve": "pedagogy.course.read",
        "update": "pedagogy.course.teach",
        "copy": "pedagogy.course.copy",
    }

    def get_queryset(self) -> Any:
        courses = Course.objects.for_pages()
        if self.action == "list":
            return courses.visible_to(self.request.user)
        return courses.with_reasons(self.request.user)

    @extend_schema(request=EditCourseSerializer, responses=CourseSerializer)
    def update(self, request: Request, pk: int) -> Response:
        course = self.get_object()
        edited = EditCourseSerializer(data=request.data)
        edited.is_valid(raise_exception=True)
        actions.edit_course(course=course, by=request.user, **edited.validated_data)
        return Response(self.get_serializer(Course.objects.for_pages().get(pk=pk)).data)

    @extend_schema(request=CopySerializer, responses=CopiedSerializer)
    @action(detail=True, methods=["post"])
    def copy(self, request: Request, pk: int) -> Response:
        """Copy parts of this course into one that one teaches, after what it has."""
        asked = CopySerializer(data=request.data)
        source = self.get_object()
        asked.is_valid(raise_exception=True)
        return Response({"copied": copy_course(source=source, by=request.user, **asked.validated_data)})


class ShelvedViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    """What folders and resources have in common."""

    @extend_schema(request=MoveSerializer, responses={204: None})
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: int) -> Response:
        """One place up or down among those beside it."""
        row = self.get_object()
        asked = MoveSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        actions.move(row=row, by=request.user, **asked.validated_data)
        return Response(status=204)


class FolderViewSet(ShelvedViewSet):
    """Folders of the courses that one reads; students and families see those that are open."""

    serializer_class = FolderSerializer
    queryset = Folder.objects.none()
    filterset_class = OfCourseFilter
    rights = {
        "retrieve": "pedagogy.folder.read",
        "update": "pedagogy.folder.teach",
        "destroy": "pedagogy.folder.teach",
        "move": "pedagogy.folder.teach",
    }

    def get_queryset(self) -> Any:
        folders = Folder.objects.select_related("course__school_year", "parent")
        return folders.visible_to(self.request.user, timezone.localdate()) if self.action == "list" else folders

    @extend_schema(request=NewFolderSerializer, responses={201: FolderSerializer})
    def create(self, request: Request) -> Response:
        new = NewFolderSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        folder = actions.add_folder(by=request.user, **new.validated_data)
        return Response(self.get_serializer(folder).data, status=201)

    @extend_schema(request=EditFolderSerializer, responses=FolderSerializer)
    def update(self, request: Request, pk: int) -> Response:
        folder = self.get_object()
        edited = EditFolderSerializer(data=request.data)
        edited.is_valid(raise_exception=True)
        folder = actions.edit_folder(folder=folder, by=request.user, **edited.validated_data)
        return Response(self.get_serializer(folder).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """With all that is in it."""
        actions.delete_folder(folder=self.get_object(), by=request.user)
        return Response(status=204)


class ResourceViewSet(ShelvedViewSet):
    """Resources of the courses that one reads; students and families see those that are open."""

    serializer_class = ResourceSerializer
    queryset = Resource.objects.none()
    filterset_class = ResourceFilter
    rights = {
        "retrieve": "pedagogy.resource.read",
        "update": "pedagogy.resource.teach",
        "destroy": "pedagogy.resource.teach",
        "move": "pedagogy.resource.teach",
    }

    def get_queryset(self) -> Any:
        resources = Resource.objects.select_related("course__school_year", "folder").prefetch_related("files")
        return resources.visible_to(self.request.user, timezone.localdate()) if self.action == "list" else resources

    @extend_schema(
        request={"application/json": NewResourceSerializer, "multipart/form-data": NewResourceSerializer},
        responses={201: ResourceSerializer},
    )
    def create(self, request: Request) -> Response:
        new = NewResourceSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        resource = actions.add_resource(by=request.user, **new.validated_data)
        return Response(self.get_serializer(resource).data, status=201)

    @extend_schema(
        request={"application/json": EditResourceSerializer, "multipart/form-data": EditResourceSerializer},
        responses=ResourceSerializer,
    )
    def update(self, request: Request, pk: int) -> Response:
        resource = self.get_object()
        edited = EditResourceSerializer(data=request.data)
        edited.is_valid(raise_exception=True)
        actions.edit_resource(resource=resource, by=request.user, **edited.validated_data)
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        actions.delete_resource(resource=self.get_object(), by=request.user)
        return Response(status=204)
