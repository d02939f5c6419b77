"""Opening, nesting and leaving a scope."""

from __future__ import annotations

import pytest
from django.db import InternalError, connection, transaction
from django_scopes import ScopeError

from ent.tenancy.scope import current_scope, person_scope, tenant_scope
from establishments.models import Group, Membership
from tests.cast import Cast


def setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [name])
        return str(cursor.fetchone()[0])


def test_scope_is_known_inside_and_gone_after(cast: Cast) -> None:
    pk = cast.pastel.establishment.pk
    with tenant_scope([cast.pastel.establishment]) as ids:
        assert ids == current_scope() == {pk}
        assert setting("ent.scope") == str(pk)
    assert current_scope() is None
    assert setting("ent.scope") == ""


def test_nested_scope_restores_the_outer_one(cast: Cast) -> None:
    pastel, brique = cast.pastel.establishment, cast.brique.establishment
    with tenant_scope([pastel]):
        with tenant_scope([brique]):
            assert list(Group.objects.classes().values_list("establishment", flat=True)) == [brique.pk]
        assert list(Group.objects.classes().values_list("establishment", flat=True)) == [pastel.pk]
        assert setting("ent.scope") == str(pastel.pk)


def test_nested_scope_that_fails_restores_the_outer_one(cast: Cast) -> None:
    pastel, brique = cast.pastel.establishment, cast.brique.establishment
    with tenant_scope([pastel]):
        with pytest.raises(ZeroDivisionError), tenant_scope([brique]):
            Group.objects.classes().update(name="changed")
            raise ZeroDivisionError
        assert setting("ent.scope") == str(pastel.pk)
        assert current_scope() == {pastel.pk}
    with tenant_scope([brique]):
        assert Group.objects.classes().get().name == "5E B"


def test_nested_scope_marked_for_rollback_leaves_the_outer_one_usable(cast: Cast) -> None:
    with tenant_scope([cast.pastel.establishment]):
        with tenant_scope([cast.brique.establishment]):
            transaction.set_rollback(True)
        assert Group.objects.classes().get().establishment == cast.pastel.establishment


def test_nested_person_scope_restores_the_outer_person(cast: Cast) -> None:
    with person_scope(cast.pastel.teacher):
        with person_scope(cast.brique.head):
            assert setting("ent.user") == str(cast.brique.head.pk)
        assert setting("ent.user") == str(cast.pastel.teacher.pk)
        assert current_scope() == {cast.pastel.establishment.pk}


def test_read_only_person_scope_refuses_writes_and_ends(cast: Cast) -> None:
    with (
        pytest.raises(InternalError, match="read-only"),
        person_scope(cast.pastel.teacher, read_only=True),
        transaction.atomic(),
    ):
        Group.objects.classes().update(name="changed")
    with person_scope(cast.pastel.teacher):
        assert Group.objects.classes().update(name="changed") == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_scope_is_left_on_the_connection() -> None:
    """A pooler hands the same connection to somebody else."""
    from tests.cast import make_cast

    cast = make_cast()
    with person_scope(cast.pastel.teacher):
        assert Group.objects.classes().exists()
        backend = setting("ent.user")
        assert backend
    assert setting("ent.user") == ""
    assert setting("ent.scope") == ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM establishments_group")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    "query",
    [
        lambda: list(Membership.objects.all()),
        lambda: Membership.objects.exists(),
        lambda: Membership.objects.exclude(pk=1).exists(),
        lambda: Membership.objects.filter(pk=1),
        lambda: Membership.objects.count(),
        lambda: Membership.objects.explain(),
        lambda: Membership.objects.iterator(),
        lambda: Membership.objects.aiterator(),
        lambda: Membership.objects.in_bulk([1]),
        lambda: Membership.objects.contains(Membership()),
        lambda: Membership.objects.current(),
        lambda: Membership.objects.select_related("user"),
        lambda: Membership.objects.update(role="head"),
        lambda: Membership.objects.first(),
        lambda: bool(Membership.objects.all()),
    ],
)
def test_query_without_scope_raises(query: object) -> None:
    with pytest.raises(ScopeError):
        query()  # type: ignore[operator]


def test_async_iteration_without_scope_raises() -> None:
    # `async for` begins with this; run by hand, for Chromium's driver keeps a loop of its own in this thread.
    with pytest.raises(ScopeError):
        aiter(Membership.objects.all())
