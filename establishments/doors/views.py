"""The doors of a school: from its own space, and from that of the agents above it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.sign_in.reauthentication import ask_again, authenticated_recently
from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse, require
from ent.portal.search import searched_for
from ent.portal.spaces import enter_space
from establishments.doors import actions
from establishments.doors.forms import BlockForm, OpeningForm
from establishments.doors.models import Block, Opening
from establishments.doors.permissions import ABOVE, AT_SCHOOL
from establishments.doors.rules import Door, Rules
from establishments.people.models import Group, Role
from establishments.people.querysets import in_school_order
from establishments.people.reach import reach_of
from establishments.territory.models import Establishment

ROWS = 50
SPACES = {"etablissement": AT_SCHOOL, "territoire": ABOVE}

View = Callable[..., HttpResponse]


def in_its_space(view: View) -> View:
    """The same page in two spaces: the URL says which. What it sends asks for a fresh proof."""

    @wraps(view)
    def enter(request: PortalRequest, *args: Any, space: str, **kwargs: Any) -> HttpResponse:
        enter_space(request, space)
        if request.method == "POST" and not authenticated_recently(request):
            return ask_again(request)
        return view(request, *args, space=space, **kwargs)

    return enter


@in_its_space
@require_GET
def schools(request: PortalRequest, space: str) -> HttpResponse:
    """The schools whose doors the person manages; the only one at once."""
    managed = reach_of(request.user).where(*SPACES[space])
    if not managed:
        raise PermissionDenied
    if len(managed) == 1:
        return redirect(f"{space}-doors", managed[0])
    found = Establishment.objects.filter(pk__in=managed)
    if query := searched_for(request):
        found = found.filter(Q(name__icontains=query) | Q(city__icontains=query) | Q(uai__iexact=query))
    page = page_of(found.order_by("city", "name", "pk"), request, size=ROWS)
    return render(
        request, "establishments/doors/schools.html", {"page": page, "query": query, "doors": f"{space}-doors"}
    )


@dataclass(frozen=True)
class ClassLine:
    group: Group
    students: Door
    guardians: Door


@in_its_space
@require_http_methods(["GET", "POST"])
def doors(request: PortalRequest, pk: int, space: str) -> HttpResponse:
    """Dates, blocks, and what follows for each class."""
    visible = Establishment.objects.visible_to(request.user)
    school = open_or_refuse(visible, request.user, "establishments.doors.manage", pk=pk)
    classes = list(_classes_of(school))
    sent, data = request.POST.get("what"), request.POST or None
    opening = OpeningForm(data if sent == "opening" else None, prefix="opening", classes=classes, levels=True)
    blocking = BlockForm(data if sent == "block" else None, prefix="block", classes=classes, levels=False)
    if opening.is_valid():
        actions.set_opening(school=school, by=request.user, **opening.cleaned_data)
        if opening.cleaned_data["opens_on"] < timezone.localdate():
            messages.warning(request, _("Date enregistrée. Ce jour est déjà passé : c’est ouvert dès maintenant."))
        else:
            messages.success(request, _("Date enregistrée."))
        return redirect(f"{space}-doors", pk)
    if blocking.is_valid():
        actions.block(school=school, by=request.user, **blocking.cleaned_data)
        messages.success(request, _("Accès bloqué."))
        return redirect(f"{space}-doors", pk)
    openings = list(Opening.objects.filter(establishment=school).select_related("group").order_by("opens_on", "pk"))
    blocks = list(Block.objects.filter(establishment=school).select_related("group", "by").order_by("-since", "pk"))
    rules = Rules.of(openings, blocks)
    context = {
        "school": school,
        "space": space,
        "several": len(reach_of(request.user).where(*SPACES[space])) > 1,
        "openings": openings,
        "blocks": blocks,
        "lines": [
            ClassLine(group, rules.door(Role.STUDENT, [group]), rules.door(Role.GUARDIAN, [group])) for group in classes
        ],
        "opening": opening,
        "blocking": blocking,
        "today": timezone.localdate(),
        "back": f"{space}-doors-schools",
        "remove": f"{space}-remove-opening",
        "unblock": f"{space}-unblock",
    }
    return render(request, "establishments/doors/doors.html", context)


@in_its_space
@require_POST
def remove_opening(request: PortalRequest, pk: int, space: str) -> HttpResponse:
    opening = _held(request, Opening, pk)
    actions.remove_opening(opening=opening, by=request.user)
    messages.success(request, _("Date retirée."))
    return redirect(f"{space}-doors", opening.establishment_id)


@in_its_space
@require_POST
def unblock(request: PortalRequest, pk: int, space: str) -> HttpResponse:
    blocked = _held(request, Block, pk)
    actions.unblock(blocked=blocked, by=request.user)
    messages.success(request, _("Accès rétabli."))
    return redirect(f"{space}-doors", blocked.establishment_id)


def _held(request: PortalRequest, model: Any, pk: int) -> Any:
    found = get_object_or_404(model.objects.select_related("establishment", "group"), pk=pk)
    require(request.user, "establishments.doors.manage", found.establishment)
    return found


def _classes_of(school: Establishment) -> Any:
    legal = Q(students__membership__guardianships__is_legal=True, students__membership__missing_since=None)
    return (
        Group.objects.filter(establishment=school)
        .of_year()
        .classes()
        .annotate(
            student_count=Count("students", filter=Q(students__membership__missing_since=None), distinct=True),
            guardian_count=Count("students__membership__guardianships__guardian", filter=legal, distinct=True),
        )
        .order_by(*in_school_order(), "pk")
    )
