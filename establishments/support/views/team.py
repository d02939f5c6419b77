"""A school's own team: who never came, who may help."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.sign_in.reauthentication import ask_again, authenticated_recently
from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.spaces import in_space
from establishments.people.models import Group, Membership, Role
from establishments.people.reach import reach_of
from establishments.support import actions
from establishments.support.desks import SCHOOL
from establishments.support.forms import (
    AppointForm,
    ReasonForm,
)
from establishments.support.permissions import SCHOOL_DESK
from establishments.support.views.shared import done_without_error, opened


@in_space("etablissement")
@require_GET
def never_came(request: PortalRequest) -> HttpResponse:
    """How many never signed in, by class and by role."""
    schools = _own_schools(request)
    never = Q(user__last_login__isnull=True, user__activated_at__isnull=True)
    members = Membership.objects.current().filter(establishment__in=schools)
    roles = members.values_list("role").annotate(total=Count("pk"), never=Count("pk", filter=never)).order_by("role")
    theirs = Q(
        students__membership__user__last_login__isnull=True, students__membership__user__activated_at__isnull=True
    )
    classes = (
        Group.objects.filter(establishment__in=schools)
        .of_year()
        .classes()
        .annotate(total=Count("students", distinct=True), never=Count("students", filter=theirs, distinct=True))
        .order_by("-never", "name", "pk")
    )
    context = {
        "roles": [(Role(role).label, role, total, count) for role, total, count in roles],
        "page": page_of(classes, request, size=50),
        "desk": SCHOOL,
    }
    return render(request, "establishments/support/never.html", context)


@in_space("etablissement")
@require_http_methods(["GET", "POST"])
def deputies(request: PortalRequest) -> HttpResponse:
    """Who helps the head with the accounts; appoint one more."""
    schools = _own_schools(request)
    if not authenticated_recently(request):
        return ask_again(request)
    current = Membership.objects.current().filter(establishment__in=schools).select_related("user", "establishment")
    team = list(current.filter(role=Role.LOCAL_ADMIN).order_by("user__sort_name", "pk"))
    people = current.filter(role__in=actions.APPOINTABLE).exclude(user__in=[row.user_id for row in team])
    form = AppointForm(request.POST or None, people=list(people.order_by("user__sort_name", "pk")[:400]))
    if request.method == "POST" and form.is_valid():
        membership = form.cleaned_data["person"]
        actions.appoint(membership=membership, by=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, _("%(person)s est administrateur local.") % {"person": membership.user})
        return redirect("deputies")
    return render(request, "establishments/support/deputies.html", {"form": form, "team": team, "desk": SCHOOL})


@in_space("etablissement")
@require_http_methods(["GET", "POST"])
def dismiss(request: PortalRequest, pk: int) -> HttpResponse:
    membership = opened(request, pk, "establishments.deputies.manage")
    if not authenticated_recently(request):
        return ask_again(request)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            actions.dismiss(membership=membership, by=request.user, reason=form.cleaned_data["reason"])

        if done_without_error(form, act):
            messages.success(request, _("%(person)s n’est plus administrateur local.") % {"person": membership.user})
            return redirect("deputies")
    context = {"form": form, "membership": membership, "person": membership.user}
    return render(request, "establishments/support/dismiss.html", context)


def _own_schools(request: PortalRequest) -> list[int]:
    schools = reach_of(request.user).where(*SCHOOL_DESK)
    if not schools:
        raise PermissionDenied(_("Cette page n’est pas pour ce rôle."))
    return schools
