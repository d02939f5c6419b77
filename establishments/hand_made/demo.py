"""A substitute of the demonstration in each collège, until the end of next month."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from ent.tenancy.scope import person_scope, tenant_scope
from establishments.hand_made import actions
from establishments.hand_made.models import HandMade
from establishments.people.models import Group, Membership, Role, Teaching
from establishments.people.reach import reach_of
from establishments.territory.models import Establishment


def load() -> None:
    for school in Establishment.objects.filter(kind=Establishment.Kind.COLLEGE).order_by("uai"):
        with tenant_scope([school]):
            heads = Membership.objects.current().filter(establishment=school, role=Role.HEAD).by_name()
            head = heads[0].user if heads else None
            is_there = HandMade.objects.exists()
        if head is None or is_there:
            continue
        with person_scope(head):
            if reach_of(head).has(school.pk, {Role.HEAD}):
                _make_substitute(school, head)


def _make_substitute(school: Establishment, head: object) -> None:
    classes = Group.objects.filter(establishment=school).of_year().classes()
    teaching = Teaching.objects.filter(group__in=classes).select_related("group", "subject").order_by("pk").first()
    actions.make(
        school=school,
        by=head,
        civility="Mme",
        first_name="Sabine",
        last_name="Fourcade",
        role=Role.TEACHER,
        ends_on=timezone.localdate() + timedelta(days=45),
        reason="Remplacement, congé de maternité",
        groups=[teaching.group] if teaching else [],
        subject=teaching.subject if teaching else None,
        is_another=True,
    )
