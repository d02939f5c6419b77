"""Courses, as each space sees them: the teacher fills and edits them, the others read what is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Subquery
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ent.portal.forms import done_without_error
from ent.portal.paging import page_of
from ent.portal.redirects import back_or
from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse, require
from ent.portal.spaces import in_space
from ent.portal.templatetags.portal import filesize
from establishments.files.actions import download
from establishments.people.models import Group, Guardianship, Membership, Role
from establishments.people.reach import reach_of
from establishments.people.wards import ward_or_refuse
from pedagogy.courses import actions
from pedagogy.courses.copying import copy_course
from pedagogy.courses.forms import EDIT_FORMS, NEW_FORMS, CourseForm, EditFolderForm, FolderForm, SourceForm
from pedagogy.courses.models import Course, Folder, Resource, ResourceFile
from pedagogy.courses.shelf import DEEPEST, Shelf
from pedagogy.homework.models import Homework
from pedagogy.timetable.agenda import next_meetings

ROWS = 50  # on a page
COMING = 6  # homework beside the resources
NEXT = 10  # lessons
SHARED, BEFORE = "partages", "avant"
LESSONS, MEMBERS = "seances", "membres"
ICONS = {Resource.Kind.FILE: "file-text", Resource.Kind.LINK: "external-link", Resource.Kind.PAGE: "book-open"}
NAMES = {"fichier": Resource.Kind.FILE, "lien": Resource.Kind.LINK, "page": Resource.Kind.PAGE}


class Place(NamedTuple):
    """A space's pages of courses: routes, and what they take beside a row's key."""

    courses: str
    course: str
    resource: str
    homework: str
    arguments: tuple[int, ...] = ()

    def url(self, route: str, pk: int) -> str:
        return reverse(route, args=[*self.arguments, pk]) if route else ""


TEACHER = Place("class-courses", "class-course", "class-resource", "class-homework")
STUDENT = Place("student-courses", "student-course", "student-resource", "student-homework")
HEAD = Place("school-courses", "school-course", "school-resource", "")


# --- Lists ----------------------------------------------------------------------------------------------------


@in_space("classe")
@require_GET
def class_courses(request: PortalRequest) -> HttpResponse:
    """One's own of this year; ?voir=avant, of the years before; ?voir=partages, those that colleagues share."""
    asked, today = request.GET.get("voir", ""), timezone.localdate()
    period = asked if asked in {SHARED, BEFORE} else ""
    if period == SHARED:
        rows = Course.objects.shared_with(request.user).order_by("-school_year__starts_on", "subject__name", "pk")
    elif period == BEFORE:
        rows = Course.objects.taught_by(request.user).of_years_before(today)
        rows = rows.order_by("-school_year__starts_on", "subject__name", "pk")
    else:
        rows = Course.objects.taught_by(request.user).of_year(today).by_name()
    page = page_of(rows.for_pages(), request, size=ROWS)
    context = _listed(page, TEACHER) | {"period": period, "several": len(reach_of(request.user).establishments) > 1}
    return render(request, "pedagogy/courses/class_courses.html", context)


@in_space("eleve")
@require_GET
def student_courses(request: PortalRequest) -> HttpResponse:
    rows = Course.objects.followed_by(reach_of(request.user).memberships(Role.STUDENT))
    page = page_of(rows.of_year(timezone.localdate()).by_name().for_pages(), request, size=ROWS)
    return render(request, "pedagogy/courses/student_courses.html", _listed(page, STUDENT))


@in_space("famille")
@require_GET
def child_courses(request: PortalRequest, student: int) -> HttpResponse:
    child = ward_or_refuse(request.user, student)
    rows = Course.objects.followed_by([child.pk]).of_year(timezone.localdate()).by_name()
    page = page_of(rows.for_pages(), request, size=ROWS)
    context = _listed(page, _family(child.pk)) | {"child": child}
    return render(request, "pedagogy/courses/child_courses.html", context)


@in_space("etablissement")
@require_GET
def school_courses(request: PortalRequest) -> HttpResponse:
    """All those of the head's schools this year; ?classe= keeps those of one class."""
    heads = reach_of(request.user).where(Role.HEAD)
    if not heads:
        raise PermissionDenied(_("Les cours de l’établissement se lisent par la direction."))
    rows = Course.objects.filter(establishment__in=heads)
    group = None
    if asked := request.GET.get("classe"):
        pk = asked if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0
        group = get_object_or_404(Group.objects.filter(establishment__in=heads), pk=pk)
        rows = rows.filter(groups__group=group)
    else:
        rows = rows.of_year(timezone.localdate())
    page = page_of(rows.by_name().for_pages(), request, size=ROWS)
    return render(request, "pedagogy/courses/school_courses.html", _listed(page, HEAD) | {"group": group})


def _listed(page: Any, place: Place) -> dict[str, Any]:
    return {"page": page, "courses": [(course, place.url(place.course, course.pk)) for course in page.rows]}


# --- A course -------------------------------------------------------------------------------------------------


@in_space("classe")
@require_GET
def class_course(request: PortalRequest, pk: int) -> HttpResponse:
    course = _course(request, pk)
    homework = Homework.objects.known_to(request.user).filter(group__in=_groups(course), subject=course.subject_id)
    may_edit = course.is_taught and not _is_over(course)
    context = _course_page(request, course, TEACHER, homework, sees_hidden=True)
    context |= {"may_edit": may_edit, "only_shared": not course.is_taught}
    return render(request, "pedagogy/courses/course.html", context)


@in_space("eleve")
@require_GET
def student_course(request: PortalRequest, pk: int) -> HttpResponse:
    course = _course(request, pk)
    homework = Homework.objects.for_students(reach_of(request.user).memberships(Role.STUDENT))
    homework = homework.filter(group__in=_groups(course), subject=course.subject_id)
    context = _course_page(request, course, STUDENT, homework, sees_hidden=False)
    return render(request, "pedagogy/courses/course.html", context)


@in_space("famille")
@require_GET
def child_course(request: PortalRequest, student: int, pk: int) -> HttpResponse:
    wards = Guardianship.objects.held_by(request.user).filter(student=student)
    named = Membership.objects.filter(pk=student).values("user__first_name")
    rows = Course.objects.followed_by(wards.values("student")).for_pages().with_folders()
    course = rows.annotate(child=Subquery(named)).filter(pk=pk).first()
    if course is None:
        ward_or_refuse(request.user, student)
        raise Http404
    homework = Homework.objects.for_students([student]).filter(subject=course.subject_id, group__in=_groups(course))
    context = _course_page(request, course, _family(student), homework, sees_hidden=False) | {"child": course.child}
    return render(request, "pedagogy/courses/course.html", context)


@in_space("etablissement")
@require_GET
def school_course(request: PortalRequest, pk: int) -> HttpResponse:
    course = _course(request, pk)
    if not reach_of(request.user).has(course.establishment_id, {Role.HEAD}):
        raise PermissionDenied
    homework = Homework.objects.known_to(request.user).filter(group__in=_groups(course), subject=course.subject_id)
    context = _course_page(request, course, HEAD, homework, sees_hidden=True)
    return render(request, "pedagogy/courses/course.html", context)


def _course_page(
    request: PortalRequest, course: Any, place: Place, homework: Any, *, sees_hidden: bool
) -> dict[str, Any]:
    """What the template of a course draws: a folder of its resources and the work to come, or its members."""
    url = place.url(place.course, course.pk)
    context = {"course": course, "url": url, "names": names_of(course), "is_over": _is_over(course)}
    context |= {"may_edit": False, "only_shared": False, "child": None, "is_teacher": place == TEACHER}
    context["own_class"] = not sees_hidden
    context["list_url"] = reverse(place.courses, args=place.arguments)
    asked = request.GET.get("voir", "")
    context["tab"] = asked if asked in {LESSONS, MEMBERS} else ""
    if asked == MEMBERS:
        shown = sees_hidden or place == STUDENT  # families see the teachers, and no list of other people's children
        students = Membership.objects.filter(groups__group__in=_groups(course), missing_since=None).distinct()
        page = page_of(students.by_name() if shown else students.none(), request, size=100)
        return context | {"page": page, "shows_students": shown}
    if asked == LESSONS:
        return context | {"lessons": next_meetings(course.pk, timezone.now(), NEXT)}
    shelf = Shelf.of(course, timezone.localdate())
    folder = _folder_asked(request, shelf, sees_hidden=sees_hidden)
    rows = Resource.objects.filter(course=course, folder=folder).with_file().defer("body")
    if not sees_hidden:
        rows = rows.open_on(shelf.today)
    page = page_of(rows, request, size=ROWS)
    coming = homework.due_between(shelf.today).select_related("group", "author__user").order_by("due_on", "pk")
    return context | {
        "path": shelf.path(folder),
        "folder": folder,
        "folders": [FolderRow.of(row, shelf) for row in shelf.inside(folder, hidden_too=sees_hidden)],
        "arranging": "ranger" in request.GET,
        "may_nest": shelf.depth(folder) < DEEPEST,
        "resources": [ResourceRow.of(row, place, shelf.today) for row in page.rows],
        "page": page,
        "coming": [(row, place.url(place.homework, row.pk)) for row in coming[:COMING]],
    }


def _folder_asked(request: PortalRequest, shelf: Shelf, *, sees_hidden: bool) -> int | None:
    """The folder of ?dossier=; 404 when the course has no such folder, or it is not open yet."""
    asked = request.GET.get("dossier", "")
    if not asked:
        return None
    pk = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0
    if pk not in shelf.folders or not (sees_hidden or shelf.is_open(pk)):
        raise Http404
    return pk


@dataclass(frozen=True)
class FolderRow:
    pk: int
    name: str
    hidden_until: date | None

    @classmethod
    def of(cls, folder: Any, shelf: Shelf) -> FolderRow:
        return cls(folder.pk, folder.name, folder.opens_on if not shelf.is_open(folder.pk) else None)


@dataclass(frozen=True)
class ResourceRow:
    """A line: a file is taken away by it, a link followed, a page read."""

    pk: int
    kind: str
    title: str
    detail: str
    url: str
    icon: str
    hidden_until: date | None

    @classmethod
    def of(cls, resource: Any, place: Place, today: date) -> ResourceRow:
        url, detail = place.url(place.resource, resource.pk), capfirst(resource.get_kind_display())
        if resource.kind == Resource.Kind.FILE and resource.file_key:
            url = reverse("resource-file", args=[resource.file_key])
            detail = f"{resource.file_name.rsplit('.', 1)[-1].upper()} · {filesize(resource.file_size)}"
        elif resource.kind == Resource.Kind.LINK:
            url, detail = resource.url, urlsplit(resource.url).hostname or ""
        hidden = resource.opens_on if resource.opens_on and resource.opens_on > today else None
        return cls(resource.pk, resource.kind, resource.title, detail, url, ICONS[resource.kind], hidden)


def names_of(course: Any) -> list[str]:
    """Of its teachers, as their students call them: “Mme Costes”."""
    return [
        f"{row['civility']} {row['last_name']}" if row["civility"] else f"{row['first_name']} {row['last_name']}"
        for row in course.teacher_rows
    ]


# --- Reading a resource ---------------------------------------------------------------------------------------


@in_space("classe")
@require_GET
def class_resource(request: PortalRequest, pk: int) -> HttpResponse:
    return _resource_page(request, pk, TEACHER)


@in_space("eleve")
@require_GET
def student_resource(request: PortalRequest, pk: int) -> HttpResponse:
    return _resource_page(request, pk, STUDENT)


@in_space("famille")
@require_GET
def child_resource(request: PortalRequest, student: int, pk: int) -> HttpResponse:
    child = ward_or_refuse(request.user, student)
    followed = Course.objects.followed_by([child.pk]).values("pk")
    return _resource_page(request, pk, _family(child.pk), course__in=followed)


@in_space("etablissement")
@require_GET
def school_resource(request: PortalRequest, pk: int) -> HttpResponse:
    page = _resource_page(request, pk, HEAD)
    if not reach_of(request.user).where(Role.HEAD):
        raise PermissionDenied
    return page


def _resource_page(request: PortalRequest, pk: int, place: Place, **having: Any) -> HttpResponse:
    rows = Resource.objects.filter(**having).with_file().select_related("course__subject", "course__school_year")
    resource = open_or_refuse(rows, request.user, "pedagogy.resource.read", pk=pk)
    back = place.url(place.course, resource.course_id)
    context = {
        "resource": resource,
        "row": ResourceRow.of(resource, place, timezone.localdate()),
        "back": f"{back}?dossier={resource.folder_id}" if resource.folder_id else back,
        "may_edit": place == TEACHER and resource.course.is_taught and not _is_over(resource.course),
    }
    return render(request, "pedagogy/courses/resource.html", context)


@require_GET
def resource_file(request: PortalRequest, key: UUID) -> HttpResponseBase:
    file = get_object_or_404(ResourceFile.objects.select_related("resource__course"), key=key)
    require(request.user, "pedagogy.resource.read", file.resource)
    return download(file, request)


# --- The teacher edits ----------------------------------------------------------------------------------------


@in_space("classe")
@require_http_methods(["GET", "POST"])
def edit_course(request: PortalRequest, pk: int) -> HttpResponse:
    course = _taught(request, pk)
    if _is_over(course):
        return _say_it_is_over(request, course)
    form = CourseForm(request.POST or None, course=course)
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            actions.edit_course(course=course, by=request.user, **form.changes())

        if done_without_error(form, act):
            messages.success(request, _("Cours modifié."))
            still = Course.objects.taught_by(request.user).filter(pk=pk).exists()
            return redirect("class-course", pk=pk) if still else redirect("class-courses")
    return render(request, "pedagogy/courses/edit_course.html", {"form": form, "course": course})


@in_space("classe")
@require_http_methods(["GET", "POST"])
def add(request: PortalRequest, pk: int) -> HttpResponse:
    """Put something into a course: ?genre= fichier, lien, page or dossier; ?dossier= where."""
    course = _taught(request, pk)
    if _is_over(course):
        return _say_it_is_over(request, course)
    shelf = Shelf.of(course, timezone.localdate())
    folder = _folder_asked(request, shelf, sees_hidden=True)
    kind = NAMES.get(request.GET.get("genre", ""))
    if kind is None and request.GET.get("genre") not in {"dossier", None}:
        raise Http404
    form_class: Any = NEW_FORMS[kind] if kind else FolderForm
    form = form_class(
        request.POST or None, request.FILES or None, shelf=shelf, initial={form_class.place: folder or ""}
    )
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            if kind:
                actions.add_resource(course=course, by=request.user, kind=kind, **form.cleaned_data)
            else:
                actions.add_folder(course=course, by=request.user, **form.cleaned_data)

        if done_without_error(form, act):
            messages.success(request, _("Ajouté au cours."))
            return redirect(_back_to(course, form.cleaned_data[form_class.place]))
    context = {"form": form, "course": course, "kind": kind or "folder", "back": _url_of(course, folder)}
    return render(request, "pedagogy/courses/add.html", context)


@in_space("classe")
@require_http_methods(["GET", "POST"])
def edit_folder(request: PortalRequest, pk: int) -> HttpResponse:
    folder = open_or_refuse(
        Folder.objects.select_related("course__school_year"), request.user, "pedagogy.folder.teach", pk=pk
    )
    course = folder.course
    if _is_over(course):
        return _say_it_is_over(request, course)
    shelf = _shelf(course)
    read = {
        "version": folder.version,
        "name": folder.name,
        "parent": folder.parent_id or "",
        "opens_on": folder.opens_on,
    }
    form = EditFolderForm(request.POST or None, shelf=shelf, moved=folder.pk, initial=read)
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            actions.edit_folder(folder=folder, by=request.user, **form.cleaned_data)

        if done_without_error(form, act):
            messages.success(request, _("Dossier modifié."))
            return redirect(_back_to(course, folder.parent))
    context = {"form": form, "folder": folder, "back": _url_of(course, folder.parent_id)}
    return render(request, "pedagogy/courses/edit_folder.html", context)


@in_space("classe")
@require_http_methods(["GET", "POST"])
def edit_resource(request: PortalRequest, pk: int) -> HttpResponse:
    rows = Resource.objects.select_related("course__school_year")
    resource = open_or_refuse(rows, request.user, "pedagogy.resource.teach", pk=pk)
    course = resource.course
    if _is_over(course):
        return _say_it_is_over(request, course)
    read = {name: getattr(resource, name) for name in ("version", "title", "url", "body", "opens_on")}
    form = EDIT_FORMS[resource.kind](
        request.POST or None,
        request.FILES or None,
        shelf=_shelf(course),
        initial=read | {"folder": resource.folder_id or ""},
    )
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            actions.edit_resource(resource=resource, by=request.user, **form.cleaned_data)

        if done_without_error(form, act):
            messages.success(request, _("Modifié."))
            return redirect(_back_to(course, resource.folder))
    context = {"form": form, "resource": resource, "back": _url_of(course, resource.folder_id)}
    return render(request, "pedagogy/courses/edit_resource.html", context)


@in_space("classe")
@require_http_methods(["GET", "POST"])
def delete_folder(request: PortalRequest, pk: int) -> HttpResponse:
    rows = Folder.objects.select_related("course__school_year", "course__subject", "parent")
    folder = open_or_refuse(rows, request.user, "pedagogy.folder.teach", pk=pk)
    if request.method == "POST":
        return _deleted(request, folder, lambda: actions.delete_folder(folder=folder, by=request.user), folder.parent)
    shelf = _shelf(folder.course)
    inside = [pk for pk in shelf.folders if folder.pk in {f.pk for f in shelf.path(pk)}]
    count = Resource.objects.filter(folder__in=inside).count()
    context = {"row": folder, "inside": count, "back": _url_of(folder.course, folder.parent_id), "is_folder": True}
    return render(request, "pedagogy/courses/delete.html", context)


@in_space("classe")
@require_http_methods(["GET", "POST"])
def delete_resource(request: PortalRequest, pk: int) -> HttpResponse:
    rows = Resource.objects.select_related("course__school_year", "course__subject", "folder")
    row = open_or_refuse(rows, request.user, "pedagogy.resource.teach", pk=pk)
    if request.method == "POST":
        return _deleted(request, row, lambda: actions.delete_resource(resource=row, by=request.user), row.folder)
    context = {"row": row, "inside": 0, "back": _url_of(row.course, row.folder_id), "is_folder": False}
    return render(request, "pedagogy/courses/delete.html", context)


def _deleted(request: PortalRequest, row: Any, act: Any, folder: Folder | None) -> HttpResponse:
    try:
        with transaction.atomic():
            act()
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Supprimé."))
    return redirect(_back_to(row.course, folder))


@in_space("classe")
@require_POST
def move_folder(request: PortalRequest, pk: int) -> HttpResponse:
    rows = Folder.objects.select_related("course__school_year")
    return _moved(request, open_or_refuse(rows, request.user, "pedagogy.folder.teach", pk=pk))


@in_space("classe")
@require_POST
def move_resource(request: PortalRequest, pk: int) -> HttpResponse:
    rows = Resource.objects.select_related("course__school_year", "folder")
    return _moved(request, open_or_refuse(rows, request.user, "pedagogy.resource.teach", pk=pk))


def _moved(request: PortalRequest, row: Any) -> HttpResponse:
    """Up, or down with ?vers=bas."""
    try:
        with transaction.atomic():
            actions.move(row=row, by=request.user, up=request.GET.get("vers") != "bas")
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return back_or(request, "class-course", pk=row.course_id)


@in_space("classe")
@require_http_methods(["GET", "POST"])
def copy(request: PortalRequest, pk: int) -> HttpResponse:
    """Copy the resources of a course of one's own, or that is shared, into one that one teaches this year."""
    source = open_or_refuse(_courses(request), request.user, "pedagogy.course.copy", pk=pk)
    targets = (
        Course.objects.taught_by(request.user)
        .of_year(timezone.localdate())
        .filter(establishment=source.establishment_id)
        .exclude(pk=pk)
        .by_name()
        .for_pages()
    )
    form = SourceForm(request.POST or None, targets=targets)
    if request.method == "POST" and form.is_valid():
        copied: list[int] = []

        def act() -> None:
            copied.append(copy_course(source=source, by=request.user, **form.cleaned_data))

        if done_without_error(form, act):
            said = ngettext("%(count)d ressource copiée.", "%(count)d ressources copiées.", copied[0])
            messages.success(request, said % {"count": copied[0]})
            return redirect("class-course", pk=form.cleaned_data["target"].pk)
    context = {"form": form, "course": source, "back": _url_of(source), "names": names_of(source)}
    return render(request, "pedagogy/courses/copy.html", context)


# --- Shared by the views above --------------------------------------------------------------------------------


def _courses(request: PortalRequest) -> Any:
    return Course.objects.with_reasons(request.user).for_pages().with_folders()


def _course(request: PortalRequest, pk: int) -> Any:
    return open_or_refuse(_courses(request), request.user, "pedagogy.course.read", pk=pk)


def _taught(request: PortalRequest, pk: int) -> Any:
    return open_or_refuse(_courses(request), request.user, "pedagogy.course.teach", pk=pk)


def _shelf(course: Course) -> Shelf:
    return Shelf.of(Course.objects.with_folders().get(pk=course.pk), timezone.localdate())


def _groups(course: Any) -> list[int]:
    return [row["pk"] for row in course.group_rows]


def _is_over(course: Course) -> bool:
    return course.school_year.ends_on < timezone.localdate()


def _family(child: int) -> Place:
    return Place("child-courses", "child-course", "child-resource", "child-homework", (child,))


def _url_of(course: Course, folder: int | None = None) -> str:
    url = reverse("class-course", args=[course.pk])
    return f"{url}?dossier={folder}" if folder else url


def _back_to(course: Course, folder: Folder | None) -> str:
    return _url_of(course, folder.pk if folder else None)


def _say_it_is_over(request: PortalRequest, course: Course) -> HttpResponse:
    messages.error(request, actions.OVER)
    return redirect("class-course", pk=course.pk)
