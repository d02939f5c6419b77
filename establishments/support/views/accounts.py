"""A desk finds somebody, and does what it may with their account."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.sign_in.reauthentication import ask_again, authenticated_recently
from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.search import searched_for
from establishments.people.models import Role
from establishments.people.reach import ACADEMY_AGENT, reach_of
from establishments.support import actions, case_actions
from establishments.support.desks import HUB, Desk, at_desk
from establishments.support.forms import (
    CaseForm,
    FactorForm,
    ReasonForm,
    ResetForm,
)
from establishments.support.models import Case
from establishments.support.person_file import file_of
from establishments.support.search import Asked, named, named_or_placed, people_of
from establishments.support.views.shared import ROWS, done_without_error, issued_code, opened, shown_once
from establishments.territory.models import Establishment

MOST_SCHOOLS = 60  # in a list to choose from


# --- Finding somebody -----------------------------------------------------------------------------------------


@at_desk
@require_GET
def accounts(request: PortalRequest, desk: Desk) -> HttpResponse:
    """One search box over the people of the desk's schools; at a school's desk, also who never signed in."""
    schools = list(Establishment.objects.filter(pk__in=desk.schools_of(request.user)).order_by("city", "name", "pk"))
    asked = _asked(request)
    page = _found(request, asked, schools) if asked else None
    for row in page.rows if page else []:
        row.role_labels = [Role(role).label for role in row.held_roles]
    context = {
        "desk": desk,
        "asked": asked,
        "page": page,
        "roles": Role.choices,
        "schools": schools if 1 < len(schools) <= MOST_SCHOOLS else [],
        "several": len(schools) > 1,
    }
    return render(request, "establishments/support/accounts.html", context)


def _asked(request: PortalRequest) -> Asked:
    school, role = request.GET.get("etablissement", ""), request.GET.get("role", "")
    return Asked(
        query=searched_for(request),
        role=role if role in Role.values else "",
        school=int(school) if school.isascii() and school.isdigit() and len(school) < 10 else None,
        never="jamais" in request.GET,
    )


def _found(request: PortalRequest, asked: Asked, schools: list[Establishment]) -> Any:
    """By name and login first; when nobody answers, by class and school too."""
    people = people_of([school.pk for school in schools], asked)
    if not asked.words:
        return page_of(people, request, size=ROWS)
    page = page_of(named(people, asked.words), request, size=ROWS)
    if page.rows or page.number > 1:
        return page
    return page_of(named_or_placed(people, asked.words, schools), request, size=ROWS)


# --- One person -----------------------------------------------------------------------------------------------


@at_desk
@require_GET
def account(request: PortalRequest, desk: Desk, pk: int) -> HttpResponse:
    """Who it is, why they cannot come in, what can be done."""
    file = file_of(pk, request.user, desk.schools_of(request.user))
    is_academy = reach_of(request.user).has(file.subject.establishment_id, {ACADEMY_AGENT})
    may_close = desk is HUB and file.may_act and is_academy
    context = {"desk": desk, "file": file, "person": file.person, "may_close": may_close}
    context["may_remove_factor"] = desk is HUB and file.may_act and file.subject.has_factor
    return render(request, "establishments/support/account.html", context)


@at_desk
@require_http_methods(["GET", "POST"])
def account_code(request: PortalRequest, desk: Desk, pk: int) -> HttpResponse:
    """Check who it is, then show a code once."""
    membership = opened(request, pk, "establishments.accounts.reset")
    if not authenticated_recently(request):
        return ask_again(request)
    form = ResetForm(
        request.POST or None, role=membership.role, initial={"after": actions.last_code_of(membership.user)}
    )
    if request.method == "POST" and form.is_valid():
        code = issued_code(request, form, membership, form.reason, form.cleaned_data["identity"])
        if code:
            return shown_once(request, membership, code, back=(desk.urls["account"], pk), desk=desk)
        if form.has_error("__all__", "seen"):
            return redirect(desk.urls["account"], pk=pk)
    context = {"desk": desk, "form": form, "membership": membership, "person": membership.user}
    return render(request, "establishments/support/code_form.html", context)


@at_desk
@require_POST
def account_unlock(request: PortalRequest, desk: Desk, pk: int) -> HttpResponse:
    membership = opened(request, pk, "establishments.accounts.reset")
    try:
        with transaction.atomic():
            actions.unlock(membership=membership, by=request.user)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Essais oubliés : %(person)s peut réessayer.") % {"person": membership.user})
    return redirect(desk.urls["account"], pk=pk)


@at_desk
@require_http_methods(["GET", "POST"])
def account_block(request: PortalRequest, desk: Desk, pk: int) -> HttpResponse:
    """Close this school's door to one person, or open it again."""
    membership = opened(request, pk, "establishments.accounts.reset")
    if not authenticated_recently(request):
        return ask_again(request)
    form = ReasonForm(request.POST or None)
    blocking = not membership.is_suspended
    if request.method == "POST" and form.is_valid():
        actions.set_blocked(membership=membership, by=request.user, blocked=blocking, **form.cleaned_data)
        messages.success(request, _("Accès bloqué.") if blocking else _("Accès rétabli."))
        return redirect(desk.urls["account"], pk=pk)
    context = {"desk": desk, "form": form, "membership": membership, "person": membership.user, "blocking": blocking}
    return render(request, "establishments/support/block.html", context)


@at_desk
@require_http_methods(["GET", "POST"])
def account_close(request: PortalRequest, desk: Desk, pk: int) -> HttpResponse:
    """Close the account everywhere, or open it again: the academy's alone."""
    membership = opened(request, pk, "establishments.accounts.close")
    if not authenticated_recently(request):
        return ask_again(request)
    form = ReasonForm(request.POST or None)
    closing = membership.user.is_active
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            actions.set_closed(membership=membership, by=request.user, closed=closing, **form.cleaned_data)

        if done_without_error(form, act):
            messages.success(request, _("Compte fermé.") if closing else _("Compte rouvert."))
            return redirect(desk.urls["account"], pk=pk)
    context = {"desk": desk, "form": form, "membership": membership, "person": membership.user, "closing": closing}
    return render(request, "establishments/support/close.html", context)


@at_desk
@require_http_methods(["GET", "POST"])
def account_second_factor(request: PortalRequest, desk: Desk, pk: int) -> HttpResponse:
    """Take a lost one away: the agents' alone."""
    membership = opened(request, pk, "establishments.accounts.remove_second_factor")
    if not authenticated_recently(request):
        return ask_again(request)
    form = FactorForm(request.POST or None, role=membership.role)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def act() -> None:
            actions.remove_second_factor(
                membership=membership, by=request.user, reason=data["reason"], identity_checked=data["identity"]
            )

        if done_without_error(form, act):
            messages.success(request, _("Second facteur retiré."))
            return redirect(desk.urls["account"], pk=pk)
    context = {"desk": desk, "form": form, "membership": membership, "person": membership.user}
    return render(request, "establishments/support/second_factor.html", context)


@at_desk
@require_http_methods(["GET", "POST"])
def account_case(request: PortalRequest, desk: Desk, pk: int) -> HttpResponse:
    """Open a case for somebody: from a school to its hub, from a hub to the academy."""
    membership = opened(request, pk, "establishments.accounts.help")
    form = CaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def act() -> None:
            case_actions.open_case(membership=membership, by=request.user, level=Case.Level.HUB, **form.cleaned_data)

        if done_without_error(form, act):
            messages.success(request, _("Demande ouverte."))
            return redirect(desk.urls["account"], pk=pk)
    context = {
        "form": form,
        "person": membership.user,
        "back_name": desk.urls["account"],
        "back_pk": pk,
    }
    return render(request, "establishments/support/ask_for.html", context)
