from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ent.portal import registry
from ent.portal.registry import Entry, Section
from ent.portal.requests import PortalRequest
from establishments.people.reach import reach_of
from establishments.territory.api import EstablishmentViewSet, HolidayViewSet
from establishments.territory.models import Establishment

registry.entry(Entry(gettext_lazy("Établissements"), "school", "territory-list", "territoire", 10))

registry.api("establishments", EstablishmentViewSet, "establishment")
registry.api("holidays", HolidayViewSet, "holiday")

FIRST = 12


@registry.section(space="territoire", order=10)
def establishments(request: PortalRequest) -> Section:
    """The schools of the agent's mandate, and for the rectorate the way to the administration."""
    count = len(reach_of(request.user).establishments)
    schools = Establishment.objects.visible_to(request.user).order_by("city", "name", "pk")[:FIRST]
    return Section(
        "establishments/territory/section.html",
        {"schools": list(schools), "more": count > FIRST},
        headline=ngettext("%(count)d établissement", "%(count)d établissements", count) % {"count": count},
        caption=_("Votre territoire"),
    )
