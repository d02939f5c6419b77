"""Homework, as each space sees it: the student does it, the family reads it, the teacher gives and follows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ent.portal.drawing import drawn
from ent.portal.forms import done_without_error
from ent.portal.paging import page_of
from ent.portal.redirects import back_or
from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse, require
from ent.portal.spaces import in_space
from establishments.files.actions import download
from establishments.people.models import Group, Membership, Role, Teaching
from establishments.people.reach import reach_of
from establishments.people.wards import ward_or_refuse
from establishments.territory.models import Establishment
from pedagogy.homework import actions
from pedagogy.homework.composer import choices_for
from pedagogy.homework.days import PAST, by_day, period_of
from pedagogy.homework.evening import caption, headline, load_of
from pedagogy.homework.former import Former, former_of
from pedagogy.homework.forms import (
    AddressForm,
    CorrectionForm,
    DailyLoadForm,
    GiveForm,
    HandInForm,
    LoadForm,
    ReviseForm,
)
from pedagogy.homework.load import DEFAULT, DEFAULT_ELSEWHERE, Day, limit_of
from pedagogy.homework.marks import result_of
from pedagogy.homework.models import CorrectionFile, Homework, HomeworkFile, Progress, ProgressFile
from pedagogy.homework.neighbours import Neighbours
from pedagogy.homework.querysets import (
    CORRECTED,
    TO_CORRECT,
    has_ended,
    is_over,
    of_state,
    students_with_progress,
)
from pedagogy.homework.rows import Listed, Row, days_of, lines_for_child, lines_for_student
from pedagogy.homework.sheets import Details, former_sheet_or_404, sheet_or_404
from pedagogy.timetable.calendar import calendar_of

ROWS = 50  # of homework on a page


# --- The student ----------------------------------------------------------------------------------------------


@in_space("eleve")
@require_GET
def student_list(request: PortalRequest) -> HttpResponse:
    """All that is due, by day, what is late first; with ?passe=1, what was; with ?avant=1, in the years before."""
    students = reach_of(request.user).memberships(Role.STUDENT)
    former = partial(former_of, request.user)
    context = _list_of(request, students, former, lines_for_student, "pedagogy/homework/student_row.html")
    return render(request, "pedagogy/homework/student_list.html", context)


def _list_of(
    request: PortalRequest,
    students: list[int],
    former: Callable[[], Former],
    lines: Callable[..., Any],
    template: str,
) -> dict[str, Any]:
    """The context of a list of one student's homework, in lines drawn by that template.

    What they handed in at a school that they have left is among what has passed.
    """
    today, period = timezone.localdate(), period_of(request.GET)
    listed = Listed(students=students, today=today, period=period, former=former() if period else Former())
    page = page_of(listed, request, size=ROWS)
    past = bool(period)
    days = days_of(page.rows, today, lines, template, past=past)
    return {"page": page, "days": days, "past": past, "period": period, "has_before": True}


@in_space("eleve")
@require_http_methods(["GET", "POST"])
def student_homework(request: PortalRequest, pk: int) -> HttpResponse:
    """Read it, and hand it in."""
    try:
        sheet = sheet_or_404(pk, reach_of(request.user).memberships(Role.STUDENT))
    except Http404:
        return _former_copy(request, pk)
    require(request.user, "pedagogy.homework.view", sheet)
    may_do = sheet.is_mine and not is_over(sheet) and sheet.withdrawn_at is None
    last = sheet.last_day
    closed_since = last if last and timezone.localdate() > last else None
    may_hand_in = may_do and sheet.returned_at is None and closed_since is None
    form = HandInForm(request.POST or None, request.FILES or None, sheet=sheet)
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            homework = Homework.objects.get(pk=sheet.pk)
            actions.hand_in(homework=homework, by=request.user, **form.cleaned_data)

        if done_without_error(form, act):
            messages.success(request, _("Rendu. %(teacher)s pourra le lire.") % {"teacher": sheet.teacher})
            return redirect("student-homework", pk=pk)
    context = {
        "homework": sheet,
        "details": sheet.details(),
        "copy_files": sheet.copy_files(),
        "correction_files": sheet.correction_files(),
        "form": form if sheet.to_hand_in and (may_hand_in or form.is_bound) else None,
        "may_do": may_do,
        "may_hand_in": may_hand_in or form.is_bound,  # what was typed is not lost when the hour has just passed
        "is_over": is_over(sheet),
        "is_late": sheet.due < timezone.localdate(),
        "closed_since": closed_since,
        "left": "",
    }
    return render(request, "pedagogy/homework/student_homework.html", context)


def _former_copy(request: PortalRequest, pk: int) -> HttpResponse:
    """What one handed in at a school that one has left: only read."""
    former = former_of(request.user).of(request.user.pk)
    sheet, details, files, back = former_sheet_or_404(pk, former)
    if request.method == "POST":
        raise PermissionDenied
    context = {"homework": sheet, "details": details, "copy_files": files, "form": None, "may_do": False}
    context |= {"correction_files": back, "may_hand_in": False, "closed_since": None}
    context |= {"is_over": False, "is_late": False, "left": former.named(sheet.establishment_id)}
    return render(request, "pedagogy/homework/student_homework.html", context)


@in_space("eleve")
@require_POST
def student_tick(request: PortalRequest, pk: int) -> HttpResponse:
    """Done, or to do again; htmx swaps the row, a plain form goes back to the page."""
    homework = _opened(request, pk, "pedagogy.homework.study")
    if is_over(homework):
        return _say_it_is_over(request, "student-homework", pk)
    progress = actions.set_done(homework=homework, by=request.user, done=request.POST.get("done") == "1")
    if request.htmx:
        today = timezone.localdate()
        row = Row.of(homework, progress, has_files=bool(homework.files.all()))
        parts = [drawn("pedagogy/homework/student_row.html", row.line(today))]
        if _is_on_home(request):
            next_day = calendar_of(request.user).next_school_day(today)
            load = load_of(reach_of(request.user).memberships(Role.STUDENT), today, next_day)
            parts.append(
                render_to_string("portal/headline.html", {"headline": headline(load), "caption": caption(load)})
            )
        return HttpResponse("".join(parts))
    return back_or(request, "student-list")


def _is_on_home(request: PortalRequest) -> bool:
    """Was the row ticked on the home page, whose title counts what is left?"""
    return request.htmx.current_url_abs_path in {reverse("home"), reverse("space-home", args=["eleve"])}


@in_space("eleve")
@require_POST
def student_take_back(request: PortalRequest, key: UUID) -> HttpResponse:
    file = get_object_or_404(ProgressFile.objects.select_related("progress__homework"), key=key)
    try:
        with transaction.atomic():
            actions.take_back_file(file=file, by=request.user)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Fichier retiré."))
    return redirect("student-homework", pk=file.progress.homework_id)


# --- The family -----------------------------------------------------------------------------------------------


@in_space("famille")
@require_GET
def child_list(request: PortalRequest, student: int) -> HttpResponse:
    """One child's homework; nothing can be marked here."""
    child = ward_or_refuse(request.user, student)
    lines = partial(lines_for_child, child=child.pk)
    former = partial(_former_of_child, request, child)
    listed = _list_of(request, [child.pk], former, lines, "pedagogy/homework/child_row.html")
    return render(request, "pedagogy/homework/child_list.html", {"child": child, **listed})


@in_space("famille")
@require_GET
def child_homework(request: PortalRequest, student: int, pk: int) -> HttpResponse:
    child = ward_or_refuse(request.user, student)
    left = ""
    try:
        sheet = sheet_or_404(pk, [child.pk])
        if not sheet.is_mine and sheet.handed_in_at is None:  # of another class, or of another school
            raise Http404
        if sheet.handed_in_at is None and (sheet.withdrawn_at or sheet.published_at > timezone.now()):
            raise Http404
        details, files, back = sheet.details(), sheet.copy_files(), sheet.correction_files()
    except Http404:
        former = _former_of_child(request, child)
        sheet, details, files, back = former_sheet_or_404(pk, former)
        left = former.named(sheet.establishment_id)
    context = {"child": child, "homework": sheet, "details": details, "copy_files": files, "left": left}
    context["correction_files"] = back
    return render(request, "pedagogy/homework/child_homework.html", context)


def _former_of_child(request: PortalRequest, child: Membership) -> Former:
    return former_of(request.user).of(child.user_id)


# --- The teacher ----------------------------------------------------------------------------------------------


@in_space("classe")
@require_http_methods(["GET", "POST"])
def give(request: PortalRequest) -> HttpResponse:
    """Set homework; ?groupe= and ?matiere= choose the class beforehand, else it is the one whose lesson is nearest."""
    form = _give_form(request, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        choice, others = form.targets()
        group, given = choice.teaching.group, []

        def act() -> None:
            subject = choice.teaching.subject
            given.append(actions.give(group=group, subject=subject, by=request.user, also=others, **form.said()))

        if done_without_error(form, act):
            _say_given(request, given[0], [other["group"] for other in others])
            if given[0].for_some:
                return redirect("class-address", pk=given[0].pk)
            return redirect("class-group", pk=group.pk)
    return render(request, "pedagogy/homework/give.html", {"form": form, **_load_of(form)})


def _give_form(request: PortalRequest, data: Any = None, files: Any = None) -> GiveForm:
    asked = {"group": request.GET.get("groupe", ""), "subject": request.GET.get("matiere", "")}
    return GiveForm(data, files, choices=choices_for(request.user), **asked)


def _say_given(request: PortalRequest, homework: Homework, others: list[Group]) -> None:
    """With what there is to know of the day; nothing of it forbids."""
    groups = [str(homework.group), *(str(group) for group in others)]
    if others:
        said = {"first": ", ".join(groups[:-1]), "last": groups[-1]}
        messages.success(request, _("Donné aux classes %(first)s et %(last)s.") % said)
    else:
        messages.success(request, _("Donné à la classe %(group)s.") % {"group": groups[0]})
    day = Day.of(homework.group_id, homework.establishment_id, homework.due_on)
    for warning in day.warnings(0):
        messages.warning(request, warning)


def _load_of(form: GiveForm) -> dict[str, Any]:
    """After an error, the page says what the day holds; before, the page asks for it by itself."""
    due_on = form.is_bound and form.cleaned_data.get("due_on")
    if not due_on or form.choice is None:
        return {}
    day = Day.of(form.choice.teaching.group_id, form.choice.teaching.establishment_id, due_on)
    more = form.cleaned_data.get("expected_minutes") or 0
    return {"day": day, "more": more, "with_more": day.load.day + more, "warnings": day.warnings(more)}


@in_space("classe")
@require_GET
def give_days(request: PortalRequest) -> HttpResponse:
    """The days and the other classes that go with a class: a part of the composer."""
    asked = request.GET.get("teaching", "")
    choices = choices_for(request.user)
    chosen = next((choice.teaching for choice in choices if str(choice.pk) == asked), None)
    if chosen is None:
        raise Http404
    form = GiveForm(choices=choices, group=str(chosen.group_id), subject=str(chosen.subject_id))
    return render(request, "pedagogy/homework/give_days.html", {"form": form})


@in_space("classe")
@require_GET
def give_load(request: PortalRequest) -> HttpResponse:
    """What the class has already for the day that is being chosen: a part of the composer."""
    asked = LoadForm(request.GET)
    if not asked.is_valid() or asked.cleaned_data["day"] is None:
        return HttpResponse()
    teaching = Teaching.objects.of(request.user).filter(pk=asked.cleaned_data["teaching"]).first()
    if teaching is None:
        raise Http404
    more = asked.cleaned_data["expected_minutes"] or 0
    day = Day.of(teaching.group_id, teaching.establishment_id, asked.cleaned_data["day"])
    context = {"day": day, "more": more, "with_more": day.load.day + more, "warnings": day.warnings(more)}
    return render(request, "pedagogy/homework/load.html", context)


@in_space("classe")
@require_POST
def give_draft(request: PortalRequest) -> HttpResponse:
    return _draft_saved(request, GIVE_DRAFT)


@in_space("classe")
@require_http_methods(["GET", "POST"])
def address(request: PortalRequest, pk: int) -> HttpResponse:
    """For whom homework is, and who has until when."""
    homework = _opened(request, pk, "pedagogy.homework.teach")
    if is_over(homework):
        return _say_it_is_over(request, "class-homework", pk)
    students = list(students_with_progress(homework, everybody=True))
    form = AddressForm(request.POST or None, homework=homework, students=students)
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            actions.address(homework=homework, by=request.user, **form.said())

        if done_without_error(form, act):
            messages.success(request, _("C’est enregistré."))
            return redirect("class-homework", pk=pk)
    return render(request, "pedagogy/homework/address.html", {"form": form, "homework": homework})


@in_space("classe")
@require_GET
def class_group(request: PortalRequest, pk: int) -> HttpResponse:
    """A class or group: its homework by day, its students; one of a year before is only read."""
    groups = Group.objects.with_form_teacher(request.user).select_related("school_year")
    group = open_or_refuse(groups, request.user, "pedagogy.class.read", pk=pk)
    today = timezone.localdate()
    over = has_ended(group, today)
    past = over or "passe" in request.GET
    rows = Homework.objects.filter(group=group).known_to(request.user).with_returns().for_lists()
    if past:
        rows = rows.filter(due_on__lt=today).order_by("-due_on", "-pk")
    else:
        rows = rows.due_between(today).order_by("due_on", "pk")
    page = page_of(rows, request, size=ROWS)
    students = list(Membership.objects.in_group(group).by_name())
    context = {"group": group, "page": page, "days": list(by_day(page.rows)), "students": students, "past": past}
    context |= {"is_over": over, "period": PAST if past else ""}
    return render(request, "pedagogy/homework/class_group.html", context)


@in_space("classe")
@require_GET
def class_years(request: PortalRequest) -> HttpResponse:
    """The classes of the years before, and what was given to classes that one has no more."""
    teachers = reach_of(request.user).memberships(Role.TEACHER)
    groups = Group.objects.taught_by(request.user).of_years_before().select_related("school_year", "establishment")
    page = page_of(groups.order_by("-school_year__starts_on", "name", "pk"), request, size=ROWS)
    taught = Group.objects.taught_by(request.user).values("pk")
    lost = Homework.objects.filter(author__in=teachers, progress__handed_in_at__isnull=False).exclude(group__in=taught)
    given = lost.distinct().with_returns().for_lists().select_related("group__establishment")
    in_order = sorted(given.order_by("-due_on", "-pk")[:ROWS], key=lambda row: (row.group.name, row.group_id))
    context = {
        "page": page,
        "years": [(year, list(rows)) for year, rows in groupby(page.rows, key=lambda group: group.school_year)],
        "given": [(group, list(rows)) for group, rows in groupby(in_order, key=lambda row: row.group)],
    }
    return render(request, "pedagogy/homework/years.html", context)


@in_space("classe")
@require_GET
def class_homework(request: PortalRequest, pk: int) -> HttpResponse:
    """What was given, and who has done or handed in what."""
    homework = _opened(request, pk, "pedagogy.homework.follow")
    reads_class = homework.is_taught or reach_of(request.user).has(homework.establishment_id, {Role.HEAD})
    seen = request.GET.get("voir", "")
    listed = of_state(students_with_progress(homework, only_copies=not reads_class), seen)
    page = page_of(listed, request, size=100)
    may_assess = request.user.has_perm("pedagogy.homework.assess", homework) and not is_over(homework)
    context = {"homework": homework, "details": Details.of(homework), "page": page, "is_over": is_over(homework)}
    context |= {"only_copies": not reads_class, "seen": seen, "may_assess": may_assess}
    context["students"] = [
        (student, result_of(homework.marking, homework.scale, student.mark, student.level)) for student in page.rows
    ]
    context["today"] = timezone.localdate()
    return render(request, "pedagogy/homework/class_homework.html", context)


@in_space("classe")
@require_http_methods(["GET", "POST"])
def revise(request: PortalRequest, pk: int) -> HttpResponse:
    homework = _opened(request, pk, "pedagogy.homework.teach")
    if is_over(homework):
        return _say_it_is_over(request, "class-homework", pk)
    form = ReviseForm(request.POST or None, request.FILES or None, instance=homework)
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            actions.revise(homework=homework, by=request.user, **form.cleaned_data)

        if done_without_error(form, act):
            messages.success(request, _("Devoir modifié."))
            return redirect("class-homework", pk=pk)
    return render(request, "pedagogy/homework/revise.html", {"form": form, "homework": homework})


@in_space("classe")
@require_http_methods(["GET", "POST"])
def withdraw(request: PortalRequest, pk: int) -> HttpResponse:
    homework = _opened(request, pk, "pedagogy.homework.teach")
    if is_over(homework):
        return _say_it_is_over(request, "class-homework", pk)
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
@require_http_methods(["GET", "POST"])
def class_progress(request: PortalRequest, pk: int) -> HttpResponse:
    """One student's copy, and its correction; then the next one, of all or of those that `?voir=` says."""
    rows = Progress.objects.select_related("homework__group", "homework__subject", "student__user")
    rows = rows.with_teaching_of(request.user).prefetch_related("files", "correction_files")
    progress = get_object_or_404(rows, pk=pk)
    if request.method == "POST" and not request.user.has_perm("pedagogy.progress.correct", progress):
        return _correction_refused(request)
    require(request.user, "pedagogy.progress.view", progress)
    seen = request.GET.get("voir", "")
    form = CorrectionForm(request.POST or None, request.FILES or None, progress=progress, draft=progress.draft)
    neighbours = Neighbours.of(progress, seen)
    if request.method == "POST" and form.is_valid():
        hand_back = "hand_back" in request.POST

        def act() -> None:
            actions.correct(progress=progress, by=request.user, hand_back=hand_back, **form.cleaned_data)

        if done_without_error(form, act):
            messages.success(request, _("Correction remise.") if progress.returned_at else _("Correction gardée."))
            query = f"?voir={seen}" if seen in {TO_CORRECT, CORRECTED} else ""
            if neighbours.next_pk:
                return redirect(reverse("class-progress", args=[neighbours.next_pk]) + query)
            return redirect("class-homework", pk=progress.homework_id)
    may_correct = request.user.has_perm("pedagogy.progress.correct", progress)
    homework = progress.homework
    context = {
        "progress": progress,
        "copy_files": list(progress.files.all()),
        "is_late": progress.is_late,
        "changed_since": progress.corrected_at is not None and progress.handed_in_at > progress.corrected_at,
        "form": form if may_correct else None,
        "result": result_of(homework.marking, homework.scale, progress.mark, progress.level),
        "neighbours": neighbours,
        "seen": seen,
    }
    return render(request, "pedagogy/homework/class_progress.html", context)


def _correction_refused(request: PortalRequest) -> HttpResponse:
    """To somebody who teaches the class no more since the page was opened: what they typed is given back to them."""
    typed = [request.POST.get(name, "").strip() for name in ("mark", "comment")]
    context = {"typed": "\n\n".join(text for text in typed if text)}
    return render(request, "pedagogy/homework/correction_refused.html", context, status=403)


@in_space("classe")
@require_POST
def class_progress_draft(request: PortalRequest, pk: int) -> HttpResponse:
    progress = get_object_or_404(Progress.objects.select_related("homework"), pk=pk)
    return _draft_saved(request, CORRECTION_DRAFT, progress=progress)


@in_space("classe")
@require_GET
def correct(request: PortalRequest, pk: int) -> HttpResponse:
    """The first copy that is to correct; the list when there is none left."""
    homework = open_or_refuse(Homework.objects.all(), request.user, "pedagogy.homework.assess", pk=pk)
    first = Progress.objects.filter(homework=homework).copies(TO_CORRECT).values_list("pk", flat=True).first()
    if first is None:
        return redirect("class-homework", pk=pk)
    return redirect(reverse("class-progress", args=[first]) + f"?voir={TO_CORRECT}")


@in_space("classe")
@require_POST
def hand_back(request: PortalRequest, pk: int) -> HttpResponse:
    """All the copies that are corrected, at once."""
    homework = _opened(request, pk, "pedagogy.homework.assess")
    if is_over(homework):
        return _say_it_is_over(request, "class-homework", pk)
    number = actions.hand_back_all(homework=homework, by=request.user)
    words = ngettext("%(number)d copie remise.", "%(number)d copies remises.", number)
    messages.success(request, words % {"number": number} if number else _("Aucune copie n’attend d’être remise."))
    return redirect("class-homework", pk=pk)


@in_space("classe")
@require_POST
def remind(request: PortalRequest, pk: int) -> HttpResponse:
    """Those who have not handed in."""
    homework = _opened(request, pk, "pedagogy.homework.teach")
    try:
        number = len(actions.remind(homework=homework, by=request.user))
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        words = ngettext("Rappel envoyé à %(number)d élève.", "Rappel envoyé à %(number)d élèves.", number)
        messages.success(request, words % {"number": number})
    return redirect("class-homework", pk=pk)


# --- The head -------------------------------------------------------------------------------------------------


@in_space("etablissement")
@require_GET
def school_list(request: PortalRequest) -> HttpResponse:
    """What the school's classes have to do, from today on; ?classe= keeps one of them, ?passe=1 has what they had."""
    heads = reach_of(request.user).where(Role.HEAD)
    if not heads:
        raise PermissionDenied(_("Les devoirs de l’établissement se lisent par la direction."))
    rows = Homework.objects.filter(establishment__in=heads, published_at__lte=timezone.now()).for_lists()
    group = None
    if asked := request.GET.get("classe"):
        groups = Group.objects.filter(establishment__in=heads).select_related("school_year")
        group = get_object_or_404(groups, pk=asked if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0)
        rows = rows.filter(group=group)
    today = timezone.localdate()
    over = group is not None and has_ended(group, today)
    past = over or "passe" in request.GET
    if past:
        rows = rows.filter(due_on__lt=today).order_by("-due_on", "-pk")
    else:
        rows = rows.due_between(today).order_by("due_on", "pk")
    page = page_of(rows, request, size=ROWS)
    context = {"page": page, "days": list(by_day(page.rows)), "group": group, "past": past, "is_over": over}
    seats = {
        seat.establishment: seat.establishment_name
        for seat in reach_of(request.user).seats
        if seat.establishment in heads
    }
    context["schools"] = [(pk, name if len(seats) > 1 else "") for pk, name in seats.items()]
    return render(request, "pedagogy/homework/school_list.html", context)


@in_space("etablissement")
@require_http_methods(["GET", "POST"])
def school_load(request: PortalRequest, pk: int) -> HttpResponse:
    """From how many minutes of homework for one day teachers are warned."""
    schools = Establishment.objects.visible_to(request.user)
    school = open_or_refuse(schools, request.user, "pedagogy.load.set", pk=pk)
    form = DailyLoadForm(request.POST or None, initial={"minutes": limit_of(school.pk)})
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            actions.set_daily_load(school=school, by=request.user, minutes=form.cleaned_data["minutes"])

        if done_without_error(form, act):
            messages.success(request, _("C’est enregistré."))
            return redirect("school-list")
    usual = DEFAULT.get(school.kind, DEFAULT_ELSEWHERE)
    return render(request, "pedagogy/homework/school_load.html", {"form": form, "school": school, "usual": usual})


# --- Files ----------------------------------------------------------------------------------------------------


@require_GET
def homework_file(request: PortalRequest, key: UUID) -> FileResponse:
    file = HomeworkFile.objects.select_related("homework").filter(key=key).first()
    if file and request.user.has_perm("pedagogy.homework.view", file.homework):
        return download(file, request)
    return _former_file(request, HomeworkFile, key, "homework__progress", is_there=file is not None)


@require_GET
def progress_file(request: PortalRequest, key: UUID) -> FileResponse:
    file = ProgressFile.objects.select_related("progress__homework").filter(key=key).first()
    if file and request.user.has_perm("pedagogy.progress.view", file.progress):
        return download(file, request)
    return _former_file(request, ProgressFile, key, "progress", is_there=file is not None)


@require_GET
def correction_file(request: PortalRequest, key: UUID) -> FileResponse:
    """A copy that comes back annotated: the student's and their guardians' once it is handed back."""
    file = CorrectionFile.objects.select_related("progress__homework").filter(key=key).first()
    if file and request.user.has_perm("pedagogy.correction.read", file.progress):
        return download(file, request)
    having = {"progress__returned_at__isnull": False}
    return _former_file(request, CorrectionFile, key, "progress", is_there=file is not None, **having)


def _former_file(
    request: PortalRequest, model: Any, key: UUID, progress: str, *, is_there: bool, **having: Any
) -> FileResponse:
    """A file of what was handed in at a school that the student has left; 403 if it `is_there`, in the scope."""

    def read(students: list[int]) -> FileResponse:
        handed_in = {f"{progress}__student__in": students, f"{progress}__handed_in_at__isnull": False, **having}
        return download(get_object_or_404(model.objects.filter(**handed_in).distinct(), key=key), request)

    try:
        found: FileResponse = former_of(request.user).read(read)
    except Http404:
        if is_there:
            raise PermissionDenied from None
        raise
    return found


# --- Drafts ---------------------------------------------------------------------------------------------------

GIVE_DRAFT = (
    *("teaching", "title", "instructions", "due", "due_on", "expected_minutes", "to_hand_in", "hand_in_kind"),
    *("late_policy", "late_until", "marking", "scale", "for_some", "published_on", "published_time"),
)
CORRECTION_DRAFT, HAND_IN_DRAFT = ("comment", "mark", "level"), ("text",)


@in_space("eleve")
@require_POST
def student_draft(request: PortalRequest, pk: int) -> HttpResponse:
    homework = open_or_refuse(Homework.objects.all(), request.user, "pedagogy.homework.study", pk=pk)
    return _draft_saved(request, HAND_IN_DRAFT, homework=homework)


def _draft_saved(request: PortalRequest, names: Iterable[str], **about: Any) -> HttpResponse:
    """Keep what was typed in these fields, and say when; a field may have several values."""
    posted = {name: request.POST.getlist(name) for name in names if name in request.POST}
    content = {name: values if len(values) > 1 else values[0] for name, values in posted.items()}
    try:
        draft = actions.save_draft(by=request.user, content=content, **about)
    except ValidationError as refused:
        return render(request, "pedagogy/homework/draft.html", {"refused": " ".join(refused.messages)})
    return render(request, "pedagogy/homework/draft.html", {"draft": draft}) if draft else HttpResponse()


# --- Shared by the views above --------------------------------------------------------------------------------


def _opened(request: PortalRequest, pk: int, right: str) -> Homework:
    rows = Homework.objects.with_returns().with_teaching_of(request.user).for_lists().prefetch_related("files")
    homework: Homework = open_or_refuse(rows, request.user, right, pk=pk)
    return homework


def _say_it_is_over(request: PortalRequest, name: str, pk: int) -> HttpResponse:
    messages.error(request, actions.OVER)
    return redirect(name, pk=pk)
