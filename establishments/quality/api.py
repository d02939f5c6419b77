from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ent.portal.api import PortalViewSet
from ent.portal.pagination import ListPagination
from establishments.directory.permissions import ABOVE, AT_SCHOOL
from establishments.people.reach import reach_of
from establishments.quality.notes import NOTES_BY_SLUG, lines_of, notes_of, problems_of
from establishments.quality.problems import BY_SLUG, PROBLEMS, counted, has_false_letter
from establishments.territory.models import Establishment


class ProblemSerializer(serializers.Serializer):
    problem = serializers.CharField()
    title = serializers.CharField()
    count = serializers.IntegerField()
    is_error = serializers.BooleanField(help_text="Else somebody should know it, and nothing is wrong.")


class SchoolQualitySerializer(serializers.Serializer):
    id = serializers.IntegerField(help_text="The establishment.")
    uai = serializers.CharField()
    uai_is_valid = serializers.BooleanField()
    problems = ProblemSerializer(many=True)


class ProblemRowSerializer(serializers.Serializer):
    name = serializers.CharField()
    detail = serializers.CharField(allow_blank=True)
    membership = serializers.IntegerField(allow_null=True)
    group = serializers.IntegerField(allow_null=True)


class DirectoryQualityViewSet(PortalViewSet):
    """What is wrong in what the directory says of one's schools; a school is named by its establishment's id."""

    serializer_class = SchoolQualitySerializer
    queryset = Establishment.objects.none()
    rights = {"retrieve": "establishments.directory.view", "rows": "establishments.directory.view"}

    def get_queryset(self) -> Any:
        schools = Establishment.objects.visible_to(self.request.user)
        if self.action != "list":
            return schools
        return schools.filter(pk__in=reach_of(self.request.user).where(*AT_SCHOOL, *ABOVE))

    def list(self, request: Request) -> Response:
        """Counts of each school."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(SchoolQualitySerializer(self._qualities(page), many=True).data)

    def retrieve(self, request: Request, pk: int) -> Response:
        """Counts of one school."""
        (quality,) = self._qualities([self.get_object()])
        return Response(SchoolQualitySerializer(quality).data)

    @extend_schema(
        responses=ProblemRowSerializer(many=True),
        filters=False,
        parameters=[OpenApiParameter("problem", OpenApiTypes.STR, enum=sorted(BY_SLUG | NOTES_BY_SLUG), required=True)],
    )
    @action(detail=True)
    def rows(self, request: Request, pk: int) -> Response:
        """The people, classes or links that have one problem."""
        school = self.get_object()
        asked = request.query_params.get("problem", "")
        if problem := BY_SLUG.get(asked):
            lines = [problem.line(row) for row in self.paginate_queryset(problem.rows([school.pk])) or []]
        elif of_notes := NOTES_BY_SLUG.get(asked):
            self._paginator = ListPagination()
            notes: Any = [note for note in notes_of([school.pk]).get(school.pk, []) if note.is_of(of_notes)]
            lines = lines_of(school.pk, self.paginate_queryset(notes) or [])
        else:
            raise serializers.ValidationError({"problem": [", ".join(BY_SLUG | NOTES_BY_SLUG)]})
        return self.get_paginated_response(ProblemRowSerializer([line._asdict() for line in lines], many=True).data)

    def _qualities(self, schools: Any) -> list[dict[str, Any]]:
        pks = [school.pk for school in schools]
        counts, notes = (counted(pks), notes_of(pks)) if pks else ({}, {})
        return [
            {
                "id": school.pk,
                "uai": school.uai,
                "uai_is_valid": not has_false_letter(school),
                "problems": [
                    {"problem": p.slug, "title": str(p.title), "count": found, "is_error": p.is_error}
                    for p, found in [
                        *((p, counts.get(school.pk, {}).get(p.slug, 0)) for p in PROBLEMS),
                        *problems_of(notes.get(school.pk, [])),
                    ]
                    if found
                ],
            }
            for school in schools
        ]
