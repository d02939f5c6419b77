"""What a person may touch: by what they are, since when, until when, and for whom they act."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.models import Authority, Establishment, Group, Mandate, Membership, Role
from establishments.people.reach import reach_of
from tests.cast import Cast
from tests.crowd import join


def names_reached(user: User) -> set[str]:
    """The classes' schools that the person's own scope opens."""
    fresh = User.objects.get(pk=user.pk)
    with person_scope(fresh):
        return set(Group.objects.values_list("establishment__name", flat=True))


def test_member_reaches_their_school_only(cast: Cast) -> None:
    assert names_reached(cast.pastel.student) == {"Collège du Pastel"}


def test_outsider_reaches_nothing(cast: Cast) -> None:
    assert names_reached(cast.outsider) == set()


def test_member_of_two_schools_reaches_both_with_the_roles_of_each(cast: Cast) -> None:
    with tenant_scope([cast.brique.establishment]):
        join(cast.brique, cast.pastel.teacher, "guardian")

    assert names_reached(cast.pastel.teacher) == {"Collège du Pastel", "Lycée de la Brique"}
    with person_scope(User.objects.get(pk=cast.pastel.teacher.pk)) as reach:
        assert reach.where(Role.TEACHER) == [cast.pastel.establishment.pk]
        assert reach.where(Role.GUARDIAN) == [cast.brique.establishment.pk]


@pytest.mark.parametrize(
    ("starts", "ends", "reached"),
    [(None, None, True), (0, None, True), (None, 0, True), (1, None, False), (None, -1, False), (-9, 9, True)],
)
def test_membership_counts_from_its_first_to_its_last_day(
    cast: Cast, starts: int | None, ends: int | None, reached: bool
) -> None:
    today = timezone.localdate()
    days = [None if offset is None else today + timedelta(days=offset) for offset in (starts, ends)]
    with tenant_scope([cast.pastel.establishment]):
        Membership.objects.filter(user=cast.pastel.staff).update(starts_on=days[0], ends_on=days[1])

    assert bool(names_reached(cast.pastel.staff)) is reached


@pytest.mark.parametrize(
    ("who", "reached"),
    [
        ("hub_agent", {"Collège du Pastel"}),
        ("authority_agent", {"Collège du Pastel"}),
        ("rectorate_admin", {"Collège du Pastel", "Lycée de la Brique"}),
    ],
)
def test_agent_reaches_the_schools_of_the_mandate(cast: Cast, who: str, reached: set[str]) -> None:
    assert names_reached(getattr(cast, who)) == reached


def test_agent_reaches_nothing_once_the_mandate_is_withdrawn(cast: Cast) -> None:
    Mandate.objects.filter(user=cast.hub_agent).delete()

    assert names_reached(cast.hub_agent) == set()


def test_agent_reaches_a_school_as_soon_as_it_joins_the_hub(cast: Cast) -> None:
    hub = cast.pastel.establishment.hub
    Establishment.objects.filter(pk=cast.brique.establishment.pk).update(hub=hub)

    assert names_reached(cast.hub_agent) == {"Collège du Pastel", "Lycée de la Brique"}


def test_mandate_of_another_authority_with_schools_elsewhere_adds_nothing_here(cast: Cast) -> None:
    elsewhere = Authority.objects.create(kind="department", code="011", name="Aude")
    Mandate.objects.create(user=cast.outsider, authority=elsewhere)

    assert names_reached(cast.outsider) == set()


def test_reach_costs_one_query_for_a_loaded_user(cast: Cast, django_assert_num_queries: object) -> None:
    user = User.objects.get(pk=cast.pastel.teacher.pk)
    with person_scope(user), django_assert_num_queries(0):  # type: ignore[operator]
        assert reach_of(user).all_roles == {"teacher"}
