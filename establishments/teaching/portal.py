from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ent.portal import registry
from ent.portal.registry import Entry

registry.entry(Entry(_("Qui enseigne quoi"), "presentation", "school-teaching", "etablissement", 42, in_bar=False))
