"""A kept query says what the ORM would say, in whatever scope it is asked, and is written once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import ScopeError

from ent.tenancy.kept import KeptQuery
from ent.tenancy.scope import person_scope, tenant_scope
from establishments.models import GroupMembership, Membership
from pedagogy.models import Homework
from tests.cast import Cast, tomorrow


def titles(*, first: date, last: date) -> Any:
    return Homework.objects.due_between(first, last).order_by("title").values_list("title")


def of_users(*, users: list[int]) -> Any:
    return Membership.objects.filter(user__in=users).order_by("pk").values_list("user")


def test_kept_query_gives_the_rows_of_each_scope(cast: Cast) -> None:
    query = KeptQuery(titles)
    day = tomorrow()
    schools = [cast.pastel.establishment, cast.brique.establishment]
    with tenant_scope(schools[:1]):
        assert query(first=day, last=day) == [("Exercices de pastel",)]
    with tenant_scope(schools[1:]):
        assert query(first=day, last=day) == [("Exercices de brique",)]
    with tenant_scope(schools):
        assert query(first=day, last=day) == [("Exercices de brique",), ("Exercices de pastel",)]
    with tenant_scope([]):
        assert query(first=day, last=day) == []


def test_kept_query_takes_its_days_and_not_those_that_it_was_written_with(cast: Cast) -> None:
    query = KeptQuery(titles)
    day = tomorrow()
    with tenant_scope([cast.pastel.establishment]):
        assert query(first=day, last=day)
        assert query(first=day - timedelta(days=1), last=day)
        assert query(first=day + timedelta(days=1), last=day + timedelta(days=9)) == []
        assert query(first=day, last=day - timedelta(days=1)) == []


def test_kept_query_takes_lists_of_any_length(cast: Cast) -> None:
    query = KeptQuery(of_users)
    people = [cast.pastel.student.pk, cast.pastel.head.pk]
    with tenant_scope([cast.pastel.establishment]):
        assert query(users=people) == [(pk,) for pk in people]
        assert query(users=people[1:]) == [(people[1],)]
        assert query(users=[]) == []
        assert query(users=[cast.brique.student.pk]) == []


def test_kept_query_without_a_scope_raises(cast: Cast) -> None:
    with pytest.raises(ScopeError):
        KeptQuery(titles)(first=tomorrow(), last=tomorrow())


def test_kept_query_is_written_once_for_a_shape(cast: Cast) -> None:
    written = []

    def build(*, users: list[int]) -> Any:
        written.append(len(users))
        return of_users(users=users)

    query = KeptQuery(build)
    for school in (cast.pastel, cast.brique):
        with person_scope(school.student):
            assert query(users=[school.student.pk]) == [(school.student.pk,)]
    assert written == [1]


def test_kept_query_stays_prepared_after_a_transaction_that_failed(cast: Cast) -> None:
    query = KeptQuery(titles)
    day = tomorrow()
    with pytest.raises(ZeroDivisionError), tenant_scope([cast.pastel.establishment]):
        assert query(first=day, last=day)
        raise ZeroDivisionError
    with tenant_scope([cast.pastel.establishment]):
        assert query(first=day, last=day) == [("Exercices de pastel",)]


def test_kept_query_is_planned_once_on_a_connection(cast: Cast) -> None:
    query = KeptQuery(titles)
    day = tomorrow()
    with tenant_scope([cast.pastel.establishment]), CaptureQueriesContext(connection) as captured:
        query(first=day, last=day)
        query(first=day, last=day)
    assert [sql["sql"].split()[0] for sql in captured] == ["PREPARE", "EXECUTE", "EXECUTE"]


def test_kept_query_behind_a_pooler_prepares_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    query = KeptQuery(titles)
    day = tomorrow()
    with tenant_scope([cast.pastel.establishment]), CaptureQueriesContext(connection) as captured:
        assert query(first=day, last=day) == [("Exercices de pastel",)]
    assert [sql["sql"].split()[0] for sql in captured] == ["SELECT"]


def test_kept_query_takes_its_parameters_by_name_in_whatever_order(cast: Cast) -> None:
    def build(*, group: int, student: int) -> Any:
        return GroupMembership.objects.filter(group=group, membership=student).values_list("group", "membership")

    query, group, student = KeptQuery(build), cast.pastel.group.pk, cast.pastel.memberships["student"].pk
    assert group != student
    with tenant_scope([cast.pastel.establishment]):
        assert query(group=group, student=student) == [(group, student)]
        assert query(student=student, group=group) == [(group, student)]
        assert query(student=group, group=student) == []


def test_kept_query_knows_no_row_of_a_key_that_no_table_can_have(cast: Cast) -> None:
    def build(*, pk: int) -> Any:
        return Homework.objects.filter(pk=pk).values_list("pk")

    query = KeptQuery(build)
    with tenant_scope([cast.pastel.establishment]):
        assert query(pk=2**63 - 1) == []
        assert query(pk=2**63) == []
        assert query(pk=10**30) == []
        assert query(pk=cast.pastel.homework.pk) == [(cast.pastel.homework.pk,)]
