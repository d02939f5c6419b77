"""Which of the imported people have an account that one may try: one of each role, who know each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from ent.demonstration import PASSWORD
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.people.models import FormTeacher, Guardianship, Membership, Role
from establishments.people.reach import reach_of
from establishments.territory.models import Establishment

# The order of the printed table; an account is listed by the first of these that it has.
ROLES = [Role.STUDENT, Role.HEAD, Role.LOCAL_ADMIN, Role.TEACHER, Role.STAFF, Role.GUARDIAN]


def load() -> None:
    """Give the demonstration's password to a family across two schools, and to those whom they meet there."""
    if any(True for _account in account_holders()):
        return
    with tenant_scope(Establishment.objects.values_list("pk", flat=True)):
        guardian, child = _family_across_schools()
        school = child.establishment_id
        chosen = [guardian.user, child.user, _teacher_of_two_schools(), *_teachers_of(child)[:1]]
        chosen += [_first(school, Role.HEAD), _first(school, Role.STAFF), _appoint_local_admin(school)]
        # Hashed once: that they all have the same one is the point of it.
        User.objects.filter(pk__in=[user.pk for user in chosen]).update(
            password=make_password(PASSWORD), activated_at=timezone.now()
        )


def accounts() -> Iterator[tuple[str, str, list[str], str]]:
    """Username, role, establishments' UAI and name of every account that has the demonstration's password."""
    for user in account_holders():
        with person_scope(user):
            roles = set(reach_of(user).all_roles)
            places = list(Establishment.objects.visible_to(user).order_by("uai").values_list("uai", flat=True))
        if not roles:  # blocked, by whoever has tried it out: they still are who they are
            with tenant_scope(Establishment.objects.values_list("pk", flat=True)):
                own = Membership.objects.filter(user=user).order_by("establishment__uai")
                found = list(own.values_list("role", "establishment__uai"))
            roles, places = {role for role, _uai in found}, [uai for _role, uai in found] or places
        yield user.username, _role_of(user, roles), places, str(user)


def account_holders() -> Iterator[User]:
    for user in User.objects.exclude(password__startswith="!").order_by("pk"):
        if user.check_password(PASSWORD):
            yield user


def _role_of(user: User, roles: Collection[str]) -> str:
    for role in ROLES:
        if role in roles:
            return str(role)
    if user.is_staff:
        return "rectorate_admin"
    return "hub_agent" if user.mandates.filter(hub__isnull=False).exists() else "authority_agent"


def _family_across_schools() -> tuple[Membership, Membership]:
    """A guardian of a child in a collège and of another in an agricultural lycée; the guardian, the first child."""
    agricultural = set(_guardians_in(Establishment.Kind.LYCEE_AGRI).values_list("guardian__user", flat=True))
    # Two plain reads: joined in one statement, they took half an hour on tables just filled, without statistics.
    both = [
        (username, pk)
        for username, pk, user in _guardians_in(Establishment.Kind.COLLEGE).values_list(
            "guardian__user__username", "pk", "guardian__user"
        )
        if user in agricultural
    ]
    if not both:
        raise LookupError("The invented families have none across a collège and an agricultural lycée.")
    ward = Guardianship.objects.select_related("guardian__user", "student__user").get(pk=min(both)[1])
    return ward.guardian, ward.student


def _guardians_in(kind: str) -> Any:
    schools = list(Establishment.objects.filter(kind=kind).values_list("pk", flat=True))
    return Guardianship.objects.filter(is_legal=True, establishment__in=schools)


def _teacher_of_two_schools() -> User:
    teachers = Membership.objects.filter(role=Role.TEACHER, teachings__isnull=False).values_list(
        "user", "establishment"
    )
    schools: dict[int, set[int]] = {}
    for user, establishment in teachers:
        schools.setdefault(user, set()).add(establishment)
    return User.objects.filter(pk__in=[u for u, places in schools.items() if len(places) > 1]).earliest("username")


def _teachers_of(child: Membership) -> list[User]:
    """The form teacher first."""
    teachers = Membership.objects.filter(teachings__group__students__membership=child).distinct()
    answering = FormTeacher.objects.filter(membership=OuterRef("pk"), group__students__membership=child)
    ordered = teachers.alias(answers=Exists(answering)).order_by("-answers", "pk")
    return [m.user for m in ordered.select_related("user")]


def _first(establishment: int, role: Role) -> User:
    user: User = Membership.objects.filter(establishment=establishment, role=role).by_name()[0].user
    return user


def _appoint_local_admin(establishment: int) -> User:
    """The feed names no local administrator: a school appoints one of its staff."""
    staff = Membership.objects.filter(establishment=establishment, role=Role.STAFF).by_name()
    user: User = staff[min(1, len(staff) - 1)].user
    Membership.objects.get_or_create(establishment_id=establishment, user=user, role=Role.LOCAL_ADMIN)
    return user
