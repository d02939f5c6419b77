"""Pages by which the direction and the local administrators arrange the timetable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse, require
from ent.portal.spaces import in_space
from establishments.people.models import Group, Membership, Role
from establishments.people.reach import reach_of
from establishments.territory.models import Establishment
from pedagogy.courses.models import Course
from pedagogy.homework.days import start_of_year
from pedagogy.timetable import actions, importing
from pedagogy.timetable.agenda import Meeting, lesson_of, meetings
from pedagogy.timetable.calendar import calendar_for, calendar_of, monday_of
from pedagogy.timetable.conflicts import conflicts
from pedagogy.timetable.forms import AbsenceForm, ExtraForm, ImportForm, LessonForm, RoomForm, SlotForm, WeeksForm
from pedagogy.timetable.lines import Face, line_of
from pedagogy.timetable.models import Lesson, LetteredWeek, Slot, TimetableImport
from pedagogy.timetable.permissions import ARRANGE
from pedagogy.timetable.reading import template
from pedagogy.timetable.week import asked_day

RIGHT = actions.ARRANGE
get_or_post = require_http_methods(["GET", "POST"])


def link_to(meeting: Meeting) -> str:
    """Where a lesson is changed."""
    if meeting.slot and meeting.slot_on:
        return f"{reverse('timetable-slot-lesson', args=[meeting.slot])}?jour={meeting.slot_on.isoformat()}"
    return reverse("timetable-lesson", args=[meeting.lesson])


def _done(form: Any, act: Callable[[], Any]) -> bool:
    """Say in the form why it was refused."""
    try:
        with transaction.atomic():
            act()
    except ValidationError as refused:
        if hasattr(refused, "error_dict"):
            for name, errors in refused.error_dict.items():
                form.add_error(name if name in form.fields else None, errors)
        else:
            form.add_error(None, refused)
        return False
    return True


def _posted(request: PortalRequest, form: Any, act: Callable[[], Any]) -> bool:
    """Was it sent, without mistakes, and done?"""
    return request.method == "POST" and form.is_valid() and _done(form, act)


def _school(request: PortalRequest) -> Establishment:
    """The one that the page is about: `?etablissement=` for whoever arranges several."""
    mine = reach_of(request.user).where(*ARRANGE)
    schools = list(Establishment.objects.filter(pk__in=mine).order_by("name"))
    asked = [school for school in schools if str(school.pk) == request.GET.get("etablissement")]
    if not schools:
        require(request.user, RIGHT, Establishment())
    return (asked or schools)[0]


# --- Slots ----------------------------------------------------------------------------------------------------


@in_space("etablissement")
@get_or_post
def add_slot(request: PortalRequest, pk: int) -> HttpResponse:
    """A weekly lesson of a class."""
    group = open_or_refuse(Group.objects.select_related("school_year"), request.user, RIGHT, pk=pk)
    form = SlotForm(request.POST or None, school=group.establishment_id, group=group)
    if "last_on" in form.fields:
        form.fields["last_on"].initial = group.school_year.ends_on
    if _posted(request, form, lambda: actions.add_slot(by=request.user, **form.cleaned_data)):
        messages.success(request, _("Cours ajouté à l’emploi du temps."))
        return redirect("school-class-agenda", pk=group.pk)
    return render(request, "pedagogy/timetable/slot_form.html", {"form": form, "group": group})


@in_space("etablissement")
@get_or_post
def edit_slot(request: PortalRequest, pk: int) -> HttpResponse:
    """From a day on."""
    slots = Slot.objects.select_related("course__subject", "room", "teacher__user")
    slot = open_or_refuse(slots, request.user, RIGHT, pk=pk)
    form = SlotForm(request.POST or None, instance=slot, school=slot.establishment_id)

    def act() -> None:
        actions.edit_slot(slot=Slot.objects.get(pk=pk), by=request.user, **form.cleaned_data)

    if _posted(request, form, act):
        messages.success(request, _("Emploi du temps modifié."))
        return redirect("school-timetable")
    return render(request, "pedagogy/timetable/slot_form.html", {"form": form, "slot": slot, "group": None})


@in_space("etablissement")
@require_POST
def end_slot(request: PortalRequest, pk: int) -> HttpResponse:
    """From today on it does not come back any more."""
    slot = open_or_refuse(Slot.objects.all(), request.user, RIGHT, pk=pk)
    actions.end_slot(slot=slot, last_on=timezone.localdate(), by=request.user)
    messages.success(request, _("Ce cours n’a plus lieu après aujourd’hui."))
    return redirect("school-timetable")


# --- One lesson -----------------------------------------------------------------------------------------------


@in_space("etablissement")
@get_or_post
def slot_lesson(request: PortalRequest, pk: int) -> HttpResponse:
    """The slot's lesson of `?jour=`, else the next one."""
    slots = Slot.objects.select_related("course__subject", "room", "teacher")
    slot = open_or_refuse(slots, request.user, RIGHT, pk=pk)
    day = asked_day(request.GET) or _next(slot)
    lesson = Lesson.objects.filter(slot=slot, slot_on=day).first()
    if lesson is None and (day.weekday() != slot.weekday or not slot.first_on <= day <= slot.last_on):
        raise Http404
    if lesson:
        lesson.slot, lesson.course = slot, slot.course  # read already
    return _lesson_page(request, lesson, slot, day)


@in_space("etablissement")
@get_or_post
def added_lesson(request: PortalRequest, pk: int) -> HttpResponse:
    lessons = Lesson.objects.select_related("course__subject", "slot")
    lesson = open_or_refuse(lessons, request.user, RIGHT, pk=pk)
    return _lesson_page(request, lesson, lesson.slot, lesson.slot_on or lesson.on)


def _next(slot: Slot) -> date:
    day = min(max(timezone.localdate(), slot.first_on), slot.last_on)
    day += timedelta(days=(slot.weekday - day.weekday()) % 7)
    return day if day <= slot.last_on else day - timedelta(days=7)


def _lesson_page(request: PortalRequest, lesson: Lesson | None, slot: Slot | None, day: date) -> HttpResponse:
    shown = lesson or Lesson(
        slot=slot, course=slot.course, slot_on=day, on=day, starts_at=slot.starts_at, ends_at=slot.ends_at,
        room=slot.room, teacher=slot.teacher,
    )  # fmt: skip
    school = slot.establishment_id if slot else shown.establishment_id
    form = LessonForm(request.POST or None, instance=shown, school=school)
    if request.method == "POST":

        def row() -> Lesson:
            found: Lesson = Lesson.objects.get(pk=lesson.pk) if lesson else lesson_of(slot=slot, on=day)
            return found

        if "retablir" in request.POST and lesson:
            act: Any = lambda: actions.restore_lesson(lesson=row(), version=lesson.version, by=request.user)  # noqa: E731
            form.is_valid()
            done = _done(form, act)
        else:
            done = form.is_valid() and _done(
                form, lambda: actions.change_lesson(lesson=row(), by=request.user, **form.cleaned_data)
            )
        if done:
            messages.success(request, _("Enregistré. Les élèves, les familles et l’enseignant en sont avertis."))
            return redirect("school-timetable")
    context = {"form": form, "lesson": shown, "slot": slot, "day": day, "course": shown.course}
    return render(request, "pedagogy/timetable/lesson_form.html", context)


@in_space("etablissement")
@get_or_post
def add_lesson(request: PortalRequest, pk: int) -> HttpResponse:
    group = open_or_refuse(Group.objects.all(), request.user, RIGHT, pk=pk)
    form = ExtraForm(request.POST or None, school=group.establishment_id, group=group)
    if _posted(request, form, lambda: actions.add_lesson(by=request.user, **form.cleaned_data)):
        messages.success(request, _("Cours ajouté. Les élèves et les familles en sont avertis."))
        return redirect("school-class-agenda", pk=group.pk)
    return render(request, "pedagogy/timetable/extra_form.html", {"form": form, "group": group})


@in_space("etablissement")
@get_or_post
def absence(request: PortalRequest, pk: int) -> HttpResponse:
    """A teacher is away: the lessons concerned are shown first, and called off or given over when it is confirmed."""
    teachers = Membership.objects.select_related("user")
    teacher = open_or_refuse(teachers, request.user, RIGHT, pk=pk)
    if teacher.role != Role.TEACHER:
        raise Http404
    form = AbsenceForm(request.POST or None, teacher=teacher)
    lines: list[Any] | None = None
    if request.method == "POST" and form.is_valid():
        if "confirmer" not in request.POST:
            days = form.cleaned_data["first"], form.cleaned_data["last"]
            within = days[0] <= days[1] <= days[0] + actions.LONGEST_ABSENCE
            found = actions.lessons_left_by(teacher, *days) if within else []
            lines = [(meeting.on, line_of(meeting, Face.TEACHER, timezone.now())) for meeting in found]
        else:
            count = 0

            def act() -> None:
                nonlocal count
                count = actions.stand_in(teacher=teacher, by=request.user, **form.cleaned_data)

            if _done(form, act):
                text = ngettext("%(count)d cours modifié.", "%(count)d cours modifiés.", count)
                messages.success(request, text % {"count": count})
                return redirect("school-teacher-agenda", pk=teacher.pk)
    context = {"form": form, "teacher": teacher, "lines": lines}
    return render(request, "pedagogy/timetable/absence_form.html", context)


# --- Weeks, rooms, conflicts ----------------------------------------------------------------------------------


@in_space("etablissement")
@get_or_post
def weeks(request: PortalRequest) -> HttpResponse:
    """A and B, in one go from a Monday, then week by week."""
    school = _school(request)
    require(request.user, RIGHT, school)
    today = timezone.localdate()
    form = WeeksForm(request.POST or None if "semaine" not in request.POST else None)
    form.fields["monday"].initial = monday_of(today)
    if request.method == "POST":
        if "semaine" in request.POST:
            monday, _sep, letter = request.POST["semaine"].partition(" ")
            day = _day_or_404(monday)
            actions.letter_week(
                establishment=school, monday=day, letter=letter if letter in "AB" else "", by=request.user
            )
            return redirect(request.get_full_path())

        def act() -> None:
            actions.letter_weeks(establishment=school, by=request.user, **form.cleaned_data)

        if _posted(request, form, act):
            messages.success(request, _("Les semaines ont leur lettre."))
            return redirect(request.get_full_path())
    letters = dict(LetteredWeek.objects.filter(establishment=school).values_list("monday", "letter"))
    calendar, listed = calendar_for([school.pk]), []
    first = start_of_year(today)
    monday, last = monday_of(first), first.replace(year=first.year + 1)
    while monday < last:
        if any(calendar.teaches(monday + timedelta(days=rank), [school.pk]) for rank in range(5)):
            listed.append((monday, monday + timedelta(days=4), letters.get(monday, "")))
        monday += timedelta(days=7)
    context = {"form": form, "weeks": listed, "school": school, "this_monday": monday_of(today)}
    return render(request, "pedagogy/timetable/weeks.html", context)


def _day_or_404(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error
    if abs(day - timezone.localdate()) > timedelta(days=800):
        raise Http404
    return day


@in_space("etablissement")
@get_or_post
def add_room(request: PortalRequest) -> HttpResponse:
    school = _school(request)
    require(request.user, RIGHT, school)
    form = RoomForm(request.POST or None)
    if _posted(request, form, lambda: actions.add_room(establishment=school, by=request.user, **form.cleaned_data)):
        messages.success(request, _("Salle ajoutée."))
        return redirect(f"{reverse('school-timetable')}?par=salle")
    return render(request, "pedagogy/timetable/room_form.html", {"form": form})


@in_space("etablissement")
@require_GET
def conflict_list(request: PortalRequest) -> HttpResponse:
    """Of a week: teachers, rooms and groups that are at two places at once."""
    school = _school(request)
    require(request.user, RIGHT, school)
    today = timezone.localdate()
    monday = monday_of(asked_day(request.GET) or today)
    courses = Course.objects.filter(establishment=school).of_year(monday).values_list("pk", flat=True)
    found = conflicts(
        meetings(courses=courses, first=monday, last=monday + timedelta(days=6), calendar=calendar_of(request.user))
    )
    rows = [(one, link_to(one.first), link_to(one.second)) for one in found]
    context = {
        "rows": rows, "monday": monday, "friday": monday + timedelta(days=4),
        "before": monday - timedelta(days=7), "after": monday + timedelta(days=7),
    }  # fmt: skip
    return render(request, "pedagogy/timetable/conflicts.html", context)


# --- Importing ------------------------------------------------------------------------------------------------


@in_space("etablissement")
@get_or_post
def import_file(request: PortalRequest) -> HttpResponse:
    """Send a file; what it would change is on the page that follows."""
    school = _school(request)
    require(request.user, RIGHT, school)
    form = ImportForm(request.POST or None, request.FILES or None, school=school.pk)
    made: list[TimetableImport] = []

    def act() -> None:
        file = form.cleaned_data["file"]
        made.append(
            importing.read_file(
                establishment=school, name=file.name, content=file.read(), by=request.user,
                group=form.cleaned_data["group"],
            )
        )  # fmt: skip

    if _posted(request, form, act):
        return redirect("timetable-import-report", pk=made[0].pk)
    rows = TimetableImport.objects.filter(establishment=school).defer("rows").select_related("created_by")[:20]
    return render(request, "pedagogy/timetable/import.html", {"form": form, "rows": rows, "school": school})


@in_space("etablissement")
@require_GET
def import_template(request: PortalRequest) -> HttpResponse:
    require(request.user, RIGHT, _school(request))
    response = HttpResponse(template(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="emploi-du-temps.csv"'
    return response


@in_space("etablissement")
@require_GET
def import_report(request: PortalRequest, pk: int) -> HttpResponse:
    found = open_or_refuse(TimetableImport.objects.defer("rows"), request.user, RIGHT, pk=pk)
    report = found.report
    changes = report["new"] or report["changed"] or report["gone"]
    return render(request, "pedagogy/timetable/import_report.html", {"found": found, "changes": changes})


@in_space("etablissement")
@require_POST
def apply_import(request: PortalRequest, pk: int) -> HttpResponse:
    found = open_or_refuse(TimetableImport.objects.defer("rows"), request.user, RIGHT, pk=pk)
    importing.apply(timetable_import=found, by=request.user)
    messages.success(request, _("L’emploi du temps est à jour."))
    return redirect("timetable-import-report", pk=pk)
