from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.sessions.actions import end_other_sessions, end_session
from ent.portal.requests import PortalRequest


@require_POST
def end(request: PortalRequest) -> HttpResponse:
    """End one of one's sessions, or without a name all but this one."""
    if named := request.POST.get("session"):
        ended = int(_is_handle(named) and end_session(handle=UUID(named), by=request.user))
    else:
        ended = end_other_sessions(by=request.user, kept=request.session.session_key)
    if ended:
        messages.success(request, ngettext("Session fermée.", "%(count)d sessions fermées.", ended) % {"count": ended})
    else:
        messages.info(request, _("Cette session était déjà fermée."))
    return redirect("mfa_index")


def _is_handle(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
