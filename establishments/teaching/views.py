from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.spaces import in_space
from establishments.people.models import Group, Membership, Role, Teaching
from establishments.people.permissions import SCHOOL_LIFE
from establishments.people.querysets import in_school_order
from establishments.people.reach import reach_of
from establishments.teaching.table import by_class, by_teacher

CLASSES, TEACHERS = 40, 60


@in_space("etablissement")
@require_GET
def teaching(request: PortalRequest) -> HttpResponse:
    """Who teaches what this year, by class; ?par=enseignant by teacher."""
    schools = reach_of(request.user).where(*SCHOOL_LIFE)
    rows = Teaching.objects.filter(establishment__in=schools).select_related("subject")
    if request.GET.get("par") == "enseignant":
        teachers = Membership.objects.current().filter(establishment__in=schools, role=Role.TEACHER).by_name()
        page = page_of(teachers, request, size=TEACHERS)
        of_year = Group.objects.of_year().filter(establishment__in=schools)
        theirs = rows.filter(membership__in=[teacher.pk for teacher in page.rows], group__in=of_year.values("pk"))
        found = theirs.select_related("group").order_by("subject__name", *in_school_order("group__name"), "pk")
        context = {"page": page, "teachers": by_teacher(page.rows, found)}
    else:
        groups = Group.objects.filter(establishment__in=schools).of_year().classes().select_related("establishment")
        page = page_of(groups.in_school_order(), request, size=CLASSES)
        theirs = rows.filter(group__in=[group.pk for group in page.rows])
        found = theirs.select_related("membership__user").order_by("membership__user__sort_name", "pk")
        context = {"page": page, "table": by_class(page.rows, found)}
    return render(request, "establishments/teaching/teaching.html", {**context, "several": len(schools) > 1})
