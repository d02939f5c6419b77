from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.federation import sessions as federation
from accounts.sign_in.reauthentication import authenticated_recently, ways_to_prove
from accounts.sign_in.throttle import login_key


class AccountAdapter(DefaultAccountAdapter):
    """Accounts come from the directory: nobody signs up."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("Identifiant ou mot de passe incorrect. Vérifiez les majuscules."),
        "too_many_login_attempts": _("Trop d’essais. Attendez cinq minutes, puis recommencez."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """A closed account answers like a wrong password: allauth would lead to a page that tells it apart."""
        user = super().authenticate(request, **credentials)
        return user if user and user.is_active else None

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """allauth would ask again just after the sign-in."""
        return not authenticated_recently(context.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """What the person can prove it with, in one query: allauth asks for each kind of factor, twice a page."""
        if not hasattr(context.request, "_proofs"):
            context.request._proofs = list(ways_to_prove(user))
        proofs: list[dict[str, Any]] = context.request._proofs
        return proofs

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: str) -> str:
        """Without the Host that allauth counts by: the desk knows none, and who sends the request writes it."""
        return login_key(credentials.get("username", ""))

    def logout(self, request: HttpRequest) -> None:
        """What opened the session is kept for the next page, which tells the provider that it is over."""
        opened_by = request.session.get(federation.SIGNED_IN_BY)
        super().logout(request)
        if opened_by:
            request.session[federation.LEAVING] = opened_by

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        slug = federation.provider_to_leave(request)
        return reverse("federation_leave", args=[slug]) if slug else super().get_logout_redirect_url(request)
