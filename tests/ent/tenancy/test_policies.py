"""Row-level security as the application's role meets it, the ORM's own guard left aside."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction
from django_scopes import scopes_disabled

from ent.tenancy.checks import tenant_models
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.models import Group, GroupMembership, Membership
from pedagogy.models import Homework
from tests.cast import Cast


def groups_by_sql() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT establishment_id FROM establishments_group")
        return {row[0] for row in cursor.fetchall()}


@pytest.fixture
def pastel(cast: Cast) -> int:
    return cast.pastel.establishment.pk


@pytest.fixture
def brique(cast: Cast) -> int:
    return cast.brique.establishment.pk


def test_no_scope_by_sql_gives_no_rows(cast: Cast) -> None:
    assert groups_by_sql() == set()


def test_no_scope_by_orm_gives_no_rows_even_with_its_guard_off(cast: Cast) -> None:
    with scopes_disabled():
        for model in tenant_models():
            assert model.objects.count() == 0, model


def test_scope_by_sql_gives_its_rows_only(pastel: int) -> None:
    with tenant_scope([pastel]):
        assert groups_by_sql() == {pastel}


def test_scope_by_orm_with_its_guard_off_gives_its_rows_only(pastel: int) -> None:
    with tenant_scope([pastel]), scopes_disabled():
        for model in tenant_models():
            assert set(model.objects.values_list("establishment", flat=True)) == {pastel}, model


def test_scope_of_two_schools_sees_both_and_not_a_third(cast: Cast, pastel: int, brique: int) -> None:
    third = cast.pastel.establishment
    third.pk, third.uai, third.structure_key = None, "0460003A", "1003"
    third.save()
    with tenant_scope([third]):
        year = Group._meta.get_field("school_year").related_model.objects.get()
        Group.objects.create(establishment=third, school_year=year, name="3E C")
    with tenant_scope([pastel, brique]):
        assert groups_by_sql() == {pastel, brique}
        assert set(Group.objects.classes().values_list("establishment", flat=True)) == {pastel, brique}


def test_insert_into_another_school_is_refused(cast: Cast, pastel: int) -> None:
    year = cast.brique.group.school_year
    with tenant_scope([pastel]), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Group.objects.create(establishment=cast.brique.establishment, school_year=year, name="1RE A")


def test_insert_by_sql_without_scope_is_refused(cast: Cast, pastel: int) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic(), connection.cursor() as c:
        c.execute(
            "INSERT INTO establishments_group (establishment_id, school_year_id, kind, name, label)"
            " VALUES (%s, %s, 'class', '6E A', '')",
            [pastel, cast.pastel.group.school_year_id],
        )


def test_moving_a_row_to_another_school_is_refused(pastel: int, brique: int) -> None:
    with tenant_scope([pastel]), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Group.objects.update(establishment=brique)


def test_updating_or_deleting_another_schools_rows_touches_none(cast: Cast, pastel: int, brique: int) -> None:
    with tenant_scope([pastel]), scopes_disabled():
        assert Homework.objects.filter(pk=cast.brique.homework.pk).update(title="x") == 0
        assert Homework.objects.filter(pk=cast.brique.homework.pk).delete()[0] == 0
    with tenant_scope([brique]):
        assert Homework.objects.get().title == "Exercices de brique"


def test_foreign_key_to_another_schools_row_is_refused(cast: Cast, pastel: int) -> None:
    with tenant_scope([pastel]), pytest.raises(IntegrityError, match="same_school"), transaction.atomic():
        GroupMembership.objects.create(
            establishment_id=pastel,
            group_id=cast.brique.group.pk,
            membership=cast.pastel.memberships["student"],
        )


def test_foreign_key_to_another_schools_row_is_refused_even_when_both_are_in_scope(
    cast: Cast, pastel: int, brique: int
) -> None:
    with tenant_scope([pastel, brique]), pytest.raises(IntegrityError, match="same_school"), transaction.atomic():
        Homework.objects.filter(pk=cast.pastel.homework.pk).update(group=cast.brique.group)


def test_own_memberships_are_read_before_the_scope_is_known_and_nobody_elses(cast: Cast) -> None:
    with person_scope(cast.outsider), scopes_disabled():
        assert Membership.objects.count() == 0
    with person_scope(cast.pastel.student), tenant_scope([]), scopes_disabled():
        assert list(Membership.objects.values_list("user", flat=True)) == [cast.pastel.student.pk]


def test_own_memberships_may_be_read_and_not_written(cast: Cast) -> None:
    """Nobody gives themselves a role: the policy of own rows is for SELECT only."""
    with person_scope(cast.pastel.student), tenant_scope([]), scopes_disabled():
        assert Membership.objects.filter(user=cast.pastel.student).update(role="head") == 0


def test_the_application_cannot_switch_the_policies_off(cast: Cast) -> None:
    with pytest.raises(DatabaseError, match="must be owner"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE establishments_group DISABLE ROW LEVEL SECURITY")


def test_row_security_off_refuses_instead_of_showing_everything(cast: Cast) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL row_security = off")
        cursor.execute("SELECT count(*) FROM establishments_group")
