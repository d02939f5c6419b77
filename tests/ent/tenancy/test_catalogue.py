"""What PostgreSQL itself says of the tables: no tenant table without its policy."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

from ent.tenancy.checks import tenant_models
from ent.tenancy.constraints import TenantIsolation
from ent.tenancy.models import TenantForeignKey

CATALOGUE = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
       EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = '*'
               AND p.polqual IS NOT NULL AND p.polwithcheck IS NOT NULL),
       EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'establishment_id')
FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
"""


@pytest.fixture
def catalogue(db: None) -> dict[str, tuple[bool, bool, bool, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(CATALOGUE)
        return {row[0]: row[1:] for row in cursor.fetchall()}


def test_every_tenant_model_has_a_forced_policy_that_checks_writes(catalogue: dict) -> None:
    assert tenant_models(), "the walk found no tenant model at all"
    for model in tenant_models():
        assert catalogue[model._meta.db_table] == (True, True, True, True), model


def test_every_table_with_an_establishment_is_a_tenant_table(catalogue: dict) -> None:
    tenant_tables = {model._meta.db_table for model in tenant_models()}
    carrying = {table for table, (*_, has_establishment) in catalogue.items() if has_establishment}
    rectorates = {"establishments_providerfor"}  # its configuration names schools, and is no school's
    assert carrying - rectorates == tenant_tables


def test_tables_without_a_policy_are_the_global_ones_and_no_others(catalogue: dict) -> None:
    """Each is global for a reason; a new one is added here by somebody who gives theirs."""
    open_tables = {table for table, (secured, *_) in catalogue.items() if not secured}
    ours = {
        "accounts_browsersession",  # of a browser, found by its key
        "accounts_user",  # a person may be in several schools
        "accounts_user_groups",
        "accounts_user_user_permissions",
        "accounts_identifier",  # the same person in two schools is one person
        "accounts_identityprovider",  # one vouches for the people of many schools
        "accounts_onetimecode",  # of a person, reached by its digest
        "establishments_authority",
        "pedagogy_agendafeed",  # of a person in all their schools, reached by its digest
        "establishments_competence",  # what the law says
        "establishments_feed",  # an academy's chain of deliveries: names and dates
        "establishments_importrun",  # of many schools; whom it changed is in theirs
        "establishments_establishment",  # the tenant itself: public facts
        "establishments_holiday",  # the national calendar
        "establishments_parcel",  # an archive of many schools, which a task reads and throws away
        "establishments_mandate",  # agents act across schools
        "establishments_providerfor",
        "establishments_schoolyear",
        "establishments_subject",  # the national nomenclature
        "establishments_supporthub",
    }
    labels = ("accounts", "establishments", "pedagogy", "citizen_services")
    tables = {m._meta.db_table for label in labels for m in apps.get_app_config(label).get_models(True)}
    assert open_tables & tables == ours


@pytest.mark.parametrize("model", tenant_models(), ids=lambda m: m._meta.label)
def test_unique_constraints_of_tenants_name_the_establishment(model: type) -> None:
    """Without it, the collision would tell one school what another holds."""
    random_keys = {"key"}  # UUIDs drawn at random collide with nobody
    for constraint in model._meta.constraints:
        if fields := getattr(constraint, "fields", None):
            assert "establishment" in fields, constraint
    for field in model._meta.local_fields:
        if field.unique and not field.primary_key:
            assert field.name in random_keys, field


@pytest.mark.parametrize("model", tenant_models(), ids=lambda m: m._meta.label)
def test_indexes_of_tenants_begin_with_the_establishment_or_a_row_of_it(model: type) -> None:
    """Or with whose row it is: somebody reads their own of all their schools at once."""
    owners = {c.own_rows for c in model._meta.constraints if isinstance(c, TenantIsolation)}
    for index in model._meta.indexes:
        first = model._meta.get_field(index.fields[0])
        assert first.name in {"establishment", *owners} or isinstance(first, TenantForeignKey), index
