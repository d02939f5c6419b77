from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from establishments.people.models import Role
from establishments.people.reach import reach_of
from establishments.people.wards import children_of
from pedagogy.timetable.agenda import Meeting, meetings_by_student, meetings_of_teachers
from pedagogy.timetable.calendar import calendar_of

LONGEST = timedelta(days=62)


class PeriodSerializer(serializers.Serializer):
    """Today and the six days after it, unless other days are asked for."""

    first = serializers.DateField(required=False)
    last = serializers.DateField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        first = attrs.get("first") or timezone.localdate()
        last = attrs.get("last") or first + timedelta(days=6)
        if not timedelta() <= last - first <= LONGEST:
            raise serializers.ValidationError(_("Demandez deux mois au plus, du premier jour au dernier."))
        return {"first": first, "last": last}


class MeetingSerializer(serializers.Serializer):
    """A lesson as it takes place; `begins` and `ends` are moments, `on` the day in Europe/Paris."""

    student = serializers.IntegerField(
        allow_null=True, help_text="Membership of the student; null for a teacher's own."
    )
    slot = serializers.IntegerField(allow_null=True)
    lesson = serializers.IntegerField(allow_null=True)
    course = serializers.IntegerField()
    establishment = serializers.IntegerField()
    on = serializers.DateField()
    begins = serializers.DateTimeField()
    ends = serializers.DateTimeField()
    name = serializers.CharField()
    subject = serializers.CharField()
    room = serializers.CharField()
    groups = serializers.ListField(child=serializers.CharField())
    teachers = serializers.ListField(child=serializers.CharField())
    state = serializers.ChoiceField(choices=["on", "cancelled"])
    changes = serializers.ListField(child=serializers.ChoiceField(choices=["added", "moved", "room", "teacher"]))
    reason = serializers.CharField()


class MeetingsView(APIView):
    """One's own lessons, and one's children's, from the first day to the last one, both included."""

    @extend_schema(parameters=[PeriodSerializer], responses=MeetingSerializer(many=True))
    def get(self, request: Request) -> Response:
        asked = PeriodSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(MeetingSerializer(_rows(request.user, **asked.validated_data), many=True).data)


def _rows(user: Any, **period: Any) -> list[dict[str, Any]]:
    reach, calendar = reach_of(user), calendar_of(user)
    rows: list[tuple[int | None, Meeting]] = []
    if teachers := reach.memberships(Role.TEACHER):
        rows += [(None, m) for m in meetings_of_teachers(teachers, calendar=calendar, **period)]
    students = reach.memberships(Role.STUDENT)
    if reach.memberships(Role.GUARDIAN):
        students += [child.pk for child in children_of(user)]
    for student, found in meetings_by_student(sorted(set(students)), calendar=calendar, **period).items():
        rows += [(student, m) for m in found]
    rows.sort(key=lambda row: (row[1].key, row[0] or 0))
    return [{"student": student, "begins": m.begins, "ends": m.ends, **m._asdict()} for student, m in rows]
