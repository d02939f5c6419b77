"""The two roles: one owns and migrates, one is held by every policy."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg2
import pytest

from ent.embedded import Home, ensure_services

from .conftest import rows


@pytest.fixture
def services(home: Home) -> Iterator[Home]:
    with ensure_services(throw_away=True):
        yield home


def test_roles_rights_and_privileges(services: Home) -> None:
    app, owner = os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"]
    assert rows(
        app,
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolreplication, rolcreatedb"
        " FROM pg_roles WHERE rolname ~ '^ent_' ORDER BY rolname",
    ) == [
        ("ent_app", False, False, False, False, False),
        ("ent_owner", False, False, False, False, True),
    ]

    # The tests' database is made by the owner, and gives the application the same privileges.
    rows(owner, "CREATE DATABASE test_ent")
    for database in ("ent", "test_ent"):
        there = {name: url.replace("/ent?", f"/{database}?") for name, url in (("app", app), ("owner", owner))}
        rows(there["owner"], "CREATE TABLE lesson (id bigint GENERATED ALWAYS AS IDENTITY, name text)")
        rows(there["app"], "INSERT INTO lesson (name) VALUES ('a')", "UPDATE lesson SET name = 'b'")
        assert rows(there["app"], "SELECT id, name FROM lesson") == [(1, "b")]
        for refused in (
            "CREATE TABLE mine ()",
            "DROP TABLE lesson",
            "ALTER TABLE lesson ADD x int",
            "TRUNCATE lesson",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                rows(there["app"], refused)

    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        rows(app, "CREATE TEMPORARY TABLE mine ()")

    # Without pity for accents: the same order and the same capitals on every machine.
    assert rows(app, "SELECT upper('éœç'), datlocale FROM pg_database WHERE datname = 'ent'") == [("ÉŒÇ", "C.UTF-8")]
    assert rows(app, "SHOW fsync") == [("off",)]  # for once only
