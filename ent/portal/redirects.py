from __future__ import annotations

from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from ent.portal.requests import PortalRequest


def back_or(request: PortalRequest, view: str, **kwargs: object) -> HttpResponseRedirect:
    """Back to the page that the form named in `next`, when it is one of ours; else to that view."""
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(back)
    return redirect(view, **kwargs)
