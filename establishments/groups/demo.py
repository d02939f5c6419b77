"""A club of the demonstration in each collège, across two classes."""

from __future__ import annotations

from ent.tenancy.scope import person_scope, tenant_scope
from establishments.groups import actions
from establishments.people.models import Group, Membership, Role, Teaching
from establishments.people.reach import reach_of
from establishments.territory.models import Establishment

NAME = "Club journal"


def load() -> None:
    """By the head: a few students of the first two classes, and one of their teachers."""
    for school in Establishment.objects.filter(kind=Establishment.Kind.COLLEGE).order_by("uai"):
        with tenant_scope([school]):
            heads = Membership.objects.current().filter(establishment=school, role=Role.HEAD).by_name()
            head = heads[0].user if heads else None
            is_there = Group.objects.hand_made().exists()
        if head is None or is_there:
            continue
        with person_scope(head):
            if reach_of(head).has(school.pk, {Role.HEAD}):
                _make_club(school, head)


def _make_club(school: Establishment, head: object) -> None:
    group = actions.create(school=school, name=NAME, label="Le jeudi midi, salle 12", by=head)
    classes = list(Group.objects.filter(establishment=school).of_year().classes().in_school_order()[:2])
    for number, each in enumerate(classes):
        for student in Membership.objects.filter(groups__group=each).by_name()[number : number + 4]:
            actions.add(group=group, membership=student, by=head)
    for teaching in Teaching.objects.filter(group__in=classes).select_related("membership__user").order_by("pk")[:1]:
        actions.add(group=group, membership=teaching.membership, by=head)
