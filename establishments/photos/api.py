from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from ent.portal.api import PortalViewSet
from establishments.people.models import Group, Membership
from establishments.photos import actions
from establishments.photos.picture import redraw
from establishments.photos.querysets import with_portraits

MOST = 120  # students of one group, as on the page


class FaceSerializer(serializers.Serializer):
    membership = serializers.IntegerField(source="pk")
    first_name = serializers.CharField(source="user.first_name")
    last_name = serializers.CharField(source="user.last_name")
    photo = serializers.SerializerMethodField(help_text="Where the photo is; null when there is none.")

    def get_photo(self, student: Any) -> str | None:
        key = getattr(student, "portrait", None)
        return str(reverse("api-photo-file", args=[key], request=self.context.get("request"))) if key else None


class PhotoSerializer(serializers.Serializer):
    photo = serializers.FileField()


class TrombinoscopeViewSet(PortalViewSet):
    """The faces of a class or group, named by its id, for the school's head, staff and local administrators."""

    serializer_class = FaceSerializer
    queryset = Group.objects.none()
    rights = {"retrieve": "establishments.photos.browse"}

    def get_queryset(self) -> Any:
        return Group.objects.select_related("establishment")

    @extend_schema(responses=FaceSerializer(many=True))
    def retrieve(self, request: Request, pk: int) -> Response:
        """The students by name; no photo in a school that has not said that it shows them."""
        group = self.get_object()
        students = Membership.objects.in_group(group).by_name()
        if group.establishment.shows_photos:
            students = with_portraits(students)
        return Response(FaceSerializer(students[:MOST], many=True, context=self.get_serializer_context()).data)


class StudentPhotoViewSet(PortalViewSet):
    """A student's photo, named by their membership: put one in the place of the one before, or remove it."""

    serializer_class = PhotoSerializer
    queryset = Membership.objects.none()
    rights = dict.fromkeys(["update", "destroy"], "establishments.photos.manage")

    def get_queryset(self) -> Any:
        return Membership.objects.select_related("user", "establishment")

    @extend_schema(request={"multipart/form-data": PhotoSerializer}, responses={204: None})
    def update(self, request: Request, pk: int) -> Response:
        """It is cut to a portrait and drawn again small; where and with what it was taken is not kept."""
        student = self.get_object()
        sent = self.get_serializer(data=request.data)
        sent.is_valid(raise_exception=True)
        actions.set_portrait(student=student, picture=redraw(sent.validated_data["photo"]), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        actions.remove_portrait(student=self.get_object(), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
