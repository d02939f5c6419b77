"""Students' photos: the class as a trombinoscope, on the page and as a PDF; one photo; the school's say."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse, require
from ent.portal.spaces import in_space
from establishments.files.actions import download
from establishments.people.models import Group, Membership
from establishments.people.reach import reach_of
from establishments.photos import actions
from establishments.photos.drawing import Face, draw
from establishments.photos.forms import PhotoForm
from establishments.photos.models import Portrait
from establishments.photos.querysets import with_portraits
from establishments.support.permissions import SCHOOL_DESK
from establishments.territory.models import Establishment

MOST = 120  # students of one group on one page


@in_space("etablissement")
@require_GET
def trombinoscope(request: PortalRequest, pk: int) -> HttpResponse:
    """The faces of a class, to look at and to print; initials where there is no photo."""
    group = _group(request, pk)
    students = Membership.objects.in_group(group).by_name()
    if group.establishment.shows_photos:
        students = with_portraits(students)
    may_manage = reach_of(request.user).has(group.establishment_id, SCHOOL_DESK)
    context = {"group": group, "students": list(students[:MOST]), "may_manage": may_manage}
    return render(request, "establishments/photos/trombinoscope.html", context)


@in_space("etablissement")
@require_GET
def trombinoscope_pdf(request: PortalRequest, pk: int) -> HttpResponse:
    group = _group(request, pk)
    students = list(Membership.objects.in_group(group).by_name()[:MOST])
    portraits = Portrait.objects.by_membership(s.pk for s in students) if group.establishment.shows_photos else {}
    faces = [Face(s.user.first_name, s.user.last_name, _content_of(portraits.get(s.pk))) for s in students]
    pdf = draw(title=group.name, caption=f"{group.establishment.name} · {group.school_year}", faces=faces)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="trombinoscope-{slugify(group.name)}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


def _group(request: PortalRequest, pk: int) -> Group:
    rows = Group.objects.select_related("school_year", "establishment")
    found: Group = open_or_refuse(rows, request.user, "establishments.group.view", pk=pk)
    return found


def _content_of(portrait: Portrait | None) -> bytes | None:
    if portrait is None:
        return None
    try:
        with portrait.file.open("rb") as file:
            content: bytes = file.read()
    except OSError:  # lost by the storage: the class is printed all the same
        return None
    return content


@require_GET
def photo_file(request: PortalRequest, key: UUID) -> FileResponse:
    portrait = get_object_or_404(Portrait.objects.select_related("establishment"), key=key)
    require(request.user, "establishments.photos.view", portrait)
    return download(portrait, request)


@in_space("etablissement")
@require_http_methods(["GET", "POST"])
def photo(request: PortalRequest, pk: int) -> HttpResponse:
    """One student's photo: see it, put another."""
    student = _student(request, pk)
    form = PhotoForm(request.POST, request.FILES) if request.method == "POST" else PhotoForm()
    if request.method == "POST" and form.is_valid():
        actions.set_portrait(student=student, picture=form.cleaned_data["photo"], by=request.user)
        messages.success(request, _("Photo enregistrée."))
        return redirect("photo", pk=pk)
    context = {
        "form": form,
        "student": student,
        "portrait": Portrait.objects.filter(membership=student).first(),
        "group": Group.objects.of_year().classes().filter(students__membership=student).first(),
    }
    return render(request, "establishments/photos/photo.html", context)


@in_space("etablissement")
@require_POST
def remove(request: PortalRequest, pk: int) -> HttpResponse:
    actions.remove_portrait(student=_student(request, pk), by=request.user)
    messages.success(request, _("Photo retirée."))
    return redirect("photo", pk=pk)


def _student(request: PortalRequest, pk: int) -> Membership:
    rows = Membership.objects.select_related("user", "establishment")
    found: Membership = open_or_refuse(rows, request.user, "establishments.photos.manage", pk=pk)
    return found


@in_space("etablissement")
@require_http_methods(["GET", "POST"])
def decide(request: PortalRequest) -> HttpResponse:
    """Whether each of one's schools shows its students' photos."""
    schools = list(Establishment.objects.filter(pk__in=_desk_schools(request)).order_by("name", "pk"))
    if request.method == "POST":
        school = next((row for row in schools if str(row.pk) == request.POST.get("school")), None)
        if school is not None:
            actions.decide(school=school, shows=request.POST.get("shows") == "1", by=request.user)
            said = _("Les photos sont montrées.") if school.shows_photos else _("Les photos sont effacées.")
            messages.success(request, said)
        return redirect("photos")
    return render(request, "establishments/photos/decide.html", {"schools": schools})


def _desk_schools(request: PortalRequest) -> Any:
    schools = reach_of(request.user).where(*SCHOOL_DESK)
    if not schools:
        raise PermissionDenied(_("Cette page n’est pas pour ce rôle."))
    return schools
