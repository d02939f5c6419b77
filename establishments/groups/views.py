"""Groups made by hand, in the space of the school."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.identity.models import plain
from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.rights import require
from ent.portal.search import searched_for
from ent.portal.spaces import in_space
from establishments.groups import actions
from establishments.groups.forms import GroupForm
from establishments.people.models import Group, Membership, Role
from establishments.people.permissions import SCHOOL_LIFE
from establishments.people.reach import reach_of
from establishments.territory.models import Establishment

ROWS = 50
FOUND = 20  # of a search: beyond, one types more
ADDED = [Role.STUDENT, Role.TEACHER]


@in_space("etablissement")
@require_http_methods(["GET", "POST"])
def groups(request: PortalRequest) -> HttpResponse:
    """This year's groups made by hand; make one more."""
    schools = list(Establishment.objects.filter(pk__in=reach_of(request.user).where(*SCHOOL_LIFE)).order_by("name"))
    form = GroupForm(request.POST or None, schools=schools)
    if request.method == "POST" and form.is_valid():
        try:
            group = actions.create(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Groupe créé. Ajoutez ses élèves et ses enseignants."))
            return redirect("hand-made-group", pk=group.pk)
    rows = Group.objects.filter(establishment__in=[school.pk for school in schools]).hand_made().of_year().with_sizes()
    page = page_of(rows.select_related("establishment").order_by("name", "pk"), request, size=ROWS)
    context = {"page": page, "form": form, "several": len(schools) > 1}
    return render(request, "establishments/groups/groups.html", context)


@in_space("etablissement")
@require_GET
def group(request: PortalRequest, pk: int) -> HttpResponse:
    """Who is in it; ?q= looks for people of the school to add."""
    row = _group(request, pk)
    students = list(Membership.objects.in_group(row).by_name())
    teachings = list(row.teachings.select_related("membership__user", "subject").order_by("subject__name", "pk"))
    query, found = searched_for(request), []
    if query:
        inside = {student.pk for student in students} | {teaching.membership_id for teaching in teachings}
        found = _search(row, query, inside)
    context = {"group": row, "students": students, "teachings": teachings, "query": query, "found": found}
    return render(request, "establishments/groups/group.html", context)


def _search(group: Group, query: str, inside: set[int]) -> list[Membership]:
    people = Membership.objects.current().filter(establishment=group.establishment_id, role__in=ADDED)
    for word in plain(query.lower()).split()[:4]:
        people = people.filter(user__sort_name__contains=word)
    return list(people.exclude(pk__in=inside).with_class().by_name()[:FOUND])


@in_space("etablissement")
@require_POST
def add(request: PortalRequest, pk: int) -> HttpResponse:
    row = _group(request, pk)
    membership = _person(request, row)
    try:
        actions.add(group=row, membership=membership, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("%(person)s est dans le groupe.") % {"person": membership.user})
    return redirect("hand-made-group", pk=pk)


@in_space("etablissement")
@require_POST
def remove(request: PortalRequest, pk: int) -> HttpResponse:
    row = _group(request, pk)
    membership = _person(request, row)
    actions.remove(group=row, membership=membership, by=request.user)
    messages.success(request, _("%(person)s n’est plus dans le groupe.") % {"person": membership.user})
    return redirect("hand-made-group", pk=pk)


@in_space("etablissement")
@require_http_methods(["GET", "POST"])
def end(request: PortalRequest, pk: int) -> HttpResponse:
    row = _group(request, pk)
    if request.method == "POST":
        actions.end(group=row, by=request.user)
        messages.success(request, _("Le groupe « %(group)s » est terminé.") % {"group": row})
        return redirect("hand-made-groups")
    return render(request, "establishments/groups/end.html", {"group": row})


def _group(request: PortalRequest, pk: int) -> Group:
    found: Group = get_object_or_404(Group.objects.select_related("establishment", "school_year"), pk=pk)
    require(request.user, "establishments.groups.manage", found)
    return found


def _person(request: PortalRequest, group: Group) -> Any:
    asked = request.POST.get("membership", "")
    rows = Membership.objects.select_related("user").filter(establishment=group.establishment_id)
    return get_object_or_404(rows, pk=int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0)
