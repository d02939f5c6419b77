"""The search of a hub's desk, as its agents type it, over all the people of the base."""

from __future__ import annotations

from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import User
from ent.bench.pages import BenchPage
from ent.tenancy.scope import tenant_scope
from establishments.people.models import GroupMembership, Mandate, Role
from establishments.territory.models import Establishment, SupportHub

SCHOOLS = 20  # of a hub
AGENT = "agent.banc"


def seed() -> None:
    """A hub over some twenty schools, and its agent."""
    hub, _created = SupportHub.objects.get_or_create(name="Pôle du banc d’essai")
    if not hub.establishments.exists():
        first = Establishment.objects.order_by("uai").values_list("pk", flat=True)[:SCHOOLS]
        Establishment.objects.filter(pk__in=list(first)).update(hub=hub)
    agent, _created = User.objects.get_or_create(username=AGENT, defaults={"first_name": "A", "last_name": "Banc"})
    Mandate.objects.get_or_create(user=agent, hub=hub)


def pages() -> list[BenchPage]:
    agent = User.objects.get(username=AGENT)
    schools = Establishment.objects.filter(hub__mandates__user=agent).order_by("uai")
    with tenant_scope(schools.values_list("pk", flat=True)):
        link = (
            GroupMembership.objects.filter(group__kind="class", membership__role=Role.STUDENT)
            .select_related("group", "membership__user")
            .order_by("pk")
            .first()
        )
    person = link.membership.user
    return [
        BenchPage("Assistance : un nom", agent, _search(f"{person.last_name[:4]} {person.first_name[:3]}")),
        BenchPage("Assistance : trois lettres", agent, _search(person.last_name[:3])),
        BenchPage("Assistance : nom et classe", agent, _search(f"{person.last_name} {link.group.name}")),
        BenchPage("Assistance : personne", agent, reverse("territoire-account", args=[link.membership_id])),
    ]


def _search(words: str) -> str:
    return f"{reverse('territoire-accounts')}?{urlencode({'q': words})}"
