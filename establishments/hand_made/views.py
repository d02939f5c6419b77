"""Accounts made by hand, in the space of the school: who has one, until when; make, prolong, end."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.sign_in.reauthentication import recently_authenticated
from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse
from ent.portal.spaces import in_space
from ent.portal.templatetags.portal import day
from establishments.hand_made import actions
from establishments.hand_made.forms import HandMadeForm
from establishments.hand_made.models import HandMade
from establishments.people.models import Group, Subject, Teaching
from establishments.people.reach import reach_of
from establishments.support.permissions import SCHOOL_DESK
from establishments.territory.models import Establishment

ROWS = 50


@in_space("etablissement")
@require_GET
def accounts(request: PortalRequest) -> HttpResponse:
    """The next to end first; those that ended lately too."""
    rows = HandMade.objects.filter(establishment__in=_schools(request)).recent().for_lists()
    page = page_of(rows, request, size=ROWS)
    return render(request, "establishments/hand_made/accounts.html", {"page": page, "today": timezone.localdate()})


@in_space("etablissement")
@require_http_methods(["GET", "POST"])
@recently_authenticated
def make(request: PortalRequest) -> HttpResponse:
    pks = _schools(request)
    groups = Group.objects.filter(establishment__in=pks).of_year()
    taught = Teaching.objects.filter(establishment__in=pks).values("subject")
    form = HandMadeForm(
        request.POST or None,
        schools=list(Establishment.objects.filter(pk__in=pks).order_by("name")),
        groups=groups.in_school_order(),
        subjects=Subject.objects.filter(pk__in=taught),
    )
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.make(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            said = _("Compte créé : %(username)s. Imprimez sa fiche, elle permet de l’activer.")
            messages.success(request, said % {"username": row.membership.user.username})
            return redirect("slip-person", pk=row.membership_id)
    return render(request, "establishments/hand_made/make.html", {"form": form})


@in_space("etablissement")
@require_POST
def prolong(request: PortalRequest, pk: int) -> HttpResponse:
    row = _row(request, pk)
    try:
        last = actions.prolong(row=row, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        said = _("%(person)s : jusqu’au %(day)s.")
        messages.success(request, said % {"person": row.membership.user, "day": day(last, "full")})
    return redirect("hand-made-accounts")


@in_space("etablissement")
@require_POST
def end(request: PortalRequest, pk: int) -> HttpResponse:
    row = _row(request, pk)
    try:
        actions.end(row=row, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        said = _("%(person)s n’entre plus. Prolongez pour revenir en arrière.")
        messages.success(request, said % {"person": row.membership.user})
    return redirect("hand-made-accounts")


def _schools(request: PortalRequest) -> list[int]:
    schools = reach_of(request.user).where(*SCHOOL_DESK)
    if not schools:
        raise PermissionDenied(_("Cette page n’est pas pour ce rôle."))
    return schools


def _row(request: PortalRequest, pk: int) -> HandMade:
    rows = HandMade.objects.select_related("membership__user")
    found: HandMade = open_or_refuse(rows, request.user, "establishments.hand_made.manage", pk=pk)
    return found
