from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from onelogin.saml2.logout_request import OneLogin_Saml2_Logout_Request
from redis.exceptions import RedisError

from accounts.federation import actions, sessions
from accounts.federation.forms import HelpForm
from accounts.federation.identifiers import name_in
from accounts.federation.models import IdentityProvider
from accounts.federation.problems import Problem, RefusedError
from accounts.federation.saml import MOST_BYTES, Vouched, conversation, metadata_of, read_response
from accounts.models import User
from accounts.second_factor.requirement import note_provider_strength
from ent.portal.requests import PortalRequest
from ent.portal.templatetags.portal import of
from ent.tenancy.middleware import writes_on_get
from ent.tenancy.scope import person_scope

log = logging.getLogger(__name__)

A_DAY = 24 * 3600  # seconds
View = Callable[[PortalRequest, IdentityProvider], HttpResponse]


def of_provider(view: View) -> Callable[..., HttpResponse]:
    """A public page of a provider in service, found by its short name; a RefusedError becomes a page that says it."""

    @login_not_required
    @never_cache
    @wraps(view)
    def wrapped(request: PortalRequest, slug: str) -> HttpResponse:
        provider = get_object_or_404(IdentityProvider.objects.open(), slug=slug)
        try:
            return view(request, provider)
        except RefusedError as refusal:
            # What came from outside stays out of the log: it holds no name, and no line that somebody else wrote.
            log.warning("sign-in by %s refused: %s %s", provider.slug, refusal.problem.name, refusal.detail)
            return _problem_page(request, provider, refusal.problem)

    return wrapped


def _problem_page(request: PortalRequest, provider: IdentityProvider, problem: Problem) -> HttpResponse:
    name = {"provider": provider.name, "of_provider": of(provider.name)}
    context = {"provider": provider, "title": problem.title % name, "advice": problem.advice % name}
    return render(request, "account/federation/problem.html", context, status=problem.status)


# --- Signing in -----------------------------------------------------------------------------------------------


@require_GET
@of_provider
def start(request: PortalRequest, provider: IdentityProvider) -> HttpResponse:
    """To the provider. A link and no form: our policy lets forms lead to our own pages only."""
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    try:
        auth = conversation(provider, request)
        url = auth.login(return_to="")
    except Exception as error:  # a provider's row that python3-saml cannot work with
        raise RefusedError(Problem.UNAVAILABLE, type(error).__name__) from error
    next_url = sessions.own_page(request, get_next_redirect_url(request) or "")
    sessions.remember_request(request, provider, asked=auth.get_last_request_id(), next_url=next_url)
    return HttpResponseRedirect(url)


@csrf_exempt  # the provider's form has no token of ours: its assertion is signed, and answers a request of this browser
@require_POST
@of_provider
def acs(request: PortalRequest, provider: IdentityProvider) -> HttpResponse:
    """The provider's answer, checked and put aside: this post comes without the session's cookie."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > 2 * MOST_BYTES:
        raise RefusedError(Problem.UNTRUSTED, "too long")
    vouched = read_response(provider, request)
    if not vouched.in_response_to and not provider.allows_unsolicited:
        raise RefusedError(Problem.UNSOLICITED)
    response = redirect("saml_finish", slug=provider.slug)
    sessions.hand_over(response, vouched)
    return response


@writes_on_get  # the redirection after the provider's post is a GET, and signs in
@require_GET
@of_provider
def finish(request: PortalRequest, provider: IdentityProvider) -> HttpResponse:
    vouched = sessions.take_over(request, provider)
    next_url = sessions.what_was_asked(request, provider, vouched)
    people = actions.people_vouched_for(provider=provider, vouched=vouched)
    if not people:
        sessions.keep_pending(request, vouched)
        return redirect("federation_unknown", slug=provider.slug)
    usable = _usable(provider, people)
    if len(usable) == 1:
        return _sign_in(request, provider, vouched, usable[0], next_url)
    sessions.keep_pending(request, vouched, people=[person.pk for person in usable], next=next_url)
    return redirect("federation_choose", slug=provider.slug)


def _usable(provider: IdentityProvider, people: list[User]) -> list[User]:
    served = [person for person in people if actions.serves(provider=provider, person=person)]
    if not served:
        raise RefusedError(Problem.NOT_SERVED)
    active = [person for person in served if person.is_active]
    if not active:
        raise RefusedError(Problem.CLOSED)
    return active


def _sign_in(
    request: PortalRequest, provider: IdentityProvider, vouched: Vouched, person: User, next_url: str
) -> HttpResponse:
    """By allauth, so that whatever else a sign-in asks for (second factor, throttle) is asked here too."""
    if request.user.is_authenticated:
        logout(request)
    account = actions.link(provider=provider, vouched=vouched, person=person)
    request.session.pop(sessions.PENDING, None)
    sessions.note_signed_in(request, vouched)
    note_provider_strength(request, person, vouched.contexts)
    login = SocialLogin(
        account=SocialAccount(provider=account.provider, uid=account.uid),
        provider=account.get_provider(request),
    )
    login.state = {"process": AuthProcess.LOGIN, "next": next_url or None}
    return complete_social_login(request, login)


@require_http_methods(["GET", "POST"])
@of_provider
def choose(request: PortalRequest, provider: IdentityProvider) -> HttpResponse:
    """The provider vouches for several accounts, all of them the person's: which one this time?"""
    kept = sessions.pending(request, provider)
    if kept is None or "people" not in kept:
        return redirect(settings.LOGIN_URL)
    people = list(User.objects.filter(pk__in=kept["people"], is_active=True).order_by("sort_name", "pk"))
    if request.method == "POST":
        chosen = next((person for person in people if str(person.pk) == request.POST.get("person")), None)
        if chosen is None:
            raise BadRequest
        return _sign_in(request, provider, Vouched.from_dict(kept["vouched"]), chosen, kept["next"])
    accounts = [(person, _seats_of(person)) for person in people]
    return render(request, "account/federation/choose.html", {"provider": provider, "accounts": accounts})


def _seats_of(person: User) -> list[str]:
    """What the person is and where, to tell their own accounts apart."""
    with person_scope(person) as reach:
        return [f"{seat.role_label}, {seat.establishment_name}" for seat in reach.seats[:3]]


@require_http_methods(["GET", "POST"])
@of_provider
def unknown(request: PortalRequest, provider: IdentityProvider) -> HttpResponse:
    """The directory knows nobody by what the provider said: what to do, and a case for the hub's desk."""
    kept = sessions.pending(request, provider)
    if kept is None:
        return redirect(settings.LOGIN_URL)
    if kept.get("asked"):
        return render(request, "account/federation/asked.html", {"provider": provider})
    query = (request.POST if request.method == "POST" else request.GET).get("q", "").replace("\0", "").strip()[:100]
    schools = actions.schools_served(provider=provider, query=query) if query else []
    form = HelpForm(request.POST if request.method == "POST" else None, schools=schools)
    if request.method == "POST" and form.is_valid():
        _open_case(provider, Vouched.from_dict(kept["vouched"]), form.cleaned_data)
        request.session[sessions.PENDING] = {**kept, "asked": True}
        return redirect("federation_unknown", slug=provider.slug)
    context = {
        "provider": provider,
        "form": form,
        "query": query,
        "schools": schools,
        "name": name_in(Vouched.from_dict(kept["vouched"])),
    }
    return render(request, "account/federation/unknown.html", context)


def _open_case(provider: IdentityProvider, vouched: Vouched, said: dict[str, Any]) -> None:
    """One case a day for the same person of the provider, however often they come back."""
    subject = actions.subject_of(vouched)
    try:
        is_first = cache.add(f"saml:helped:{subject}", 1, timeout=A_DAY)
    except RedisError as error:
        raise RefusedError(Problem.UNAVAILABLE, "no shared memory") from error
    if is_first:
        actions.ask_for_help(
            provider=provider,
            establishment=said["school"],
            claimed_name=name_in(vouched),
            contact=said["contact"],
            description=said["description"],
            subject=subject,
        )


# --- Metadata and logout --------------------------------------------------------------------------------------


@login_not_required
@require_GET
def metadata(request: PortalRequest, slug: str) -> HttpResponse:
    """Ours, for the provider to read; it is needed before the provider is in service."""
    provider = get_object_or_404(IdentityProvider, slug=slug)
    return HttpResponse(metadata_of(provider, request), content_type="application/samlmetadata+xml; charset=utf-8")


@require_GET
@of_provider
def leave(request: PortalRequest, provider: IdentityProvider) -> HttpResponse:
    """Signed out here: the page takes the person on to the provider, so that nobody else comes in by its session."""
    left = request.session.pop(sessions.LEAVING, None)
    if not left or left["provider"] != provider.slug or not provider.slo_url:
        return redirect(settings.LOGIN_URL)
    auth = conversation(provider, request)
    url = auth.logout(
        return_to="",
        name_id=left["name_id"],
        name_id_format=left["name_id_format"] or None,
        session_index=left["session_index"] or None,
    )
    request.session[sessions.LOGOUT_REQUEST] = auth.get_last_request_id()
    return render(request, "account/federation/leave.html", {"provider": provider, "url": url})


@writes_on_get  # SAML's redirect binding: the provider says by GET that the person has signed out
@require_GET
@of_provider
def sls(request: PortalRequest, provider: IdentityProvider) -> HttpResponse:
    """The provider's answer to our logout, or its own request; both signed, or nothing happens."""
    is_request = "SAMLRequest" in request.GET
    asked = request.session.pop(sessions.LOGOUT_REQUEST, None)
    if not is_request and asked is None:
        return redirect(settings.LOGIN_URL)
    auth = conversation(provider, request, signed_messages=True)
    try:
        answer = auth.process_slo(keep_local_session=True, request_id=asked)
        is_ours = is_request and not auth.get_errors() and _is_of_this_session(request, provider, auth)
    except Exception as error:  # as for responses: whatever a hostile message makes the libraries raise
        raise RefusedError(Problem.UNTRUSTED, type(error).__name__) from error
    if auth.get_errors():
        if not is_request:
            return render(request, "account/federation/still_open.html", {"provider": provider})
        raise RefusedError(Problem.UNTRUSTED, "logout request")
    if is_ours:
        logout(request)
    return HttpResponseRedirect(answer) if is_request else redirect(settings.LOGIN_URL)


def _is_of_this_session(request: PortalRequest, provider: IdentityProvider, auth: Any) -> bool:
    """Does the request speak of the person, and the session, that this browser came in by?"""
    by = request.session.get(sessions.SIGNED_IN_BY) or {}
    message = auth.get_last_request_xml()
    indexes = OneLogin_Saml2_Logout_Request.get_session_indexes(message)
    return (
        by.get("provider") == provider.slug
        and by.get("name_id") == OneLogin_Saml2_Logout_Request.get_nameid(message)
        and (not indexes or by.get("session_index") in indexes)
    )
