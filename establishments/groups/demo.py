"""A club of the demonstration, across two classes."""

from __future__ import annotations

from ent.tenancy.scope import person_scope
from establishments.groups import actions
from establishments.people.models import Group, Membership, Role, Teaching
from establishments.territory.models import Establishment

NAME = "Club journal"


def load() -> None:
    """In the first collège, by its head: a few students of two classes and one of their teachers."""
    from establishments.people.reach import reach_of

    for school in Establishment.objects.filter(kind=Establishment.Kind.COLLEGE).order_by("uai")[:1]:
        head = _head_of(school)
        if head is None:
            return
        with person_scope(head):
            if not reach_of(head).has(school.pk, {Role.HEAD}) or Group.objects.hand_made().exists():
                return
            group = actions.create(school=school, name=NAME, label="Le jeudi midi, salle 12", by=head)
            classes = list(Group.objects.filter(establishment=school).of_year().classes().in_school_order()[:2])
            for number, each in enumerate(classes):
                for student in Membership.objects.filter(groups__group=each).by_name()[number : number + 4]:
                    actions.add(group=group, membership=student, by=head)
            taught = Teaching.objects.filter(group__in=classes).select_related("membership__user").order_by("pk")
            for teaching in taught[:1]:
                actions.add(group=group, membership=teaching.membership, by=head)


def _head_of(school: Establishment) -> object | None:
    from ent.tenancy.scope import tenant_scope

    with tenant_scope([school]):
        found = Membership.objects.current().filter(establishment=school, role=Role.HEAD).by_name().first()
        return found.user if found else None
