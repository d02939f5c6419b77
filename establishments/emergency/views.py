"""The emergency switch, for a school from its own space and for an academy from the territory's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Q, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.sign_in.reauthentication import ask_again, authenticated_recently, recently_authenticated
from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.spaces import enter_space
from establishments.doors.models import Block
from establishments.emergency import actions
from establishments.emergency.forms import PLURALS, RESET, EmergencyForm
from establishments.emergency.models import EmergencyReset
from establishments.emergency.permissions import ABOVE, AT_SCHOOL
from establishments.emergency.spared import spared
from establishments.people.models import Membership
from establishments.people.reach import reach_of
from establishments.territory.models import Establishment

ROWS = 20
SPACES = {"etablissement": AT_SCHOOL, "territoire": ABOVE}


@require_http_methods(["GET", "POST"])
def switch(request: PortalRequest, space: str) -> HttpResponse:
    """What to do, then how many people it is about, then it is done; below, what is under way."""
    enter_space(request, space)
    managed = reach_of(request.user).where(*SPACES[space])
    if not managed:
        raise PermissionDenied
    if request.htmx:
        return render(request, "establishments/emergency/progress.html", _progress(request, managed))
    return _ask(request, managed, space=space)


@recently_authenticated
def _ask(request: PortalRequest, managed: list[int], space: str) -> HttpResponse:
    schools = Establishment.objects.filter(pk__in=managed).order_by("city", "name", "pk")
    form = EmergencyForm(request.POST or None, schools=schools)
    if form.is_valid():
        if "confirmed" in request.POST:
            _do(request, form)
            return redirect(f"{space}-emergency")
        people, left_out = _count(form, request)
        context = {"form": form, "space": space, "people": people, "left_out": left_out, "chosen": form.chosen}
        context["profile"] = PLURALS[form.cleaned_data["role"]]
        return render(request, "establishments/emergency/confirm.html", context)
    context = {"form": form, **_progress(request, managed)}
    context |= {"blocks": _blocks(managed), "unblock": f"{space}-emergency-lift"}
    return render(request, "establishments/emergency/switch.html", context)


def lift(request: PortalRequest, space: str, key: UUID) -> HttpResponse:
    """Let a profile in again, everywhere that one decision kept it out."""
    enter_space(request, space)
    return _lift(request, space, key)


@require_POST
def _lift(request: PortalRequest, space: str, key: UUID) -> HttpResponse:
    managed = reach_of(request.user).where(*SPACES[space])
    schools = set(Block.objects.filter(batch=key).values_list("establishment", flat=True))
    if not schools:
        raise Http404
    if schools.isdisjoint(managed):
        raise PermissionDenied
    if not authenticated_recently(request):
        return ask_again(request)
    count = actions.lift_block(batch=key, by=request.user)
    text = ngettext(
        "Accès rétabli dans %(count)d établissement.", "Accès rétabli dans %(count)d établissements.", count
    )
    messages.success(request, text % {"count": count})
    return redirect(f"{space}-emergency")


def _blocks(managed: list[int]) -> list[dict[str, Any]]:
    """What this page blocked and nobody has lifted, one line a decision."""
    blocks = (
        Block.objects.filter(establishment__in=managed, batch__isnull=False)
        .values("batch", "role", "reason", "by__first_name", "by__last_name")
        .annotate(schools=Count("pk"), at=Max("since"))
        .order_by("-at")[:ROWS]
    )
    return [{**block, "label": PLURALS[block["role"]]} for block in blocks]


def _do(request: PortalRequest, form: EmergencyForm) -> None:
    said = {"schools": form.chosen, "role": form.cleaned_data["role"], "reason": form.cleaned_data["reason"]}
    if form.cleaned_data["what"] == RESET:
        actions.reset_passwords(by=request.user, **said)
        messages.success(request, _("C’est commencé. L’avancement est ci-dessous."))
        return
    blocked = actions.block_profile(by=request.user, **said)
    text = ngettext("%(count)d accès bloqué.", "%(count)d accès bloqués.", blocked)
    messages.success(request, text % {"count": blocked})


def _count(form: EmergencyForm, request: PortalRequest) -> tuple[int, int]:
    """How many people it is about, and how many it leaves out: one who is in two schools is one."""
    role = form.cleaned_data["role"]
    if form.cleaned_data["what"] == RESET:
        users = actions.concerned(schools=form.chosen, role=role).values("user").distinct()
        kept = users.filter(user__in=spared(people=users, by=request.user)).count()
        return users.count() - kept, kept
    schools = [school.pk for school in form.chosen]
    memberships = Membership.objects.filter(establishment__in=schools, role=role).current()
    return memberships.values("user").distinct().count(), 0


def _progress(request: PortalRequest, managed: list[int]) -> dict[str, Any]:
    resets = (
        EmergencyReset.objects.filter(establishment__in=managed)
        .values("batch", "role", "reason", "requested_at", "requested_by__first_name", "requested_by__last_name")
        .annotate(
            all=Sum("total"),
            taken=Sum("done"),
            left_out=Sum("left_out"),
            schools=Count("pk"),
            left=Count("pk", filter=Q(finished_at=None)),
            last=Max("pk"),
        )
        .order_by("-last")
    )
    page = page_of(resets, request, size=ROWS)
    for reset in page.rows:
        reset["label"] = PLURALS[reset["role"]]
    return {"page": page, "under_way": any(reset["left"] for reset in page.rows)}
