"""Slips: a class's are prepared, watched and downloaded once; one person's comes at once; a family brings another's."""

from __future__ import annotations

from typing import Any

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.credentials import codes
from accounts.credentials.views import too_many
from accounts.sign_in.reauthentication import recently_authenticated
from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse, require
from ent.portal.spaces import in_space
from establishments.people.models import Group, Membership
from establishments.people.querysets import in_school_order
from establishments.people.reach import reach_of
from establishments.slips import actions
from establishments.slips.forms import AttachForm, PrintSlipForm, RequestSlipsForm
from establishments.support.models import SlipBatch
from establishments.support.permissions import SCHOOL_DESK

ROWS = 20


# --- A class --------------------------------------------------------------------------------------------------


@in_space("etablissement")
@require_http_methods(["GET", "POST"])
@recently_authenticated
def choose(request: PortalRequest) -> HttpResponse:
    """Which class, and for whom; ?classe= chooses it beforehand. Below, what one has asked for lately.

    Slips that would make void codes already handed out are asked about once more.
    """
    schools = reach_of(request.user).where(*SCHOOL_DESK)
    if not schools:
        raise PermissionDenied(_("Les fiches s’impriment par la direction et les administrateurs locaux."))
    groups = Group.objects.filter(establishment__in=schools).of_year().classes().select_related("establishment")
    form = RequestSlipsForm(
        request.POST or None,
        groups=groups.order_by("establishment__name", *in_school_order()),
        several=len(schools) > 1,
        initial={"group": request.GET.get("classe")},
    )
    if request.method == "POST" and form.is_valid():
        if "confirmed" not in request.POST:
            at_stake = actions.codes_at_stake(by=request.user, **form.cleaned_data)
            if at_stake:
                return render(request, "establishments/slips/confirm.html", {"form": form, "at_stake": at_stake})
        batch = actions.request_slips(by=request.user, **form.cleaned_data)
        return redirect("slip-batch", pk=batch.pk)
    batches = SlipBatch.objects.filter(establishment__in=schools, requested_by=request.user).select_related("group")
    page = page_of(batches.defer("document").order_by("-pk"), request, size=ROWS)
    return render(request, "establishments/slips/choose.html", {"form": form, "page": page})


@require_GET
def batch(request: PortalRequest, pk: int) -> HttpResponse:
    """How far the slips are; htmx asks again for the part that changes, a reload does the same."""
    row = _batch(request, pk)
    template = "establishments/slips/progress.html" if request.htmx else "establishments/slips/batch.html"
    return render(request, template, {"batch": row})


@require_POST
def download(request: PortalRequest, pk: int) -> HttpResponse:
    row = _batch(request, pk)
    try:
        pdf = actions.collect(batch=row, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("slip-batch", pk=pk)
    return _as_file(pdf, str(row.group))


def _batch(request: PortalRequest, pk: int) -> SlipBatch:
    rows = SlipBatch.objects.select_related("group__establishment").defer("document")
    found: SlipBatch = open_or_refuse(rows, request.user, "establishments.slips.follow", pk=pk)
    return found


# --- A person -------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@recently_authenticated
def person(request: PortalRequest, pk: int) -> HttpResponse:
    """One person's slip, with the reason that the trail keeps."""
    rows = Membership.objects.select_related("user", "establishment")
    membership = open_or_refuse(rows, request.user, "establishments.slips.print_one", pk=pk)
    form = PrintSlipForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            pdf = actions.print_slip(membership=membership, by=request.user, reason=form.cleaned_data["reason"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _as_file(pdf, membership.user.username.replace(".", " "))
    return render(request, "establishments/slips/person.html", {"form": form, "membership": membership})


def _as_file(pdf: bytes, name: str) -> HttpResponse:
    """Saved, never shown in place nor kept by a cache: it holds codes."""
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="fiches-{slugify(name)}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


# --- A second child -------------------------------------------------------------------------------------------


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def attach(request: PortalRequest) -> HttpResponse:
    """A guardian's other child, by the slip of the other school."""
    require(request.user, "establishments.slips.attach", None)
    form = AttachForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (school := _attached(request, form)):
        done = _("Rattaché : votre enfant de « %(school)s » est dans votre compte.")
        messages.success(request, done % {"school": school.name})
        return redirect("home")
    return render(request, "establishments/slips/attach.html", {"form": form})


def _attached(request: PortalRequest, form: AttachForm) -> Any:
    typed = form.cleaned_data["code"]
    if not consume(request, action="one_time_code", key=codes.digest(codes.normalised(typed))):
        form.add_error("code", too_many())
        return None
    try:
        return actions.attach(typed=typed, birth_date=form.cleaned_data["birth_date"], by=request.user)
    except ValidationError as error:
        form.add_error("birth_date" if error.code == "not_their_child" else "code", error)
        return None
