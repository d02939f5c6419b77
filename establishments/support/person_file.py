"""The file of one person, as a desk reads it: who they are, where, how they come in, and why they may not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEvent, IdentityProvider, OneTimeCode
from accounts.sign_in.throttle import locked_since, most_attempts
from ent.portal.rights import require
from ent.portal.templatetags.portal import clock, day
from establishments.people.models import Guardianship, Mandate, Membership
from establishments.support.models import Case
from establishments.support.permissions import stands_above
from establishments.support.search import with_places

TRAIL = 20  # acts shown

# What the verbs of the trail mean to whoever reads it.
ACTS = {
    "credentials.reset": _("Code remis pour un nouveau mot de passe"),
    "credentials.code_issued": _("Code créé"),
    "credentials.code_burnt": _("Code annulé après cinq erreurs"),
    "credentials.password_set": _("Mot de passe choisi"),
    "credentials.email_set": _("Adresse changée"),
    "credentials.email_verified": _("Adresse confirmée"),
    "accounts.unlock": _("Essais oubliés"),
    "accounts.second_factor_removed": _("Second facteur retiré"),
    "accounts.block": _("Accès bloqué"),
    "accounts.unblock": _("Accès rétabli"),
    "accounts.close": _("Compte fermé partout"),
    "accounts.reopen": _("Compte rouvert"),
    "accounts.merge": _("Doublon réuni à ce compte"),
    "hand_made.make": _("Compte créé à la main"),
    "hand_made.prolong": _("Compte prolongé"),
    "hand_made.end": _("Compte terminé"),
    "groups.add": _("Ajouté à un groupe"),
    "groups.remove": _("Retiré d’un groupe"),
    "photos.set": _("Photo déposée"),
    "photos.remove": _("Photo retirée"),
    "deputies.appoint": _("Nommé administrateur local"),
    "deputies.dismiss": _("N’est plus administrateur local"),
    "cases.escalate": _("Demande transmise"),
    "cases.close": _("Demande close"),
}


@dataclass(frozen=True)
class File:
    subject: Membership
    seats: list[Membership]
    guardians: list[Any]
    children: list[Any]
    trail: list[tuple[AuditEvent, Any]]  # with its words
    may_act: bool
    state: list[tuple[str, str]]  # (tone of the notice, words)
    provider: str
    is_locked: bool

    @property
    def person(self) -> Any:
        return self.subject.user


def file_of(pk: int, by: Any, schools: Collection[int]) -> File:
    """404 when no person of the open scope has that membership, 403 when it is of a school without a desk."""
    seats = list(_seats(pk))
    subject = next((seat for seat in seats if seat.pk == pk), None)
    if subject is None:
        raise Http404
    require(by, "establishments.accounts.help", subject)
    here = [seat for seat in seats if seat.establishment_id in schools]
    person = subject.user
    own = [seat.pk for seat in seats]  # by the person, through a join, all the guardianships of the schools were read
    family = list(
        Guardianship.objects.filter(Q(student__in=own) | Q(guardian__in=own), establishment__in=schools)
        .select_related("student__user", "guardian__user")
        .order_by("pk")
    )
    locked = locked_since(person.username)
    return File(
        subject=subject,
        seats=here,
        guardians=_distinct([link.guardian for link in family if link.student.user_id == person.pk], person),
        children=_distinct([link.student for link in family if link.guardian.user_id == person.pk], person),
        trail=[
            (event, ACTS.get(event.verb, event.verb))
            for event in AuditEvent.objects.filter(person=person, establishment__in=schools).order_by("-pk")[:TRAIL]
        ],
        may_act=not subject.is_agent
        and stands_above(by, person, [(seat.establishment_id, seat.role) for seat in seats]),
        state=list(_state(subject, here, locked)),
        provider=subject.provider or "",
        is_locked=bool(locked),
    )


def _seats(pk: int) -> Any:
    """All that the person of this membership is in the open scope."""
    codes = OneTimeCode.objects.filter(user=OuterRef("user"), used_at__isnull=True, expires_at__gt=timezone.now())
    return (
        with_places(Membership.objects.filter(user__in=Membership.objects.filter(pk=pk).values("user")))
        .annotate(
            is_agent=Exists(Mandate.objects.filter(user=OuterRef("user"))),
            has_code=Exists(codes),
            has_factor=Exists(Authenticator.objects.filter(user=OuterRef("user"))),
            case=Subquery(Case.objects.pending().filter(person=OuterRef("user")).order_by("pk").values("pk")[:1]),
            provider=_provider(),
        )
        .select_related("user", "establishment")
        .order_by("establishment__name", "role", "pk")
    )


def _provider() -> Any:
    """The identity provider that the person came by last, as people call it."""
    names = IdentityProvider.objects.filter(slug=OuterRef("provider")).values("name")[:1]
    linked = SocialAccount.objects.filter(user=OuterRef("user")).order_by("-last_login", "-pk")
    return Subquery(linked.annotate(called=Coalesce(Subquery(names), F("provider"))).values("called")[:1])


def _distinct(memberships: list[Membership], person: Any) -> list[Any]:
    people = {membership.user_id: membership.user for membership in memberships if membership.user_id != person.pk}
    return list(people.values())


def _state(subject: Membership, seats: list[Membership], locked: Any) -> Any:
    """Why somebody cannot come in, in plain words, and what is normal."""
    person, today = subject.user, timezone.localdate()
    if not person.is_active:
        yield "bad", gettext("Compte fermé partout. Seule l’académie peut le rouvrir.")
    if locked:
        yield "warn", gettext("Bloqué : %(count)d essais, le dernier %(day)s à %(hour)s.") % {
            "count": most_attempts(), "day": day(locked), "hour": clock(locked),
        }  # fmt: skip
    for seat in seats:
        place = {"role": seat.get_role_display(), "school": seat.establishment}
        if seat.is_blocked:
            if seat.is_suspended:
                yield "bad", gettext("Accès bloqué pour cette personne, comme %(role)s à %(school)s.") % place
            else:
                yield "bad", gettext("Accès bloqué pour sa classe ou son profil, comme %(role)s à %(school)s.") % place
        if seat.opens_on and seat.opens_on > today:
            yield "info", gettext("L’accès comme %(role)s ouvre %(day)s.") % {**place, "day": day(seat.opens_on)}
        if seat.ends_on and seat.ends_on < today:
            yield "info", gettext("N’est plus %(role)s à %(school)s depuis le %(day)s.") % {
                **place, "day": day(seat.ends_on, "full"),
            }  # fmt: skip
    if subject.has_code:
        yield "info", gettext("Un code a été remis et n’a pas encore servi.")
    if person.must_change_password:
        yield "info", gettext("Doit choisir un nouveau mot de passe à la prochaine connexion.")
    if not person.activated_at and not person.last_login:
        yield "info", gettext("Compte jamais activé.")
