"""Redis is away: what counts attempts cannot, so that what must be counted is refused, and said."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from ent.portal.requests import PortalRequest

RETRY_AFTER = {"Retry-After": "120"}  # seconds


def redis_is_away(request: PortalRequest) -> HttpResponse:
    status = HTTPStatus.SERVICE_UNAVAILABLE
    if request.path.startswith("/api/"):
        detail = _("Une partie du portail ne répond pas. Réessayez dans quelques minutes.")
        problem = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
        return JsonResponse(problem, status=status, content_type="application/problem+json", headers=RETRY_AFTER)
    template = "503.html" if request.user.is_authenticated else "503_sign_in.html"
    answer = render(request, template, status=status)
    answer["Retry-After"] = RETRY_AFTER["Retry-After"]
    return answer
