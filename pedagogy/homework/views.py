"""Homework, as each space sees it: the student does it, the family reads it, the teacher gives and follows it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ent.portal.paging import page_of
from ent.portal.redirects import back_or
from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse, require
from ent.portal.spaces import in_space
from establishments.files.actions import download
from establishments.people.models import Group, Guardianship, Membership, Role
from establishments.people.reach import reach_of
from pedagogy.homework import actions
from pedagogy.homework.days import LATE_FOR, by_day
from pedagogy.homework.forms import GiveForm, HandInForm, ReviseForm
from pedagogy.homework.models import Homework, HomeworkFile, Progress, ProgressFile
from pedagogy.homework.querysets import students_with_progress
from pedagogy.homework.rows import Row, drawn_for_child, drawn_for_student

ROWS = 50  # of homework on a page


# --- The student ----------------------------------------------------------------------------------------------


@in_space("eleve")
@require_GET
def student_list(request: PortalRequest) -> HttpResponse:
    """All that is due, by day, what is late first; with ?passe=1, what was."""
    students = reach_of(request.user).memberships(Role.STUDENT)
    context = _list_of(request, students, drawn_for_student)
    return render(request, "pedagogy/homework/student_list.html", context)


def _list_of(request: PortalRequest, students: list[int], draw: Callable[..., list[SafeString]]) -> dict[str, Any]:
    """The context of a list of one student's homework."""
    today, past = timezone.localdate(), "passe" in request.GET
    homework = Homework.objects.for_students(students).with_progress_of(students).with_file_counts()
    if past:
        homework = homework.filter(due_on__lt=today).order_by("-due_on", "-pk")
    else:
        homework = homework.still_asked(today, late_for=LATE_FOR).order_by("due_on", "pk")
    page = page_of(Row.values(homework), request, size=ROWS, make=Row._make)
    late = [] if past else [row for row in page.rows if row.due_on < today]
    days = [(day, draw(rows, today)) for day, rows in by_day(page.rows[len(late) :])]
    return {"page": page, "late": draw(late, today), "days": days, "past": past}


@in_space("eleve")
@require_http_methods(["GET", "POST"])
def student_homework(request: PortalRequest, pk: int) -> HttpResponse:
    """Read it, and hand it in."""
    students = reach_of(request.user).memberships(Role.STUDENT)
    rows = Homework.objects.with_progress_of(students).for_lists().prefetch_related("files")
    homework = open_or_refuse(rows, request.user, "pedagogy.homework.do", pk=pk)
    form = HandInForm(request.POST or None, request.FILES or None, initial={"text": homework.handed_in_text})
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            actions.hand_in(homework=homework, by=request.user, **form.cleaned_data)

        if _done_without_error(form, act):
            messages.success(request, _("Rendu. %(teacher)s pourra le lire.") % {"teacher": homework.teacher})
            return redirect("student-homework", pk=pk)
    context = {"homework": homework, "copy_files": _copy_files(homework), "form": form, "today": timezone.localdate()}
    return render(request, "pedagogy/homework/student_homework.html", context)


def _copy_files(homework: Any) -> list[ProgressFile]:
    """The files of the copy that `with_progress_of` found."""
    return list(ProgressFile.objects.filter(progress=homework.progress_id)) if homework.handed_in_at else []


@in_space("eleve")
@require_POST
def student_tick(request: PortalRequest, pk: int) -> HttpResponse:
    """Done, or to do again; htmx swaps the row, a plain form goes back to the page."""
    homework = _opened(request, pk, "pedagogy.homework.do")
    progress = actions.set_done(homework=homework, by=request.user, done=request.POST.get("done") == "1")
    if request.htmx:
        row = Row.of(homework, progress, has_files=bool(homework.files.all()))
        return HttpResponse(drawn_for_student([row], timezone.localdate()))
    return back_or(request, "student-list")


@in_space("eleve")
@require_POST
def student_take_back(request: PortalRequest, key: UUID) -> HttpResponse:
    file = get_object_or_404(ProgressFile.objects.select_related("progress__homework"), key=key)
    actions.take_back_file(file=file, by=request.user)
    messages.success(request, _("Fichier retiré."))
    return redirect("student-homework", pk=file.progress.homework_id)


# --- The family -----------------------------------------------------------------------------------------------


@in_space("famille")
@require_GET
def child_list(request: PortalRequest, student: int) -> HttpResponse:
    """One child's homework; nothing can be marked here."""
    child = _child(request, student)
    context = {"child": child, **_list_of(request, [child.pk], partial(drawn_for_child, child=child.pk))}
    return render(request, "pedagogy/homework/child_list.html", context)


@in_space("famille")
@require_GET
def child_homework(request: PortalRequest, student: int, pk: int) -> HttpResponse:
    child = _child(request, student)
    rows = Homework.objects.for_students([child.pk]).with_progress_of([child.pk])
    homework = get_object_or_404(rows.for_lists().prefetch_related("files"), pk=pk)
    context = {"child": child, "homework": homework, "copy_files": _copy_files(homework)}
    return render(request, "pedagogy/homework/child_homework.html", context)


def _child(request: PortalRequest, student: int) -> Membership:
    """404 for a child of another school, 403 for somebody else's child in the same one."""
    wards = Guardianship.objects.held_by(request.user).select_related("student__user", "student__establishment")
    ward = wards.filter(student=student).first()
    if ward is None:
        get_object_or_404(Membership.objects.students(), pk=student)
        raise PermissionDenied
    return ward.student


# --- The teacher ----------------------------------------------------------------------------------------------


@in_space("classe")
@require_http_methods(["GET", "POST"])
def give(request: PortalRequest) -> HttpResponse:
    """Set homework; ?groupe= and ?matiere= choose the class beforehand."""
    form = GiveForm(request.POST or None, request.FILES or None, teacher=request.user)
    if request.method == "POST" and form.is_valid():
        teaching = form.cleaned_data.pop("teaching")

        def act() -> None:
            actions.give(group=teaching.group, subject=teaching.subject, by=request.user, **form.cleaned_data)

        if _done_without_error(form, act):
            messages.success(request, _("Donné à la classe %(group)s.") % {"group": teaching.group})
            return redirect("class-group", pk=teaching.group_id)
    elif group := request.GET.get("groupe"):
        chosen = [t for t in form.fields["teaching"].queryset if str(t.group_id) == group]
        form.initial["teaching"] = chosen[0].pk if chosen else None
    return render(request, "pedagogy/homework/give.html", {"form": form})


@in_space("classe")
@require_GET
def class_group(request: PortalRequest, pk: int) -> HttpResponse:
    """A class or group: its homework by day, its students."""
    group = open_or_refuse(Group.objects, request.user, "pedagogy.homework.give", pk=pk)
    today, past = timezone.localdate(), "passe" in request.GET
    rows = Homework.objects.filter(group=group).with_returns().for_lists()
    if past:
        rows = rows.filter(due_on__lt=today).order_by("-due_on", "-pk")
    else:
        rows = rows.due_between(today).order_by("due_on", "pk")
    page = page_of(rows, request, size=ROWS)
    students = list(Membership.objects.filter(groups__group=group).by_name())
    context = {"group": group, "page": page, "days": list(by_day(page.rows)), "students": students, "past": past}
    return render(request, "pedagogy/homework/class_group.html", context)


@in_space("classe")
@require_GET
def class_homework(request: PortalRequest, pk: int) -> HttpResponse:
    """What was given, and who has done or handed in what."""
    homework = _opened(request, pk, "pedagogy.homework.follow")
    page = page_of(students_with_progress(homework), request, size=100)
    context = {"homework": homework, "page": page}
    return render(request, "pedagogy/homework/class_homework.html", context)


@in_space("classe")
@require_http_methods(["GET", "POST"])
def revise(request: PortalRequest, pk: int) -> HttpResponse:
    homework = _opened(request, pk, "pedagogy.homework.revise")
    form = ReviseForm(request.POST or None, request.FILES or None, instance=homework)
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            actions.revise(homework=homework, by=request.user, **form.cleaned_data)

        if _done_without_error(form, act):
            messages.success(request, _("Devoir modifié."))
            return redirect("class-homework", pk=pk)
    return render(request, "pedagogy/homework/revise.html", {"form": form, "homework": homework})


@in_space("classe")
@require_http_methods(["GET", "POST"])
def withdraw(request: PortalRequest, pk: int) -> HttpResponse:
    homework = _opened(request, pk, "pedagogy.homework.revise")
    if request.method == "POST":
        try:
            actions.withdraw(homework=homework, by=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("class-homework", pk=pk)
        messages.success(request, _("Devoir retiré."))
        return redirect("class-group", pk=homework.group_id)
    return render(request, "pedagogy/homework/withdraw.html", {"homework": homework})


@in_space("classe")
@require_GET
def class_progress(request: PortalRequest, pk: int) -> HttpResponse:
    """One student's work."""
    rows = Progress.objects.select_related(
        "homework__group", "homework__subject", "homework__author__user", "student__user"
    )
    progress = open_or_refuse(rows.prefetch_related("files"), request.user, "pedagogy.progress.view", pk=pk)
    context = {"progress": progress, "copy_files": list(progress.files.all())}
    return render(request, "pedagogy/homework/class_progress.html", context)


# --- The head -------------------------------------------------------------------------------------------------


@in_space("etablissement")
@require_GET
def school_list(request: PortalRequest) -> HttpResponse:
    """What the school's classes have to do, from today on."""
    heads = reach_of(request.user).where(Role.HEAD)
    rows = Homework.objects.filter(establishment__in=heads).for_lists()
    page = page_of(rows.due_between(timezone.localdate()).order_by("due_on", "pk"), request, size=ROWS)
    return render(request, "pedagogy/homework/school_list.html", {"page": page, "days": list(by_day(page.rows))})


# --- Files ----------------------------------------------------------------------------------------------------


@require_GET
def homework_file(request: PortalRequest, key: UUID) -> FileResponse:
    file = get_object_or_404(HomeworkFile.objects.select_related("homework"), key=key)
    require(request.user, "pedagogy.homework.view", file.homework)
    return download(file)


@require_GET
def progress_file(request: PortalRequest, key: UUID) -> FileResponse:
    file = get_object_or_404(ProgressFile.objects.select_related("progress__homework"), key=key)
    require(request.user, "pedagogy.progress.view", file.progress)
    return download(file)


# --- Shared by the views above --------------------------------------------------------------------------------


def _opened(request: PortalRequest, pk: int, right: str) -> Homework:
    rows = Homework.objects.with_returns().for_lists().prefetch_related("files")
    homework: Homework = open_or_refuse(rows, request.user, right, pk=pk)
    return homework


def _done_without_error(form: Any, act: Any) -> bool:
    """Run the action; what it refuses is said in the form, with what was typed still there."""
    try:
        with transaction.atomic():
            act()
    except ValidationError as error:
        form.add_error(None, error) if not hasattr(error, "error_dict") else _add_known(form, error)
        return False
    return True


def _add_known(form: Any, error: ValidationError) -> None:
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)
