from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ent.portal import registry
from ent.portal.registry import Entry
from ent.portal.requests import PortalRequest
from establishments.doors.permissions import ABOVE, AT_SCHOOL
from establishments.people.reach import reach_of


def at_school(request: PortalRequest) -> bool:
    return bool(reach_of(request.user).where(*AT_SCHOOL))


def above(request: PortalRequest) -> bool:
    return bool(reach_of(request.user).where(*ABOVE))


registry.entry(
    Entry(_("Accès"), "door-open", "etablissement-doors-schools", "etablissement", 60, in_bar=False, shown=at_school)
)
registry.entry(Entry(_("Accès"), "door-open", "territoire-doors-schools", "territoire", 60, in_bar=False, shown=above))
