"""What several pages of the desks do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from ent.portal.requests import PortalRequest
from ent.portal.rights import open_or_refuse
from establishments.people.models import Membership
from establishments.support import actions
from establishments.support.desks import Desk

ROWS = 25


def issued_code(request: PortalRequest, form: Any, membership: Membership, reason: str, identity: Any) -> str:
    """The code; "" when the action refuses, which is then said in the form."""
    try:
        with transaction.atomic():
            return actions.reset(
                membership=membership,
                by=request.user,
                reason=reason,
                identity_checked=identity,
                after=form.cleaned_data["after"],
            )
    except ValidationError as error:
        if getattr(error, "code", "") == "seen":
            messages.warning(request, " ".join(error.messages))
        form.add_error(None, error)
        return ""


def shown_once(
    request: PortalRequest, membership: Membership, code: str, *, back: tuple[str, int], desk: Desk | None = None
) -> HttpResponse:
    context = {
        "membership": membership,
        "person": membership.user,
        "code": code,
        "back_name": back[0],
        "back_pk": back[1],
        "desk": desk,
        "now": timezone.now(),
    }
    return render(request, "establishments/support/code.html", context)


def opened(request: PortalRequest, pk: int, right: str) -> Membership:
    rows = Membership.objects.select_related("user", "establishment")
    membership: Membership = open_or_refuse(rows, request.user, right, pk=pk)
    return membership


def done_without_error(form: Any, act: Callable[[], None]) -> bool:
    """Run the action; what it refuses is said in the form, with what was typed still there."""
    try:
        with transaction.atomic():
            act()
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    return True
