from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ent.portal import registry
from ent.portal.registry import Entry, Section
from ent.portal.requests import PortalRequest
from establishments.people.models import FormTeacher, Group, Role
from establishments.people.reach import reach_of
from establishments.support.api import AccountViewSet, CaseViewSet
from establishments.support.desks import HUB, SCHOOL, Desk, has_desk
from establishments.support.models import Case

registry.entry(
    Entry(gettext_lazy("Comptes"), "user-search", "territoire-accounts", "territoire", 4, shown=has_desk(HUB))
)
registry.entry(Entry(gettext_lazy("Demandes"), "life-buoy", "territoire-cases", "territoire", 6, shown=has_desk(HUB)))
registry.entry(
    Entry(gettext_lazy("Comptes"), "user-search", "etablissement-accounts", "etablissement", 14, shown=has_desk(SCHOOL))
)
registry.entry(
    Entry(gettext_lazy("Demandes"), "life-buoy", "etablissement-cases", "etablissement", 30, False, has_desk(SCHOOL))
)

registry.api("accounts", AccountViewSet, "account")
registry.api("cases", CaseViewSet, "case")


@registry.section(space="territoire", order=5)
def hub_desk(request: PortalRequest) -> Section | None:
    return _desk(request, HUB)


@registry.section(space="etablissement", order=30)
def school_desk(request: PortalRequest) -> Section | None:
    return _desk(request, SCHOOL)


def _desk(request: PortalRequest, desk: Desk) -> Section | None:
    """What waits, and the search box that one came for."""
    schools = desk.schools_of(request.user)
    if not schools:
        return None
    waiting = list(
        Case.objects.waiting_at([desk.level_of(request.user)], schools).for_lists().order_by("opened_at", "pk")[:100]
    )
    count = len(waiting)
    said = ngettext("%(count)d demande attend", "%(count)d demandes attendent", count) % {"count": count}
    return Section(
        "establishments/support/desk_section.html",
        {"desk": desk, "count": count, "oldest": waiting[0] if waiting else None, "waiting": waiting[:5]},
        headline=(said if count else _("Aucune demande n’attend")) if desk is HUB else "",
        caption=ngettext("%(count)d établissement", "%(count)d établissements", len(schools)) % {"count": len(schools)},
    )


@registry.section(space="classe", order=30)
def form_teacher(request: PortalRequest) -> Section | None:
    """For a form teacher, the way to the accounts of the class."""
    own = reach_of(request.user).memberships(Role.TEACHER)
    groups = Group.objects.of_year().filter(pk__in=FormTeacher.objects.filter(membership__in=own).values("group"))
    found = list(groups[:5])
    return Section("establishments/support/form_section.html", {"groups": found}) if found else None
