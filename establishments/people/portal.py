"""The spaces, and the school's own pages about its people."""

from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ent.portal import registry
from ent.portal.registry import Entry, Section, Space
from ent.portal.requests import PortalRequest
from establishments.people.api import GroupViewSet, MeView
from establishments.people.models import Group, Role
from establishments.people.permissions import SCHOOL_LIFE
from establishments.people.reach import AGENTS, reach_of

registry.space(Space("classe", _("Mes classes"), frozenset({Role.TEACHER}), 1))
registry.space(Space("etablissement", _("Mon établissement"), SCHOOL_LIFE, 2))
registry.space(Space("territoire", _("Mon territoire"), AGENTS, 3))
registry.space(Space("eleve", _("Mon travail"), frozenset({Role.STUDENT}), 4))
registry.space(Space("famille", _("Ma famille"), frozenset({Role.GUARDIAN}), 5))

registry.entry(Entry(_("Classes"), "users", "school-classes", "etablissement", 10))

registry.api("groups", GroupViewSet, "group")
registry.api_path(path("me/", MeView.as_view(), name="me"))


@registry.section(space="etablissement", order=10)
def classes(request: PortalRequest) -> Section:
    """The school's classes, with the numbers that a head has in mind."""
    schools = reach_of(request.user).where(*SCHOOL_LIFE)
    groups = list(Group.objects.filter(establishment__in=schools).of_year().classes().with_sizes()[:200])
    students = sum(group.size for group in groups)
    return Section(
        "establishments/people/classes_section.html",
        {"groups": groups},
        headline=ngettext("%(count)d classe", "%(count)d classes", len(groups)) % {"count": len(groups)},
        caption=ngettext("%(count)d élève cette année", "%(count)d élèves cette année", students) % {"count": students}
        if groups
        else gettext("Le premier import de l’annuaire les créera."),
    )
