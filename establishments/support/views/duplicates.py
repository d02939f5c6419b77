"""Those who may be one person, and making one of two."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.sign_in.reauthentication import ask_again, authenticated_recently
from ent.portal.paging import page_of
from ent.portal.requests import PortalRequest
from ent.portal.rights import require
from establishments.people.models import Membership
from establishments.support import actions
from establishments.support.desks import Desk, at_desk
from establishments.support.duplicates import alike, pages_of_alike
from establishments.support.forms import (
    MergeForm,
)
from establishments.support.views.shared import ROWS, done_without_error


@at_desk
@require_GET
def duplicates(request: PortalRequest, desk: Desk) -> HttpResponse:
    """Those of the same name and birth date, in the desk's schools."""
    schools = desk.schools_of(request.user)
    page = page_of(pages_of_alike(schools), request, size=ROWS)
    context = {"desk": desk, "page": page, "found": alike(page.rows, schools)}
    return render(request, "establishments/support/duplicates.html", context)


@at_desk
@require_http_methods(["GET", "POST"])
def account_merge(request: PortalRequest, desk: Desk, pk: int, other: int) -> HttpResponse:
    """Two people side by side: which one to keep."""
    pair = _pair(request, pk, other)
    people = {str(row.user_id): row.user for row in pair}
    if len(people) < 2:
        raise Http404
    if not authenticated_recently(request):
        return ask_again(request)
    form = MergeForm(request.POST or None, people=list(people.values()))
    if request.method == "POST" and form.is_valid():
        keep = people[form.cleaned_data["keep"]]
        (drop,) = [user for user in people.values() if user != keep]
        establishment = next(row.establishment_id for row in pair if row.user_id == drop.pk)

        def act() -> None:
            actions.merge_people(
                keep=keep,
                drop=drop,
                by=request.user,
                reason=form.cleaned_data["reason"],
                establishment_id=establishment,
            )

        if done_without_error(form, act):
            messages.success(request, _("Comptes réunis : %(login)s reste.") % {"login": keep.username})
            return redirect(desk.urls["accounts"])
    return render(request, "establishments/support/merge.html", {"desk": desk, "form": form, "pair": pair})


def _pair(request: PortalRequest, pk: int, other: int) -> list[Membership]:
    rows = Membership.objects.select_related("user", "establishment").in_bulk([pk, other])
    if len(rows) < 2:
        raise Http404
    for row in rows.values():
        require(request.user, "establishments.accounts.help", row)
    return [rows[pk], rows[other]]
