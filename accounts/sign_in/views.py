from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse

from accounts.sign_in.profiles import ASKED_BY, COOKIE, profile_asked, profile_of, profiles_offered
from ent.portal.requests import PortalRequest
from ent.portal.themes import A_YEAR


class SignInView(LoginView):
    """The local form, always; with providers in service, “who are you?” before it."""

    request: PortalRequest

    def get(self, request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().get(request, *args, **kwargs)
        if chosen := profile_of(request, self.offered) if profile_asked(request) else None:
            response.set_cookie(
                COOKIE,
                chosen.slug,
                max_age=A_YEAR,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response

    def dispatch(self, request: PortalRequest, *args: Any, **kwargs: Any) -> Any:
        self.offered = profiles_offered()
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        sent = self.request.method == "POST"
        profile = profile_of(self.request, self.offered)
        # Who has sent the local form sees it again, with what was wrong, whatever they answered before.
        context["asks_who"] = bool(self.offered) and profile is None and not sent
        context |= {"profiles": self.offered, "profile": profile, "asked_by": ASKED_BY, "sent": sent}
        return context


sign_in = login_not_required(SignInView.as_view())
