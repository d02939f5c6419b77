"""The lesson log: written by whoever teaches the lesson, read by the students, their families, the class's teachers
and the head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Subquery
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ent.portal.forms import say_refusal
from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse
from ent.portal.spaces import in_space
from ent.portal.templatetags.portal import moment as moment_name
from establishments.files.actions import download
from establishments.people.models import Group, Role, Teaching
from establishments.people.reach import reach_of
from establishments.people.wards import ward_or_refuse
from pedagogy.courses.copying import copy_course
from pedagogy.courses.forms import SourceForm
from pedagogy.courses.models import Course, CourseGroup
from pedagogy.lessons import actions
from pedagogy.lessons.forms import CorrectionForm, EntryForm, NoteForm
from pedagogy.lessons.models import LessonEntry, LessonFile, State, state_of
from pedagogy.lessons.querysets import lessons_for
from pedagogy.lessons.shown import Shown, by_day, groups_of, homework_at, shown, shown_alone
from pedagogy.lessons.todo import PREPARED, WRITTEN, period_of, todo_of
from pedagogy.timetable.models import Lesson, Slot

ROWS = 30  # entries on a page
LIKE_IT = 4  # entries offered to be taken up
RECENT = timedelta(days=21)


# --- The student ----------------------------------------------------------------------------------------------


@in_space("eleve")
@require_GET
def student_log(request: PortalRequest) -> HttpResponse:
    """The log of one's own lessons, the last ones first; ?cours= keeps one course."""
    students = reach_of(request.user).memberships(Role.STUDENT)
    return render(request, "pedagogy/lessons/student_log.html", _read(request, students))


@in_space("famille")
@require_GET
def child_log(request: PortalRequest, student: int) -> HttpResponse:
    child = ward_or_refuse(request.user, student)
    context = {"child": child, **_read(request, [child.pk])}
    return render(request, "pedagogy/lessons/child_log.html", context)


def _read(request: PortalRequest, students: list[int]) -> dict[str, Any]:
    courses = list(
        Course.objects.followed_by(students)
        .of_year(timezone.localdate())
        .select_related("subject")
        .order_by("subject__name", "pk")
    )
    entries = LessonEntry.objects.for_students(students).newest_first()
    return _page(request, entries, courses)


def _page(request: PortalRequest, entries: Any, courses: list[Course]) -> dict[str, Any]:
    """A page of these entries, of the course that ?cours= asks for."""
    course = _asked(request, courses)
    if course:
        entries = entries.filter(course=course)
    page = page_of(entries.for_pages(), request, size=ROWS)
    days = list(by_day(shown(page.rows, request.user)))
    return {"page": page, "days": days, "courses": courses, "course": course}


def _asked(request: PortalRequest, courses: list[Course]) -> Course | None:
    return next((course for course in courses if str(course.pk) == request.GET.get("cours")), None)


# --- The teacher ----------------------------------------------------------------------------------------------


@in_space("classe")
@require_GET
def teacher_log(request: PortalRequest) -> HttpResponse:
    """Which lessons have nothing in the log yet; what was written; what may be prepared."""
    period = period_of(request.GET)
    todo = todo_of(request.user, period, until=_day(request.GET.get("jusqu", "")))
    if (asked := request.GET.get("cours")) and asked.isascii() and asked.isdigit():
        todo = todo.of_course(int(asked))
    context = {"todo": todo, "period": period, "WRITTEN": WRITTEN, "PREPARED": PREPARED}
    return render(request, "pedagogy/lessons/teacher_log.html", context)


@dataclass(frozen=True)
class Place:
    """The lesson that a page is about, kept as a row or not."""

    row: Any  # a Lesson, or a Slot
    on: date

    @property
    def is_kept(self) -> bool:
        return isinstance(self.row, Lesson)

    @property
    def ends(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.on, self.row.ends_at))

    @property
    def is_cancelled(self) -> bool:
        return self.is_kept and self.row.state == Lesson.State.CANCELLED

    @property
    def groups(self) -> str:
        return ", ".join(name for _pk, name in groups_of(self.row))

    @property
    def group_pk(self) -> int | None:
        found = groups_of(self.row)
        return found[0][0] if found else None

    @property
    def note(self) -> str:
        return str(getattr(self.row, "note", ""))


@in_space("classe")
@require_http_methods(["GET", "POST"])
def log_lesson(request: PortalRequest, pk: int) -> HttpResponse:
    lesson = get_object_or_404(lessons_for(Lesson.objects.all(), request.user), pk=pk)
    return _log(request, Place(lesson, lesson.on), lambda: lesson)


@in_space("classe")
@require_http_methods(["GET", "POST"])
def log_slot(request: PortalRequest, pk: int, day: str) -> HttpResponse:
    """The lesson of a slot on that day, of which nothing is kept yet: a row is made when something is written."""
    on = _day(day)
    if on is None:
        raise Http404
    kept = Lesson.objects.filter(slot=OuterRef("pk"), slot_on=on).values("pk")[:1]
    slots = lessons_for(Slot.objects.annotate(kept=Subquery(kept)), request.user)
    slot = get_object_or_404(slots, pk=pk)
    if slot.kept and request.method == "GET":
        return redirect("log-lesson", pk=slot.kept)
    return _log(request, Place(slot, on), lambda: actions.lesson_on(slot=slot, on=on))


def _log(request: PortalRequest, place: Place, lesson: Callable[[], Lesson]) -> HttpResponse:
    if not request.user.has_perm("pedagogy.lesson.write", place.row):
        return _refused(request, place)
    before = LessonEntry.objects.filter(course=place.row.course_id).up_to(place.on, place.row.starts_at)
    if place.row.group_id:
        before = before.filter(lesson__group__in=[place.row.group_id, None])
    found = list(before.newest_first().for_pages()[:2])
    entry = next((row for row in found if place.is_kept and row.lesson_id == place.row.pk), None)
    last = next((row for row in found if row is not entry), None)
    closed = place.is_cancelled or actions.is_over(place.row) or (entry is not None and entry.state == State.PUBLISHED)
    form = None
    if request.method == "POST" or not closed:
        form = EntryForm(
            request.POST or None,
            request.FILES or None,
            instance=entry or LessonEntry(establishment_id=place.row.establishment_id),
            ends=place.ends,
            note=place.note,
        )
    if request.method == "POST" and form and form.is_valid() and (written := _written(request, form, lesson)):
        messages.success(request, _said(written))
        return redirect("log-lesson", pk=written.lesson_id)
    around = homework_at(
        [(place.row.course.subject_id, groups_of(place.row), place.on)], request.user
    )  # what is due at it, and given at it
    context = {
        "place": place,
        "row": place.row,
        "form": form,
        "entry": _plain(entry, around[0]) if entry and not form else None,
        "instance": entry,
        "last": _plain(last, ((), ())) if last else None,
        "due": around[0][0],
        "given": around[0][1],
        "sources": [] if entry or closed else _like(request, place),
        "is_over": actions.is_over(place.row),
        "note_form": NoteForm(initial={"note": place.note}) if place.is_kept and not form else None,
    }
    return render(request, "pedagogy/lessons/lesson.html", context)


def _plain(entry: LessonEntry, around: tuple[Any, Any]) -> Shown:
    return shown_alone(entry, *around)


def _written(request: PortalRequest, form: EntryForm, lesson: Callable[[], Lesson]) -> LessonEntry | None:
    """The entry, unless the action refuses: that is said in the form, with what was typed still there."""
    values = {name: form.cleaned_data[name] for name in ("version", "title", "content", "files")}
    values["remove_files"] = form.cleaned_data.get("remove_files", ())
    try:
        with transaction.atomic():
            there = lesson()
            visible_at = None if "draft" in request.POST else form.visible_at()
            entry = actions.write(lesson=there, by=request.user, visible_at=visible_at, **values)
            actions.note(lesson=there, by=request.user, text=form.cleaned_data["note"])
    except ValidationError as error:
        say_refusal(form, error)
        return None
    return entry


def _said(entry: LessonEntry) -> str:
    if entry.visible_at is None:
        return _("Brouillon enregistré : les élèves ne le voient pas.")
    if state_of(entry.visible_at) == State.PUBLISHED:
        return _("Enregistré : les élèves et les familles le voient.")
    return _("Enregistré : les élèves et les familles le verront %(when)s.") % {"when": moment_name(entry.visible_at)}


def _refused(request: PortalRequest, place: Place) -> HttpResponse:
    """Who teaches in the school and has lost the course while writing keeps what they typed, and saves nothing."""
    typed = [request.POST.get(name, "") for name in ("title", "content", "text", "note")]
    works_there = reach_of(request.user).has(place.row.establishment_id, {Role.TEACHER})
    if not works_there or not any(typed):
        raise PermissionDenied(_("Ce cours n’est pas le vôtre."))
    text = "\n\n".join(part for part in typed if part)
    return render(request, "pedagogy/lessons/lost.html", {"text": text}, status=403)


def _like(request: PortalRequest, place: Place) -> list[LessonEntry]:
    """What the teacher has written lately for other classes, in the same subject."""
    today = max(place.on, timezone.localdate())
    written = LessonEntry.objects.written_by(request.user).filter(course__subject=place.row.course.subject_id)
    others = written.exclude(course=place.row.course_id).between(place.on - RECENT, today)
    others = others.filter(establishment=place.row.establishment_id)
    return list(others.newest_first().for_pages()[:LIKE_IT])


@in_space("classe")
@require_POST
def log_note(request: PortalRequest, pk: int) -> HttpResponse:
    """One's own note about a lesson whose entry is closed."""
    lesson = get_object_or_404(lessons_for(Lesson.objects.all(), request.user), pk=pk)
    if not request.user.has_perm("pedagogy.note.write", lesson):
        return _refused(request, Place(lesson, lesson.on))
    form = NoteForm(request.POST)
    if form.is_valid():
        actions.note(lesson=lesson, by=request.user, text=form.cleaned_data["note"])
        messages.success(request, _("Note enregistrée : vous seul la lisez."))
        return redirect("log-lesson", pk=pk)
    return render(request, "pedagogy/lessons/note.html", {"form": form, "row": lesson}, status=422)


@in_space("classe")
@require_http_methods(["GET", "POST"])
def log_correct(request: PortalRequest, pk: int) -> HttpResponse:
    rows = LessonEntry.objects.for_pages().select_related("course__school_year", "lesson__course__school_year")
    entry = get_object_or_404(rows, pk=pk)
    if not request.user.has_perm("pedagogy.lesson.write", entry):
        return _refused(request, Place(entry, entry.lesson.on))
    if entry.state != State.PUBLISHED or actions.is_over(entry.lesson):
        return redirect("log-lesson", pk=entry.lesson_id)
    form = CorrectionForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                actions.correct(entry=entry, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            say_refusal(form, error)
        else:
            messages.success(request, _("Correction ajoutée : elle se lit à côté du contenu."))
            return redirect("log-lesson", pk=entry.lesson_id)
    context = {"form": form, "entry": _plain(entry, ((), ()))}
    return render(request, "pedagogy/lessons/correct.html", context)


@in_space("classe")
@require_POST
def log_discard(request: PortalRequest, pk: int) -> HttpResponse:
    entry = open_or_refuse(_entries(), request.user, "pedagogy.lesson.write", pk=pk)
    try:
        with transaction.atomic():
            actions.discard(entry=entry, by=request.user)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Brouillon supprimé."))
    return redirect("log-lesson", pk=entry.lesson_id)


@in_space("classe")
@require_POST
def log_copy(request: PortalRequest, pk: int) -> HttpResponse:
    """“Comme la 5e D”: into the lesson that the form names, as a draft."""
    entry = open_or_refuse(_entries(), request.user, "pedagogy.entry.read", pk=pk)
    try:
        with transaction.atomic():
            copied = actions.copy(entry=entry, to=_target(request), by=request.user)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("teacher-log")
    messages.success(request, _("Repris en brouillon : relisez, puis enregistrez."))
    return redirect("log-lesson", pk=copied.lesson_id)


@in_space("classe")
@require_http_methods(["GET", "POST"])
def log_sequence(request: PortalRequest, pk: int) -> HttpResponse:
    """The sequence of a course of one's own, or that a colleague shares, as drafts of the lessons that come."""
    courses = Course.objects.with_reasons(request.user).for_pages()
    source = open_or_refuse(courses, request.user, "pedagogy.course.copy", pk=pk)
    own = Course.objects.taught_by(request.user).of_year(timezone.localdate())
    targets = own.filter(establishment=source.establishment_id).exclude(pk=pk).by_name().for_pages()
    form = SourceForm(request.POST or None, targets=targets)
    choices = [
        (course.pk, " · ".join([*(group["name"] for group in course.group_rows), str(course)])) for course in targets
    ]
    form.fields["target"].choices = choices  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        target = form.cleaned_data["target"]
        try:
            with transaction.atomic():
                copied = copy_course(source=source, target=target, by=request.user, parts=["sequence"])
        except ValidationError as error:
            say_refusal(form, error)
        else:
            said = ngettext(
                "%(count)d séance reprise en brouillon.", "%(count)d séances reprises en brouillon.", copied
            )
            messages.success(request, said % {"count": copied})
            return redirect(f"{reverse('teacher-log')}?voir={PREPARED}")
    return render(request, "pedagogy/lessons/sequence.html", {"form": form, "course": source, "choices": choices})


def _target(request: PortalRequest) -> Lesson:
    def number(name: str) -> int:
        text = request.POST.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0

    if lesson := number("lesson"):
        return get_object_or_404(Lesson.objects.select_related("course__school_year"), pk=lesson)
    slot, on = get_object_or_404(Slot.objects.all(), pk=number("slot")), _day(request.POST.get("day", ""))
    if on is None:
        raise Http404
    return actions.lesson_on(slot=slot, on=on)


def _entries() -> Any:
    return LessonEntry.objects.select_related("lesson__course__school_year", "course")


# --- The teachers of a class, and the head --------------------------------------------------------------------


@in_space("classe")
@require_GET
def class_log(request: PortalRequest, pk: int) -> HttpResponse:
    """What a class has done in all its courses, for those who teach it."""
    return _log_of_class(request, pk, "pedagogy/lessons/class_log.html")


@in_space("etablissement")
@require_GET
def school_class_log(request: PortalRequest, pk: int) -> HttpResponse:
    """The year's log of a class, for the head: to read, to print, to show to an inspector."""
    return _log_of_class(request, pk, "pedagogy/lessons/school_class_log.html")


def _log_of_class(request: PortalRequest, pk: int, template: str) -> HttpResponse:
    """The last lessons first; with ?ordre=annee from the first of the year on, as it is printed."""
    teachers = reach_of(request.user).memberships(Role.TEACHER)
    taught = Exists(Teaching.objects.filter(group=OuterRef("pk"), membership__in=teachers))
    groups = Group.objects.select_related("school_year", "establishment").annotate(is_taught=taught)
    group = open_or_refuse(groups, request.user, "pedagogy.log.read", pk=pk)
    courses = list(
        Course.objects.filter(Exists(CourseGroup.objects.filter(course=OuterRef("pk"), group=group)))
        .select_related("subject")
        .order_by("subject__name", "pk")
    )
    entries = LessonEntry.objects.published().of_class(group)
    in_order = request.GET.get("ordre") == "annee"
    entries = entries.oldest_first() if in_order else entries.newest_first()
    context = {"group": group, "in_order": in_order, **_page(request, entries, courses)}
    return render(request, template, context)


@in_space("etablissement")
@require_GET
def school_logs(request: PortalRequest) -> HttpResponse:
    """Which class's log to open, with how far each has come."""
    heads = reach_of(request.user).where(Role.HEAD)
    if not heads:
        raise PermissionDenied(_("Le cahier de textes des classes se lit par la direction."))
    written = LessonEntry.objects.published().filter(course__groups__group=OuterRef("pk")).order_by()
    last = written.values("course__groups__group").annotate(last=Max("lesson__on")).values("last")
    groups = Group.objects.filter(establishment__in=heads).of_year().classes().select_related("establishment")
    page = page_of(groups.annotate(last_on=Subquery(last[:1])).in_school_order(), request, size=100)
    return render(request, "pedagogy/lessons/school_logs.html", {"page": page, "several": len(heads) > 1})


# --- Files ----------------------------------------------------------------------------------------------------


@require_GET
def lesson_file(request: PortalRequest, key: UUID) -> FileResponse:
    files = LessonFile.objects.select_related("entry__lesson")
    file = get_object_or_404(files, key=key)
    if not request.user.has_perm("pedagogy.entry.read", file.entry):
        raise PermissionDenied
    return download(file, request)


# --- Shared by the views above --------------------------------------------------------------------------------


def _day(text: str) -> date | None:
    """A day as addresses write it; None for nonsense, and for what no timetable reaches."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and abs((day - timezone.localdate()).days) < 20 * 366 else None
