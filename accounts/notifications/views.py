"""What is new for somebody, the latest first; opening it marks it read."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from accounts.notifications import actions
from accounts.notifications.models import Notification
from accounts.notifications.rows import row_of
from ent.portal.paging import page_of
from ent.portal.redirects import back_or
from ent.portal.requests import PortalRequest

ROWS = 30


@require_GET
def notifications(request: PortalRequest) -> HttpResponse:
    page = page_of(Notification.objects.of(request.user), request, size=ROWS)
    rows = [row_of(row) for row in page.rows]
    context = {"page": page, "rows": rows, "has_unread": any(row.is_unread for row in rows)}
    return render(request, "accounts/notifications/list.html", context)


@require_POST
def open_one(request: PortalRequest, pk: int) -> HttpResponse:
    """A button and not a link: what is opened is marked, and a page that is only read changes nothing."""
    notification = get_object_or_404(Notification.objects.of(request.user), pk=pk)
    actions.mark_read(notification=notification, by=request.user)
    ours = url_has_allowed_host_and_scheme(notification.path, allowed_hosts=None)
    return redirect(notification.path if ours else "notifications")


@require_POST
def read_all(request: PortalRequest) -> HttpResponse:
    actions.mark_all_read(by=request.user)
    return back_or(request, "notifications")
