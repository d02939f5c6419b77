"""What people ask of a desk, and its figures."""

from __future__ import annotations

import csv

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse
from establishments.people.models import Membership
from establishments.support import case_actions
from establishments.support.desks import Desk, at_desk
from establishments.support.figures import figures_of, schools_with_figures
from establishments.support.models import Case
from establishments.support.views.shared import ROWS


@at_desk
@require_GET
def cases(request: PortalRequest, desk: Desk) -> HttpResponse:
    """What waits at this desk, the oldest first; ?voir=tout with other levels, ?voir=clos what is over."""
    schools = desk.schools_of(request.user)
    seen = request.GET.get("voir", "")
    rows = Case.objects.filter(establishment__in=schools).for_lists()
    if seen == "clos":
        rows = rows.filter(state=Case.State.CLOSED).order_by("-closed_at", "-pk")
    elif seen == "tout":
        rows = rows.pending().order_by("opened_at", "pk")
    else:
        seen, rows = "", rows.waiting_at([desk.level_of(request.user)], schools).order_by("opened_at", "pk")
    context = {"desk": desk, "page": page_of(rows, request, size=ROWS), "seen": seen}
    return render(request, "establishments/support/cases.html", context)


@at_desk
@require_http_methods(["GET", "POST"])
def case(request: PortalRequest, desk: Desk, pk: int) -> HttpResponse:
    """One case: take it, note, hand it on, close it."""
    row: Case = open_or_refuse(Case.objects.for_lists(), request.user, "establishments.case.view", pk=pk)
    text = request.POST.get("text", "")
    error = ""
    if request.method == "POST":
        try:
            with transaction.atomic():
                return _acted(request, desk, row, text)
        except ValidationError as refused:
            error = " ".join(refused.messages)
    context = {
        "desk": desk,
        "case": row,
        "notes": list(row.notes.select_related("author")),
        "subject": _subject(row, desk.schools_of(request.user)),
        "may_handle": row.state != Case.State.CLOSED and request.user.has_perm("establishments.case.handle", row),
        "text": text,
        "error": error,
    }
    return render(request, "establishments/support/case.html", context, status=422 if error else 200)


def _acted(request: PortalRequest, desk: Desk, row: Case, text: str) -> HttpResponse:
    what = request.POST.get("what")
    if what == "take":
        case_actions.take(case=row, by=request.user)
        messages.success(request, _("Vous suivez cette demande."))
    elif what == "note":
        case_actions.add_note(case=row, by=request.user, text=text)
        messages.success(request, _("Note ajoutée."))
    elif what == "escalate":
        case_actions.escalate(case=row, by=request.user, text=text)
        messages.success(request, _("Demande transmise : %(level)s.") % {"level": row.get_level_display()})
        return redirect(desk.urls["cases"])
    elif what == "close":
        case_actions.close(case=row, by=request.user, resolution=text[:300])
        return _next_case(request, desk)
    else:
        raise ValidationError(_("Choisissez ce que vous faites de cette demande."))
    return redirect(desk.urls["case"], pk=row.pk)


def _next_case(request: PortalRequest, desk: Desk) -> HttpResponse:
    """After one is closed the oldest that waits opens by itself."""
    waiting = Case.objects.waiting_at([desk.level_of(request.user)], desk.schools_of(request.user))
    following = waiting.filter(Q(taken_by=None) | Q(taken_by=request.user)).order_by("opened_at", "pk").first()
    if following is None:
        messages.success(request, _("Demande close. Il n’en reste pas."))
        return redirect(desk.urls["cases"])
    messages.success(request, _("Demande close. Voici la suivante."))
    return redirect(desk.urls["case"], pk=following.pk)


def _subject(row: Case, schools: list[int]) -> Membership | None:
    """The membership that leads to the person's file."""
    if row.person_id is None:
        return None
    found: Membership | None = (
        Membership.objects.filter(user=row.person_id, establishment__in=schools).order_by("pk").first()
    )
    return found


@at_desk
@require_GET
def figures(request: PortalRequest, desk: Desk) -> HttpResponse:
    schools = desk.schools_of(request.user)
    page = page_of(schools_with_figures(schools), request, size=ROWS)
    context = {"desk": desk, "figures": figures_of(schools), "page": page}
    return render(request, "establishments/support/figures.html", context)


@at_desk
@require_GET
def figures_csv(request: PortalRequest, desk: Desk) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="assistance.csv"'
    answer.write("\ufeff")  # spreadsheets take a file without it for another encoding
    rows = csv.writer(answer, delimiter=";")
    rows.writerow(["UAI", "Établissement", "Commune", "Demandes en cours", "Codes remis en 30 jours"])
    for school in schools_with_figures(desk.schools_of(request.user)):
        rows.writerow([school.uai, school.name, school.city, school.pending, school.resets])
    return answer
