"""Everybody's page of help."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from establishments.people.models import Guardianship, Membership, Role
from establishments.people.reach import reach_of
from establishments.support import case_actions
from establishments.support.forms import (
    AskForm,
)
from establishments.support.models import Case
from establishments.support.permissions import SCHOOL_DESK
from establishments.support.views.shared import done_without_error


@require_http_methods(["GET", "POST"])
def help_page(request: PortalRequest) -> HttpResponse:
    """Who helps in one's schools, one's own cases, and how to open another."""
    people = _may_ask_for(request.user)
    form = AskForm(request.POST or None, people=people)
    if request.method == "POST" and people and form.is_valid():
        membership = form.cleaned_data.pop("membership")

        def act() -> None:
            case_actions.open_case(membership=membership, by=request.user, level=Case.Level.SCHOOL, **form.cleaned_data)

        if done_without_error(form, act):
            messages.success(request, _("Demande envoyée. La réponse sera sur cette page."))
            return redirect("help")
    schools = {row.establishment_id for row in people}
    contacts = (
        Membership.objects.current()
        .filter(establishment__in=schools, role__in=SCHOOL_DESK)
        .select_related("user", "establishment__hub")
        .order_by("establishment__name", "role", "user__sort_name", "pk")
    )
    own = Case.objects.filter(opened_by=request.user).for_lists().order_by("-pk")
    context = {
        "form": form,
        "people": people,
        "contacts": list(contacts[:30]),
        "page": page_of(own, request, size=10),
    }
    return render(request, "establishments/support/help.html", context)


def _may_ask_for(user: Any) -> list[Membership]:
    """The person, once a school, and the children whose legal guardian they are."""
    reach = reach_of(user)
    wards = Guardianship.objects.held_by(user).values("student") if reach.memberships(Role.GUARDIAN) else []
    rows = Membership.objects.filter(Q(pk__in=[seat.membership for seat in reach.seats]) | Q(pk__in=wards))
    found = rows.select_related("user", "establishment").order_by("pk")
    return list({(row.user_id, row.establishment_id): row for row in found}.values())
