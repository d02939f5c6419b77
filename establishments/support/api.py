from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.sign_in.reauthentication import require_recent_proof
from ent.portal.api import PortalViewSet
from ent.portal.pagination import ListPagination
from ent.portal.search import LONGEST
from establishments.people.models import Membership
from establishments.people.reach import reach_of
from establishments.support import actions, case_actions
from establishments.support.duplicates import alike, pages_of_alike
from establishments.support.figures import figures_of, schools_with_figures
from establishments.support.forms import questions_for
from establishments.support.models import Case, CaseNote
from establishments.support.permissions import DESK
from establishments.support.search import Asked, named, named_or_placed, with_places
from establishments.territory.api import SchoolFilter
from establishments.territory.models import Establishment


class AccountSerializer(serializers.ModelSerializer):
    """One thing that a person is in a school, and whether they can come in."""

    username = serializers.CharField(source="user.username", read_only=True)
    first_name = serializers.CharField(source="user.first_name", read_only=True)
    last_name = serializers.CharField(source="user.last_name", read_only=True)
    birth_date = serializers.DateField(source="user.birth_date", read_only=True)
    last_login = serializers.DateTimeField(source="user.last_login", read_only=True)
    activated_at = serializers.DateTimeField(source="user.activated_at", read_only=True)
    is_active = serializers.BooleanField(source="user.is_active", read_only=True)
    classes = serializers.ListField(source="class_names", child=serializers.CharField(), read_only=True)

    class Meta:
        model = Membership
        fields = [
            "id", "establishment", "role", "username", "first_name", "last_name", "birth_date", "classes",
            "activated_at", "last_login", "is_active", "is_blocked",
        ]  # fmt: skip
        read_only_fields = fields


class ResetSerializer(serializers.Serializer):
    identity = serializers.ListField(
        child=serializers.CharField(max_length=40), help_text="The three questions that were answered."
    )
    reason = serializers.CharField(max_length=300)


class CodeSerializer(serializers.Serializer):
    code = serializers.CharField()


class DuplicateSerializer(serializers.Serializer):
    """Some memberships, of two or more people who have one name and one birth date."""

    name = serializers.CharField()
    birth_date = serializers.DateField()
    accounts = AccountSerializer(source="rows", many=True)


class ReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class MergeSerializer(ReasonSerializer):
    other = serializers.IntegerField(help_text="A membership of the person whose account ends.")


class FiguresSerializer(serializers.Serializer):
    open = serializers.IntegerField()
    closed = serializers.IntegerField(help_text="In the last 30 days.")
    median = serializers.DurationField(allow_null=True, help_text="From the opening to the end, of these.")


class SchoolFiguresSerializer(serializers.ModelSerializer):
    pending = serializers.IntegerField(read_only=True)
    resets = serializers.IntegerField(read_only=True, help_text="Codes given in the last 30 days.")

    class Meta:
        model = Establishment
        fields = ["id", "uai", "name", "city", "pending", "resets"]
        read_only_fields = fields


class NoteSerializer(serializers.ModelSerializer):
    author = serializers.CharField(read_only=True)

    class Meta:
        model = CaseNote
        fields = ["id", "author", "at", "text"]
        read_only_fields = ["id", "author", "at"]


class CaseSerializer(serializers.ModelSerializer):
    notes = NoteSerializer(many=True, read_only=True)
    person = serializers.CharField(read_only=True)

    class Meta:
        model = Case
        fields = [
            "id", "establishment", "kind", "state", "level", "person", "claimed_name", "contact", "description",
            "opened_at", "closed_at", "resolution", "notes",
        ]  # fmt: skip
        read_only_fields = fields


class OpenCaseSerializer(serializers.Serializer):
    account = serializers.IntegerField(help_text="The membership of the person concerned.")
    kind = serializers.ChoiceField(choices=Case.Kind.choices)
    description = serializers.CharField(max_length=2_000)
    contact = serializers.CharField(max_length=200, allow_blank=True, default="")


class TextSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=2_000)


class AccountFilter(SchoolFilter):
    class Meta:
        model = Membership
        fields = ["role", "is_blocked"]


class CaseFilter(SchoolFilter):
    class Meta:
        model = Case
        fields = ["state", "level", "kind"]


class AccountViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    """The people of the schools that one has a desk for; `?q=` looks for the beginnings of their names and logins."""

    serializer_class = AccountSerializer
    queryset = Membership.objects.none()
    filterset_class = AccountFilter
    rights = {
        "retrieve": "establishments.accounts.help",
        "reset": "establishments.accounts.reset_student",
        "unlock": "establishments.accounts.reset",
        "block": "establishments.accounts.reset",
        "unblock": "establishments.accounts.reset",
        "merge": "establishments.accounts.help",
        "appoint": "establishments.deputies.manage",
        "dismiss": "establishments.deputies.manage",
    }

    def get_queryset(self) -> Any:
        rows = with_places(Membership.objects.select_related("user"))
        if self.action != "list":
            return rows
        rows = rows.current().filter(establishment__in=reach_of(self.request.user).where(*DESK))
        words = Asked(self.request.query_params.get("q", "").replace("\0", "")[:LONGEST]).words
        if not words:
            return rows
        found = named(rows, words)
        if found.exists():
            return found
        schools = Establishment.objects.filter(pk__in=reach_of(self.request.user).where(*DESK))
        return named_or_placed(rows, words, list(schools))

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "q",
                OpenApiTypes.STR,
                description="Words of the name or the login; when nobody answers, of the class and the school too.",
            )
        ]
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(responses=DuplicateSerializer(many=True), filters=False)
    @action(detail=False, pagination_class=ListPagination)
    def duplicates(self, request: Request) -> Response:
        """Those who may be one person, in the schools of one's desks; `merge` makes one of two."""
        schools = reach_of(request.user).where(*DESK)
        page = self.paginate_queryset(pages_of_alike(schools)) or []
        return self.get_paginated_response(DuplicateSerializer(alike(page, schools), many=True).data)

    @extend_schema(request=ResetSerializer, responses={201: CodeSerializer})
    @action(detail=True, methods=["post"])
    def reset(self, request: Request, pk: int) -> Response:
        """Give a one-time code, once the person's identity was checked."""
        membership = self.get_object()
        require_recent_proof(request._request)
        asked = ResetSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        checked = asked.validated_data["identity"]
        if not set(questions_for(membership.role)) <= set(checked) and not self._teaches(membership):
            raise serializers.ValidationError({"identity": [", ".join(questions_for(membership.role))]})
        code = actions.reset(
            membership=membership, by=request.user, reason=asked.validated_data["reason"], identity_checked=checked
        )
        return Response({"code": code}, status=201)

    def _teaches(self, membership: Membership) -> bool:
        """A form teacher knows the student's face."""
        return not self.request.user.has_perm("establishments.accounts.help", membership)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def unlock(self, request: Request, pk: int) -> Response:
        """Forget the failed attempts to sign in."""
        actions.unlock(membership=self.get_object(), by=request.user)
        return Response(status=204)

    @extend_schema(request=ReasonSerializer, responses=AccountSerializer)
    @action(detail=True, methods=["post"])
    def block(self, request: Request, pk: int) -> Response:
        """Close this school's door to the person."""
        return self._set_blocked(request, blocked=True)

    @extend_schema(request=ReasonSerializer, responses=AccountSerializer)
    @action(detail=True, methods=["post"])
    def unblock(self, request: Request, pk: int) -> Response:
        """Open it again."""
        return self._set_blocked(request, blocked=False)

    @extend_schema(request=MergeSerializer, responses={204: None})
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: int) -> Response:
        """Make one person of two: this one stays, the other's account ends."""
        membership = self.get_object()
        require_recent_proof(request._request)
        asked = MergeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        other = Membership.objects.select_related("user").filter(pk=asked.validated_data["other"]).first()
        if other is None or not request.user.has_perm("establishments.accounts.help", other):
            raise serializers.ValidationError({"other": [_("Cette personne n’est pas dans vos établissements.")]})
        actions.merge_people(
            keep=membership.user,
            drop=other.user,
            by=request.user,
            reason=asked.validated_data["reason"],
            establishment_id=other.establishment_id,
        )
        return Response(status=204)

    @extend_schema(request=ReasonSerializer, responses={204: None})
    @action(detail=True, methods=["post"])
    def appoint(self, request: Request, pk: int) -> Response:
        """Make one of the school's staff or teachers a local administrator too."""
        return self._in_team(request, actions.appoint)

    @extend_schema(request=ReasonSerializer, responses={204: None})
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: int) -> Response:
        """End somebody's time as a local administrator."""
        return self._in_team(request, actions.dismiss)

    def _in_team(self, request: Request, act: Any) -> Response:
        membership = self.get_object()
        require_recent_proof(request._request)
        asked = ReasonSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        act(membership=membership, by=request.user, **asked.validated_data)
        return Response(status=204)

    def _set_blocked(self, request: Request, *, blocked: bool) -> Response:
        membership = self.get_object()
        require_recent_proof(request._request)
        asked = ReasonSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        actions.set_blocked(membership=membership, by=request.user, blocked=blocked, **asked.validated_data)
        return Response(self.get_serializer(membership).data)


class CaseViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet):
    """What people ask of the desks that one has."""

    serializer_class = CaseSerializer
    queryset = Case.objects.none()
    filterset_class = CaseFilter
    rights = {
        "retrieve": "establishments.case.view",
        "notes": "establishments.case.view",
        "take": "establishments.case.handle",
        "escalate": "establishments.case.handle",
        "close": "establishments.case.handle",
    }

    def get_queryset(self) -> Any:
        cases = Case.objects.select_related("person").prefetch_related("notes__author")
        return cases.visible_to(self.request.user) if self.action == "list" else cases

    @extend_schema(request=OpenCaseSerializer, responses={201: CaseSerializer})
    def create(self, request: Request) -> Response:
        """Ask for help for oneself, one's child, one's student."""
        asked = OpenCaseSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        fields = asked.validated_data
        membership = Membership.objects.select_related("user").filter(pk=fields.pop("account")).first()
        if membership is None:
            raise serializers.ValidationError({"account": ["Cette personne n’est pas dans vos établissements."]})
        helps = request.user.has_perm("establishments.accounts.help", membership)
        level = Case.Level.HUB if helps else Case.Level.SCHOOL
        case = case_actions.open_case(membership=membership, by=request.user, level=level, **fields)
        return Response(self.get_serializer(case).data, status=201)

    @extend_schema(request=None, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def take(self, request: Request, pk: int) -> Response:
        case = self.get_object()
        case_actions.take(case=case, by=request.user)
        return Response(self.get_serializer(case).data)

    @extend_schema(request=TextSerializer, responses={201: NoteSerializer})
    @action(detail=True, methods=["post"])
    def notes(self, request: Request, pk: int) -> Response:
        case = self.get_object()
        note = case_actions.add_note(case=case, by=request.user, text=self._text(request))
        return Response(NoteSerializer(note).data, status=201)

    @extend_schema(request=TextSerializer, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def escalate(self, request: Request, pk: int) -> Response:
        """Hand it to the hub, then to the academy."""
        case = self.get_object()
        case_actions.escalate(case=case, by=request.user, text=self._text(request))
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data)

    @extend_schema(request=TextSerializer, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: int) -> Response:
        case = self.get_object()
        case_actions.close(case=case, by=request.user, resolution=self._text(request)[:300])
        return Response(self.get_serializer(case).data)

    @extend_schema(responses=FiguresSerializer, filters=False)
    @action(detail=False, pagination_class=None)
    def figures(self, request: Request) -> Response:
        """What waits in the schools of one's desks, and how long an answer took."""
        return Response(FiguresSerializer(figures_of(reach_of(request.user).where(*DESK))).data)

    @extend_schema(responses=SchoolFiguresSerializer(many=True), filters=False)
    @action(detail=False, url_path="figures/schools", pagination_class=ListPagination)
    def school_figures(self, request: Request) -> Response:
        """School by school, those with most codes given first."""
        page = self.paginate_queryset(schools_with_figures(reach_of(request.user).where(*DESK))) or []
        return self.get_paginated_response(SchoolFiguresSerializer(page, many=True).data)

    def _text(self, request: Request) -> str:
        asked = TextSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        text: str = asked.validated_data["text"]
        return text
