"""The directory in the portal: what waits for an academy, and what each run changed in a school."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.sign_in.reauthentication import ask_again, authenticated_recently
from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse
from ent.portal.spaces import enter_space, in_space
from establishments.directory.models import SchoolRun
from establishments.directory.permissions import ABOVE, AT_SCHOOL
from establishments.imports import actions
from establishments.imports.forms import WhyForm
from establishments.imports.provenance import by_source, changes_of, facts_of, made_by_hand
from establishments.imports.querysets import changes_in, runs_of, waiting_in
from establishments.imports.words import KINDS, Names, Told, lines_of, told
from establishments.people.models import Membership
from establishments.people.reach import reach_of

ROWS, PEOPLE = 25, 50
SPACES = {"etablissement": AT_SCHOOL, "territoire": ABOVE}
NOTES = 100  # remarks shown of a run


@require_GET
def runs(request: PortalRequest, space: str) -> HttpResponse:
    """Above the schools what waits comes first, ?voir=tout has the rest; in a school, all of its runs."""
    enter_space(request, space)
    schools = reach_of(request.user).where(*SPACES[space])
    if not schools:
        raise PermissionDenied(_("Cette page n’est pas pour ce rôle."))
    waits = space == "territoire" and request.GET.get("voir") != "tout"
    page = page_of(waiting_in(schools) if waits else runs_of(schools), request, size=ROWS)
    for row in page.rows:  # a school decides on its own table on that table's page
        row.may_decide = (
            space == "territoire"
            and row.state in SchoolRun.WAITING
            and request.user.has_perm("establishments.directory.decide", row)
        )
    context = {"page": page, "space": space, "waits": waits, "several": len(schools) > 1, "detail": f"{space}-import"}
    context["quality"] = f"{space}-quality"
    return render(request, "establishments/imports/runs.html", context)


def run(request: PortalRequest, space: str, pk: int) -> HttpResponse:
    """What one run changed in one school, or would change: person by person; ?quoi= keeps one kind of change."""
    enter_space(request, space)
    return _run(request, space, pk)


@require_GET
def _run(request: PortalRequest, space: str, pk: int) -> HttpResponse:
    rows = SchoolRun.objects.select_related("run", "establishment", "decided_by").defer("run__report", "run__delivered")
    row: SchoolRun = open_or_refuse(rows, request.user, "establishments.imports.view", pk=pk)
    kind = request.GET.get("quoi", "")
    page = page_of(changes_in(row, kind), request, size=PEOPLE)
    decides = request.user.has_perm("establishments.directory.decide", row) and space == "territoire"
    context = {
        "row": row,
        "space": space,
        "page": page,
        "people": told(page.rows),
        "kind": kind,
        "kinds": KINDS.items(),
        "notes": notes_of(row),
        "may_decide": decides and row.state in SchoolRun.WAITING,
        "may_undo": decides and row.state == SchoolRun.State.APPLIED,
        "back": f"{space}-imports",
    }
    return render(request, "establishments/imports/run.html", context)


def notes_of(row: SchoolRun) -> list[dict[str, str]]:
    """What the run could not take as it was in this school."""
    found: list[dict[str, str]] = [*row.counts.get("rejected", []), *row.counts.get("warnings", [])]
    return found[:NOTES]


# --- A person -------------------------------------------------------------------------------------------------


def provenance(request: PortalRequest, space: str, pk: int) -> HttpResponse:
    """Where each fact of somebody came from, and what the imports changed for them."""
    enter_space(request, space)
    return _provenance(request, space, pk)


@require_GET
def _provenance(request: PortalRequest, space: str, pk: int) -> HttpResponse:
    rows = Membership.objects.select_related("user", "establishment")
    membership: Membership = open_or_refuse(rows, request.user, "establishments.accounts.help", pk=pk)
    schools = reach_of(request.user).where(*SPACES[space])
    changes = changes_of(membership.user, schools)
    names = Names.of(changes)
    page = page_of(changes, request, size=ROWS)
    context = {
        "membership": membership,
        "person": membership.user,
        "sources": by_source(facts_of(membership.user, changes, made_by_hand(membership.user, schools), names)),
        "history": [Told(change, tuple(lines_of(change, names))) for change in page.rows],
        "page": page,
        "account": f"{space}-account",
        "run": f"{space}-import",
    }
    return render(request, "establishments/imports/provenance.html", context)


# --- Deciding -------------------------------------------------------------------------------------------------


@in_space("territoire")
@require_POST
def accept(request: PortalRequest, pk: int) -> HttpResponse:
    row = _decidable(request, pk)
    if not authenticated_recently(request):
        return ask_again(request)
    said = _("%(school)s : c’est fait, l’annuaire est appliqué.") % {"school": row.establishment}
    _do(request, lambda: actions.accept(school_run=row, by=request.user), said)
    return redirect("territoire-imports")


@in_space("territoire")
@require_http_methods(["GET", "POST"])
def reject(request: PortalRequest, pk: int) -> HttpResponse:
    """In one tap from the list, with the reason that the button says; or with another one, from its page."""
    row = _decidable(request, pk)
    if not authenticated_recently(request):
        return ask_again(request)
    return _asked_why(
        request, row, actions.reject, "reject", _("%(school)s reste comme il est. Le prochain import redemandera.")
    )


@in_space("territoire")
@require_http_methods(["GET", "POST"])
def undo(request: PortalRequest, pk: int) -> HttpResponse:
    row = _decidable(request, pk)
    if not authenticated_recently(request):
        return ask_again(request)
    return _asked_why(request, row, actions.undo, "undo", _("%(school)s est revenu à ce qu’il était avant l’import."))


def _decidable(request: PortalRequest, pk: int) -> SchoolRun:
    rows = SchoolRun.objects.select_related("run", "establishment")
    row: SchoolRun = open_or_refuse(rows, request.user, "establishments.directory.decide", pk=pk)
    return row


def _asked_why(request: PortalRequest, row: SchoolRun, act: Callable[..., None], what: str, said: str) -> HttpResponse:
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _do(
            request,
            lambda: act(school_run=row, by=request.user, reason=form.cleaned_data["reason"]),
            said % {"school": row.establishment},
        )
        return redirect("territoire-imports")
    context = {"form": form, "row": row, "what": what}
    return render(request, "establishments/imports/why.html", context)


def _do(request: PortalRequest, act: Callable[[], Any], said: str) -> None:
    try:
        with transaction.atomic():
            act()
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, said)
