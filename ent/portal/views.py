from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST
from django.views.defaults import page_not_found

from ent.portal import registry
from ent.portal.paging import BeyondLastPageError
from ent.portal.redirects import back_or
from ent.portal.requests import PortalRequest
from ent.portal.spaces import current_space, enter_space
from ent.portal.themes import A_YEAR, COOKIE, THEMES
from ent.tenancy.scope import reach_of

API_PLACES = {"v1": "api-root", "token": "token", "schema": "schema"}


@require_GET
def home(request: PortalRequest, slug: str | None = None) -> HttpResponse:
    """The home page of a space: its sections, and as title the first answer that one of them gives."""
    if slug and registry.space_named(slug) is None:
        raise Http404
    space = enter_space(request, slug) if slug else current_space(request)
    if space is None:
        why: Callable[[object], list[str]] = import_string(settings.ENT_WHY_NOWHERE)
        return render(request, "portal/nowhere.html", {"reasons": why(request.user)})
    request.is_home = True
    sections = [made for make in registry.sections_of(space.slug) if (made := make(request))]
    title = next((s for s in sections if s.headline), None)
    return render(
        request,
        "portal/home.html",
        {
            "headline": title.headline if title else space.label,
            "caption": title.caption if title else "",
            "sections": [s for s in sections if not s.aside],
            "aside": [s for s in sections if s.aside],
        },
    )


@require_GET
def my_account(request: PortalRequest) -> HttpResponse:
    seats = reach_of(request.user).seats
    is_guardian = any(seat.role == "guardian" for seat in seats)
    return render(request, "portal/my_account.html", {"seats": seats, "is_guardian": is_guardian})


@login_not_required
@require_POST
def choose_theme(request: PortalRequest) -> HttpResponse:
    response = back_or(request, "home")
    theme = request.POST.get("theme")
    if theme in THEMES:
        response.set_cookie(
            COOKIE,
            theme,
            max_age=A_YEAR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A page for people; for programs, problem details as every error of the API."""
    if isinstance(exception, BeyondLastPageError):
        return render(request, "404.html", {"beyond": exception}, status=HTTPStatus.NOT_FOUND)
    if not request.path.startswith("/api/"):
        return page_not_found(request, exception)
    status = HTTPStatus.NOT_FOUND
    detail = gettext("Rien à cette adresse. Ce qu’il y a : %(root)s") % {
        "root": request.build_absolute_uri(reverse("api-root"))
    }
    problem = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    return JsonResponse(problem, status=status, content_type="application/problem+json")


@login_not_required
@require_GET
def api(request: PortalRequest) -> JsonResponse:
    """For whoever tries the address: where the API begins, how one is let in, where it is described."""
    places = {name: request.build_absolute_uri(reverse(route)) for name, route in API_PLACES.items()}
    return JsonResponse({"detail": gettext("L’API du portail. Demandez d’abord un jeton."), **places})


@login_not_required
@require_GET
def health(request: PortalRequest) -> JsonResponse:
    """For the machine that watches: 200 when a page could be served, 503 when not, with what is missing."""
    parts = {"postgresql": _answers(_ask_postgresql), "redis": _answers(_ask_redis)}
    # Without Redis pages are slower and sign-in is closed, but those who are in go on working.
    return JsonResponse(parts, status=200 if parts["postgresql"] else 503)


def _answers(ask: object) -> bool:
    try:
        ask()  # type: ignore[operator]
    except Exception:
        return False
    return True


def _ask_postgresql() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_redis() -> None:
    cache.get("health")
