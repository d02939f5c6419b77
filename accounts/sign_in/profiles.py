"""“Who are you?”: what somebody answered the last time, on this device, and the providers that the answer leads to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.federation.models import IdentityProvider
from ent.portal.requests import PortalRequest

COOKIE = "ent_profile"
ASKED_BY = "profil"
Audience = IdentityProvider.Audience


@dataclass(frozen=True)
class Profile:
    slug: str
    label: str | Promise
    hint: str | Promise
    icon: str
    providers: list[IdentityProvider] = field(default_factory=list)


PROFILES = [
    Profile(Audience.FAMILY, _("Élève ou parent"), _("Collège et lycée"), "backpack"),
    Profile(Audience.STAFF, _("Personnel"), _("Éducation nationale"), "graduation-cap"),
    Profile(Audience.AGRICULTURE, _("Lycée agricole"), _("Élève, parent ou personnel"), "sprout"),
    Profile(Audience.OTHER, _("Autre"), _("Avec un identifiant donné par l’établissement"), "key-round"),
]


def profiles_offered() -> list[Profile]:
    """Those that a provider is for, and “other”, which is the local account; none when no provider is in service."""
    by_audience: defaultdict[str, list[IdentityProvider]] = defaultdict(list)
    for provider in IdentityProvider.objects.open():
        by_audience[provider.audience].append(provider)
    if not by_audience:
        return []
    return [
        Profile(profile.slug, profile.label, profile.hint, profile.icon, by_audience[profile.slug])
        for profile in PROFILES
        if by_audience[profile.slug] or profile.slug == Audience.OTHER
    ]


def profile_asked(request: PortalRequest) -> str | None:
    """Named in the address: the cookie is only for those who say nothing."""
    return request.GET.get(ASKED_BY)


def profile_of(request: PortalRequest, offered: list[Profile]) -> Profile | None:
    asked = profile_asked(request)
    slug = request.COOKIES.get(COOKIE, "") if asked is None else asked
    return next((profile for profile in offered if profile.slug == slug), None)
