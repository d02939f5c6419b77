from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ent.portal import registry
from ent.portal.registry import Entry
from ent.portal.requests import PortalRequest
from establishments.people.reach import reach_of
from establishments.tables.permissions import BRINGERS


def _brings(request: PortalRequest) -> bool:
    return bool(reach_of(request.user).where(*BRINGERS))


for _space in ("etablissement", "territoire"):
    registry.entry(Entry(_("Tableau des personnes"), "table", f"{_space}-table", _space, 46, False, _brings))
