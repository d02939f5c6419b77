from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ent.portal import registry
from ent.portal.registry import Entry
from establishments.hand_made.api import HandMadeViewSet
from establishments.support.desks import SCHOOL, has_desk

registry.entry(
    Entry(_("Comptes à la main"), "user-plus", "hand-made-accounts", "etablissement", 44, False, has_desk(SCHOOL))
)

registry.api("hand-made-accounts", HandMadeViewSet, "hand-made-account")
