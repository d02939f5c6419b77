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
    """The classes and groups of this year; ?q= narrows them by name, ?avant=1 has those of the years before."""
    schools = reach_of(request.user).where(*SCHOOL_LIFE)
    before = "avant" in request.GET
    groups = Group.objects.filter(establishment__in=schools).with_sizes().select_related("establishment", "school_year")
    groups = groups.of_years_before() if before else groups.of_year()
    if query := searched_for(request):
        groups = groups.filter(name__icontains=query)
    in_order = groups.in_school_order()
    if before:
        in_order = in_order.order_by("-school_year__starts_on", *in_order.query.order_by)
    page = page_of(in_order, request, size=ROWS)
    context = {"page": page, "query": query, "several": len(schools) > 1, "before": before}
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
