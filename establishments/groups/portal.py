from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ent.portal import registry
from ent.portal.registry import Entry
from establishments.groups.api import HandMadeGroupViewSet

registry.entry(Entry(_("Groupes et projets"), "users-round", "hand-made-groups", "etablissement", 40, in_bar=False))

registry.api("hand-made-groups", HandMadeGroupViewSet, "hand-made-group")
