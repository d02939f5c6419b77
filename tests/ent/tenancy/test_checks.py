"""What refuses to start."""

from __future__ import annotations

from copy import deepcopy

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models
from django.test.utils import isolate_apps

from ent.tenancy.checks import check_database_role, check_tenant_models, role_passes_policies
from ent.tenancy.constraints import SameEstablishment, TenantIsolation
from ent.tenancy.models import TenantForeignKey, TenantModel


def ids_of_errors(monkeypatch: pytest.MonkeyPatch, *checked: type[models.Model]) -> list[str]:
    monkeypatch.setattr("ent.tenancy.checks.tenant_models", lambda: list(checked))
    return [error.id for error in check_tenant_models(None)]


def test_project_passes() -> None:
    assert check_tenant_models(None) == []


@isolate_apps("pedagogy")
def test_tenant_model_without_policy_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare(TenantModel):
        class Meta:
            app_label = "pedagogy"
            constraints = []

    assert ids_of_errors(monkeypatch, Bare) == ["ent.E001"]


@isolate_apps("pedagogy")
def test_reference_between_tenants_without_composite_key_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Parent(TenantModel):
        class Meta(TenantModel.Meta):
            app_label = "pedagogy"

    class Plain(TenantModel):
        parent = models.ForeignKey(Parent, on_delete=models.CASCADE)

        class Meta(TenantModel.Meta):
            app_label = "pedagogy"

    class Unheld(TenantModel):
        parent = TenantForeignKey(Parent, on_delete=models.CASCADE)

        class Meta(TenantModel.Meta):
            app_label = "pedagogy"

    class Held(TenantModel):
        parent = TenantForeignKey(Parent, on_delete=models.CASCADE)

        class Meta(TenantModel.Meta):
            app_label = "pedagogy"
            constraints = [TenantIsolation(), SameEstablishment("parent")]

    assert ids_of_errors(monkeypatch, Plain, Unheld, Held) == ["ent.E002", "ent.E002"]


@isolate_apps("pedagogy")
def test_hidden_table_of_a_many_to_many_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(models.Model):
        class Meta:
            app_label = "pedagogy"

    class Many(TenantModel):
        others = models.ManyToManyField(Other)

        class Meta(TenantModel.Meta):
            app_label = "pedagogy"

    assert ids_of_errors(monkeypatch, Many) == ["ent.E003"]


def test_role_of_the_application_is_held_by_the_policies(db: None) -> None:
    assert check_database_role(["default"]) == []
    assert role_passes_policies(connection) is None


def test_superuser_is_refused_at_its_first_connection(db: None) -> None:
    """Only the embedded cluster lets the tests in as its superuser."""
    superuser = connection.copy()
    superuser.settings_dict = {**deepcopy(connection.settings_dict), "USER": "postgres"}
    try:
        with pytest.raises(ImproperlyConfigured, match="superuser=True"):
            superuser.connect()
        assert superuser.connection is None
    finally:
        superuser.close()
