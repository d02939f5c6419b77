"""The timetable, as each space sees it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from http import HTTPStatus
from typing import Any

from allauth.core.internal.ratelimit import consume
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse
from ent.portal.spaces import in_space
from ent.tenancy.scope import person_scope
from establishments.people.models import Group, Membership, Role
from establishments.people.reach import reach_of
from establishments.people.wards import ward_or_refuse
from pedagogy.lessons.links import log_url
from pedagogy.timetable import actions
from pedagogy.timetable.agenda import (
    Meeting,
    meetings_for_group,
    meetings_for_room,
    meetings_for_student,
    meetings_for_teacher,
    meetings_of_teachers,
)
from pedagogy.timetable.arranging import link_to
from pedagogy.timetable.calendar import calendar_of
from pedagogy.timetable.feed import feed_of
from pedagogy.timetable.lines import Face, line_of
from pedagogy.timetable.models import AgendaFeed, Room
from pedagogy.timetable.permissions import with_teaching_of
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
    child = ward_or_refuse(request.user, student)
    week = _week(request, partial(meetings_for_student, [child.pk]), Face.STUDENT, [child.establishment_id])
    return render(request, "pedagogy/timetable/child_agenda.html", {"child": child, "week": week})


# --- The teacher ----------------------------------------------------------------------------------------------


@in_space("classe")
@require_GET
def teacher_agenda(request: PortalRequest) -> HttpResponse:
    fetch = partial(meetings_for_teacher, request.user)
    week = _week(request, fetch, Face.TEACHER, reach_of(request.user).where(Role.TEACHER), link=log_url)
    return render(request, "pedagogy/timetable/teacher_agenda.html", {"week": week})


@in_space("classe")
@require_GET
def class_agenda(request: PortalRequest, pk: int) -> HttpResponse:
    groups = with_teaching_of(Group.objects.all(), request.user)
    group = open_or_refuse(groups, request.user, "pedagogy.timetable.follow", pk=pk)
    fetch = partial(meetings_for_group, group.pk)
    week = _week(request, fetch, Face.GROUP, [group.establishment_id], own=group.name)
    return render(request, "pedagogy/timetable/class_agenda.html", {"group": group, "week": week})


# --- The school -----------------------------------------------------------------------------------------------


@in_space("etablissement")
@require_GET
def school_class_agenda(request: PortalRequest, pk: int) -> HttpResponse:
    group = open_or_refuse(Group.objects.all(), request.user, "pedagogy.timetable.consult", pk=pk)
    fetch = partial(meetings_for_group, group.pk)
    link = _link(request, group)
    week = _week(request, fetch, Face.GROUP, [group.establishment_id], own=group.name, link=link)
    return _school_agenda(request, group, group.name, week)


@in_space("etablissement")
@require_GET
def school_teacher_agenda(request: PortalRequest, pk: int) -> HttpResponse:
    teachers = Membership.objects.select_related("user")
    teacher = open_or_refuse(teachers, request.user, "pedagogy.timetable.consult", pk=pk)
    if teacher.role != Role.TEACHER:
        raise Http404
    fetch, link = partial(meetings_of_teachers, [teacher.pk]), _link(request, teacher)
    week = _week(request, fetch, Face.TEACHER, [teacher.establishment_id], link=link)
    return _school_agenda(request, teacher, str(teacher.user), week)


@in_space("etablissement")
@require_GET
def school_room_agenda(request: PortalRequest, pk: int) -> HttpResponse:
    room = open_or_refuse(Room.objects.all(), request.user, "pedagogy.timetable.consult", pk=pk)
    fetch = partial(meetings_for_room, room.pk)
    week = _week(request, fetch, Face.ROOM, [room.establishment_id], link=_link(request, room))
    return _school_agenda(request, room, str(room.title), week)


def _link(request: PortalRequest, subject: Any) -> Callable[[Meeting], str]:
    """To where a lesson is changed, for whoever may."""
    return link_to if request.user.has_perm("pedagogy.timetable.arrange", subject) else lambda meeting: ""


def _school_agenda(request: PortalRequest, subject: Any, name: str, week: Week) -> HttpResponse:
    may_arrange = request.user.has_perm("pedagogy.timetable.arrange", subject)
    context = {"subject": subject, "name": name, "week": week, "may_arrange": may_arrange}
    context |= {"is_group": isinstance(subject, Group), "is_teacher": isinstance(subject, Membership)}
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


# --- The private feed -----------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@never_cache
def my_feed(request: PortalRequest) -> HttpResponse:
    """The address for one's own calendar: given, replaced, taken back. The secret is on the page that makes it."""
    address = ""
    if request.method == "POST":
        if "retirer" in request.POST:
            actions.take_feed_back(by=request.user)
            messages.success(request, _("L’adresse ne donne plus rien. Votre calendrier ne sera plus mis à jour."))
            return redirect("my-feed")
        token = actions.give_feed(by=request.user)
        address = request.build_absolute_uri(reverse("agenda-feed", args=[token]))
    feed = AgendaFeed.objects.filter(user=request.user).first()
    return render(request, "pedagogy/timetable/my_feed.html", {"address": address, "feed": feed})


@login_not_required
@require_safe
def agenda_feed(request: PortalRequest, token: str) -> HttpResponse:
    """Read-only, without signing in, by whoever knows the secret; nothing for whoever may not come in any more."""
    found = actions.digest(token[:LONGEST_TOKEN])
    if not consume(request, app="allauth.account", action="agenda_feed", key=found, limit_get=True):
        return HttpResponse(status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "300"})
    feed = AgendaFeed.objects.select_related("user").filter(digest=found, user__is_active=True).first()
    if feed is None:
        raise Http404
    with person_scope(feed.user, read_only=True) as reach:
        if not reach.seats:
            raise Http404
        content = feed_of(feed.user)
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="agenda.ics"'
    response["Cache-Control"] = "private, max-age=900"
    response["X-Robots-Tag"] = "noindex"
    return response


LONGEST_TOKEN = 100
