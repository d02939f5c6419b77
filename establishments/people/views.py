from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse
from ent.portal.search import searched_for
from ent.portal.spaces import in_space
from establishments.people.models import Group, Membership, Role
from establishments.people.permissions import SCHOOL_LIFE
from establishments.people.reach import reach_of
from establishments.photos.querysets import with_portraits

ROWS = 60


@in_space("etablissement")
@require_GET
def school_classes(request: PortalRequest) -> HttpResponse:
    """The classes and groups of this year; ?q= narrows them by name."""
    schools = reach_of(request.user).where(*SCHOOL_LIFE)
    groups = Group.objects.filter(establishment__in=schools).of_year().with_sizes().select_related("establishment")
    if query := searched_for(request):
        groups = groups.filter(name__icontains=query)
    page = page_of(groups.in_school_order(), request, size=ROWS)
    context = {"page": page, "query": query, "several": len(schools) > 1}
    return render(request, "establishments/people/classes.html", context)


@in_space("etablissement")
@require_GET
def school_class(request: PortalRequest, pk: int) -> HttpResponse:
    """Who is in a class and who teaches it what."""
    group = open_or_refuse(
        Group.objects.select_related("school_year", "establishment"), request.user, "establishments.group.view", pk=pk
    )
    students = Membership.objects.in_group(group).by_name()
    if group.establishment.shows_photos:
        students = with_portraits(students)
    teachings = group.teachings.select_related("membership__user", "subject").order_by("subject__name", "pk")
    form_teachers = group.form_teachers.select_related("membership__user")
    context = {
        "group": group,
        "page": page_of(students, request, size=ROWS),
        "teachings": list(teachings),
        "form_teachers": list(form_teachers),
        "is_head": reach_of(request.user).has(group.establishment_id, {Role.HEAD}),
    }
    return render(request, "establishments/people/class.html", context)
