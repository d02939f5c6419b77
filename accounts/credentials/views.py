"""In by a code, by a link or by one's own password; each leads to choosing a password, one thing a page."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.utils import perform_login
from allauth.core.ratelimit import consume
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.credentials import actions, codes, recovery, tasks
from accounts.credentials.forms import (
    PROOF_FORMS,
    ActivationForm,
    ChangePasswordForm,
    CodeForm,
    ContactForm,
    PasswordForm,
    RecoverForm,
    RecoveryLinkForm,
)
from accounts.identity.models import User
from accounts.sign_in.reauthentication import authenticated_recently
from ent.portal.requests import PortalRequest

ACTIVATION, RECOVERY = "credentials_activation", "credentials_recovery"  # what the session remembers of each way
STEPS_LAST = 30 * 60  # seconds between the first step and the last

get_or_post = require_http_methods(["GET", "POST"])


def too_many() -> ValidationError:
    return ValidationError(_("Trop d’essais. Attendez cinq minutes, puis recommencez."), code="too_many")


# --- By the code of a slip ------------------------------------------------------------------------------------


@login_not_required
@never_cache
@sensitive_post_parameters()
@get_or_post
def activate(request: PortalRequest) -> HttpResponse:
    """The code: typed, or put there by the QR from what follows the # of the address, which no log sees."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data["code"]
        if not consume(request, action="one_time_code", key=codes.digest(codes.normalised(typed))):
            form.add_error("code", too_many())
        elif ticket := actions.find_code(typed=typed):
            request.session[ACTIVATION] = {"code": ticket.code.pk, "since": time.time(), "checked": False}
            return redirect("activate-identity")
        else:
            form.add_error("code", actions.CodeRefusedError())
    signed_in = request.user.is_authenticated
    may_attach = signed_in and request.user.has_perm("establishments.slips.attach")  # said above this floor
    context = {"form": form, "signed_in": signed_in, "may_attach": may_attach}
    return render(request, "accounts/credentials/activate.html", context)


@login_not_required
@never_cache
@sensitive_post_parameters()
@get_or_post
def activate_identity(request: PortalRequest) -> HttpResponse:
    """What only the right person knows."""
    ticket = _ticket(request)
    if ticket is None:
        return _start_again(request)
    form = PROOF_FORMS[ticket.proof.kind](request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            proved = actions.check_identity(code_id=ticket.code.pk, answer=str(form.cleaned_data["answer"]))
        except actions.CodeRefusedError:
            return _start_again(request)
        if proved:
            request.session[ACTIVATION] = {**request.session[ACTIVATION], "checked": True}
            return redirect("activate-password")
        if _ticket(request) is None:
            return _start_again(request)
        form.add_error(
            "answer", _("Ce n’est pas ce que l’établissement a enregistré. Vérifiez la fiche, puis recommencez.")
        )
    return render(request, "accounts/credentials/identity.html", {"form": form})


@login_not_required
@never_cache
@sensitive_post_parameters()
@get_or_post
def activate_password(request: PortalRequest) -> HttpResponse:
    ticket = _ticket(request)
    if ticket is None:
        return _start_again(request)
    if not request.session[ACTIVATION]["checked"]:
        return redirect("activate-identity")
    user = ticket.code.user
    form = ActivationForm(request.POST or None, user=user, initial={"email": user.email, "phone": user.phone})
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.redeem(code_id=ticket.code.pk, **form.cleaned_data)
        except actions.CodeRefusedError:
            return _start_again(request)
        del request.session[ACTIVATION]
        return _enter(request, user)
    context = {"form": form, "person": user, "step": _("Étape 3 sur 3")}
    return render(request, "accounts/credentials/new_password.html", context)


def _ticket(request: PortalRequest) -> actions.Ticket | None:
    """The code of the first step, if it is recent and still good."""
    state = request.session.get(ACTIVATION)
    if not state or time.time() - state["since"] > STEPS_LAST:
        return None
    return actions.ticket_of(code_id=state["code"])


def _start_again(request: PortalRequest) -> HttpResponse:
    if request.method == "POST":
        request.session.pop(ACTIVATION, None)
        messages.error(request, " ".join(actions.CodeRefusedError().messages))
    return redirect("activate")


def _enter(request: PortalRequest, user: User) -> HttpResponse:
    """Sign in as the sign-in page would: a second factor, if there is one, is still asked."""
    done = _("C’est fait. Retenez votre identifiant : %(username)s.")
    messages.success(request, done % {"username": user.username})
    return perform_login(request, user, redirect_url=reverse("home"))


# --- By a link in an e-mail -----------------------------------------------------------------------------------


@login_not_required
@never_cache
@get_or_post
def recover(request: PortalRequest) -> HttpResponse:
    """Ask for the link. The answer is the same whatever the username: nothing is looked up here."""
    form = RecoverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        username = form.cleaned_data["username"].strip()
        if consume(request, action="recover", key=username.lower()):
            tasks.send_recovery_link.delay(username=username)
            return render(request, "accounts/credentials/recovery_sent.html", {"form": RecoverForm()})
        form.add_error("username", too_many())
    return render(request, "accounts/credentials/recover.html", {"form": form})


@login_not_required
@never_cache
@sensitive_post_parameters()
@get_or_post
def recover_link(request: PortalRequest) -> HttpResponse:
    """Where the link leads: its secret follows the #, and the form sends it."""
    form = RecoveryLinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        secret = form.cleaned_data["code"].rpartition("#")[2]
        if not consume(request, action="recovery_link"):
            form.add_error("code", too_many())
        elif recovery.person_of(secret):
            request.session[RECOVERY] = secret
            return redirect("recover-password")
        else:
            form.add_error("code", _link_refused())
    return render(request, "accounts/credentials/recover_link.html", {"form": form})


@login_not_required
@never_cache
@sensitive_post_parameters()
@get_or_post
def recover_password(request: PortalRequest) -> HttpResponse:
    user = recovery.person_of(request.session.get(RECOVERY, ""))
    if user is None:
        return _ask_again(request)
    form = PasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.recover(secret=request.session[RECOVERY], **form.cleaned_data)
        except actions.CodeRefusedError:
            return _ask_again(request)
        del request.session[RECOVERY]
        return _enter(request, user)
    context = {"form": form, "person": user, "step": ""}
    return render(request, "accounts/credentials/new_password.html", context)


def _link_refused() -> str:
    return _("Ce lien n’est pas valable, ou ne l’est plus. Demandez-en un autre.")


def _ask_again(request: PortalRequest) -> HttpResponse:
    if RECOVERY in request.session or request.method == "POST":
        messages.error(request, _link_refused())
    return redirect("recover")


# --- One's own account ----------------------------------------------------------------------------------------


@sensitive_post_parameters()
@get_or_post
def change_password(request: PortalRequest) -> HttpResponse:
    """By whoever wants to, or must: see RequireNewPassword."""
    form = _guarded(request, ChangePasswordForm)
    if request.method == "POST" and form.is_valid():
        actions.set_password(user=request.user, password=form.cleaned_data["password"], by=request.user)
        update_session_auth_hash(request, request.user)
        messages.success(request, _("Mot de passe changé. Les autres appareils devront se connecter de nouveau."))
        return redirect("home" if form.was_required else "my_account")
    return render(request, "accounts/credentials/change_password.html", {"form": form})


@sensitive_post_parameters()
@get_or_post
def contact(request: PortalRequest) -> HttpResponse:
    """One's e-mail and phone."""
    user = request.user
    form = _guarded(request, ContactForm, initial={"email": user.email, "phone": user.phone})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        actions.set_contact(user=user, by=user, email=data["email"], phone=data["phone"])
        messages.success(request, _("Coordonnées enregistrées."))
        if user.email and not user.is_email_verified:
            messages.info(request, _("Un lien vient de partir vers votre adresse : ouvrez-le pour la confirmer."))
        return redirect("my_account")
    return render(request, "accounts/credentials/contact.html", {"form": form})


@require_POST
def send_address_link(request: PortalRequest) -> HttpResponse:
    """Mail the link again, to the address that is not confirmed yet."""
    if consume(request, action="address_link"):
        tasks.send_address_link.delay(user=request.user.pk)
        messages.success(request, _("Un lien vient de partir vers cette adresse."))
    else:
        messages.error(request, _("Plusieurs liens sont déjà partis : regardez dans les indésirables."))
    return redirect("my_account")


@login_not_required
@never_cache
@sensitive_post_parameters()
@get_or_post
def confirm_address(request: PortalRequest) -> HttpResponse:
    """Where that link leads: its secret follows the #. Whoever opens it may be signed in elsewhere."""
    form = RecoveryLinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not consume(request, action="recovery_link"):
            form.add_error("code", too_many())
            return render(request, "accounts/credentials/confirm_address.html", {"form": form})
        try:
            actions.confirm_address(secret=form.cleaned_data["code"].rpartition("#")[2])
        except actions.CodeRefusedError:
            form.add_error("code", _link_refused())
        else:
            messages.success(request, _("Adresse confirmée : elle permettra de choisir un nouveau mot de passe."))
            return redirect("my_account" if request.user.is_authenticated else "account_login")
    return render(request, "accounts/credentials/confirm_address.html", {"form": form})


def _guarded(request: PortalRequest, form_class: Any, **options: Any) -> Any:
    """A form about one's own way in: passwords are not guessed here, and a session left open is not enough."""
    sent = request.method == "POST"
    if sent and not consume(request, action="own_password"):
        messages.error(request, " ".join(too_many().messages))
        sent = False  # what was typed is not even looked at
    form = form_class(request.POST if sent else None, user=request.user, **options)
    form.was_required = request.user.must_change_password
    if sent and not request.user.has_usable_password() and not authenticated_recently(request):
        form.add_error(None, _("Déconnectez-vous, reconnectez-vous, puis revenez ici dans le quart d’heure."))
    return form
