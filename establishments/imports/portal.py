from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_lazy, ngettext

from ent.portal import registry
from ent.portal.registry import Entry, Section
from ent.portal.requests import PortalRequest
from establishments.directory.models import SchoolRun
from establishments.imports.api import DirectoryRunViewSet
from establishments.imports.querysets import waiting_in
from establishments.imports.views import SPACES
from establishments.people.reach import ACADEMY_AGENT, reach_of

FIRST = 5


def _sees_directory(space: str) -> Callable[[PortalRequest], bool]:
    return lambda request: bool(reach_of(request.user).where(*SPACES[space]))


for space, order in (("territoire", 12), ("etablissement", 45)):
    registry.entry(
        Entry(gettext_lazy("Annuaire"), "folder-sync", f"{space}-imports", space, order, False, _sees_directory(space))
    )

registry.api("directory-runs", DirectoryRunViewSet, "directory-run")


@registry.section(space="territoire", order=7)
def waiting(request: PortalRequest) -> Section | None:
    """The schools that wait for the academy, on its agents' home."""
    schools = reach_of(request.user).where(ACADEMY_AGENT)
    if not schools:
        return None
    rows: list[SchoolRun] = list(waiting_in(schools)[: FIRST + 1])
    if not rows:
        return None
    count = len(rows)
    said = ngettext(
        "%(count)d établissement attend votre accord", "%(count)d établissements attendent votre accord", count
    )
    return Section(
        "establishments/imports/section.html",
        {"rows": rows[:FIRST], "said": said % {"count": count} if count <= FIRST else "", "more": count > FIRST},
    )
