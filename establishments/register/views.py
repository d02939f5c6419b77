"""The page of the administration that takes the register's file. Its URL is beside those of the schools."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from establishments.register.actions import import_register
from establishments.register.forms import RegisterForm
from establishments.register.report import LISTED


def upload(request: HttpRequest, *, model_admin: Any) -> HttpResponse:
    """Try the file, or write it; nothing is kept of it between the two."""
    if not model_admin.has_change_permission(request) or not model_admin.has_add_permission(request):
        raise PermissionDenied
    sent = request.method == "POST"
    form, report = RegisterForm(request.POST, request.FILES) if sent else RegisterForm(), None
    if sent and form.is_valid():
        report = import_register(
            reading=form.cleaned_data["file"],
            by=request.user,  # type: ignore[arg-type]
            create=form.cleaned_data["create"],
            dry_run="write" not in request.POST,
        )
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Reprendre le registre national"),
        "opts": model_admin.opts,
        "form": form,
        "report": report,
        "differences": report.differences[:LISTED] if report else [],
        "errors": report.errors[:LISTED] if report else [],
    }
    return render(request, "admin/establishments/establishment/register.html", context)
