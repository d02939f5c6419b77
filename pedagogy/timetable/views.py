"""The timetable, as each space sees it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse
from ent.portal.spaces import in_space
from establishments.people.models import Group, Guardianship, Membership, Role
from establishments.people.reach import reach_of
from pedagogy.timetable.agenda import (
    Meeting,
    meetings_for_group,
    meetings_for_room,
    meetings_for_student,
    meetings_for_teacher,
    meetings_of_teachers,
)
from pedagogy.timetable.calendar import calendar_of
from pedagogy.timetable.lines import Face, line_of
from pedagogy.timetable.models import Room
from pedagogy.timetable.week import Week, week_of


def _week(
    request: PortalRequest,
    fetch: Callable[..., list[Meeting]],
    face: Face,
    schools: Collection[int],
    *,
    own: str = "",
    link: Callable[[Meeting], str] = lambda meeting: "",
) -> Week:
    calendar = calendar_of(request.user)
    draw = partial(line_of, face=face, now=timezone.now(), own=own, link=link)
    return week_of(request.GET, partial(fetch, calendar=calendar, traces=True), draw, calendar, schools)


# --- The student, and the family ------------------------------------------------------------------------------


@in_space("eleve")
@require_GET
def student_agenda(request: PortalRequest) -> HttpResponse:
    reach = reach_of(request.user)
    fetch = partial(meetings_for_student, reach.memberships(Role.STUDENT))
    week = _week(request, fetch, Face.STUDENT, reach.where(Role.STUDENT))
    return render(request, "pedagogy/timetable/student_agenda.html", {"week": week})


@in_space("famille")
@require_GET
def child_agenda(request: PortalRequest, student: int) -> HttpResponse:
    child = _child(request, student)
    week = _week(request, partial(meetings_for_student, [child.pk]), Face.STUDENT, [child.establishment_id])
    return render(request, "pedagogy/timetable/child_agenda.html", {"child": child, "week": week})


def _child(request: PortalRequest, student: int) -> Membership:
    """404 for a child of another school; 403 for somebody else's child in the same one."""
    wards = Guardianship.objects.held_by(request.user).filter(student=student)
    ward = wards.select_related("student__user", "student__establishment").first()
    if ward is None:
        get_object_or_404(Membership.objects.students(), pk=student)
        raise PermissionDenied
    return ward.student  # type: ignore[no-any-return]


# --- The teacher ----------------------------------------------------------------------------------------------


@in_space("classe")
@require_GET
def teacher_agenda(request: PortalRequest) -> HttpResponse:
    fetch = partial(meetings_for_teacher, request.user)
    week = _week(request, fetch, Face.TEACHER, reach_of(request.user).where(Role.TEACHER))
    return render(request, "pedagogy/timetable/teacher_agenda.html", {"week": week})


@in_space("classe")
@require_GET
def class_agenda(request: PortalRequest, pk: int) -> HttpResponse:
    group = open_or_refuse(Group.objects.all(), request.user, "pedagogy.timetable.follow", pk=pk)
    fetch = partial(meetings_for_group, group.pk)
    week = _week(request, fetch, Face.GROUP, [group.establishment_id], own=group.name)
    return render(request, "pedagogy/timetable/class_agenda.html", {"group": group, "week": week})


# --- The school -----------------------------------------------------------------------------------------------


@in_space("etablissement")
@require_GET
def school_class_agenda(request: PortalRequest, pk: int) -> HttpResponse:
    group = open_or_refuse(Group.objects.all(), request.user, "pedagogy.timetable.consult", pk=pk)
    fetch = partial(meetings_for_group, group.pk)
    week = _week(request, fetch, Face.GROUP, [group.establishment_id], own=group.name)
    return _school_agenda(request, group, group.name, week)


@in_space("etablissement")
@require_GET
def school_teacher_agenda(request: PortalRequest, pk: int) -> HttpResponse:
    teachers = Membership.objects.select_related("user")
    teacher = open_or_refuse(teachers, request.user, "pedagogy.timetable.consult", pk=pk)
    if teacher.role != Role.TEACHER:
        raise Http404
    week = _week(request, partial(meetings_of_teachers, [teacher.pk]), Face.TEACHER, [teacher.establishment_id])
    return _school_agenda(request, teacher, str(teacher.user), week)


@in_space("etablissement")
@require_GET
def school_room_agenda(request: PortalRequest, pk: int) -> HttpResponse:
    room = open_or_refuse(Room.objects.all(), request.user, "pedagogy.timetable.consult", pk=pk)
    week = _week(request, partial(meetings_for_room, room.pk), Face.ROOM, [room.establishment_id])
    return _school_agenda(request, room, room.title, week)


def _school_agenda(request: PortalRequest, subject: Any, name: str, week: Week) -> HttpResponse:
    may_arrange = request.user.has_perm("pedagogy.timetable.arrange", subject)
    context = {"subject": subject, "name": name, "week": week, "may_arrange": may_arrange}
    return render(request, "pedagogy/timetable/school_agenda.html", context)


@in_space("etablissement")
@require_GET
def school_timetable(request: PortalRequest) -> HttpResponse:
    """Whose week to open: classes, teachers, rooms."""
    schools = reach_of(request.user).where(Role.STAFF, Role.HEAD, Role.LOCAL_ADMIN)
    by = request.GET.get("par", "")
    query = request.GET.get("q", "").strip()[:60]
    if by == "enseignant":
        rows = Membership.objects.current().filter(role=Role.TEACHER, establishment__in=schools).by_name()
        listed = [("school-teacher-agenda", row.pk, str(row.user)) for row in rows[:MOST]]
    elif by == "salle":
        rooms = Room.objects.filter(establishment__in=schools)
        listed = [("school-room-agenda", room.pk, room.title) for room in rooms[:MOST]]
    else:
        by = ""
        groups = Group.objects.filter(establishment__in=schools).of_year().from_feed().in_school_order()
        listed = [("school-class-agenda", group.pk, group.name) for group in groups[:MOST]]
    if query:
        listed = [row for row in listed if query.casefold() in row[2].casefold()]
    may_arrange = bool(reach_of(request.user).where(Role.HEAD, Role.LOCAL_ADMIN))
    context = {"listed": listed, "by": by, "query": query, "may_arrange": may_arrange}
    return render(request, "pedagogy/timetable/school_timetable.html", context)


MOST = 400  # of the teachers, classes or rooms of a school
